"""What the courier asks: whose line was dialled, which messages are due, and one address at a time to send them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from registry.errors import ConflictError, MalformedError, UnavailableError
from registry.model import canonical
from registry.model.catalogue.terms import CONSENT_CODE, MEDIUM, RELAYED, SIGN_IN_CODE, TOLD_CONSENT
from registry.model.entries import Entry
from registry.model.ids import ID
from registry.model.numbers import parse_email, parse_number
from registry.model.shapes import ID_SHAPE, Optional
from registry.vault import authority
from registry.vault.arguments import BLOBS, INDEX, PLAIN_ADDRESS, SIGNATURE, TEMPLATE, Args, bytes_of
from registry.vault.desk import Act, Answer, Desk
from registry.vault.local import local_value
from registry.vault.messages import Message, is_for_nobody, messages_of
from registry.vault.ops.table import Op
from registry.vault.relations import of_kind, placements, unknown
from registry.vault.relaying import must_wait, refused, said
from registry.vault.sessions import CODE_LIFE


def match_line(desk: Desk, args: Args) -> dict[str, Any]:
    """Whose channel an address is, as entries name it; {} for nobody's. Never makes a line.

    Needs the courier's signature: nobody else may learn whether an address is known (P10).
    With `at_ms` (log clock, when the attempt began): the local times an attempt's entry must carry, and the agency
    with the only placement then in force.
    """
    asked = {name: value for name, value in args.items() if name != "auth"}
    authority.check_courier(canonical.encode({"op": "match-line", **asked}), args["auth"], desk.directory)
    line = line_of(desk, args["address"], args["medium"])
    if line is None:
        return {}
    channel = _channel(desk, line, args["medium"], args.get("account"))
    if channel is None:
        return {"line": line}
    borrower, at = channel.body["borrower"], args.get("at_ms", desk.clock.now())
    found: dict[str, Any] = {"line": line, "channel": channel.id, "borrower": borrower}
    if "account" in args and _borrower_of(desk, args["account"]) == borrower:
        found["account"] = args["account"]
    day = desk.relations.today(borrower, at)
    agencies = {one.body["agency"] for one in placements(desk.relations.history(borrower), day, found.get("account"))}
    if len(agencies) == 1:
        found["agency"] = agencies.pop()
    found["local"] = local_value(desk.relations.borrower(borrower).body["time_zone"], at)
    zones = [local_value(zone, at) for zone in channel.body.get("zones", ())]
    return {**found, **({"line_local": zones} if zones else {})}


def deliveries(desk: Desk, args: Args) -> dict[str, Any]:
    """The messages that an entry asks for, as of now. `wait`: of a relayed message, that it is no hour to send it."""
    entry = _signed(desk, args["index"])
    if is_for_nobody(desk, entry):
        medium = "email" if entry.body["medium"] == "email" else "sms"
        return {"deliveries": [{"template": SIGN_IN_CODE, "subject": entry.id, "medium": medium, "blobs": []}]}
    found = messages_of(desk, entry)
    return {"deliveries": [
        {**one.value(), **({"wait": True} if one.template == RELAYED and must_wait(desk, one.asked_by) else {})}
        for one in found
    ]}


def open_for_delivery(desk: Desk, args: Args, at: int) -> Answer:
    """One address for one message that an entry asks for, and the message's closed parameters; of a relayed message
    also the pack's text. Of a code that goes to nobody the entry alone.

    Raises UnauthorizedError without the courier's signature, NotFoundError for a message nobody asks for,
    UnavailableError `address-cap` beyond the daily cap; of a relayed message ConflictError `outside-hours` or
    `message-withheld`.
    """
    signed: Args = {name: args[name] for name in ("index", "template", "channel") if name in args}
    authority.check_courier(canonical.encode({"op": "open-for-delivery", **signed}), args["auth"], desk.directory)
    asked = _signed(desk, args["index"])
    if args["template"] == SIGN_IN_CODE and is_for_nobody(desk, asked):
        return _opened_for_nobody(desk, asked, at)
    message = _wanted(desk, args)
    relayed = message.template == RELAYED
    if relayed and (refusal := refused(desk, message.asked_by, at)) is not None:
        return refusal
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
    languages = (message.borrower if message.channel is not None else message.to).body["languages"]
    text = said(desk, message.asked_by, at) if relayed else {"language": languages[0], "wording": message.wording}
    answer = desk.answer([entry], to=address, medium=message.medium, params=params, opened=entry.id, **text)
    answer.opens, answer.recheck = True, lambda: _check_wanted(desk, args, entry)
    return answer


def line_of(desk: Desk, address: str, medium: str) -> str | None:
    """The line of an address, None for one never seen. Raises MalformedError for what is no address."""
    if medium in ("voice", "sms"):
        return desk.keys.known_line(parse_number(address).e164, medium)
    return desk.keys.known_line(parse_email(address) if medium == "email" else address.strip(), medium)


def _channel(desk: Desk, line: str, medium: str, account: str | None) -> Entry | None:
    """The channel that was dialled. A line under two borrowers is a channel of each: entries name one, and the
    line's own history carries it to the other. Preferred: the account's borrower, a standing one, the same medium."""
    owner = None if account is None else _borrower_of(desk, account)
    ended: set[str] = set()
    added = [one for one in desk.relations.history(line) if one.kind == "channel-added/1"]
    for borrower in {one.body["borrower"] for one in added}:
        ended |= of_kind(desk.relations.history(borrower), "channel-removed/1", "channel")
    return max(added, default=None, key=lambda one: (
        one.body["borrower"] == owner, one.by.role != "contact", one.id not in ended, one.body["medium"] == medium,
        one.index,
    ))


def _borrower_of(desk: Desk, account: str) -> str | None:
    # A provider repeats whatever account it was told: what is no id is nobody's.
    return desk.borrower_of(account) if ID.match(account) else None


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
        if message.template == RELAYED:
            refused(desk, message.asked_by, desk.clock.now())
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
    if message.template == SIGN_IN_CODE:
        # It ends when it would have ended, however late it goes out.
        yield "code", desk.keys.make_code(body["request"], SIGN_IN_CODE, at, message.asked_by.at + CODE_LIFE - at)
        return
    if message.template in ("contact-invitation", CONSENT_CODE):
        yield "code", desk.keys.make_code(body["consent"], body["terms_sha256"], at)
    if message.template == TOLD_CONSENT:
        # Its link takes back this very consent, and nothing else.
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
    "match-line": Op({
        "address": PLAIN_ADDRESS, "medium": MEDIUM, "at_ms": Optional(INDEX), "account": Optional(PLAIN_ADDRESS),
        "auth": SIGNATURE,
    }, read=match_line),
    "deliveries": Op({"index": INDEX}, read=deliveries),
    "open-for-delivery": Op({
        "index": INDEX, "template": TEMPLATE, "channel": Optional(ID_SHAPE), "blobs": BLOBS, "auth": SIGNATURE,
    }, write=open_for_delivery),
}
