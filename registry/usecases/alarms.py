"""Alarms: raised by the vault, read by officers and auditors, closed by an officer's signed act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.errors import ConflictError, NotFoundError, UnavailableError
from registry.model.entries import Actor
from registry.model.times import stamp
from registry.usecases import acts, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

SHOWN = ("alarm", "state", "about", "agency", "client", "agent", "provider", "witness", "count", "officer")
UNREADABLE = "cursor-unreadable"  # the store's word for a cursor that is none
MOST_OPEN = 10_000  # counted by name


def listed(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of alarms, oldest first, of both states unless one is asked for. The look is an entry."""
    seen(ports, by)
    return paging.listed(ports, "alarms", page, {}, _view)


def alarm(ports: Ports, by: Actor, ident: str) -> Record:
    """One alarm. The look is an entry. Raises NotFoundError."""
    found = _found(ports, ident)
    seen(ports, by, ident)
    return _view(found)


def newest(ports: Ports, by: Actor, state: str, after: int, limit: int) -> list[Record]:
    """Up to `limit` alarms of a state as they are stored, newest first, from before place `after` on; where the
    projections stand still, as far as they came."""
    try:
        seen(ports, by)
    except UnavailableError as error:
        if error.code != UNREADABLE:
            raise
        # The look is in the log; showing what came since is what cannot be done, and the page says so.
    return ports.store.records("alarms", {"state": state}, after=after, limit=limit, newest=True)


def stand_still(ports: Ports) -> bool:
    """Whether the projections follow the log no more: somebody changed how far they are, and what is shown is old."""
    try:
        cursor = ports.store.cursor()
    except UnavailableError as error:
        if error.code != UNREADABLE:
            raise
        return True
    size: int = ports.vault.call("status", {})["size"]  # asked for after the cursor: a log only grows
    return cursor > size


def names(ports: Ports, shown: Sequence[Record]) -> Mapping[str, str]:
    """What the institutions and providers in these alarms are called, by id."""
    found: dict[str, str] = {}
    for mirror, members in (("parties", ("agency", "client", "officer")), ("providers", ("provider",))):
        ids = tuple({str(one[member]) for one in shown for member in members if one.get(member)})
        if ids:
            found |= {one["id"]: one["name"] for one in ports.store.records(mirror, {"id": ids})}
    return found


def seen(ports: Ports, by: Actor, about: str | None = None) -> None:
    """Notes that a member of staff reads the alarms; shows the log up to there."""
    writing.append(ports, by, "viewed/3", {"what": "alarms", **({} if about is None else {"about": about})})


def open_by_name(ports: Ports) -> Mapping[str, int]:
    """How many alarms are open, by name; those that are not there have none."""
    return ports.store.open_alarms()


def closing_draft(ports: Ports, by: Actor, ident: str, body: Body, once: str | None = None) -> Record:
    """`{note?}` → what to sign for closing an alarm. Raises NotFoundError, ConflictError `alarm-closed`."""
    return acts.draft(ports, by, closing_path(ident), body, lambda: _closing(ports, ident), once=once)


def close(ports: Ports, by: Actor, ident: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{alarm, log_index, proof}`."""
    result = acts.sign_off(ports, by, closing_path(ident), body, idem)
    return {"alarm": ident, **writing.proof_of(result)}


def closing_path(ident: str) -> str:
    """The path of closing an alarm."""
    return f"/v1/alarms/{ident}/closing"


def _closing(ports: Ports, ident: str) -> acts.Proposal:
    if _found(ports, ident)["state"] != "open":
        raise ConflictError("this alarm is closed already, perhaps together with a later one", code="alarm-closed")
    return acts.Proposal("alarm-closed/1", {"alarm": ident})


def _found(ports: Ports, ident: str) -> Record:
    found = ports.store.record("alarms", ident)
    if found is None:
        writing.catch_up(ports)
        found = ports.store.record("alarms", ident)
    if found is None:
        raise NotFoundError("there is no such alarm")
    return found


def _view(one: Record) -> Record:
    view = paging.shown(one, *SHOWN, id="id") | {"raised_at": stamp(one["at"])}
    return view if one["closed_at"] is None else view | {"closed_at": stamp(one["closed_at"])}
