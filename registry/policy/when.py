"""From when on a failed rule may hold: the earliest time, where time alone has a say. Nobody is promised anything."""

from __future__ import annotations

from dataclasses import dataclass

from registry.model.times import DAY, MINUTE, local_day
from registry.policy.effort import Effort
from registry.policy.facts.listed import Contact
from registry.policy.facts.model import Facts
from registry.policy.merging import Params
from registry.policy.reasons import CLASS_OF, Reason
from registry.policy.rules.line import RELEASES_WITHIN
from registry.policy.values import Decision

REFUSED_FOR = 30 * DAY      # a borrower who refused is left alone so long (U4)
COUNTS = frozenset({"channels-incomplete", "attempts-too-few", "days-too-few", "dayparts-too-few", "span-too-short"})
NOTICES = frozenset({"notice-missing", "notice-incomplete"})


def dated(reason: Reason, facts: Facts, params: Params, effort: Effort, at: int) -> Reason:
    """The reason with the earliest time at which more attempts can cure it, where days must pass."""
    if reason.not_before is not None:
        return reason
    today = local_day(at, facts.offset)
    tried = None if effort.last_at is None else local_day(effort.last_at, facts.offset)
    free = today + 1 if tried == today else today   # each counts on a day of its own
    lacking = (reason.need or 0) - (reason.have or 0)
    day = {
        "span-too-short": (today if effort.first_day is None else effort.first_day) + params.span_days,
        "days-too-few": free + lacking - 1, "dayparts-too-few": free + lacking - 1,
    }.get(reason.code)
    if day is None or day <= today:
        return reason
    opens = day * DAY + (params.borrower_hours[0] - facts.offset) * MINUTE
    return Reason(reason.code, reason.have, reason.need, opens)


@dataclass(frozen=True, slots=True)
class Earliest:
    """`at`: no permit is possible before it, whatever is done meanwhile; None where time cures nothing: `bars` say
    what stands in the way. `waits`: what takes time, with its own earliest moment."""

    at: int | None
    waits: tuple[Reason, ...]
    bars: tuple[str, ...]


def earliest(facts: Facts, decision: Decision, at: int) -> Earliest:
    """When a permit is possible at the earliest, as far as time goes: what can be done at once counts as done.

    For officers and auditors alone: it rests on everything that is known.
    """
    params, effort = decision.params, decision.effort
    if decision.verdict == "permit":
        return Earliest(at, (), ())
    if params is None or effort is None or facts.account is None:
        return Earliest(None, (), tuple(decision.codes))
    contact = next((one for one in facts.contacts if one.id == decision.contact), None)
    waits, bars = [], []
    for reason in decision.reasons:
        when = reason.not_before or dated(reason, facts, params, effort, at).not_before or _barred_until(
            reason.code, facts, params, contact)
        if when is not None:
            waits.append(Reason(reason.code, reason.have, reason.need, when))
        elif CLASS_OF[reason.code] == "not-eligible" or reason.code in ("releases-stopped",):
            bars.append(reason.code)
    codes = set(decision.codes)
    if "sign-of-life" in codes:
        # A whole new round, from now on.
        bars.remove("sign-of-life")
        if "span-too-short" not in codes:
            waits.append(Reason("span-too-short", not_before=at + params.span_days * DAY))
    effort_done = max((one.not_before or at for one in waits if one.code in COUNTS), default=at)
    if codes & (COUNTS | NOTICES | {"sign-of-life"}):
        waits.append(Reason("notice-running", not_before=effort_done + params.grace_days * DAY))
    found = max((one.not_before for one in waits if one.not_before is not None), default=at)
    return Earliest(None if bars else max(found, at), tuple(waits), tuple(bars))


def _barred_until(code: str, facts: Facts, params: Params, contact: Contact | None) -> int | None:
    """The end of a bar that ends by itself."""
    if code == "borrower-refuses" and facts.declined_at is not None:
        return facts.declined_at + REFUSED_FOR
    if code == "account-not-overdue-enough" and facts.account is not None:
        return (facts.account.due_since + params.min_days_past_due) * DAY - facts.offset * MINUTE
    if contact is None:
        return None
    line = contact.line
    if code == "line-cooldown" and line.releases:
        return max(line.releases) + params.line_cooldown_days * DAY
    if code == "line-cap" and line.conversations < params.line_conversations_per_case and params.line_releases_30d:
        return sorted(line.releases)[-params.line_releases_30d] + RELEASES_WITHIN
    if code == "line-message-cap" and params.line_messages_30d and line.messages:
        return sorted(line.messages)[-params.line_messages_30d] + RELEASES_WITHIN
    return None
