"""Which messages an entry asks for, judged as of now (CONTRACT sections 2 and 5; promise P8). Only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from registry.model.catalogue.calls import BROKERED, DECIDED
from registry.model.catalogue.persons import AGREEMENT_ENDED, ASSIGNED, BORROWER_KEPT, CONTACT_KEPT
from registry.model.catalogue.renewals import RENEW_BORROWER, RENEW_CONTACT, RENEWAL
from registry.model.catalogue.terms import CONSENT_CODE, RELAYED, SIGN_IN_CODE
from registry.model.entries import Entry
from registry.policy import gather_person, text_medium
from registry.vault import calling, over, relaying
from registry.vault.desk import Desk
from registry.vault.holders import holders
from registry.vault.judging import facts_of_person
from registry.vault.line_says import is_closed
from registry.vault.message import Message, to_borrower, written
from registry.vault.own_acts import is_undone, knowing, told_by
from registry.vault.pending import is_pending
from registry.vault.relations import is_erased, of_kind
from registry.vault.renewing import writes_to_nobody
from registry.vault.scripts import is_call, is_message
from registry.vault.sessions import CODE_LIFE, is_used

INVITATIONS = 2  # one message, one reminder, then silence is no


def messages_of(desk: Desk, entry: Entry) -> list[Message]:
    """The messages that this entry asks for and that are still to be sent."""
    find = _FINDERS.get(entry.kind)
    if find is None or "borrower" not in entry.body:
        return []
    borrower = desk.relations.borrower(entry.body["borrower"])
    history = desk.relations.history(borrower.id)
    if is_erased(history, borrower.id) and not (entry.kind in DECIDED and (is_message(entry) or is_call(entry))):
        return []
    return list(find(desk, entry, borrower, history))


def is_for_nobody(desk: Desk, entry: Entry) -> bool:
    """Whether a code was asked for that goes to nobody, and would still be sent if it went to somebody.

    The log's size is public: the courier makes it grow as if the code had gone out (promise P10).
    """
    body = entry.body
    asked = entry.kind == "sign-in-asked/1" and body["way"] == "code" and "line" not in body
    return asked and desk.clock.now() < entry.at + CODE_LIFE


def _sign_in_code(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    """At any hour, for somebody just asked for it; while it is good and its line is still his."""
    body = entry.body
    if body["way"] != "code" or desk.clock.now() >= entry.at + CODE_LIFE or is_used(desk, entry.id):
        return
    wanted = body.get("contact", body.get("channel"))
    for one in holders(desk, body["role"], body["line"], body["medium"]):
        if one.id == wanted:
            yield Message(SIGN_IN_CODE, entry, borrower, one, _text_medium(one))


def _consent_asked(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    """A contact is invited; to the borrower's own channel goes the code for his own consent."""
    if entry.body["giver"] == "contact":
        yield from _invited(desk, entry, borrower, history)
    elif is_pending(desk, entry, desk.clock.now()):
        channel = desk.relations.of_borrower(entry.body["channel"], "channel-added/1", borrower.id)
        template = RENEW_BORROWER if entry.kind == RENEWAL else CONSENT_CODE
        yield Message(template, entry, borrower, channel, _text_medium(channel))


def _text_medium(to: Entry) -> str:
    """How text goes to a channel, or to a contact's only line."""
    if to.kind != "channel-added/1":
        return "sms"
    return text_medium(to.body["medium"], to.body.get("mobile", False)) or "sms"


def _listed(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    if entry.id not in of_kind(history, "contact-informed/1", "contact") and _may_be_told(desk, entry, history):
        yield Message("contact-listed", entry, borrower, entry, "sms")


def _invited(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    contact = desk.relations.entry(entry.body["contact"], "contact-registered/1")
    about = [one for one in history
             if one.body.get("contact") == contact.id and one.body.get("giver", "contact") == "contact"]
    agreed = max((one.index for one in about if one.kind == "consent-given/1"), default=-1)
    again = entry.kind == RENEWAL
    if is_closed(desk, contact.body["line"]) or (again and writes_to_nobody(desk, entry, desk.clock.now())):
        return
    # Who said no is not asked again; asked to renew is only who agreed again himself since.
    refused = any(one.kind == "consent-withdrawn/1" and (not again or one.index > agreed) for one in about)
    sent = sum(one.kind == "code-sent/1" and one.index > agreed and (not again or one.body["consent"] == entry.id)
               for one in about)
    if is_pending(desk, entry, desk.clock.now()) and not refused and sent < INVITATIONS:
        yield Message(RENEW_CONTACT if again else "contact-invitation", entry, borrower, contact, "sms")


def _notice(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    lines = {one.id: one.body["line"] for one in history if one.kind == "channel-added/1"}
    sent = {(lines[one.body["channel"]], one.body["medium"]) for one in history
            if one.kind == "notice-sent/1" and one.body["notice"] == entry.id}
    for message in to_borrower(desk, "borrower-notice", entry, borrower):
        if (message.to.body["line"], message.medium) not in sent:
            yield message


def _decided(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    """Of a number that left, both are told at once. A message is itself what its reader is told, and its borrower
    once it went out; of a brokered call both are told once the bridge connects. Of the borrower's own channels nobody
    is told; of a visit he is."""
    if entry.body["verdict"] != "permit" or entry.body["about"] == "borrower":
        return
    if entry.body["about"] == "visit":
        if entry.id not in of_kind(history, "opening-refused/2", "lookup"):
            yield from to_borrower(desk, "use-borrower", entry, borrower)
        return
    contact = desk.relations.entry(entry.body["contact"], "contact-registered/1")
    if is_message(entry):
        if relaying.is_due(desk, entry):
            yield Message(RELAYED, entry, borrower, contact, "sms")
        return
    if is_call(entry):
        if calling.is_due(desk, entry):
            yield Message(BROKERED, entry, borrower, contact, "voice")
        return
    if entry.id in of_kind(history, "opening-refused/1", "lookup"):
        return
    yield from _used(desk, entry, borrower, history)


def _used(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    contact = desk.relations.entry(entry.body["contact"], "contact-registered/1")
    yield from to_borrower(desk, "use-borrower", entry, borrower)
    # Who objected since is told all the same: his number was used.
    if not is_erased(history, contact.id):
        yield Message("use-contact", entry, borrower, contact, "sms")


def _relayed(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    permit = desk.relations.entry(entry.body["lookup"], *DECIDED)
    yield from to_borrower(desk, "use-borrower", permit, borrower)


def _bound(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    yield from _used(desk, desk.relations.entry(entry.body["lookup"], *DECIDED), borrower, history)


def _done_in_his_name(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    """Of a consent that a code or passkey gave, and of a new passkey, the borrower's other channels are told."""
    template = told_by(entry)
    if template is None or is_undone(entry, history):
        return
    know = knowing(entry, history)
    facts = facts_of_person(gather_person(desk, borrower.id), desk.clock.now())
    for message in written(desk, template, entry, borrower, facts):
        if message.to.body["line"] not in know:
            yield message


def _assigned(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    """The borrower is told on every channel on which he was not told yet."""
    told = over.told(history, entry)
    return (one for one in to_borrower(desk, ASSIGNED, entry, borrower) if one.channel not in told)


def _agreement_ended(desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]) -> Iterator[Message]:
    """The contact is told once that nothing of what he agreed to stands any more; not of what the assignment was."""
    contact = desk.relations.entry(entry.body["contact"], "contact-registered/1")
    if contact.id not in over.told(history, entry) and _may_be_told(desk, contact, history):
        yield Message(AGREEMENT_ENDED, entry, borrower, contact, "sms")


def _erasure_cancelled(
    desk: Desk, entry: Entry, borrower: Entry, history: Sequence[Entry]
) -> Iterator[Message]:
    """Whoever was to be erased is told that an officer cancelled it: a borrower on every channel, a contact once."""
    told = over.told(history, entry)
    if entry.body["role"] == "contact":
        contact = desk.relations.entry(entry.body["subject"], "contact-registered/1")
        if contact.id not in told and _may_be_told(desk, contact, history):
            yield Message(CONTACT_KEPT, entry, borrower, contact, "sms")
        return
    facts = facts_of_person(gather_person(desk, borrower.id), desk.clock.now())
    for message in written(desk, BORROWER_KEPT, entry, borrower, facts):
        if message.channel not in told:
            yield message


def _may_be_told(desk: Desk, contact: Entry, history: Sequence[Entry]) -> bool:
    return not is_erased(history, contact.id) and not is_closed(desk, contact.body["line"])


_FINDERS: dict[str, Callable[[Desk, Entry, Entry, Sequence[Entry]], Iterator[Message]]] = {
    "account-assigned/1": _assigned, "agreement-ended/1": _agreement_ended,
    "erasure-cancelled/1": _erasure_cancelled,
    "contact-registered/1": _listed, "consent-requested/1": _invited, "notice-requested/1": _notice,
    **dict.fromkeys(DECIDED, _decided), "call-bound/1": _bound, "message-relayed/1": _relayed,
    "sign-in-asked/1": _sign_in_code,
    "consent-requested/2": _consent_asked, RENEWAL: _consent_asked,
    "consent-given/1": _done_in_his_name, "passkey-added/1": _done_in_his_name,
}
