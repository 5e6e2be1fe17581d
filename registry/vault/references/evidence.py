"""Checks of an attempt: the vault maps it again, times it again and matches it again (POLICY section 3, U3)."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.entries import Draft, Entry, Object
from registry.model.times import HOUR, SECOND, parse_stamp
from registry.policy import CHECKED, Dialled, believed
from registry.shipped import shipped_outcomes
from registry.vault.local import local_value
from registry.vault.references.context import FUTURE, Context
from registry.vault.relations import placements, unknown

PAST = 24 * HOUR
# A webhook's own time may differ from ours by this much (CONTRACT section 0, ±300 s).
SIGNED_AHEAD = 300 * SECOND


def attempt(draft: Draft, context: Context) -> None:
    """Raises MalformedError, ConflictError or NotFoundError for an attempt that does not hold together."""
    body = draft.body
    provider = context.directory.provider(body["provider"])
    if provider is None:
        raise unknown()
    if provider.grade != body["grade"]:
        raise MalformedError("the grade is the provider's", pointer="/body/grade")
    _check_unused(body, context)
    _check_class(body, provider.adapter)
    _check_times(body, context.at)
    if "line" not in body and "borrower" in body:
        raise MalformedError("an attempt at a borrower names the line that was dialled", pointer="/body/line")
    channel = _check_borrower(body, context) if "borrower" in body else None
    if "borrower" not in body and {"channel", "account", "agency", "local"} & set(body):
        raise MalformedError("an attempt at nobody names no channel, account or agency")
    _check_ticket(body, context)
    _check_local(body, channel, context)


def _check_unused(body: Object, context: Context) -> None:
    """A number is one attempt's, and an attempt is at one borrower: one call cannot count for two people (U3)."""
    if context.ledger.attempt_of(body["provider"], body["seq"]) not in (None, body["attempt"]):
        raise ConflictError("this sequence number was another attempt's", code="attempt-sequence-conflict")
    if "borrower" in body:
        known = context.ledger.dialled_by(body["provider"], body["attempt"])
        if known not in (None, body["borrower"]):
            raise ConflictError("this attempt was at another borrower", code="attempt-sequence-conflict")


def _check_class(body: Object, adapter: str) -> None:
    table = shipped_outcomes(adapter)
    if body["table"] != table.value():
        raise MalformedError("the outcome table is not the one in force", code="table-unknown", pointer="/body/table")
    if table.classify(body["cause"], body.get("ring_seconds"), body["direction"]) != body["class"]:
        raise MalformedError("the class is not what the table says of this cause", pointer="/body/class")


def _check_times(body: Object, at: int) -> None:
    for member in ("began_at", "ended_at"):
        if member in body and not at - PAST <= parse_stamp(body[member]) <= at + FUTURE:
            raise MalformedError(
                f"/{member} lies within 24 hours before and 60 seconds after now, or is left out",
                code="time-out-of-range", pointer=f"/body/{member}",
            )
    if "confirmed" in body and (body["grade"] != "C" or parse_stamp(body["confirmed"]) > at + FUTURE):
        raise MalformedError("/confirmed is of a grade that needs it, and lies not in the future",
                             code="time-out-of-range", pointer="/body/confirmed")
    if parse_stamp(body["signed_at"]) > at + SIGNED_AHEAD:
        raise MalformedError("/signed_at lies in the future", code="time-out-of-range", pointer="/body/signed_at")


def _check_borrower(body: Object, context: Context) -> Entry:
    """The channel that was dialled: this borrower's, on this line. Account and agency must fit."""
    relations = context.relations
    channel = relations.of_borrower(body.get("channel"), "channel-added/1", body["borrower"])
    if channel.body["line"] != body["line"]:
        raise unknown()
    if "account" in body:
        relations.of_borrower(body["account"], "account-opened/1", body["borrower"])
    if "agency" in body:
        dialled_at = parse_stamp(body["began_at"]) if "began_at" in body else context.at
        day = relations.today(body["borrower"], dialled_at)
        history = relations.history(body["borrower"])
        agencies = {one.body["agency"] for one in placements(history, day, body.get("account"))}
        # A ticket tells which agency it was, where an account is placed with several.
        if body["agency"] not in agencies or (len(agencies) > 1 and "ticket" not in body):
            raise MalformedError("/agency is the one with the only placement then in force", pointer="/body/agency")
    return channel


def _check_ticket(body: Object, context: Context) -> None:
    """The dial check that a ticket is of permitted this very dial."""
    if "ticket" not in body:
        return
    check = context.relations.of_borrower(body["ticket"], CHECKED, body.get("borrower"))
    said = ("began_at" in body and body["direction"] == "outbound") and believed(check, Dialled(
        parse_stamp(body["began_at"]), body["channel"], body.get("agency"), body.get("account"),
    ))
    if not said:
        raise MalformedError("/ticket is of a dial check that permitted this attempt", pointer="/body/ticket")


def _check_local(body: Object, channel: Entry | None, context: Context) -> None:
    if channel is None or "began_at" not in body:
        if "local" in body or "line_local" in body:
            raise MalformedError("local times belong to a dialled channel and its began_at")
        return
    began_at = parse_stamp(body["began_at"])
    residence = context.relations.lives(body["borrower"])["time_zone"]
    if body.get("local") != local_value(residence, began_at):
        raise MalformedError("/local is the time where the borrower lives", pointer="/body/local")
    expected = [local_value(zone, began_at) for zone in channel.body.get("zones", ())]
    if list(body.get("line_local", ())) != expected:
        raise MalformedError("/line_local is the time in each zone of the line", pointer="/body/line_local")
