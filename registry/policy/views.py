"""What the collector is shown of a refusal: one state, and only what is of its own making (CONTRACT section 1).

Own-effort numbers come from this agency's own attempts, so that nothing else about the person shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.model.times import DAY, MINUTE, local_day, stamp
from registry.policy.effort import Effort
from registry.policy.facts.model import Facts
from registry.policy.malformed import to_change, too_few_alone
from registry.policy.next_step import dial, refresh_at
from registry.policy.reasons import CLASS_OF, EFFORT, FLAWED_ATTEMPTS, RANK, Reason
from registry.policy.rules.effort import own_effort, own_shortfalls
from registry.policy.values import Decision
from registry.policy.when import dated

STOPPED = frozenset({"hold-deceased", "hold-incapacitated", "hold-cease"})
# What an agency may learn about itself even where the account is not there, or not its own.
ABOUT_CALLER = frozenset(
    {"releases-stopped", "caller-unknown", "key-revoked", "signature-invalid", "outcome-overdue"}
)
# What holds a contact, too.
OF_CONTACTS_TOO = frozenset({"hold-complaint", "hold-deceased", "hold-incapacitated"})
NOTICES_DUE = ("notice-missing", "notice-incomplete")
OF_EFFORT = frozenset((*EFFORT, *FLAWED_ATTEMPTS))

View = dict[str, Any]


def collector_view(facts: Facts, decision: Decision, system: Sequence[str], at: int) -> View:
    """`state`, `missing`, `channels` and `next` of a deny. `system`: codes that arose outside `decide`.

    Unknown, erased and another agency's accounts give one and the same view. `errors` besides: what to change in a
    question about an account of the asker's own.
    """
    account = facts.account
    if account is None or account.placed_at is None or decision.params is None:
        codes = [one for one in decision.reasons if one.code in ABOUT_CALLER]
        return _first(codes, system) or _view("not-eligible", [], "stop")
    own = own_effort(facts, decision.params, at, decision.effort)
    channels = [channel_view(facts, own, place) for place in range(len(own.slots))]
    view = (_first(decision.reasons, system) or _too_few(decision) or _person(facts, decision.codes)
            or effort_state(facts, decision, own, at))
    errors = to_change(facts, decision) if view["state"] == "fix-request" else []
    return {**view, "channels": channels, **({"errors": errors} if errors else {})}


def refusal_view(facts: Facts, reasons: Sequence[Reason]) -> View:
    """`state`, `missing` and `next` of a refusal that no effort of the asker's would change; bare without reasons."""
    codes = [one.code for one in reasons]
    view = _first(reasons, ()) or _person(facts, codes) or _view("not-eligible", [], "stop")
    return {name: view[name] for name in ("state", "missing", "next")}


def _first(reasons: Sequence[Reason], system: Sequence[str]) -> View | None:
    """The states that are about the registry or the request, not about the person."""
    outside = [Reason(code) for code in system]
    down = sorted({one.code for one in (*outside, *reasons) if CLASS_OF[one.code] == "system"}, key=RANK.__getitem__)
    if down:
        return _view("unavailable", [{"code": code} for code in down],
                     "ask-lender" if "feed-stale" in down else "wait")
    fix = [{"code": one.code} for one in reasons if CLASS_OF[one.code] == "fix-request"]
    if fix:
        overdue = {"code": "outcome-overdue"} in fix
        return _view("fix-request", fix, "report-outcome" if overdue else "stop")
    return None


def _too_few(decision: Decision) -> View | None:
    """Too few visitors is the asker's own to mend, where nothing else stands against the visit for good."""
    few = too_few_alone(decision.reasons)
    return None if few is None else _view("fix-request", [_reason(few)], "stop")


def _person(facts: Facts, codes: Sequence[str]) -> View | None:
    """The states that say nothing more: paused, stopped, callback, not-eligible."""
    bars = [code for code in codes if CLASS_OF[code] == "not-eligible"]
    if not bars:
        return None
    # A contact who is held shows as any other who may not be reached: nobody learns who complained, or has died.
    holds = [code for code in bars if code.startswith("hold-")
             and (code not in OF_CONTACTS_TOO or code.removeprefix("hold-") in facts.holds)]
    if holds:
        return _view("stopped" if STOPPED.intersection(holds) else "paused", [], "stop")
    if "callback-offered" in bars:
        view = _view("callback", [], "call-borrower")
        if facts.callback is not None and facts.callback.channel is not None:
            view["next"]["channel"] = facts.callback.channel
        return view
    return _view("not-eligible", [], "stop")


def effort_state(facts: Facts, decision: Decision, own: Effort, at: int) -> View:
    """The states in which something can still be done. Effort complete and still denied is a bare `not-eligible`."""
    params, reasons = decision.params, {one.code: one for one in decision.reasons}
    assert params is not None
    short = own_shortfalls(params, own, at) if OF_EFFORT.intersection(reasons) else []
    missing = _missing(facts, decision, own, short, at)
    if "reached-recently" in reasons and own.blocked_until is not None:
        return _view("waiting", missing, "wait", not_before=own.blocked_until)
    if short or "permit-expired" in reasons:
        channel, when = dial(facts, params, own, at)
        return _view("trying", missing, "dial", channel=channel, not_before=when)
    if OF_EFFORT.intersection(reasons) or "reached-recently" in reasons:
        return _view("not-eligible", [], "stop")
    if any(code in reasons for code in NOTICES_DUE):
        return _view("notice-needed", missing, "send", not_before=_next_notice(facts, at))
    if "notice-running" in reasons:
        return _running(facts, own, decision, missing, at)
    if "outside-hours" in reasons:
        return _view("waiting", missing, "wait", not_before=reasons["outside-hours"].not_before)
    if "approval-missing" in reasons:
        return _view("approval-needed", missing, "ask-approval")
    return _view("not-eligible", [], "stop")


def _running(facts: Facts, own: Effort, decision: Decision, missing: list[View], at: int) -> View:
    """`next` while the notice runs: wait out the grace, but dial again before the attempts go stale."""
    params = decision.params
    assert params is not None
    due = refresh_at(params, own)
    if due is not None and due <= at:
        channel, when = dial(facts, params, own, at)
        return _view("notice-running", missing, "dial", channel=channel, not_before=when)
    over = [one.not_before for one in decision.reasons if one.code == "notice-running"]
    ends = [one for one in (*over, due) if one is not None]
    return _view("notice-running", missing, "wait", not_before=min(ends, default=None))


def _next_notice(facts: Facts, at: int) -> int | None:
    """Tomorrow, where one was sent today: there is one notice a day."""
    today = local_day(at, facts.offset)
    sent = any(local_day(one.at, facts.offset) == today for one in facts.notices)
    return (today + 1) * DAY - facts.offset * MINUTE if sent else None


def _missing(facts: Facts, decision: Decision, own: Effort, short: list[Reason], at: int) -> list[View]:
    """The failed rules of the agency's own making, with its own numbers and the earliest time, in the fixed order."""
    assert decision.params is not None
    shown = [dated(one, facts, decision.params, own, at) for one in short]
    if short:
        shown += [Reason(code) for code in own.flaws]
    for one in decision.reasons:
        if one.code == "reached-recently":
            if own.blocked_until is not None:
                shown.append(Reason(one.code, not_before=own.blocked_until))
        elif one.code not in OF_EFFORT:
            shown.append(one)
    shown.sort(key=lambda one: RANK[one.code])
    return [_reason(one) for one in shown]


def _reason(reason: Reason) -> View:
    view: View = {"code": reason.code}
    if reason.have is not None:
        view["have"] = reason.have
    if reason.need is not None:
        view["need"] = reason.need
    if reason.not_before is not None:
        view["not_before"] = stamp(reason.not_before)
    return view


def channel_view(facts: Facts, own: Effort, place: int) -> View:
    """What one agency's own attempts did on one channel."""
    effort = own.slots[place]
    slot = facts.slots[effort.slot]
    return {
        "channel": slot.channel, "medium": slot.medium, "counted": effort.counted, "covered": effort.covered,
        "flagged": effort.flagged, "last_at": None if effort.last_at is None else stamp(effort.last_at),
    }


def _view(
    state: str, missing: list[View], action: str, *,
    channel: str | None = None, not_before: int | None = None,
) -> View:
    following: View = {"action": action}
    if channel is not None:
        following["channel"] = channel
    if not_before is not None:
        following["not_before"] = stamp(not_before)
    return {"state": state, "missing": missing, "channels": [], "next": following}


def account_view(facts: Facts, at: int) -> View:
    """What agency and lender see of an account: may it be collected, and how the borrower wants to be called."""
    holds = {f"hold-{kind}" for kind in facts.holds}
    closed = facts.account is None or facts.account.state != "open"
    collection = "stopped" if closed or holds & STOPPED else "paused" if holds else "allowed"
    view: View = {"collection": collection}
    offer = facts.callback
    if offer is not None and offer.until >= at:
        view["callback"] = {"until": stamp(offer.until), "windows": list(offer.windows)}
        for name, value in (("channel", offer.channel), ("language", offer.language)):
            if value is not None:
                view["callback"][name] = value
    return view


