"""Attempts and signs of life (POLICY section 3, U3 to U5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.model.providers import OWNERS
from registry.model.times import DAY, MINUTE
from registry.policy.facts.model import Attempt, Reset, Slot
from registry.policy.facts.notes import Handler, Notes, day_number, moment
from registry.policy.facts.tried import REACHES, Reader, Rests
from registry.policy.parameters import EVIDENCE_GRADES
from registry.policy.parties import evidence_of, grade_counts
from registry.policy.tickets import Dialled, against, believed

FIRST = "attempt-recorded/1"    # from before there were dial checks: the provider's signature time may stand for one
PROMPT = 15 * MINUTE            # between the claimed beginning and the stamp; later only with a ticket
CLAIM_AFTER = MINUTE
REFUSES_FOR = 30 * DAY      # after a refusal; only then a new round may start
NOT_ATTESTED = "attempt-not-attested"
A_DAY = DAY // MINUTE
# Owner of a provider's account (None: no such provider) -> grade of evidence -> its rank, -1 where it never counts.
GRADES: Mapping[str | None, Mapping[str, int]] = {
    owner: {grade: rank if owner is not None and grade_counts(grade, owner) else -1
            for rank, grade in enumerate(EVIDENCE_GRADES)}
    for owner in (None, *OWNERS)
}


def _alive(notes: Notes, entry: Entry) -> None:
    notes.alive(entry)


def attempts_of(notes: Notes) -> tuple[Attempt, ...]:
    """The borrower's outbound attempts, in log order."""
    return notes.tried.attempts(lambda provider, channel: _rests(notes, provider, channel), _reader)


def _rests(notes: Notes, provider_id: str, channel_id: str) -> tuple[Rests, int]:
    """What attempts by this provider on this channel rest on, and up to which number its sequence is complete."""
    zone = notes.registered["time_zone"] if notes.registered is not None else ""
    provider = notes.directory.providers.get(provider_id)
    owner, through = (None, -1) if provider is None else (provider.owner, provider.sequence.through)
    channel = notes.channels.get(channel_id)
    if channel is None:
        return Rests(zone, owner, -1, (), True, False), through
    left = tuple([(move.index, move.time_zone) for move in notes.moves]) if notes.moves else ()
    rests = Rests(zone, owner, channel.slot, channel.zones, channel.doubted, channel.dispute is not None, left)
    return rests, through


def _reader(rests: Rests, checks: Mapping[str, Sequence[Entry]]) -> Reader:
    """How attempts that rest on this are read. `checks`: what diallers asked, by channel. What was logged after the
    attempt says nothing about it. Some thirty are read for a decision: what is the same for all is looked up here."""
    slot, void, doubted, ranks = rests.slot, rests.void, rests.doubted, GRADES[rests.owner]

    def read(entry: Entry, whole: bool) -> Attempt:
        body, at = entry.body, entry.at
        get = body.get
        local, told = get("local"), get("began_at")
        began = at if told is None else moment(told)
        if local is None:
            day, minute, logged = at // DAY, -1, at // DAY
        else:
            day, minute = day_number(local["date"]), local["minute"]
            logged = (at + local["offset"] * MINUTE) // DAY
        earliest = latest = minute
        for one in get("line_local", ()):
            other = one["minute"]
            if other < earliest:
                earliest = other
            elif other > latest:
                latest = other
        ticket, refused = _checked(entry, began, checks) if checks and entry.kind != FIRST else (None, False)
        flaw = NOT_ATTESTED if doubted else _flaw(entry, whole, began, rests, ticket)
        grade = body["grade"]
        return Attempt(
            entry.index, at, slot, body["medium"], get("agency"), body["class"], began, day, minute, earliest, latest,
            logged, get("ring_seconds", -1), ranks[evidence_of(body) if grade == "C" else grade], flaw, void, refused,
        )

    return read


def _checked(entry: Entry, began: int, checks: Mapping[str, Sequence[Entry]]) -> tuple[Entry | None, bool]:
    """(the check whose ticket the attempt brought, if that is to be believed; whether it was dialled against one)."""
    body = entry.body
    asked = checks.get(body.get("channel", ""), ())
    if not asked:
        return None, False
    dial = Dialled(began, body["channel"], body.get("agency"), body.get("account"))
    before = [one for one in asked if one.index < entry.index]
    ticket = next((one for one in before if one.body["check"] == body.get("ticket") and believed(one, dial)), None)
    return ticket, against(before, dial)


def _flaw(entry: Entry, whole: bool, began: int, rests: Rests, ticket: Entry | None) -> str | None:
    """Why this attempt cannot count whatever the packs say (U3). `whole`: the provider's sequence is complete up to
    it; `ticket`: the check that it brought."""
    if not whole:
        return "attempt-sequence-gap"
    body = entry.body
    local = body.get("local")
    if local is None or "began_at" not in body:
        return NOT_ATTESTED
    if local["zone"] != (rests.zone_at(entry.index) if rests.left else rests.zone):
        return NOT_ATTESTED
    if day_number(local["date"]) * A_DAY + local["minute"] != began // MINUTE + local["offset"]:
        return NOT_ATTESTED
    if rests.zones and not covered(rests.zones, body.get("line_local", ())):
        return NOT_ATTESTED
    late = entry.at - began
    if not -CLAIM_AFTER <= late <= DAY:
        return NOT_ATTESTED
    if late > PROMPT and ticket is None and not (
        entry.kind == FIRST and abs(moment(body["signed_at"]) - began) <= PROMPT
    ):
        return NOT_ATTESTED
    return None


def covered(zones: tuple[str, ...], told: Sequence[Mapping[str, object]]) -> bool:
    """Whether local times are told for every zone of the line."""
    if len(zones) == 1 == len(told):
        return told[0]["zone"] == zones[0]
    return set(zones) <= {one["zone"] for one in told}


def resets_of(notes: Notes, slots: tuple[Slot, ...], foreign: Mapping[str, Sequence[Entry]]) -> tuple[Reset, ...]:
    """Every sign of life. A reach counts however late, unlawful or badly attested; also on a line shared with others.

    The reset by a reach is void only on a channel that the lender has since found to be a stranger's.
    """
    resets = list(notes.resets)
    for entry in notes.tried.reaches:
        channel = notes.channels.get(entry.body.get("channel", ""))
        if channel is not None and channel.dispute is not None and entry.index < channel.dispute:
            continue
        resets.append(_reset(entry, entry.body.get("agency")))
    for slot in slots:
        if slot.registered or slot.removed_at is not None:
            resets += [_reset(entry, None) for entry in foreign.get(slot.line, ()) if _reach(entry)]
    return tuple(resets)


def declined_at(notes: Notes) -> int | None:
    """When the borrower last refused a call or a message (POLICY section 3, `declined`)."""
    times = [one.at for one in notes.tried.reaches if _declines(notes, one)]
    return max(times, default=None)


def _declines(notes: Notes, entry: Entry) -> bool:
    if entry.body["class"] != "declined":
        return False
    channel = notes.channels.get(entry.body.get("channel", ""))
    return channel is None or channel.dispute is None or entry.index > channel.dispute


def _reach(entry: Entry) -> bool:
    return entry.kind in ATTEMPTS and (
        entry.body["direction"] == "inbound" or entry.body["class"] in REACHES
    )


def _reset(entry: Entry, agency: str | None) -> Reset:
    declined = entry.body["class"] == "declined" and entry.body["direction"] == "outbound"
    return Reset(entry.index, entry.at, entry.at + REFUSES_FOR if declined else 0, agency)


HANDLERS: dict[str, Handler] = {"sign-of-life/1": _alive}
