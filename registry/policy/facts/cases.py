"""What was done about an account: holds, callbacks, notices, approvals, permits."""

from __future__ import annotations

from collections.abc import Iterator

from registry.model.entries import Entry
from registry.model.times import moment
from registry.policy.facts.accounts import assigned_at, placed_at
from registry.policy.facts.listed import Relay
from registry.policy.facts.model import Callback, Notice, Request
from registry.policy.facts.notes import Handler, Notes, Permit
from registry.policy.values import Ask

# Holds about the person bar every account, whichever they were placed on.
PERSONAL_HOLDS = frozenset({"insolvency", "moratorium", "vulnerability", "deceased", "incapacitated"})
REQUESTED = ("approval-requested/1", "approval-requested/2")
HOLD_BY_OUTCOME = {"distress": "vulnerability", "deceased": "deceased"}


def _hold_placed(notes: Notes, entry: Entry) -> None:
    body = entry.body
    notes.holds[body["hold"]] = (body["type"], body.get("account"))


def _hold_lifted(notes: Notes, entry: Entry) -> None:
    notes.holds.pop(entry.body["hold"], None)


def _outcome_reported(notes: Notes, entry: Entry) -> None:
    kind = HOLD_BY_OUTCOME.get(entry.body["outcome"])
    if kind is not None and entry.body["borrower"] == notes.borrower:
        # The hold's id is the outcome's entry id, so that an officer can lift it.
        notes.holds[entry.id] = (kind, None)


def holds_of(notes: Notes) -> tuple[str, ...]:
    """Kinds of the holds that bar this account."""
    return tuple(dict.fromkeys(
        kind for kind, account in notes.holds.values()
        if account is None or account == notes.ask.account or kind in PERSONAL_HOLDS
    ))


def _complaint_filed(notes: Notes, entry: Entry) -> None:
    """Whoever passes it on, a borrower who complains is there (U5)."""
    body = entry.body
    if body["from"] == "borrower" and entry.by.role != "borrower":
        notes.alive(entry)
    if "contact" in body:
        notes.complaints[body["complaint"]] = body["contact"]


def _complaint_settled(notes: Notes, entry: Entry) -> None:
    notes.complaints.pop(entry.body["complaint"], None)


def _callback_offered(notes: Notes, entry: Entry) -> None:
    """Nobody ends an offer before its time but the borrower, and who made it."""
    body = entry.body
    notes.alive(entry)
    offer = Callback(moment(body["until"]), tuple(body["windows"]), body.get("channel"), body.get("language"))
    mine = entry.by.role == "borrower" or entry.by == notes.callback_by
    if notes.callback is None or mine or offer.until >= notes.callback.until:
        notes.callback, notes.callback_by = offer, entry.by


def _notice_requested(notes: Notes, entry: Entry) -> None:
    notes.notices[entry.body["notice"]] = entry


def _notice_sent(notes: Notes, entry: Entry) -> None:
    notes.sent.append(entry)


def _notice_receipt(notes: Notes, entry: Entry) -> None:
    """The last receipt stands: a mail server takes a letter, and sends it back an hour later."""
    where = entry.body["notice"], entry.body["channel"]
    if entry.body["status"] == "delivered":
        notes.delivered.add(where)
    else:
        notes.delivered.discard(where)


def notices_of(notes: Notes, today: int) -> Iterator[Notice]:
    """Notices sent for this account. One that the lender asked for names the agency placed at that moment. None after
    an assignment: they named a creditor who is none any more."""
    if assigned_at(notes) is not None:
        return
    for entry in notes.sent:
        body = entry.body
        if body["account"] != notes.ask.account:
            continue
        asked = notes.notices.get(body["notice"])
        channel = notes.channels.get(body["channel"])
        if asked is None or channel is None:
            continue
        agency = asked.body.get("agency")
        named = agency == notes.ask.client or (
            agency is None and placed_at(notes, notes.ask.client, today, before=asked.index) is not None
        )
        yield Notice(entry.index, entry.at, channel.slot, body["medium"], named,
                     (body["notice"], body["channel"]) in notes.delivered)


def _approval(notes: Notes, entry: Entry) -> None:
    notes.approvals.append(entry)


def _asks_the_same(entry: Entry, ask: Ask) -> bool:
    """Whether an approval was requested for what is asked: of a visit also by these visitors, whoever was named
    first."""
    body = entry.body
    if (body["client"], body["account"], body["purpose"], body["mode"]) != (
        ask.client, ask.account, ask.purpose, ask.mode,
    ):
        return False
    if entry.kind == REQUESTED[0]:
        return True
    return bool(body["about"] == ask.about) and set(body.get("visitors", ())) == set(ask.visitors)


def _approved(entry: Entry, approved: dict[str, tuple[int, set[str]]]) -> None:
    at, officers = approved.setdefault(entry.body["approval"], (entry.at, set()))
    officers.update(one["officer"] for one in entry.auth if "officer" in one)
    if not entry.auth and entry.by.id is not None:
        officers.add(entry.by.id)
    approved[entry.body["approval"]] = (max(at, entry.at), officers)


def _approval_refused(notes: Notes, entry: Entry) -> None:
    notes.refused.add(entry.body["approval"])


def requests_of(notes: Notes) -> tuple[Request, ...]:
    """Requests for approval of exactly what is asked, oldest first; an assignment ends them."""
    if not notes.approvals or assigned_at(notes) is not None:
        return ()
    requests: dict[str, Entry] = {}
    approved: dict[str, tuple[int, set[str]]] = {}
    for entry in notes.approvals:
        approval = entry.body["approval"]
        if entry.kind in REQUESTED:
            if _asks_the_same(entry, notes.ask):
                requests[approval] = entry
        elif approval in requests:
            _approved(entry, approved)
    consumed = {one.approval for one in (*notes.permits.values(), *notes.visits.values()) if not one.back}
    found = []
    for approval, entry in requests.items():
        given_at, officers = approved.get(approval, (None, set()))
        roles = {notes.directory.role_of(one, given_at) for one in officers} if given_at is not None else set()
        found.append(Request(approval, entry.body.get("contact", ""), entry.at, given_at, len(officers),
                             approval in notes.refused, approval in consumed, len(roles)))
    return tuple(found)


def _lookup_decided(notes: Notes, entry: Entry) -> None:
    """A permit about the borrower's own channels uses nobody's consent and no contact: nothing to remember."""
    body = entry.body
    if body["verdict"] == "permit" and body["about"] == "contact" and body["borrower"] == notes.borrower:
        notes.permits[body["lookup"]] = Permit(
            entry.index, entry.at, body["account"], body["contact"], body.get("approval"),
            body["mode"], moment(body["expires_at"]),
        )


def _opening_refused(notes: Notes, entry: Entry) -> None:
    permit = notes.permits.get(entry.body["lookup"])
    if permit is not None:
        permit.back = True


def _message_relayed(notes: Notes, entry: Entry) -> None:
    permit = notes.permits.get(entry.body["lookup"])
    if permit is not None and permit.relayed_at is None:
        permit.relayed_at = entry.at


def _message_answered(notes: Notes, entry: Entry) -> None:
    permit = notes.permits.get(entry.body["lookup"])
    if permit is not None and entry.body["answer"] == "cannot":
        permit.cannot = True


def relay_of(notes: Notes, contact: str, since: int) -> Relay:
    """What became of the messages to a contact in the case that began at `since`."""
    found = [
        one for one in notes.permits.values()
        if one.mode == "message" and one.account == notes.ask.account and one.contact == contact and one.at >= since
    ]
    return Relay(
        min((one.relayed_at for one in found if one.relayed_at is not None), default=None),
        any(one.relayed_at is None and not one.back and notes.at < one.expires_at for one in found),
        any(one.cannot for one in found),
    )


HANDLERS: dict[str, Handler] = {
    "hold-placed/1": _hold_placed, "hold-lifted/1": _hold_lifted,
    "outcome-reported/1": _outcome_reported, "callback-offered/1": _callback_offered,
    "notice-requested/1": _notice_requested, "notice-sent/1": _notice_sent, "notice-receipt/1": _notice_receipt,
    **dict.fromkeys(REQUESTED, _approval), "approval-given/1": _approval,
    "approval-refused/1": _approval_refused, "lookup-decided/1": _lookup_decided,
    "opening-refused/1": _opening_refused, "message-relayed/1": _message_relayed,
    "message-answered/1": _message_answered, "use-answered/1": _message_answered,
    "complaint-filed/1": _complaint_filed, "complaint-settled/1": _complaint_settled,
}
