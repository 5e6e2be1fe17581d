"""What the courier brings back: a reply to a message, and a message that cannot be delivered.

A reply says stop, or anything else; its words never come here. It can only tighten: an objection, an answer to a
relayed message, a sign of life. The courier learns nothing from it, not even whether anybody has that address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from registry.errors import MalformedError
from registry.model import canonical
from registry.model.catalogue.calls import BROKERED
from registry.model.catalogue.persons import AGREEMENT_ENDED, ASSIGNED, BORROWER_KEPT, CONTACT_KEPT
from registry.model.catalogue.renewals import RENEW_BORROWER, RENEW_CONTACT, RENEWAL
from registry.model.catalogue.terms import CONSENT_CODE, SIGN_IN_CODE, TOLD_CONSENT, TOLD_PASSKEY
from registry.model.entries import Actor, Draft, Entry
from registry.model.shapes import ID_SHAPE, Optional, words
from registry.vault import authority
from registry.vault.arguments import INDEX, PLAIN_ADDRESS, SIGNATURE, TEMPLATE, Args
from registry.vault.desk import Answer, Desk
from registry.vault.ops.matching import line_of
from registry.vault.ops.table import Op, always
from registry.vault.relations import of_kind, unknown

# Which messages an entry of a kind may ever ask for.
TEMPLATES = {
    "contact-registered/1": ("contact-listed",), "consent-requested/1": ("contact-invitation",),
    "notice-requested/1": ("borrower-notice",),
    "lookup-decided/1": ("use-borrower", "use-contact", "relayed-message"), "message-relayed/1": ("use-borrower",),
    "lookup-decided/2": (BROKERED, "use-borrower"), "call-bound/1": ("use-borrower", "use-contact"),
    "sign-in-asked/1": (SIGN_IN_CODE,), "consent-requested/2": ("contact-invitation", CONSENT_CODE),
    RENEWAL: (RENEW_CONTACT, RENEW_BORROWER),
    "consent-given/1": (TOLD_CONSENT,), "passkey-added/1": (TOLD_PASSKEY,),
    "account-assigned/1": (ASSIGNED,), "agreement-ended/1": (AGREEMENT_ENDED,),
    "erasure-cancelled/1": (BORROWER_KEPT, CONTACT_KEPT),
}


def reply(desk: Desk, args: Args, at: int) -> Answer:
    """A reply from an address. `reply` is the courier's id of it: the same one again changes nothing.

    Of every contact on that line: `stop` is an objection for ever, and `never` to an open relayed message; anything
    else answers such a message, and is nothing without one. Of every borrower whose channel it is: a sign of life.
    """
    signed: Args = {name: args[name] for name in ("address", "medium", "word", "reply")}
    authority.check_courier(canonical.encode({"op": "reply", **signed}), args["auth"], desk.directory)
    line = _line(desk, args["address"], args["medium"])
    if line is not None:
        history = desk.relations.history(line)
        for contact in _each(history, "contact-registered/1"):
            _of_contact(desk, contact, args, at)
        for channel in _each(history, "channel-added/1"):
            _sign_of_life(desk, channel, args["reply"], at)
    return Answer({})


def dead_letter(desk: Desk, args: Args, at: int) -> Answer:
    """The alarm about a message that an entry asked for and that will never arrive; once a message, for ever.

    Raises NotFoundError for what no such entry can have asked for.
    """
    signed: Args = {name: args[name] for name in ("index", "template", "channel") if name in args}
    authority.check_courier(canonical.encode({"op": "dead-letter", **signed}), args["auth"], desk.directory)
    entry = desk.log.entry(args["index"])
    if entry is None or args["index"] >= desk.log.signed or args["template"] not in TEMPLATES.get(entry.kind, ()):
        raise unknown()
    channel = args.get("channel", "")
    if channel:
        desk.relations.of_borrower(channel, "channel-added/1", entry.body["borrower"])
    ident = _ident("dead-letter", entry.id, args["template"], channel)
    alarm = {"alarm": "message-undeliverable", "about": entry.id}
    return desk.answer([desk.log.find(ident) or desk.make("alarm-raised/2", alarm, at, ident=ident)])


def _line(desk: Desk, address: str, medium: str) -> str | None:
    """The line of a reply's sender; None for nobody's, and for no address at all, as a name in letters."""
    # Some carriers leave out the plus. That only tightens: an attempt, which may count, is never read like this.
    spellings = (address,) if medium == "email" else (address, f"+{address}")
    for spelling in spellings:
        with suppress(MalformedError):
            return line_of(desk, spelling, medium)
    return None


def _of_contact(desk: Desk, contact: Entry, args: Args, at: int) -> None:
    by, body = Actor("contact", contact.id), contact.body
    stop = args["word"] == "stop"
    line = {"contact": contact.id, "borrower": body["borrower"], "line": body["line"]}
    if stop and not _has_objected(desk, contact):
        desk.make("objected/1", {**line, "through": "reply"}, at, by)
    relayed = _open_message(desk, contact)
    if relayed is not None:
        said: dict[str, Any] = {**line, "lookup": relayed.body["lookup"], "answer": "never" if stop else "replied"}
        ident = _ident(args["reply"], "message-answered", contact.id)
        _once(desk, Draft(ident, "message-answered/1", by, {**said, "through": "reply"}), at)


def _sign_of_life(desk: Desk, channel: Entry, reply_id: str, at: int) -> None:
    borrower = channel.body["borrower"]
    life = {"borrower": borrower, "source": "reply", "channel": channel.id}
    _once(desk, Draft(_ident(reply_id, "sign-of-life", borrower), "sign-of-life/1", Actor("courier"), life), at)


def _once(desk: Desk, draft: Draft, at: int) -> None:
    """What one reply says about one person is said once, however often the reply is brought."""
    if desk.log.find(draft.id) is None:
        desk.write(draft, at)


def _has_objected(desk: Desk, contact: Entry) -> bool:
    return contact.id in of_kind(desk.relations.history(contact.body["line"]), "objected/1", "contact")


def _open_message(desk: Desk, contact: Entry) -> Entry | None:
    """The last message relayed to this contact, while nobody has answered it."""
    history = desk.relations.history(contact.body["line"])
    answered = of_kind(history, "message-answered/1", "lookup")
    relayed = [entry for entry in history
               if entry.kind == "message-relayed/1" and entry.body["contact"] == contact.id]
    return relayed[-1] if relayed and relayed[-1].body["lookup"] not in answered else None


def _each(history: tuple[Entry, ...], kind: str) -> Iterator[Entry]:
    return (entry for entry in history if entry.kind == kind)


def _ident(*parts: str) -> str:
    """The id of what is said once of these: as long as any id, and the same whenever it is said again."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


REPLIES = {
    "reply": Op({
        "reply": ID_SHAPE, "address": PLAIN_ADDRESS, "medium": words("sms", "voice", "email"),
        "word": words("stop", "other"), "auth": SIGNATURE,
    }, write=reply, restricts=always),
    "dead-letter": Op({
        "index": INDEX, "template": TEMPLATE, "channel": Optional(ID_SHAPE), "auth": SIGNATURE,
    }, write=dead_letter),
}
