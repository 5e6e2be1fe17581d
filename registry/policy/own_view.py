"""An account as its agency sees it before it asks: its own effort, what that still lacks, and from when on.

It rests on this agency's own attempts and on the notices that name it, restarting only at what it saw itself: so the
same picture for everybody on whom its effort is the same, whatever else is known of them (promise P10).
"""

from __future__ import annotations

from typing import Any

from registry.policy.applicable import Applied
from registry.policy.facts.model import Facts
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.effort import own_effort, own_shortfalls
from registry.policy.rules.notice import notice_given
from registry.policy.values import Decision
from registry.policy.views import account_view, channel_view, effort_state

COMPLETE = {"state": "complete", "missing": [], "next": {"action": "look-up"}}


def own_view(facts: Facts, applied: Applied, at: int) -> dict[str, Any]:
    """`{effort: {state, missing, channels, next}}` for the agency that asks; nothing where no pack is in force.

    `applied`: what holds for the contact of the lowest rank. `state` is `complete` when nothing of the agency's own
    making is missing: then a lookup tells the rest. `notice-impossible` shows as `complete` too. While collection is
    `paused` or `stopped`, the state is that and nothing is missing.
    """
    if applied.effective is None or facts.account is None:
        return {}
    params = applied.effective.params
    own = own_effort(facts, params, at)
    reasons = own_shortfalls(params, own, at)
    if own.blocked_until is not None:
        reasons.append(Reason("reached-recently", not_before=own.blocked_until))
    case = Case(facts, applied.effective, params, applied, None, own, at)
    reasons += [one for one in notice_given(case) if one.code != "notice-impossible"]
    lacking = Decision("deny", tuple(reasons), None, None, None, None, None, (), params=params, effort=own)
    view = effort_state(facts, lacking, own, at) if reasons else dict(COMPLETE)
    channels = [channel_view(facts, own, place) for place in range(len(own.slots))]
    status = account_view(facts, at)
    if status["collection"] != "allowed":
        # Nothing is to be done while it stands: what is missing of the effort would read as if something were.
        view = {"state": status["collection"], "missing": [], "next": {"action": "stop"}}
    elif "callback" in status:
        view["next"] = {"action": "call-borrower"}
    return {"effort": {**view, "channels": channels}}
