"""Entries of what people do in the portal, and of what auditors count, applied to the mirrors."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, select, update

from registry.model.alarms import TOGETHER, UNLAWFUL
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.model.times import DAY, date_of
from registry.store.changing import Apply, add, change, changes, some
from registry.store.erasing import move
from registry.store.gathered import Gathered
from registry.store.mirrors import Contact, Event, Lookup
from registry.store.mirrors_portal import (
    Alarm,
    Callback,
    Complaint,
    Evaluation,
    LookupReason,
    Passkey,
    Resolution,
    SignIn,
)

REASONS = cast(Table, LookupReason.__table__)
# A contact who says this of a use is never asked again.
NEVER = frozenset({"not-me", "never"})


def officer_of(entry: Entry) -> str | None:
    """Who signed an officer's act: the first whose signature it carries."""
    return next((one["officer"] for one in entry.auth if "officer" in one), entry.by.id)


def counted(connection: Gathered, entry: Entry) -> None:
    """A decided lookup among those of its day, and under each of its reasons."""
    body = entry.body
    reasons = dict.fromkeys((*body["reasons"], *body["system"]))
    day = date_of(entry.at // DAY)
    for reason in reasons:
        connection.add(REASONS, {"reason": reason, "place": entry.index})
    for reason in ("", *reasons):
        connection.count((day, body["client"], body["verdict"], reason), entry.index)


def _filed(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Complaint, entry, body["complaint"], state="open", filed_at=entry.at, from_=body["from"],
        **some(body, "borrower", "contact", "lookup", "agency", "about", "text"))


def _settled(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    change(connection, Complaint, entry, body["complaint"], state="settled", settled_at=entry.at,
           officer=officer_of(entry), **some(body, "verdict", "remedy", "amount_minor", "currency", "note"))


def _paid(connection: Gathered, entry: Entry) -> None:
    change(connection, Complaint, entry, entry.body["complaint"], paid_on=entry.body["paid_on"])


def _passkey(role: str | None, subject: str) -> Apply:
    def apply(connection: Gathered, entry: Entry) -> None:
        body = entry.body
        add(connection, Passkey, entry, body["passkey"], role=role or body["role"], subject=body[subject],
            state="live", added_at=entry.at, **some(body, "credential", "rp_id"))

    return apply


def _callback(connection: Gathered, entry: Entry) -> None:
    add(connection, Callback, entry, entry.id, at=entry.at,
        **some(entry.body, "borrower", "channel", "until", "windows", "language"))


def _evaluated(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Evaluation, entry, entry.id, from_=body["from"],
        **some(body, "agency", "lender", "until", "score", "result", "licence", "licence_until"))


def _signed_in(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, SignIn, entry, entry.id, at=entry.at,
        **some(body, "role", "borrower", "contact", "party", "strength"))


def _alarm(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Alarm, entry, entry.id, at=entry.at, state="open",
        **some(body, "alarm", "provider", "about", "agency", "client", "agent", "witness", "count"))
    if body["alarm"] == UNLAWFUL:
        logged = connection.scalar(select(Event.updated_at).where(Event.id == body["about"]))
        connection.attempted(date_of(logged // DAY), body.get("agency", ""), "unlawful")


def _alarm_closed(connection: Gathered, entry: Entry) -> None:
    """The alarm; with one that closes the earlier ones of its agency, those."""
    ident, body = entry.body["alarm"], entry.body
    closed = Alarm.id == ident
    raised = connection.execute(select(Alarm.alarm, Alarm.agency, Alarm.place).where(closed)).one()
    if raised.alarm in TOGETHER:
        same = Alarm.agency.is_not_distinct_from(raised.agency)
        closed = (Alarm.alarm == raised.alarm) & same & (Alarm.place <= raised.place)
    connection.execute(update(Alarm).where(closed, Alarm.state == "open").values(
        updated_at=entry.at, state="closed", closed_at=entry.at, officer=officer_of(entry), note=body.get("note")))


def _attempted(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    if body["direction"] == "outbound" and "borrower" in body:
        connection.attempted(date_of(entry.at // DAY), body.get("agency", ""), "dialled")


def _answered(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    change(connection, Lookup, entry, body["lookup"], answer=body["answer"])
    if body["answer"] in NEVER:
        move(connection, Contact, entry, body["contact"], "stopped")


def _resolution_approved(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    signed = [one[role] for one in entry.auth for role in ("officer", "auditor") if role in one]
    known = connection.scalar(select(Resolution.signers).where(Resolution.id == body["resolution"]))
    signers = list(dict.fromkeys([*(known or []), *signed]))
    state = "approved" if len(signers) > 1 else "asked"
    if known is None:
        add(connection, Resolution, entry, body["resolution"], signers=signers, state=state, asked_at=entry.at,
            resolved_at=None, borrowers=[], contacts=[], **some(body, "complaint", "address"))
    else:
        change(connection, Resolution, entry, body["resolution"], signers=signers, state=state)


def _resolved(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    change(connection, Resolution, entry, body["resolution"], state="resolved", resolved_at=entry.at,
           **some(body, "borrowers", "contacts"))


PORTAL: dict[str, Apply] = {
    "complaint-filed/1": _filed, "complaint-settled/1": _settled, "remedy-paid/1": _paid,
    "passkey-added/1": _passkey("borrower", "borrower"), "staff-passkey-added/1": _passkey(None, "party"),
    "passkey-removed/1": changes(Passkey, "passkey", "removed"), "callback-offered/1": _callback,
    "agency-evaluated/1": _evaluated, "signed-in/1": _signed_in, "use-answered/1": _answered,
    **dict.fromkeys(("alarm-raised/1", "alarm-raised/2", "alarm-raised/3"), _alarm), "alarm-closed/1": _alarm_closed,
    **dict.fromkeys(ATTEMPTS, _attempted), "resolution-approved/1": _resolution_approved,
    "identity-resolved/1": _resolved,
}
