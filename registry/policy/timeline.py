"""Each attempt to reach the borrower with what it came to: counted, covering its channel, or neither, and why not.

For people who have to judge: the counting itself is `tally`'s, and is only watched here.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.model.times import DAY
from registry.policy.dials import judge_dials
from registry.policy.effort import Effort, last_reset, personal_slots
from registry.policy.facts.model import Attempt, Facts, Notice
from registry.policy.facts.tried import REACHES
from registry.policy.merging import Params
from registry.policy.tally import PICKED_UP, Tally, covers

# Why an attempt did not count, beside the codes of `reasons.FLAWED_ATTEMPTS`.
REACHED, RESET, OLD, NOT_DUE = "somebody-reached", "before-sign-of-life", "too-old", "before-overdue"
DISPUTED, FOREIGN, TEXT = "channel-disputed", "channel-not-personal", "text-to-a-telephone"
SHORT, WARM, NOTHING = "rang-too-short", "not-yet-cooled", "proves-nothing"
SHARED, ONCE_A_CHANNEL, ONCE_A_DAY = "line-shared", "once-a-channel", "once-a-day"
SUSPENDED = "provider-suspended"
WHY = (
    REACHED, RESET, OLD, NOT_DUE, DISPUTED, FOREIGN, TEXT, SHORT, WARM, NOTHING, SUSPENDED, SHARED, ONCE_A_CHANNEL,
    ONCE_A_DAY,
)


@dataclass(frozen=True, slots=True)
class Told:
    """`counts`: `counted`, `covers` (its channel, without being counted) or `no`; `why` it does not, else None."""

    attempt: Attempt
    counts: str
    why: str | None


class _Watched(Tally):
    """The tally, saying of each attempt what it did."""

    def told(self, attempt: Attempt, unlawful: bool, close: bool) -> Told:
        count, cover = self.count, sum(self.cover.values())
        self.take(attempt, unlawful, close)
        if self.count > count:
            return Told(attempt, "counted", None)
        if sum(self.cover.values()) > cover:
            return Told(attempt, "covers", None)
        return Told(attempt, "no", self._why(attempt, unlawful, close))

    def _why(self, attempt: Attempt, unlawful: bool, close: bool) -> str:
        """In the order in which the tally passes an attempt over."""
        slot = self.personal.get(attempt.slot)
        if attempt.void:
            return DISPUTED
        if slot is None:
            return FOREIGN
        if slot.medium == "voice" and attempt.medium != "voice":
            return TEXT
        counts = self._counts(attempt)
        if not counts and not covers(attempt):
            return {"no-answer": SHORT, **dict.fromkeys(PICKED_UP, WARM)}.get(attempt.outcome, NOTHING)
        flaw = self._flaw(attempt, unlawful, close and counts)
        if flaw is not None:
            return flaw if attempt.believed else SUSPENDED
        if not self.own and not slot.alone:
            return SHARED
        return ONCE_A_CHANNEL if attempt.outcome == "dead-address" else ONCE_A_DAY


# Why a notice did not count: the same tests as `rules.notice`, named.
EARLY, STALE, OTHERS = "before-effort", "notice-too-old", "names-another"
WHY_NOT_NOTICED = (EARLY, STALE, OTHERS)


def noticed(facts: Facts, params: Params, effort: Effort, at: int) -> tuple[tuple[Notice, str | None], ...]:
    """Every notice about this account in log order, with why it does not count; None where it does."""
    placed = None if facts.account is None else facts.account.placed_at
    complete = effort.complete_index

    def why(one: Notice) -> str | None:
        if complete is None or one.index <= complete:
            return EARLY
        if at - one.at > params.notice_max_age_days * DAY:
            return STALE
        return OTHERS if placed is not None and not (one.names_caller and one.at >= placed) else None

    return tuple((one, why(one)) for one in facts.notices)


def timeline(facts: Facts, params: Params, at: int) -> tuple[Told, ...]:
    """Every attempt over all agencies, in log order, as the decision at `at` (milliseconds) weighs it."""
    tally = _Watched(params, at, personal_slots(facts, params, at), own=False)
    unlawful, close = judge_dials(facts.attempts, params)
    oldest = at - params.window_days * DAY
    due = facts.account.due_since if facts.account is not None else 0
    index, until = last_reset(facts.resets)
    found = []
    for one in facts.attempts:
        if one.outcome in REACHES:
            found.append(Told(one, "no", REACHED))
        elif one.index <= index or one.at < until:
            found.append(Told(one, "no", RESET))
        elif one.at < oldest:
            found.append(Told(one, "no", OLD))
        elif one.day < due:
            found.append(Told(one, "no", NOT_DUE))
        else:
            found.append(tally.told(one, one.index in unlawful, one.index in close))
    return tuple(found)
