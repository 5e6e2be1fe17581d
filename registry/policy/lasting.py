"""Whether a permit still rests on what it rested on: by the same question judged as if it had never been given."""

from __future__ import annotations

from collections.abc import Iterable

from registry.policy.reasons import CLASS_OF
from registry.policy.values import Decision

# Rules that the permit itself breaks once it is in the log: they say nothing of why it must not be opened.
OWN_DOING = frozenset(("line-cap", "line-cooldown", "line-message-cap", "case-cap", "approval-missing"))

# Classes of reasons that no waiting cures, and those of them that speak of other permits of the client.
FOR_GOOD = frozenset(("not-eligible", "fix-request"))
OF_OTHERS = frozenset(("outcome-overdue", "collector-alarm"))


def lapsed(contact: str | None, decision: Decision) -> bool:
    """Whether something that the permit about `contact` rests on has ended by itself: a consent, a placement, an
    approval of the agency, or the packs' leave. What only has to wait (an hour, a fresh attempt, a feed) takes
    nothing away."""
    if decision.contact != contact:
        return True  # somebody else would do now: this one would not, or would no more be the first
    return any(CLASS_OF[code] in FOR_GOOD and code not in OWN_DOING | OF_OTHERS for code in decision.codes)


def why_closed(codes: Iterable[str]) -> list[str]:
    """The reasons that an `opening-refused` gives: what the permit did not do itself."""
    given = list(codes)
    return [code for code in given if code not in OWN_DOING] or given or ["internal"]
