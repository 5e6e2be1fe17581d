"""Attempts and signs of life (POLICY section 3, U3 to U5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.model.briefs import Brief
from registry.model.entries import Entry
from registry.model.providers import OWNERS
from registry.model.times import DAY, MINUTE
from registry.policy.facts.model import Attempt, Reset, Slot
from registry.policy.facts.notes import Handler, Notes
from registry.policy.facts.tried import REACHES, Reader, Rests
from registry.policy.parameters import EVIDENCE_GRADES
from registry.policy.parties import disbelieves, evidence_of, grade_counts
from registry.policy.tickets import Dialled, against, believed

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
    owner, through, doubts = (
        (None, -1, ()) if provider is None else (provider.owner, provider.sequence.through, provider.doubts))
    channel = notes.channels.get(channel_id)
    if channel is None:
        return Rests(zone, owner, -1, (), True, False, (), doubts), through
    left = tuple([(move.index, move.time_zone) for move in notes.moves]) if notes.moves else ()
    rests = Rests(
        zone, owner, channel.slot, channel.zones, channel.doubted, channel.dispute is not None, left, doubts)
    return rests, through


def _reader(rests: Rests, checks: Mapping[str, Sequence[Entry]]) -> Reader:
    """How attempts that rest on this are read. `checks`: what diallers asked, by channel. What was logged after the
    attempt says nothing about it. Some thirty are read for a decision: what is the same for all is looked up here."""
    slot, void, doubted, doubts, ranks = rests.slot, rests.void, rests.doubted, rests.doubts, GRADES[rests.owner]

    def read(brief: Brief, whole: bool) -> Attempt:
        at, day, minute = brief.at, brief.day, brief.minute
        began = at if brief.began is None else brief.began
        if day is None or minute is None or brief.offset is None:
            day, minute, logged = at // DAY, -1, at // DAY
        else:
            logged = (at + brief.offset * MINUTE) // DAY
        earliest = latest = minute
        for other in brief.minutes:
            if other < earliest:
                earliest = other
            elif other > latest:
                latest = other
        ticket, refused = _checked(brief, began, checks) if checks and not brief.first else (None, False)
        flaw = NOT_ATTESTED if doubted else _flaw(brief, whole, began, rests, ticket)
        return Attempt(
            brief.index, at, slot, brief.medium, brief.agency, brief.outcome, began, day, minute, earliest, latest,
            logged, -1 if brief.ring is None else brief.ring, ranks[evidence_of(brief.grade, brief.confirmed)], flaw,
            void, refused, not doubts or not disbelieves(doubts, at, brief.index),
        )

    return read


def _checked(brief: Brief, began: int, checks: Mapping[str, Sequence[Entry]]) -> tuple[Entry | None, bool]:
    """(the check whose ticket the attempt brought, if that is to be believed; whether it was dialled against one)."""
    asked = () if brief.channel is None else checks.get(brief.channel, ())
    if not asked or brief.channel is None:
        return None, False
    dial = Dialled(began, brief.channel, brief.agency, brief.account)
    before = [one for one in asked if one.index < brief.index]
    ticket = next((one for one in before if one.body["check"] == brief.ticket and believed(one, dial)), None)
    return ticket, against(before, dial)


def _flaw(brief: Brief, whole: bool, began: int, rests: Rests, ticket: Entry | None) -> str | None:
    """Why this attempt cannot count whatever the packs say (U3). `whole`: the provider's sequence is complete up to
    it; `ticket`: the check that it brought."""
    if not whole:
        return "attempt-sequence-gap"
    if brief.day is None or brief.minute is None or brief.offset is None or brief.began is None:
        return NOT_ATTESTED
    if brief.zone != (rests.zone_at(brief.index) if rests.left else rests.zone):
        return NOT_ATTESTED
    if brief.day * A_DAY + brief.minute != began // MINUTE + brief.offset:
        return NOT_ATTESTED
    if rests.zones and not covered(rests.zones, brief.zones):
        return NOT_ATTESTED
    late = brief.at - began
    if not -CLAIM_AFTER <= late <= DAY:
        return NOT_ATTESTED
    # Of the first version, from before there were dial checks, the provider's signature time may stand for one.
    if late > PROMPT and ticket is None and not (brief.first and abs(brief.signed - began) <= PROMPT):
        return NOT_ATTESTED
    return None


def covered(zones: tuple[str, ...], told: Sequence[str]) -> bool:
    """Whether local times are told for every zone of the line."""
    if len(zones) == 1 == len(told):
        return told[0] == zones[0]
    return set(zones) <= set(told)


def resets_of(notes: Notes, slots: tuple[Slot, ...], foreign: Mapping[str, Sequence[Brief]]) -> tuple[Reset, ...]:
    """Every sign of life. A reach counts however late, unlawful or badly attested; also on a line shared with others.

    The reset by a reach is void only on a channel that the lender has since found to be a stranger's. `foreign`:
    attempts at others by line.
    """
    resets = list(notes.resets)
    for brief in notes.tried.reaches:
        channel = notes.channels.get(brief.channel or "")
        if channel is not None and channel.dispute is not None and brief.index < channel.dispute:
            continue
        resets.append(_reset(brief, brief.agency))
    for slot in slots:
        if slot.registered or slot.removed_at is not None:
            resets += [_reset(brief, None) for brief in foreign.get(slot.line, ()) if _reach(brief)]
    return tuple(resets)


def declined_at(notes: Notes) -> int | None:
    """When the borrower last refused a call or a message (POLICY section 3, `declined`)."""
    times = [one.at for one in notes.tried.reaches if _declines(notes, one)]
    return max(times, default=None)


def _declines(notes: Notes, brief: Brief) -> bool:
    if brief.outcome != "declined":
        return False
    channel = notes.channels.get(brief.channel or "")
    return channel is None or channel.dispute is None or brief.index > channel.dispute


def _reach(brief: Brief) -> bool:
    return not brief.outbound or brief.outcome in REACHES


def _reset(brief: Brief, agency: str | None) -> Reset:
    declined = brief.outcome == "declined" and brief.outbound
    return Reset(brief.index, brief.at, brief.at + REFUSES_FOR if declined else 0, agency)


HANDLERS: dict[str, Handler] = {"sign-of-life/1": _alive}
