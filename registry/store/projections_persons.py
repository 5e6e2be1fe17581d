"""Entries about assignment, liability, moves and reports of contacts applied to the mirrors; and holds, with who
placed and who lifted them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, update

from registry.model.entries import Entry
from registry.store.changing import Apply, add, change, some
from registry.store.erasing import move
from registry.store.gathered import Gathered
from registry.store.mirrors import Account, Approval, Borrower, Consent, Contact, Hold, Placement
from registry.store.mirrors_persons import Change, ContactReport
from registry.store.projections_portal import officer_of

ASSIGNED, VOID, OVER = "assigned", "void", "over"
STANDING = ("given", "pending-code")


def note_change(connection: Gathered, entry: Entry, lender: str | None, what: str, **said: Any) -> None:
    """One row for its people to read."""
    add(connection, Change, entry, entry.id, lender=lender, what=what, said=said, at=entry.at,
        **some(entry.body, "borrower", "account"))


def limitation(connection: Gathered, entry: Entry) -> None:
    """Before an account changes: whether its limitation is moved to a later day."""
    after = entry.body.get("limitation_until")
    if after is None:
        return
    known = select(Account.limitation_until, Account.lender).where(Account.id == entry.body["account"])
    row = connection.execute(known).one_or_none()
    if row is not None and after > row.limitation_until:
        note_change(connection, entry, row.lender, "limitation-later", before=row.limitation_until, after=after)


def _assigned(connection: Gathered, entry: Entry) -> None:
    """Placements end, requests for approval are over, consents are void: those of the account, and with the last
    account those for all of them."""
    body, now = entry.body, {"updated_at": entry.at}
    account, borrower = body["account"], body["borrower"]
    change(connection, Account, entry, account, state=ASSIGNED)
    connection.execute(update(Placement).where(Placement.account == account, Placement.state == "placed")
                       .values(state="recalled", **now))
    connection.execute(update(Approval).where(Approval.account == account, Approval.state.in_(("open", "approved")))
                       .values(state=OVER, **now))
    left = connection.scalar(
        select(Account.id).where(Account.borrower == borrower, Account.state != ASSIGNED).limit(1))
    whose = Consent.account == account
    if left is None:
        whose = or_(whose, Consent.account.is_(None))
    connection.execute(update(Consent).where(Consent.borrower == borrower, whose, Consent.state.in_(STANDING))
                       .values(state=VOID, **now))
    note_change(connection, entry, body["lender"], ASSIGNED, **{
        name: body[name] for name in ("assignee",) if name in body})


def _agreement_ended(connection: Gathered, entry: Entry) -> None:
    connection.execute(update(Contact).where(Contact.id == entry.body["contact"], Contact.state.in_(
        ("usable", "pending"))).values(state="withdrawn", updated_at=entry.at))


def _liable(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    change(connection, Account, entry, body["account"], liability=body["liability"])
    note_change(connection, entry, body["lender"], "liability", **{
        name: body[name] for name in ("liability", "loan") if name in body})


def _changed(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    changed = {name: body[name] for name in ("residence", "time_zone", "languages") if name in body}
    change(connection, Borrower, entry, body["borrower"], **changed)
    if "residence" in body:
        note_change(connection, entry, body["lender"], "moved", residence=body["residence"],
                    time_zone=body["time_zone"])


def _reported(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, ContactReport, entry, body["report"], state="placed", at=entry.at, by_role=entry.by.role,
        **some(body, "borrower", "contact", "says"))
    move(connection, Contact, entry, body["contact"], "stopped")


def _report_lifted(connection: Gathered, entry: Entry) -> None:
    """The contact may be asked again, and agrees anew before anything is used."""
    body = entry.body
    change(connection, ContactReport, entry, body["report"], state="lifted", lifted_at=entry.at,
           officer=officer_of(entry), note=body.get("note"))
    left = connection.scalar(select(ContactReport.id).where(
        ContactReport.contact == body["contact"], ContactReport.state == "placed").limit(1))
    if left is None:
        move(connection, Contact, entry, body["contact"], "withdrawn")


def hold_placed(connection: Gathered, entry: Entry) -> None:
    add(connection, Hold, entry, entry.body["hold"], state="placed", by_role=entry.by.role, placed_at=entry.at,
        **some(entry.body, "borrower", "account", "type"))


def _hold_lifted(connection: Gathered, entry: Entry) -> None:
    change(connection, Hold, entry, entry.body["hold"], state="lifted", lifted_at=entry.at,
           officer=officer_of(entry), note=entry.body.get("note"))


PERSONS: dict[str, Apply] = {
    "account-assigned/1": _assigned, "agreement-ended/1": _agreement_ended, "liability-changed/1": _liable,
    "borrower-changed/1": _changed, "contact-reported/1": _reported, "contact-report-lifted/1": _report_lifted,
    "hold-placed/1": hold_placed, "hold-lifted/1": _hold_lifted,
}
