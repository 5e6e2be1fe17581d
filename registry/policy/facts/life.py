"""Attempts and signs of life (POLICY section 3, U3 to U5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from registry.model.entries import Entry
from registry.model.times import DAY, MINUTE
from registry.policy.facts.model import Attempt, Reset, Slot
from registry.policy.facts.notes import Handler, Notes, day_number, moment
from registry.policy.outcomes.table import LEAST_FAVOURABLE_FIRST
from registry.policy.parameters import EVIDENCE_GRADES
from registry.policy.parties import grade_counts

REACHES = frozenset({"reached-person", "engaged", "wrong-person", "declined"})
PROMPT = 15 * MINUTE        # between the claimed beginning and the stamp, or else the provider's signature time
CLAIM_AFTER = MINUTE
REFUSES_FOR = 30 * DAY      # after a refusal; only then a new round may start


def _attempt(notes: Notes, entry: Entry) -> None:
    body = entry.body
    if body.get("borrower") != notes.borrower:
        return
    if body["direction"] == "inbound" or body["class"] in REACHES:
        notes.reaches.append(entry)
    if body["direction"] == "outbound":
        # One attempt once: of several reports of the same one, the least favourable to a release stands.
        key = (body["provider"], body["attempt"])
        known = notes.attempts.get(key)
        if known is None or _severity(entry) < _severity(known):
            notes.attempts[key] = entry


def _severity(entry: Entry) -> int:
    return LEAST_FAVOURABLE_FIRST.index(entry.body["class"])


def _alive(notes: Notes, entry: Entry) -> None:
    notes.alive(entry)


class _Rests(NamedTuple):
    """All that an attempt's reading rests on beside its own entry. `owner`: the provider account's, None for no such
    provider; `whole`: its sequence is complete up to the attempt; `slot` is -1 for no such channel."""

    zone: str
    owner: str | None
    whole: bool
    slot: int
    zones: tuple[str, ...]
    doubted: bool
    void: bool


# Readings of the latest entries, by the entry's identity: a dialler asks about the same attempts again and again.
# Exact: what is kept holds its entry, so that no other can be taken for it, and is compared with what it rests on.
_READ: dict[int, tuple[Entry, _Rests, Attempt]] = {}
MOST_READ = 16_384


def attempts_of(notes: Notes) -> tuple[Attempt, ...]:
    """The borrower's outbound attempts, in log order."""
    zone = notes.registered["time_zone"] if notes.registered is not None else ""
    found = [_read(entry, _rests(notes, entry, zone)) for entry in notes.attempts.values()]
    found.sort(key=attrgetter("index"))
    return tuple(found)


def _rests(notes: Notes, entry: Entry, zone: str) -> _Rests:
    body = entry.body
    channel = notes.channels.get(body.get("channel", ""))
    provider = notes.directory.providers.get(body["provider"])
    owner, whole = (None, False) if provider is None else (
        provider.owner, body["seq"] <= provider.sequence.through,
    )
    if channel is None:
        return _Rests(zone, owner, whole, -1, (), True, False)
    return _Rests(
        zone, owner, whole, channel.slot, channel.zones, channel.doubted, channel.dispute is not None,
    )


def _read(entry: Entry, rests: _Rests) -> Attempt:
    known = _READ.get(id(entry))
    if known is not None and known[0] is entry and known[1] == rests:
        return known[2]
    attempt = _frozen(entry, rests)
    if len(_READ) >= MOST_READ:
        _READ.clear()
    _READ[id(entry)] = entry, rests, attempt
    return attempt


def _frozen(entry: Entry, rests: _Rests) -> Attempt:
    body = entry.body
    local = body.get("local")
    began = moment(body["began_at"]) if "began_at" in body else entry.at
    if local is None:
        day, minute, offset = entry.at // DAY, -1, 0
    else:
        day, minute, offset = day_number(local["date"]), local["minute"], local["offset"]
    earliest = latest = minute
    for one in body.get("line_local", ()):
        earliest, latest = min(earliest, one["minute"]), max(latest, one["minute"])
    grade = -1
    if rests.owner is not None and grade_counts(body["grade"], rests.owner):
        grade = EVIDENCE_GRADES.index(body["grade"])
    return Attempt(
        entry.index, entry.at, rests.slot, body["medium"], body.get("agency"), body["class"], began, day, minute,
        earliest, latest, (entry.at + offset * MINUTE) // DAY, body.get("ring_seconds", -1), grade,
        "attempt-not-attested" if rests.doubted else _flaw(entry, rests, began), rests.void,
    )


def _flaw(entry: Entry, rests: _Rests, began: int) -> str | None:
    """Why this attempt cannot count whatever the packs say (U3)."""
    body = entry.body
    if not rests.whole:
        return "attempt-sequence-gap"
    local = body.get("local")
    if "began_at" not in body or local is None or local["zone"] != rests.zone:
        return "attempt-not-attested"
    told = (began + local["offset"] * MINUTE) // MINUTE
    if local["minute"] != told % 1440 or day_number(local["date"]) != told // 1440:
        return "attempt-not-attested"
    if rests.zones and not covered(rests.zones, body.get("line_local", ())):
        return "attempt-not-attested"
    if not entry.at - DAY <= began <= entry.at + CLAIM_AFTER:
        return "attempt-not-attested"
    if entry.at - began > PROMPT and abs(moment(body["signed_at"]) - began) > PROMPT:
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
    for entry in notes.reaches:
        channel = notes.channels.get(entry.body.get("channel", ""))
        if channel is not None and channel.dispute is not None and entry.index < channel.dispute:
            continue
        resets.append(_reset(entry, entry.body.get("agency")))
    for slot in slots:
        if slot.registered or slot.removed_at is not None:
            resets += [_reset(entry, None) for entry in foreign.get(slot.line, ()) if _reach(entry)]
    return tuple(resets)


def _reach(entry: Entry) -> bool:
    return entry.kind == "attempt-recorded/1" and (
        entry.body["direction"] == "inbound" or entry.body["class"] in REACHES
    )


def _reset(entry: Entry, agency: str | None) -> Reset:
    declined = entry.body["class"] == "declined" and entry.body["direction"] == "outbound"
    return Reset(entry.index, entry.at, entry.at + REFUSES_FOR if declined else 0, agency)


HANDLERS: dict[str, Handler] = {
    "attempt-recorded/1": _attempt, "sign-of-life/1": _alive,
}
