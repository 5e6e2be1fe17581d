"""From a complaint to a pseudonym: two people sign that an address may be resolved; the vault then says whose it is.

The address is typed once, sealed at once, and only its commitment is in the log.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from registry.errors import ConflictError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import stamp
from registry.usecases import acts, auditing, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

PATH = "/v1/audit/resolutions"
KIND = "resolution-approved/1"
SHOWN = ("complaint", "state", "signers")


def listed(ports: Ports, page: Page) -> Record:
    """One page of resolutions, without what came of them."""
    writing.catch_up(ports)
    return paging.listed(ports, "resolutions", page, {}, _view)


def _view(one: Record) -> Record:
    return paging.shown(one, *SHOWN, resolution="id") | {"asked_at": stamp(one["asked_at"])}


def complaints(ports: Ports) -> list[Record]:
    """The newest complaints, to choose from: `{complaint, about, filed_at}`, never their words."""
    return [{"complaint": one["id"], "about": one["about"], "filed_at": one["filed_at"]}
            for one in ports.store.records("complaints", {}, limit=paging.MOST, newest=True)]


def resolution(ports: Ports, by: Actor, ident: str) -> Record:
    """One resolution; where it is resolved with `borrowers` and `contacts`. The look is an entry first.

    Raises NotFoundError.
    """
    found = _found(ports, ident)
    if found["state"] != "resolved":
        return _view(found)
    auditing.seen(ports, by, "person", ident)
    return {**_view(found), "borrowers": found["borrowers"], "contacts": found["contacts"],
            "resolved_at": stamp(found["resolved_at"])}


def draft(ports: Ports, by: Actor, body: Body) -> Record:
    """What the first to ask signs: `{complaint, address}` seals the address, which is in nothing that is stored.

    Raises NotFoundError.
    """
    writing.catch_up(ports)
    if ports.store.record("complaints", body["complaint"]) is None:
        raise NotFoundError("there is no such complaint")
    address = acts.seal_note(ports, body["address"], "address")
    return _draft(ports, by, new_id(ports.random), body["complaint"], address)


def second_draft(ports: Ports, by: Actor, ident: str) -> Record:
    """What another signs to agree. Raises NotFoundError, ConflictError `resolution-signed`."""
    found = _found(ports, ident)
    if by.id in found["signers"]:
        raise ConflictError("you have signed this: somebody else must, too", code="resolution-signed")
    return _draft(ports, by, ident, found["complaint"], found["address"])


def _draft(ports: Ports, by: Actor, ident: str, complaint: str, address: str) -> Record:
    members = {"resolution": ident, "complaint": complaint}
    return acts.draft(ports, by, PATH, members,
                      lambda: acts.Proposal(KIND, {**members, "address": address}))


def signed(ports: Ports, by: Actor, draft_id: str, signature: Mapping[str, Any]) -> str:
    """Does the act of a draft of one's own with one's signature. Returns the resolution's id.

    Raises NotFoundError for a draft that is not there or is another's, and what the vault refuses.
    """
    found = drafted(ports, by, draft_id)
    writing.append_draft(ports, {**found["entry"], "auth": [dict(signature)]}, None)
    ports.store.finish_draft(draft_id, [signature])
    return str(found["entry"]["body"]["resolution"])


def drafted(ports: Ports, by: Actor, draft_id: str) -> Record:
    """A live draft of one's own, of a resolution: `{entry, to_sign, challenge, expires_at}`. Raises NotFoundError."""
    found = ports.store.draft(draft_id, ports.wall())
    if found is None or found.auth is not None or found.entry["kind"] != KIND or found.entry["by"]["id"] != by.id:
        raise NotFoundError("there is no such draft, or its hour is over: begin again")
    return acts.shown(found.entry, found.expires_at)


def resolve(ports: Ports, by: Actor, ident: str, idem: Idem | None = None) -> Record:
    """`{borrowers, contacts}`: pseudonyms alone. Raises ConflictError `approvals-missing`; the look is an entry."""
    found = _found(ports, ident)
    blob = ports.store.notes([found["address"]]).get(found["address"])
    if blob is None:
        raise NotFoundError("the sealed address is not here any more")
    auditing.seen(ports, by, "person", ident)
    result = writing.write(ports, "resolve", {
        "resolution": ident, "blob": base64.b64encode(blob).decode("ascii")}, idem)
    return {"resolution": ident, "borrowers": result["borrowers"], "contacts": result["contacts"]}


def _found(ports: Ports, ident: str) -> Record:
    writing.catch_up(ports)
    found = ports.store.record("resolutions", ident)
    if found is None:
        raise NotFoundError("there is no such resolution")
    return found
