"""What the courier asks to send messages: which are due, and one address at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from registry.errors import ConflictError, MalformedError, UnavailableError
from registry.model import canonical
from registry.model.catalogue.calls import BROKERED
from registry.model.catalogue.renewals import RENEW_BORROWER, RENEW_CONTACT
from registry.model.catalogue.terms import CONSENT_CODE, RELAYED, SIGN_IN_CODE, TOLD_CONSENT
from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE, Optional
from registry.model.times import stamp
from registry.vault import authority, calling, relaying
from registry.vault.arguments import BLOBS, INDEX, SIGNATURE, TEMPLATE, Args, bytes_of
from registry.vault.desk import Act, Answer, Desk
from registry.vault.message import Message
from registry.vault.messages import is_for_nobody, messages_of
from registry.vault.ops.table import Op
from registry.vault.quiet import quiet_until
from registry.vault.relations import unknown
from registry.vault.relaying import said
from registry.vault.sessions import CODE_LIFE


class _Queued(Protocol):
    def must_wait(self, desk: Desk, permit: Entry, /) -> bool: ...

    def refused(self, desk: Desk, permit: Entry, at: int, /) -> Answer | None: ...


# What waits for its hours, and is judged again before its address is opened.
QUEUED: Mapping[str, _Queued] = {RELAYED: relaying, BROKERED: calling}


def deliveries(desk: Desk, args: Args) -> dict[str, Any]:
    """The messages that an entry asks for, as of now. `wait`: it is no hour to send it; `until`: when it will be one,
    where that is known."""
    entry = _signed(desk, args["index"])
    if is_for_nobody(desk, entry):
        medium = "email" if entry.body["medium"] == "email" else "sms"
        return {"deliveries": [{"template": SIGN_IN_CODE, "subject": entry.id, "medium": medium, "blobs": []}]}
    found = messages_of(desk, entry)
    return {"deliveries": [{**one.value(), **_waiting(desk, one)} for one in found]}


def _waiting(desk: Desk, message: Message) -> dict[str, Any]:
    queued = QUEUED.get(message.template)
    if queued is not None:
        return {"wait": True} if queued.must_wait(desk, message.asked_by) else {}
    until = quiet_until(desk, message, desk.clock.now())
    return {} if until is None else {"wait": True, "until": stamp(until)}


def open_for_delivery(desk: Desk, args: Args, at: int) -> Answer:
    """One address for one message that an entry asks for, and the message's closed parameters; of a relayed message
    also the pack's text. Of a code that goes to nobody the entry alone.

    Raises UnauthorizedError without the courier's signature, NotFoundError for a message nobody asks for,
    UnavailableError `address-cap` beyond the daily cap, ConflictError `outside-hours`; of a relayed message or a call
    ConflictError `message-withheld`.
    """
    signed: Args = {name: args[name] for name in ("index", "template", "channel") if name in args}
    authority.check_courier(canonical.encode({"op": "open-for-delivery", **signed}), args["auth"], desk.directory)
    asked = _signed(desk, args["index"])
    if args["template"] == SIGN_IN_CODE and is_for_nobody(desk, asked):
        return _opened_for_nobody(desk, asked, at)
    message = _wanted(desk, args)
    queued = QUEUED.get(message.template)
    if queued is not None and (refusal := queued.refused(desk, message.asked_by, at)) is not None:
        return refusal
    if queued is None and quiet_until(desk, message, at) is not None:
        raise ConflictError("it is no hour at which this person may be written to: ask again", code="outside-hours")
    if desk.ledger.opened_on(at) >= desk.settings.addresses_per_day:
        return _capped(desk, at)
    key = (message.asked_by.id, message.template, message.channel)
    if desk.ledger.times_opened(key) >= desk.settings.opens_per_message:
        raise ConflictError("the address for this message was opened too often", code="delivery-over")
    address, name = _opened(desk, message, args["blobs"])
    params = {"given_name": name["given"], **message.params(desk), **dict(_secrets(desk, message, at))}
    if message.template == SIGN_IN_CODE:
        # Who reads it may not be whom it is for: it names nobody.
        del params["given_name"]
    body = {"about": message.asked_by.id, "subject": message.subject, "template": message.template}
    if message.channel is not None:
        body["channel"] = message.channel
    entry = desk.make("address-opened/1", body, at)
    own = message.channel is not None
    languages = (desk.relations.lives(message.borrower.id) if own else message.to.body)["languages"]
    text: dict[str, Any] = {"language": languages[0], "wording": message.wording}
    if message.template == RELAYED:
        text = said(desk, message.asked_by, at)
    elif message.template == BROKERED:
        text = {"language": languages[0], "call": calling.terms(desk, message.asked_by, at)}
    answer = desk.answer([entry], to=address, medium=message.medium, params=params, opened=entry.id, **text)
    answer.opens, answer.recheck = True, lambda: _check_wanted(desk, args, entry)
    return answer


def _signed(desk: Desk, index: int) -> Entry:
    entry = desk.log.entry(index)
    if entry is None or index >= desk.log.signed:
        raise unknown()
    return entry


def _wanted(desk: Desk, args: Args) -> Message:
    for message in messages_of(desk, _signed(desk, args["index"])):
        if (message.template, message.channel) == (args["template"], args.get("channel")):
            return message
    raise unknown()


def _opened_for_nobody(desk: Desk, asked: Entry, at: int) -> Answer:
    """What the log would hold had there been an address to open. Its subject is the request itself."""
    key = (asked.id, SIGN_IN_CODE, None)
    if desk.ledger.times_opened(key) >= desk.settings.opens_per_message:
        raise ConflictError("the address for this message was opened too often", code="delivery-over")
    body = {"about": asked.id, "subject": asked.id, "template": SIGN_IN_CODE}
    entry = desk.make("address-opened/1", body, at)
    answer = desk.answer([entry], opened=entry.id)
    answer.opens = True  # nothing leaves, but it must take as long
    return answer


def _check_wanted(desk: Desk, args: Args, opened: Entry) -> Act | None:
    """Looks again where anything was logged since. Raises NotFoundError for a message that nobody asks for any
    more, ConflictError `message-withheld`: its address stays here, its entry stands."""
    if desk.log.size > opened.index + 1:
        message = _wanted(desk, args)
        if message.template in QUEUED:
            QUEUED[message.template].refused(desk, message.asked_by, desk.clock.now())
    return None


def _opened(desk: Desk, message: Message, blobs: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The address and the borrower's name, from blobs that are those registered. Raises MalformedError."""
    address, name = message.blobs
    if not {address, name} <= set(blobs):
        raise MalformedError("the sealed values of the message must come along", code="blob-refused")
    return (
        desk.keys.unseal(message.subject, address, bytes_of(blobs[address]), message.to.body["blob_sha256"]),
        json.loads(desk.keys.unseal(
            message.borrower.id, "name", bytes_of(blobs[name]), message.borrower.body["name_sha256"],
        )),
    )


def _secrets(desk: Desk, message: Message, at: int) -> Iterator[tuple[str, str]]:
    """What only the vault can make: codes, and the token of every message to a contact that he did not ask for, and
    of one that tells a borrower of a consent in his name."""
    body = message.asked_by.body
    if message.template == BROKERED:
        return  # nothing is written to anybody
    if message.template == SIGN_IN_CODE:
        # It ends when it would have ended, however late it goes out.
        yield "code", desk.keys.make_code(body["request"], SIGN_IN_CODE, at, message.asked_by.at + CODE_LIFE - at)
        return
    if message.template in ("contact-invitation", CONSENT_CODE, RENEW_CONTACT, RENEW_BORROWER):
        yield "code", desk.keys.make_code(body["consent"], body["terms_sha256"], at)
    if message.template in (TOLD_CONSENT, RENEW_BORROWER):
        # Its link takes back this very consent, or refuses it, and nothing else.
        yield "token", desk.keys.make_token({"consent": body["consent"]}, at)
    if message.channel is not None:
        return
    purpose = {"contact": message.to.id}
    if "consent" in body:
        purpose["consent"] = body["consent"]
    if message.template == RELAYED:
        purpose["lookup"] = message.asked_by.id
    yield "token", desk.keys.make_token(purpose, at)


def _capped(desk: Desk, at: int) -> Answer:
    """Refuses, and raises the alarm once a day: somebody opens addresses in bulk."""
    refusal = UnavailableError("the daily number of addresses was opened; it goes on tomorrow", code="address-cap")
    if desk.ledger.capped_on(at):
        raise refusal
    answer = desk.answer([desk.make("alarm-raised/1", {"alarm": "address-cap"}, at)])
    answer.refusal = refusal
    return answer


COURIER = {
    "deliveries": Op({"index": INDEX}, read=deliveries),
    "open-for-delivery": Op({
        "index": INDEX, "template": TEMPLATE, "channel": Optional(ID_SHAPE), "blobs": BLOBS, "auth": SIGNATURE,
    }, write=open_for_delivery),
}
