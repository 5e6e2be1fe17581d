"""Which role each officer speaks for: who could approve a visit together is read before it is asked for."""

from __future__ import annotations

from typing import Any

from registry.model.times import stamp
from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.ops.table import Op


def officer_roles(desk: Desk, args: Args) -> dict[str, Any]:
    """`{officers: [{officer, name?, role, suspended?, coming?: {role, from}}], at}`: those pinned at the start, then
    those registered since. `coming`: a role that was given and takes effect later;
    `suspended`: true, or absent."""
    directory, at = desk.directory, desk.clock.now()
    registered = [ident for ident, party in directory.parties.items() if party.role == "officer"]
    return {
        "officers": [_shown(desk, one, at) for one in dict.fromkeys((*directory.officers, *registered))],
        "at": stamp(at),
    }


def _shown(desk: Desk, officer: str, at: int) -> dict[str, Any]:
    party, coming = desk.directory.parties.get(officer), desk.directory.coming_role(officer, at)
    shown: dict[str, Any] = {"officer": officer, "role": desk.directory.role_of(officer, at)}
    if party is not None and party.suspended_at is not None:
        shown["suspended"] = True
    if party is not None and party.name:
        shown["name"] = party.name
    if coming is not None:
        shown["coming"] = {"role": coming[1], "from": stamp(coming[0])}
    return shown


OFFICERS = {"officer-roles": Op({}, read=officer_roles)}
