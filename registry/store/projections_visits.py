"""Brokered calls and visits in the mirrors: when a call used a number, who else must approve, what came of it."""

from __future__ import annotations

from sqlalchemy import select

from registry.model.entries import Entry
from registry.store.changing import add, change
from registry.store.gathered import Gathered
from registry.store.mirrors import Approval, Hold, Lookup
from registry.store.projections_portal import officer_of

HOLDS = {"distress": "vulnerability", "deceased": "deceased"}


def waits_for_another(connection: Gathered, entry: Entry) -> bool:
    """Whether an approval of a visit is the first officer's alone: then the request stays open for another. Whether
    the two are of different roles, the vault says."""
    if len({one["officer"] for one in entry.auth if "officer" in one}) > 1:
        return False
    found = connection.execute(
        select(Approval.officer, Lookup.about).join(Lookup, Lookup.id == Approval.lookup)
        .where(Approval.id == entry.body["approval"])).one_or_none()
    return found is not None and found.about == "visit" and found.officer in (None, officer_of(entry))


def bound(connection: Gathered, entry: Entry) -> None:
    """The bridge connects: now the number is used."""
    change(connection, Lookup, entry, entry.body["lookup"], opening="allowed")


def reported(connection: Gathered, entry: Entry) -> None:
    """What was found at the door may be a hold, which is lifted like one that somebody placed."""
    kind = HOLDS.get(entry.body["outcome"])
    if kind is not None:
        add(connection, Hold, entry, entry.id, state="placed", borrower=entry.body["borrower"], account=None,
            type=kind, by_role=entry.by.role, placed_at=entry.at)
