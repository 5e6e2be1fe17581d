"""Attempts and signs of life (POLICY section 3, U3 to U5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.model.times import DAY, MINUTE
from registry.policy.facts.model import Attempt, Reset, Slot
from registry.policy.facts.notes import Handler, Notes, day_number, moment
from registry.policy.facts.tried import REACHES, Rests
from registry.policy.parameters import EVIDENCE_GRADES
from registry.policy.parties import evidence_of, grade_counts
from registry.policy.tickets import Dialled, against, believed

FIRST = "attempt-recorded/1"    # from before there were dial checks: the provider's signature time may stand for one
PROMPT = 15 * MINUTE            # between the claimed beginning and the stamp; later only with a ticket
CLAIM_AFTER = MINUTE
REFUSES_FOR = 30 * DAY      # after a refusal; only then a new round may start


def _alive(notes: Notes, entry: Entry) -> None:
    notes.alive(entry)


def attempts_of(notes: Notes) -> tuple[Attempt, ...]:
    """The borrower's outbound attempts, in log order."""
    checks = notes.tried.checks

    def read(entry: Entry, rests: Rests, whole: bool) -> Attempt:
        return _read(entry, rests, whole, checks)

    return notes.tried.attempts(lambda provider, channel: _rests(notes, provider, channel), read)


def _rests(notes: Notes, provider_id: str, channel_id: str) -> tuple[Rests, int]:
    """What attempts by this provider on this channel rest on, and up to which number its sequence is complete."""
    zone = notes.registered["time_zone"] if notes.registered is not None else ""
    provider = notes.directory.providers.get(provider_id)
    owner, through = (None, -1) if provider is None else (provider.owner, provider.sequence.through)
    channel = notes.channels.get(channel_id)
    if channel is None:
        return Rests(zone, owner, -1, (), True, False), through
    left = tuple([(move.index, move.time_zone) for move in notes.moves])
    rests = Rests(zone, owner, channel.slot, channel.zones, channel.doubted, channel.dispute is not None, left)
    return rests, through


def _read(entry: Entry, rests: Rests, whole: bool, checks: Mapping[str, Sequence[Entry]]) -> Attempt:
    """Reads an attempt. `whole`: the provider's sequence is complete up to it. `checks`: what diallers asked, by
    channel. What was logged after the attempt says nothing about it."""
    body, at = entry.body, entry.at
    local = body.get("local")
    began = moment(body["began_at"]) if "began_at" in body else at
    if local is None:
        day, minute, offset = at // DAY, -1, 0
    else:
        day, minute, offset = day_number(local["date"]), local["minute"], local["offset"]
    earliest = latest = minute
    for one in body.get("line_local", ()):
        other = one["minute"]
        if other < earliest:
            earliest = other
        elif other > latest:
            latest = other
    grade, evidence = -1, evidence_of(body)
    if rests.owner is not None and grade_counts(evidence, rests.owner):
        grade = EVIDENCE_GRADES.index(evidence)
    ticket, refused = (None, False) if entry.kind == FIRST else _checked(entry, began, checks)
    return Attempt(
        entry.index, at, rests.slot, body["medium"], body.get("agency"), body["class"], began, day, minute,
        earliest, latest, (at + offset * MINUTE) // DAY, body.get("ring_seconds", -1), grade,
        "attempt-not-attested" if rests.doubted else _flaw(entry, rests, began, whole, ticket), rests.void,
        refused,
    )


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


def _flaw(entry: Entry, rests: Rests, began: int, whole: bool, ticket: Entry | None) -> str | None:
    """Why this attempt cannot count whatever the packs say (U3)."""
    if not whole:
        return "attempt-sequence-gap"
    body, at = entry.body, entry.at
    local = body.get("local")
    if "began_at" not in body or local is None or local["zone"] != rests.zone_at(entry.index):
        return "attempt-not-attested"
    told = (began + local["offset"] * MINUTE) // MINUTE
    if local["minute"] != told % 1440 or day_number(local["date"]) != told // 1440:
        return "attempt-not-attested"
    if rests.zones and not covered(rests.zones, body.get("line_local", ())):
        return "attempt-not-attested"
    if not at - DAY <= began <= at + CLAIM_AFTER:
        return "attempt-not-attested"
    if at - began > PROMPT and ticket is None and not (
        entry.kind == FIRST and abs(moment(body["signed_at"]) - began) <= PROMPT
    ):
        return "attempt-not-attested"
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


def _reach(entry: Entry) -> bool:
    return entry.kind in ATTEMPTS and (
        entry.body["direction"] == "inbound" or entry.body["class"] in REACHES
    )


def _reset(entry: Entry, agency: str | None) -> Reset:
    declined = entry.body["class"] == "declined" and entry.body["direction"] == "outbound"
    return Reset(entry.index, entry.at, entry.at + REFUSES_FOR if declined else 0, agency)


HANDLERS: dict[str, Handler] = {"sign-of-life/1": _alive}
