"""The lookup (DESIGN section 6): gather, judge, one entry, commit; then, for a permit alone, the opening.

A denial goes exactly the same way, for an unknown account too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from registry.errors import MalformedError, UnavailableError
from registry.model.catalogue.calls import ASKED_APPROVAL, DECIDED
from registry.model.catalogue.terms import MODE, PURPOSE
from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE, STAFF_CODE, Optional, words
from registry.model.times import parse_stamp, stamp
from registry.policy import lapsed, why_closed
from registry.vault import calling, opening, owed, scripts, stored, visiting
from registry.vault.arguments import BY_PARTY, CALLER_LINE, CONTACT_BLOBS, IDEM, INDEX, VISITORS, Args
from registry.vault.desk import Act, Answer, Desk
from registry.vault.judging import Judged, expired, judge, system_codes
from registry.vault.ops.table import Op
from registry.vault.standing import asked_of, judged_again, restricted

Refuse = Callable[[Desk, Args, Entry, int], Answer]
KEPT = "lookup"  # scope under which the answer is kept for `lookup-status`


def lookup(desk: Desk, args: Args, at: int) -> Answer:
    """Decides and logs; the answer is CONTRACT section 1's body. Raises MalformedError, as `continues-unknown`."""
    _check_continued(desk, args)
    ident, caller = desk.new_id(), calling.caller_in(desk, args)
    judged = judge(desk, _asked(args, ident), at)
    decision, system = judged.decision, system_codes(desk, args.get("inbox_ms", 0), args["mode"])
    fitting = opening.fitting(judged, args["blobs"])
    permitted, needed = decision.verdict == "permit", opening.needed(decision)
    if permitted and not (all(one in fitting for one in needed) and opening.key_of(desk, args["by"]["id"], at)):
        # Nothing may count as a use that could not be opened.
        system = (*system, "internal")
    entry = _log(desk, judged, system, at)
    if "continues" in args:
        desk.make("lookup-continued/1", {"lookup": ident, "continues": args["continues"]}, at)
    stored.offered(desk, judged, args["blobs"], fitting, at)
    if not permitted or system:
        return _denied(desk, judged, system, entry)
    value = {
        "lookup": ident, "verdict": "permit", "log_index": entry.index,
        "expires_at": entry.body["expires_at"], "obligations": dict(decision.obligations or {}),
    }
    if entry.body["about"] == "visit":
        value["obligations"] |= visiting.conduct(desk, entry)
    if caller is not None and scripts.is_call(entry):
        # Nothing is opened here either: the courier has a bridge connect the two, and is judged again.
        calling.keep(desk, entry, caller, value["obligations"])
        value["call"] = {"id": ident, "state": "queued"}
        desk.remember(KEPT, ident, b"", value)
        return Answer(value)
    if scripts.is_message(entry):
        # Nothing is opened here: the courier asks for the address, and is judged again.
        value["message"] = {"id": ident, "state": "queued"}
        desk.remember(KEPT, ident, b"", value)
        return Answer(value)
    return _opened_later(desk, args, entry, at, value, opened={one: fitting[one] for one in needed}, refuse=_refused)


def again(desk: Desk, args: Args, at: int, remembered: dict[str, Any]) -> Answer:
    """The same key again: a deny as it was, a message or call as it was asked for; a number or channels only after
    the checks as of now, and with an entry of its own."""
    if remembered["verdict"] == "deny" or "message" in remembered or "call" in remembered:
        return Answer(remembered)
    permit = desk.relations.entry(remembered["lookup"], *DECIDED)
    if system_codes(desk, args.get("inbox_ms", 0)):
        raise UnavailableError("openings wait for the courier; try again in a few seconds",
                               code="courier-unavailable")
    judged = judged_again(desk, permit, at)
    if at >= parse_stamp(permit.body["expires_at"]) or not _stands(desk, permit, judged):
        return _withheld(desk, args, permit, at)
    opened = opening.checked(desk, permit, judged.decision.channels, args["blobs"])
    desk.make("lookup-redelivered/1", {"lookup": permit.id, "borrower": permit.body["borrower"]}, at)
    return _opened_later(desk, args, permit, at, remembered, opened=opened, refuse=_withheld)


def _check_continued(desk: Desk, args: Args) -> None:
    """What a lookup continues is another one of the same client's: whose else it is, is not said."""
    if "continues" not in args:
        return
    found = desk.log.find(args["continues"])
    if found is None or found.kind != "lookup-decided/1" or found.body["client"] != args["by"]["id"]:
        raise MalformedError("/continues is the id of an earlier lookup of yours", pointer="/continues",
                             code="continues-unknown")


def _stands(desk: Desk, permit: Entry, judged: Judged) -> bool:
    """Whether a permit may be opened again. The borrower's own channels rest on little: all of it must hold now."""
    if permit.body["about"] != "contact":
        return judged.decision.verdict == "permit"
    return not restricted(desk, permit) and not lapsed(permit.body.get("contact"), judged.decision)


def _asked(args: Args, ident: str) -> dict[str, Any]:
    return {
        "lookup": ident, "client": args["by"]["id"],
        **{name: args[name] for name in ("account", "about", "purpose", "mode", "agent", "visitors") if name in args},
        **({"caller": True} if "caller" in args else {}),
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
    if ask.about != "visit" and ask.mode != "call":
        return desk.make(DECIDED[0], body, at, ident=ask.lookup, fresh=True)
    body |= {"visitors": list(ask.visitors)} if ask.visitors else {}
    body |= {"caller": True} if ask.caller else {}
    return desk.make(DECIDED[1], body, at, ident=ask.lookup, fresh=True)


def _denied(desk: Desk, judged: Judged, system: tuple[str, ...], entry: Entry) -> Answer:
    view = owed.named(desk, judged.view(system), judged.ask.client, entry.at)
    value = {"lookup": entry.id, "verdict": "deny", "log_index": entry.index, **view}
    if judged.decision.lacks_only_approval and not system:
        value["approval"] = judged.decision.approval or _request_approval(desk, judged, entry)
    desk.remember(KEPT, entry.id, b"", value)
    return Answer(value)


def _request_approval(desk: Desk, judged: Judged, entry: Entry) -> str:
    """Opens the one request per client, account, contact (or visitors), purpose and mode."""
    ask, approval = judged.ask, desk.new_id()
    body = {
        "approval": approval, "lookup": entry.id, "client": ask.client, "account": ask.account,
        "borrower": judged.history.borrower, "purpose": ask.purpose, "mode": ask.mode,
    }
    if ask.about == "visit":
        desk.make(ASKED_APPROVAL[1], {**body, "about": ask.about, "visitors": list(ask.visitors)}, entry.at,
                  ident=approval)
    else:
        desk.make(ASKED_APPROVAL[0], {**body, "contact": judged.decision.contact}, entry.at, ident=approval)
    return approval


def _opened_later(
    desk: Desk, args: Args, permit: Entry, at: int, value: dict[str, Any], *, opened: opening.Registered,
    refuse: Refuse,
) -> Answer:
    """A permit's answer: after the commit comes "restricted since?", and only then is anything opened.

    `opened`: what the permit opens; of the borrower's own channels fewer, where one of them fell away since.
    """
    desk.remember(KEPT, permit.id, b"", value)
    left = list(opened)

    def recheck() -> Act | None:
        if permit.body["about"] != "contact":
            left[:] = [one for one in left if one in judged_again(desk, permit, at).decision.channels]
            stands = bool(left)
        else:
            stands = not restricted(desk, permit)
        return None if stands else lambda later: refuse(desk, args, permit, later)

    def finish(answer: dict[str, Any]) -> dict[str, Any]:
        jwe = opening.release(desk, permit, [opened[one] for one in left], args["blobs"], at)
        return {**answer, "release": {"format": "jwe", "jwe": jwe}}

    return Answer(value, recheck=recheck, finish=finish, opens=True)


def _refused(desk: Desk, args: Args, permit: Entry, at: int) -> Answer:
    """A permit that was never opened: an entry says why, and gives its use back."""
    judged = judge(desk, asked_of(permit), at)
    body = permit.body
    given = {"lookup": permit.id, "borrower": body["borrower"], "agency": body["client"],
             "reasons": why_closed(judged.decision.codes)}
    if "line" in body:
        entry = desk.make("opening-refused/1", {**given, "line": body["line"]}, at)
    else:
        entry = desk.make("opening-refused/2", given, at)
    return _deny_of(desk, permit, judged, entry.index)


def _withheld(desk: Desk, args: Args, permit: Entry, at: int) -> Answer:
    """A permit that is not opened again. No `opening-refused`: it would give back a use that may have left."""
    judged = judge(desk, asked_of(permit), at)
    if at >= parse_stamp(permit.body["expires_at"]):
        judged = expired(judged)
    return _deny_of(desk, permit, judged, permit.index)


def _deny_of(desk: Desk, permit: Entry, judged: Judged, index: int) -> Answer:
    view = owed.named(desk, judged.view(()), judged.ask.client, judged.at)
    value = {"lookup": permit.id, "verdict": "deny", "log_index": index, **view}
    desk.remember(KEPT, permit.id, b"", value)
    return Answer(value)


LOOKUPS = {
    "lookup": Op({
        "by": BY_PARTY, "idem": IDEM, "account": ID_SHAPE, "about": words("contact", "borrower", "visit"),
        "purpose": PURPOSE, "mode": MODE, "agent": STAFF_CODE, "visitors": Optional(VISITORS),
        "caller": Optional(CALLER_LINE), "continues": Optional(ID_SHAPE), "blobs": CONTACT_BLOBS,
        "inbox_ms": Optional(INDEX),
    }, write=lookup, again=again),
}
