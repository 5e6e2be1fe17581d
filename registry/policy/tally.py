"""Counting attempts one after the other (POLICY section 3, U1 to U4)."""

from __future__ import annotations

from collections.abc import Mapping

from registry.model.times import DAY
from registry.policy.effort import NEVER, PARTS, TEXT, Effort, SlotEffort
from registry.policy.facts.life import NOT_ATTESTED
from registry.policy.facts.model import Attempt, Slot
from registry.policy.merging import Params

PICKED_UP = frozenset({"voicemail", "screened"})
BLOCKS = PICKED_UP | {"household"}
COUNT = frozenset({"not-alerted", "dead-address"})  # whatever else is said
COVER = frozenset({"household", "delivered", "busy"})  # the last two by text alone
# Whatever exists at that address: two bounces around one of these prove nothing dead.
EXISTS = BLOCKS | {"no-answer", "not-alerted", "busy", "delivered", "reached-person", "engaged", "declined"}
DEAD_APART = 2 * DAY


class Tally:
    """Counts attempts one after the other, in log order. `until`: the first moment from which one of them may count
    otherwise."""

    def __init__(self, params: Params, at: int, personal: Mapping[int, Slot], own: bool) -> None:
        self.params, self.at, self.personal, self.own = params, at, personal, own
        self.cooling, self.least_grade = params.cooling_days * DAY, params.evidence_grade
        self.count = 0
        self.first_day = self.last_day = 0
        self.last_at: int | None = None
        self.per_slot = dict.fromkeys(personal, 0)
        self.cover = dict.fromkeys(personal, 0)
        self.flagged = dict.fromkeys(personal, 0)
        self.last_on: dict[int, int] = {}
        self.flaws: set[str] = set()
        self.first_dead: dict[int, int] = {}
        self.dead: set[int] = set()
        self.dead_days: list[int] = []
        self.dead_last = 0
        self.dead_complete: tuple[int, int] | None = None
        self.mailbox_days: set[int] = set()
        self.began_days: set[int] = set()
        self.logged_days: set[int] = set()
        self.days = 0
        self.parts: tuple[set[int], set[int], set[int]] = (set(), set(), set())
        self.complete: tuple[int, int] | None = None
        self.blocked_until: int | None = None
        self.until = NEVER

    def take(self, attempt: Attempt, unlawful: bool, close: bool) -> None:
        """The next attempt of the window. On a disputed channel it says nothing about the borrower."""
        if attempt.void:
            return
        outcome, place = attempt.outcome, attempt.slot
        if outcome in BLOCKS and self.at < (until := attempt.at + self.cooling):
            self.blocked_until = until
            self.until = min(self.until, until)
        slot = self.personal.get(place)
        if slot is None:
            return
        self.last_on[place] = attempt.at
        if unlawful:
            self.flagged[place] += 1
        if self.first_dead and outcome in EXISTS:
            self.first_dead.pop(place, None)
            self.dead.discard(place)
            self.dead_complete = None
        if slot.medium == "voice" and attempt.medium != "voice":
            return      # a text sent to a telephone is no dial, whatever became of it
        counts = outcome in COUNT or self._counts(attempt)
        if not counts and (outcome not in COVER or not covers(attempt)):
            return
        flaw = self._flaw(attempt, unlawful, close and counts)
        if flaw is not None:
            self.flaws.add(flaw)
        elif not counts:
            self.cover[place] += 1
        elif self.own or slot.alone:
            self._count(attempt)

    def _flaw(self, attempt: Attempt, unlawful: bool, close: bool) -> str | None:
        """Why an attempt of a class that counts or covers does not (U2, U3)."""
        if not attempt.believed:
            return NOT_ATTESTED
        if attempt.flaw is not None:
            return attempt.flaw
        if attempt.grade < self.least_grade:
            return "evidence-grade"
        if unlawful:
            return "attempt-unlawful"
        return "attempt-too-close" if close else None

    def _counts(self, attempt: Attempt) -> bool:
        """Whether the class counts at all (POLICY section 3, outcome classes)."""
        outcome = attempt.outcome
        if outcome == "no-answer":
            return attempt.ring >= self.params.min_ring_seconds
        if outcome in PICKED_UP:
            # Once cooled, with no sign of life, a mailbox counts as no-answer.
            return self.at - attempt.at >= self.cooling
        return outcome in COUNT

    def _count(self, attempt: Attempt) -> None:
        place, outcome = attempt.slot, attempt.outcome
        if outcome == "dead-address" and self._bounced(attempt):
            return      # counts once per channel
        if outcome in PICKED_UP:
            if attempt.day in self.mailbox_days:
                return  # counts once per local day
            self.mailbox_days.add(attempt.day)
        day = attempt.day
        self.cover[place] += 1
        self.per_slot[place] += 1
        if self.count == 0:
            self.first_day = self.last_day = day
        elif day < self.first_day:
            self.first_day = day
        elif day > self.last_day:
            self.last_day = day
        self.count += 1
        self.last_at = attempt.at
        if day not in self.began_days and attempt.logged_day not in self.logged_days:
            # Distinct days must also be distinct by the registry's own stamp (U3).
            self.began_days.add(day)
            self.logged_days.add(attempt.logged_day)
            self.days += 1
        part = part_of(attempt.minute)
        if part is not None:
            self.parts[part].add(day)
        if self.complete is None and self._enough():
            self.complete = (attempt.index, attempt.at)

    def _bounced(self, attempt: Attempt) -> bool:
        """Notes a dead address; True when the channel had counted one already."""
        place, again = attempt.slot, attempt.slot in self.first_dead
        first = self.first_dead.setdefault(place, attempt.at)
        if attempt.at - first >= DEAD_APART:
            self.dead.add(place)
        self.dead_days.append(attempt.day)
        self.dead_last = attempt.at
        if self.dead_complete is None and len(self.dead) == len(self.personal) and (
            max(self.dead_days) - min(self.dead_days) >= self.params.span_days
        ):
            self.dead_complete = (attempt.index, attempt.at)
        return again

    def _enough(self) -> bool:
        needs = self.params
        return (
            self.count >= needs.min_attempts and self.days >= needs.min_days
            and self.last_day - self.first_day >= needs.span_days and distinct_parts(self.parts) >= needs.min_dayparts
        )

    def result(self) -> Effort:
        """What was tallied, once every attempt was taken."""
        waived = bool(self.personal) and len(self.dead) == len(self.personal)
        complete, last = self.complete, self.last_at
        first = self.first_day if self.count else None
        span = self.last_day - self.first_day
        if waived:
            first, span = min(self.dead_days), max(self.dead_days) - min(self.dead_days)
            complete, last = self.dead_complete, self.dead_last
        parts = frozenset([place for place, days in enumerate(self.parts) if days])
        return Effort(
            tuple([self._slot(place) for place in self.personal]), self.count, self.days, distinct_parts(self.parts),
            parts, span, first, last, complete[0] if complete else None, complete[1] if complete else None, waived,
            self.blocked_until, frozenset(self.flaws),
        )

    def _slot(self, place: int) -> SlotEffort:
        need = self.params.per_line_counted if self.personal[place].medium == "voice" else 1
        dead = place in self.dead
        return SlotEffort(
            place, self.per_slot[place], self.cover[place], dead or self.cover[place] >= need, dead,
            self.flagged[place], self.last_on.get(place),
        )


MORNING, NOON, EVENING, NIGHT = PARTS[0][0], PARTS[1][0], PARTS[2][0], PARTS[2][1]


def part_of(minute: int) -> int | None:
    """The part of the day (place in PARTS) of a local minute."""
    if minute < NOON:
        return 0 if minute >= MORNING else None
    if minute < EVENING:
        return 1
    return 2 if minute < NIGHT else None


def covers(attempt: Attempt) -> bool:
    """Whether a class that does not count covers all the same: the household a line, two classes a text channel."""
    return attempt.outcome == "household" or (attempt.outcome in COVER and attempt.medium in TEXT)


def distinct_parts(parts: tuple[set[int], set[int], set[int]]) -> int:
    """How many parts of the day can be given a local day each, all different (U2).

    By Hall's theorem the sets, smallest first, need one day more each time.
    """
    count, days = 0, set()
    for part in sorted(parts, key=len):
        days |= part
        if part and len(days) > count:
            count += 1
    return count
