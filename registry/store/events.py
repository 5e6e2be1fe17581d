"""Who may hear of an entry: one row for each entry, with the lender and the agency whose business it is.

An agency hears of its own acts and of what becomes of them, and of its placements. It hears nothing of what the
people concerned do: consents, objections, holds and erasures have no agency: no list tells them apart (P10).
A lender hears of its own acts and of what happens to its borrowers, but not of what only their contacts did.
Officers and auditors hear of everything: ids and kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Table, select

from registry.model.entries import Entry
from registry.store.gathered import Gathered
from registry.store.mirrors import Approval, Event, Lookup, Placement

ID = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)
# Ids that no list shows: which line a number is on would join people who are listed under different names.
HIDDEN = frozenset({"line", "opened"})

Found = tuple[str, dict[str, str]]  # an agency, and ids that the entry itself does not name
Whose = Callable[[Gathered, Mapping[str, Any]], Found | None]


def _named(member: str) -> Whose:
    """The entry names the agency itself."""
    return lambda _connection, body: (body[member], {}) if member in body else None


def _of_lookup(connection: Gathered, body: Mapping[str, Any]) -> Found | None:
    row = connection.execute(select(Lookup.client, Lookup.account).where(Lookup.id == body["lookup"])).one_or_none()
    return None if row is None else (row.client, {"account": row.account})


def _of_approval(connection: Gathered, body: Mapping[str, Any]) -> Found | None:
    found = select(Approval.client, Approval.account, Approval.lookup).where(Approval.id == body["approval"])
    row = connection.execute(found).one_or_none()
    return None if row is None else (row.client, {"account": row.account, "lookup": row.lookup})


def _of_notice(connection: Gathered, body: Mapping[str, Any]) -> Found | None:
    asked = select(Event.agency).where(Event.object == body["notice"], Event.kind == "notice-requested/1")
    agency = connection.scalar(asked.limit(1))
    return None if agency is None else (agency, {})


def _of_placement(connection: Gathered, body: Mapping[str, Any]) -> Found | None:
    agency = connection.scalar(select(Placement.agency).where(Placement.id == body["placement"]))
    return None if agency is None else (agency, {})


def _of_account(connection: Gathered, body: Mapping[str, Any]) -> Found | None:
    """The agency that the account was placed with last: its placement has ended."""
    placed = select(Placement.agency).where(Placement.account == body["account"]).order_by(Placement.place.desc())
    agency = connection.scalar(placed.limit(1))
    return None if agency is None else (agency, {})


# The kinds an agency hears of, and which agency.
AGENCY: dict[str, Whose] = {
    "placed/1": _named("agency"), "recalled/1": _of_placement,
    "lookup-decided/1": _named("client"), "lookup-decided/2": _named("client"), "lookup-redelivered/1": _of_lookup,
    "approval-requested/1": _named("client"), "approval-requested/2": _named("client"),
    "approval-given/1": _of_approval, "approval-refused/1": _of_approval,
    "notice-requested/1": _named("agency"), "notice-sent/1": _of_notice,
    "message-relayed/1": _of_lookup, "message-receipt/1": _of_lookup, "message-answered/1": _of_lookup,
    "use-answered/1": _of_lookup,
    "account-assigned/1": _of_account, "outcome-reported/1": _named("agency"), "visit-reported/1": _named("agency"),
    "call-bound/1": _of_lookup, "call-unbound/1": _of_lookup,
}
# What a lender hears of although somebody else did it.
LENDER = frozenset({
    "recalled/1", "channel-disputed/1", "consent-given/1", "consent-withdrawn/1", "hold-placed/1", "hold-lifted/1",
    "notice-requested/1", "notice-sent/1", "lookup-decided/1", "lookup-decided/2",
    "approval-requested/1", "approval-requested/2", "approval-given/1",
    "approval-refused/1", "outcome-reported/1", "visit-reported/1", "erasure-requested/1", "erasure-cancelled/1",
})
DECIDED = frozenset({"lookup-decided/1", "lookup-decided/2"})
# Nobody but officers and auditors, whoever did it: an objection shows only in decisions.
SILENT = frozenset({"objected/1"})


EVENTS = cast(Table, Event.__table__)


def note(connection: Gathered, entry: Entry) -> None:
    """Adds an entry's row. The other projections of this entry are there already."""
    body = entry.body
    about = {name: value for name, value in body.items()
             if isinstance(value, str) and len(value) == 32 and name not in HIDDEN and ID.match(value)}
    found = _agency(connection, entry)
    connection.add(EVENTS, {
        "id": entry.id, "place": entry.index, "updated_at": entry.at, "kind": entry.kind,
        "lender": _lender(connection, entry), "agency": None if found is None else found[0],
        "object": body.get("notice") if entry.kind == "notice-requested/1" else None,
        "about": about if found is None else {**found[1], **about},
    })


def _agency(connection: Gathered, entry: Entry) -> Found | None:
    whose = AGENCY.get(entry.kind)
    return None if whose is None else whose(connection, entry.body)


def _lender(connection: Gathered, entry: Entry) -> str | None:
    if entry.kind in SILENT:
        return None
    if entry.by.role == "lender":
        return entry.by.id
    if entry.kind not in LENDER or "borrower" not in entry.body:
        return None
    if entry.kind in DECIDED and "lender" in entry.body:
        lender: str = entry.body["lender"]  # the borrower's: it need not be looked up for each decision
        return lender
    return connection.lender_of(entry.body["borrower"])
