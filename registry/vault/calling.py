"""Brokered calls (`mode: call`): a permit opens no number, the courier has a bridge connect two lines for a while.

Whether it may still do so is judged again when the contact's address is opened, and again and again while the bridge
connects. One that may not is refused by an entry that gives its use back, unless its address was opened before.
"""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.calls import BROKERED, TALKED
from registry.model.entries import Entry
from registry.model.numbers import parse_number
from registry.model.times import MINUTE, local_minute, parse_stamp, stamp
from registry.policy import lapsed, minute_of, why_closed
from registry.vault.arguments import Args
from registry.vault.desk import Answer, Desk
from registry.vault.local import offset
from registry.vault.sent_later import about, given_back, is_settled, may_have_left
from registry.vault.standing import judged_again, restricted

CALLER = "caller"  # scope under which the line that a call comes from is kept, sealed, as long as the answer
LEAST = 10 * MINUTE  # a bridge that connects for less is of no use to anybody: it waits for the next lawful hours
TOLD = ("began_at", "ring_seconds", "talk_seconds", "outcome")  # of one call, to the collector
SETTLED = frozenset(("call-bound/1", "call-unbound/1", "opening-refused/1"))


def caller_in(desk: Desk, args: Args) -> str | None:
    """The line that the call is to come from, in E.164. Raises MalformedError."""
    given = args.get("caller")
    if given is None:
        return None
    if args["mode"] != "call":
        raise MalformedError("/caller belongs to mode call: it is the line that the call comes from",
                             pointer="/caller")
    try:
        text = desk.keys.open_deposit(given["jwe"]) if isinstance(given, dict) else given
        return parse_number(text).e164
    except MalformedError as error:
        raise MalformedError(f"/caller: {error.detail}", pointer="/caller", code=error.code) from error


def keep(desk: Desk, permit: Entry, caller: str, obligations: dict[str, Any]) -> None:
    """Keeps, sealed and for a day, what the bridge will need: no entry and no other table holds it."""
    terms = {"caller": caller, **{name: obligations[name] for name in ("call_between", "time_zone", "max_calls")}}
    desk.remember(CALLER, permit.id, b"", terms)


def is_due(desk: Desk, permit: Entry) -> bool:
    """Whether the courier is still to ask for this call's address; asking is what gets one refused that has ended."""
    if is_settled(desk, permit, SETTLED):
        return False
    return not (may_have_left(desk, permit, BROKERED) and _ended(desk, permit, desk.clock.now()))


def must_wait(desk: Desk, permit: Entry) -> bool:
    """Whether it is no hour for the call, or the hours are all but over."""
    at = desk.clock.now()
    return _until(desk, permit, at) - at < LEAST


def refused(desk: Desk, permit: Entry, at: int) -> Answer | None:
    """The answer that refuses to open the address of a call that may not be made any more; None where it may.

    Raises ConflictError `outside-hours` where it has to wait, `message-withheld` where it may have been made already.
    """
    reasons = _ended(desk, permit, at)
    if not reasons:
        if _until(desk, permit, at) - at < LEAST:
            raise ConflictError("it is no hour at which this contact may be called: ask again", code="outside-hours")
        return None
    return given_back(desk, permit, BROKERED, reasons=reasons, at=at, why="this call may not be made any more")


def terms(desk: Desk, permit: Entry, at: int) -> dict[str, Any]:
    """What the bridge needs beside the contact's number: {caller, expires_at, max_calls}. It ends with the lawful
    hours at the latest."""
    kept = _kept(desk, permit)
    assert kept is not None, "a call whose terms are gone has ended"
    return {"caller": kept["caller"], "expires_at": stamp(_until(desk, permit, at)), "max_calls": kept["max_calls"]}


def stands(desk: Desk, permit: Entry) -> bool:
    """Whether the bridge may go on connecting the two."""
    return not _ended(desk, permit, desk.clock.now())


def state_of(desk: Desk, permit: Entry) -> dict[str, Any]:
    """How far a call came, for the collector: {id, state, expires_at?, calls}. That somebody said never again is not
    shown: the call is over, as any other."""
    entries = about(desk, permit)
    kinds = {entry.kind for entry in entries}
    bound = next((entry for entry in entries if entry.kind == "call-bound/1"), None)
    unbound = next((entry for entry in entries if entry.kind == "call-unbound/1"), None)
    calls = dict[str, dict[str, Any]]()
    for entry in entries:
        # Of a call that is told of again, that somebody was spoken with stands.
        if entry.kind == "call-recorded/1" and calls.get(entry.body["call"], {}).get("outcome") != TALKED:
            calls[entry.body["call"]] = {name: entry.body[name] for name in TOLD if name in entry.body}
    value: dict[str, Any] = {"id": permit.id, "state": "queued", "calls": list(calls.values())}
    if unbound is not None:
        return {**value, "state": "failed" if unbound.body["why"] == "failed" else "over"}
    if bound is not None:
        over = desk.clock.now() >= parse_stamp(bound.body["expires_at"])
        return {**value, "state": "over" if over else "bound", "expires_at": bound.body["expires_at"]}
    if "opening-refused/1" in kinds or _ended(desk, permit, desk.clock.now()):
        return {**value, "state": "withheld"}
    return value


def _ended(desk: Desk, permit: Entry, at: int) -> list[str]:
    """Why this call may not be made any more; empty while it may, now or later."""
    if at >= parse_stamp(permit.body["expires_at"]) or _kept(desk, permit) is None:
        return ["permit-expired"]
    judged = judged_again(desk, permit, at)
    if restricted(desk, permit) or lapsed(permit.body["contact"], judged.decision):
        return why_closed(judged.decision.codes)
    return []


def _kept(desk: Desk, permit: Entry) -> dict[str, Any] | None:
    found = desk.remembered(CALLER, permit.id)
    return None if found is None else found[1]


def _until(desk: Desk, permit: Entry, at: int) -> int:
    """When the bridge must stop connecting: with the permit, and with the lawful hours wherever the line may ring;
    `at` itself where it is no hour now."""
    kept = _kept(desk, permit)
    if kept is None:
        return at
    start, end = (minute_of(one) for one in kept["call_between"])
    contact = desk.relations.entry(permit.body["contact"], "contact-registered/1")
    minutes = [local_minute(at, offset(zone, at)) for zone in contact.body.get("zones", ())]
    if not minutes or not all(start <= minute < end for minute in minutes):
        return at
    return min(parse_stamp(permit.body["expires_at"]), at - at % MINUTE + (end - max(minutes)) * MINUTE)
