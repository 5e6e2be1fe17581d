"""The lookup (DESIGN section 6): gather, judge, one entry, commit; then, for a permit alone, the opening.

A denial goes exactly the same way, for an unknown account too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from registry.errors import UnavailableError
from registry.model.catalogue.terms import MODE, PURPOSE
from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE, STAFF_CODE, Optional, words
from registry.model.times import parse_stamp, stamp
from registry.policy import CLASS_OF, gather, restricted_since
from registry.vault import opening
from registry.vault.arguments import BY_PARTY, CONTACT_BLOBS, IDEM, INDEX, Args
from registry.vault.desk import Act, Answer, Desk
from registry.vault.judging import Judged, expired, judge, system_codes
from registry.vault.ops.table import Op

Refuse = Callable[[Desk, Args, Entry, int], Answer]
KEPT = "lookup"  # scope under which the answer is kept for `lookup-status`
# Rules that the permit itself breaks once it is in the log: they say nothing of why it must not be opened.
OWN_DOING = frozenset(("line-cap", "line-cooldown", "case-cap", "approval-missing"))

# Classes of reasons that no waiting cures, and those of them that speak of other permits of the client.
FOR_GOOD = frozenset(("not-eligible", "fix-request"))
OF_OTHERS = frozenset(("outcome-overdue", "collector-alarm"))


def lookup(desk: Desk, args: Args, at: int) -> Answer:
    """Decides and logs; the answer is CONTRACT section 1's body."""
    ident = desk.new_id()
    judged = judge(desk, _asked(args, ident), at)
    system = system_codes(desk, args.get("inbox_ms", 0))
    fitting = opening.fitting(desk, judged, args["blobs"])
    permitted = judged.decision.verdict == "permit"
    if permitted and not (judged.decision.contact in fitting and opening.key_of(desk, args["by"]["id"], at)):
        # Nothing may count as a use that could not be opened.
        system = (*system, "internal")
    entry = _log(desk, judged, system, at)
    if not permitted or system:
        return _denied(desk, judged, system, entry)
    value = {
        "lookup": ident, "verdict": "permit", "log_index": entry.index,
        "expires_at": entry.body["expires_at"], "obligations": dict(judged.decision.obligations or {}),
    }
    return _opened_later(desk, args, entry, at, value, refuse=_refused)


def again(desk: Desk, args: Args, at: int, remembered: dict[str, Any]) -> Answer:
    """The same key again: a deny as it was; a permit only after the checks as of now, and an entry of its own."""
    if remembered["verdict"] == "deny":
        return Answer(remembered)
    permit = desk.relations.entry(remembered["lookup"], "lookup-decided/1")
    if system_codes(desk, args.get("inbox_ms", 0)):
        raise UnavailableError("openings wait for the courier; try again in a few seconds",
                               code="courier-unavailable")
    if at >= parse_stamp(permit.body["expires_at"]) or _restricted(desk, permit) or _lapsed(desk, args, permit, at):
        return _withheld(desk, args, permit, at)
    opening.check_fits(desk, permit, args["blobs"])
    desk.make("lookup-redelivered/1", {"lookup": permit.id, "borrower": permit.body["borrower"]}, at)
    return _opened_later(desk, args, permit, at, remembered, refuse=_withheld)


def _asked(args: Args, ident: str) -> dict[str, str]:
    return {
        "lookup": ident, "client": args["by"]["id"],
        **{name: args[name] for name in ("account", "about", "purpose", "mode", "agent")},
    }


def _log(desk: Desk, judged: Judged, system: tuple[str, ...], at: int) -> Entry:
    """The one entry of a decision: everything a replay needs, for whatever verdict."""
    decision, ask = judged.decision, judged.ask
    verdict = "deny" if system else decision.verdict
    body: dict[str, Any] = {
        "lookup": ask.lookup, "account": ask.account, "client": ask.client, "agent": ask.agent, "about": ask.about,
        "purpose": ask.purpose, "mode": ask.mode, "verdict": verdict, "reasons": list(decision.codes),
        "system": list(system), "as_of": desk.log.size, "rules": judged.rules,
        "packs": [pack.value() for pack in decision.packs],
        "offsets": [{"zone": zone, "minutes": ask.offsets[zone]} for zone in sorted(ask.offsets)],
    }
    found: dict[str, str | None] = {
        "borrower": judged.history.borrower, "lender": judged.lender, "local_date": judged.local_date,
        "contact": decision.contact, "line": decision.line, "approval": decision.approval,
    }
    if verdict == "permit":
        assert decision.expires_at is not None, "a permit expires"
        found["expires_at"] = stamp(decision.expires_at)
    body |= {name: one for name, one in found.items() if one is not None}
    return desk.make("lookup-decided/1", body, at, ident=ask.lookup)


def _denied(desk: Desk, judged: Judged, system: tuple[str, ...], entry: Entry) -> Answer:
    value = {"lookup": entry.id, "verdict": "deny", "log_index": entry.index, **judged.view(system)}
    if judged.decision.lacks_only_approval and not system:
        value["approval"] = judged.decision.approval or _request_approval(desk, judged, entry)
    desk.remember(KEPT, entry.id, b"", value)
    return Answer(value)


def _request_approval(desk: Desk, judged: Judged, entry: Entry) -> str:
    """Opens the one request per client, account, contact, purpose and mode."""
    ask, approval = judged.ask, desk.new_id()
    desk.make("approval-requested/1", {
        "approval": approval, "lookup": entry.id, "client": ask.client, "account": ask.account,
        "borrower": judged.history.borrower, "contact": judged.decision.contact, "purpose": ask.purpose,
        "mode": ask.mode,
    }, entry.at, ident=approval)
    return approval


def _opened_later(
    desk: Desk, args: Args, permit: Entry, at: int, value: dict[str, Any], *, refuse: Refuse
) -> Answer:
    """A permit's answer: after the commit comes "restricted since?", and only then is anything opened."""
    desk.remember(KEPT, permit.id, b"", value)

    def recheck() -> Act | None:
        return (lambda later: refuse(desk, args, permit, later)) if _restricted(desk, permit) else None

    def finish(answer: dict[str, Any]) -> dict[str, Any]:
        jwe = opening.release(desk, permit, args["blobs"], at)
        return {**answer, "release": {"format": "jwe", "jwe": jwe}}

    return Answer(value, recheck=recheck, finish=finish)


def _restricted(desk: Desk, permit: Entry) -> bool:
    """Whether anything was logged since that takes this permit away."""
    if desk.ledger.last_restriction <= permit.index:
        return False
    history = gather(desk, permit.body["account"])
    return restricted_since(history, permit.index, permit.body["client"])


def _lapsed(desk: Desk, args: Args, permit: Entry, at: int) -> bool:
    """Whether something that the permit rests on has ended by itself: a consent, a placement, an approval of the
    agency, or the packs' leave. What only has to wait (an hour, a fresh attempt, a feed) takes nothing away."""
    decision = judge(desk, _asked(args, permit.id), at, without=permit.id).decision
    if decision.contact != permit.body["contact"]:
        return True  # somebody else would do now: this one would not, or would no more be the first
    return any(CLASS_OF[code] in FOR_GOOD and code not in OWN_DOING | OF_OTHERS for code in decision.codes)


def _refused(desk: Desk, args: Args, permit: Entry, at: int) -> Answer:
    """A permit that was never opened: an entry says why, and gives its use back."""
    judged = judge(desk, _asked(args, permit.id), at)
    codes = judged.decision.codes
    reasons = [code for code in codes if code not in OWN_DOING] or list(codes) or ["internal"]
    body = permit.body
    entry = desk.make("opening-refused/1", {
        "lookup": permit.id, "borrower": body["borrower"], "line": body["line"], "agency": body["client"],
        "reasons": reasons,
    }, at)
    return _deny_of(desk, permit, judged, entry.index)


def _withheld(desk: Desk, args: Args, permit: Entry, at: int) -> Answer:
    """A permit that is not opened again. No `opening-refused`: it would give back a use that may have left."""
    judged = judge(desk, _asked(args, permit.id), at)
    if at >= parse_stamp(permit.body["expires_at"]):
        judged = expired(judged)
    return _deny_of(desk, permit, judged, permit.index)


def _deny_of(desk: Desk, permit: Entry, judged: Judged, index: int) -> Answer:
    value = {"lookup": permit.id, "verdict": "deny", "log_index": index, **judged.view(())}
    desk.remember(KEPT, permit.id, b"", value)
    return Answer(value)


LOOKUPS = {
    "lookup": Op({
        "by": BY_PARTY, "idem": IDEM, "account": ID_SHAPE, "about": words("contact"), "purpose": PURPOSE,
        "mode": MODE, "agent": STAFF_CODE, "blobs": CONTACT_BLOBS, "inbox_ms": Optional(INDEX),
    }, write=lookup, again=again),
}
