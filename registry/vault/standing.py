"""Whether a permit still stands: judged again, as of now, without the permit itself."""

from __future__ import annotations

from collections.abc import Iterable

from registry.model.entries import Entry
from registry.policy import CLASS_OF, gather, restricted_since
from registry.vault.desk import Desk
from registry.vault.judging import Judged, judge

# Rules that the permit itself breaks once it is in the log: they say nothing of why it must not be opened.
OWN_DOING = frozenset(("line-cap", "line-cooldown", "line-message-cap", "case-cap", "approval-missing"))

# Classes of reasons that no waiting cures, and those of them that speak of other permits of the client.
FOR_GOOD = frozenset(("not-eligible", "fix-request"))
OF_OTHERS = frozenset(("outcome-overdue", "collector-alarm"))


def asked_of(permit: Entry) -> dict[str, str]:
    """The question that a decision answered."""
    return {name: permit.body[name] for name in ("lookup", "client", "account", "about", "purpose", "mode", "agent")}


def judged_again(desk: Desk, permit: Entry, at: int) -> Judged:
    """The judgement of the same question at `at`, as if the permit had never been."""
    return judge(desk, asked_of(permit), at, without=permit.id)


def restricted(desk: Desk, permit: Entry) -> bool:
    """Whether anything was logged since that takes this permit away."""
    if desk.ledger.last_restriction <= permit.index:
        return False
    history = gather(desk, permit.body["account"])
    return restricted_since(history, permit.index, permit.body["client"])


def lapsed(permit: Entry, judged: Judged) -> bool:
    """Whether something that the permit rests on has ended by itself: a consent, a placement, an approval of the
    agency, or the packs' leave. What only has to wait (an hour, a fresh attempt, a feed) takes nothing away."""
    decision = judged.decision
    if decision.contact != permit.body.get("contact"):
        return True  # somebody else would do now: this one would not, or would no more be the first
    return any(CLASS_OF[code] in FOR_GOOD and code not in OWN_DOING | OF_OTHERS for code in decision.codes)


def why_closed(codes: Iterable[str]) -> list[str]:
    """The reasons that an `opening-refused` gives: what the permit did not do itself."""
    given = list(codes)
    return [code for code in given if code not in OWN_DOING] or given or ["internal"]
