"""What borrowers and contacts do in the portal beside consents: object, answer a use, add a channel, see their own
values masked. What only tightens goes by the web tier's word; what opens anything needs the session."""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError, MalformedError, UnauthorizedError
from registry.model.catalogue.calls import DECIDED
from registry.model.catalogue.terms import USE
from registry.model.entries import Actor, Entry
from registry.model.shapes import ID_SHAPE, Optional, words
from registry.vault.answering import object_for_ever, used
from registry.vault.arguments import BY, CONTACT_BLOBS, JWE, PLAIN_ADDRESS, Args, actor_of
from registry.vault.desk import Answer, Desk
from registry.vault.ops.deposits import Address, address_of, store_channel
from registry.vault.ops.sign_in import TOKEN
from registry.vault.ops.table import IDEMPOTENT, Op, always
from registry.vault.own_values import shown_values
from registry.vault.relations import is_erased, unknown
from registry.vault.sessions import session_of
from registry.vault.signed_in import signed_in, speaks_for

MOST_TOLD = 5  # channels that contacts told of one borrower: they take no room from his own
USES = ("will-relay", "cannot", "gave-channel", "not-me", "never")


def object_(desk: Desk, args: Args, at: int) -> Answer:
    """A contact's objection in the portal, for ever and by line. Doing it twice gives the first one's receipt.

    Raises NotFoundError for anybody but the contact.
    """
    by, contact = _contact(desk, args["by"])
    if args["contact"] != contact.id:
        raise unknown()
    entry = object_for_ever(desk, contact, at, args["through"], by)
    return desk.answer([entry], receipt=desk.receipt("objected", entry, None, "contact", None), act="objected")


def answer_use(desk: Desk, args: Args, at: int) -> Answer:
    """What the contact says of a use of his number. `gave-channel` comes with an address: it is kept as a channel
    that never gets content, and judged as none of the borrower's.

    Raises NotFoundError for what was no use of this contact's number, MalformedError for a wrong address.
    """
    _, contact = _contact(desk, args["by"])
    permit = desk.relations.entry(args["lookup"], *DECIDED)
    if permit.body["verdict"] != "permit" or permit.body.get("contact") != contact.id or _was_refused(desk, permit):
        raise unknown()
    channel: str | None = None
    blobs: list[dict[str, str]] = []
    if args["answer"] == "gave-channel":
        channel, blobs = _given_channel(desk, args, contact, at)
    elif "address" in args or "medium" in args:
        raise MalformedError("/address and /medium belong to the answer gave-channel", pointer="/address")
    answer = used(desk, permit, args["answer"], at, channel)
    return Answer({**answer.value, **({"blobs": blobs} if blobs else {})})


def own_values(desk: Desk, args: Args) -> dict[str, Any]:
    """{values: {subject: {name: shown}}}: see `registry.vault.own_values`. A borrower's code shows who holds his
    telephone now, which is less than who may read of his affairs."""
    session = session_of(desk, args["session"], "borrower", "contact")
    if session.role == "borrower" and session.strength == "code":
        raise UnauthorizedError("this needs a stronger sign-in: a passkey, or the link from your lender",
                                code="session-too-weak")
    return {"values": shown_values(desk, session, args["blobs"])}


def deposit_channel(desk: Desk, args: Args, at: int) -> Answer:
    """One more channel that the borrower adds himself: {channel, blobs}.

    What is filed as another use takes effect at once where the borrower says it, and frees an agency from trying it:
    so that needs a passkey. Raises NotFoundError, UnauthorizedError `session-too-weak`, MalformedError, and
    ConflictError `channels-full`.
    """
    session = signed_in(desk, args["session"], "borrower")
    borrower: str = args["borrower"]
    by = speaks_for(desk, session, borrower)
    address = address_of(desk, args, desk.relations.lives(borrower)["residence"], "/")
    line = desk.keys.line_of(address.text, args["medium"])
    others = {one.body["use"] for one in _channels(desk, borrower, line)} - {args["use"]}
    if others and session.strength != "passkey":
        raise UnauthorizedError("to say that a channel is for something else, sign in with a passkey",
                                code="session-too-weak")
    _check_room(desk, borrower)
    entry, blob = store_channel(desk, borrower, by, args, address, at=at)
    return desk.answer([entry], channel=entry.id, blobs=[blob])


def _contact(desk: Desk, value: dict[str, str]) -> tuple[Actor, Entry]:
    """The contact who speaks, and its registration. Raises NotFoundError for anybody else."""
    by = actor_of(value)
    contact = desk.relations.entry(by.id, "contact-registered/1")
    if by.role != "contact" or is_erased(desk.relations.history(contact.body["borrower"]), contact.id):
        raise unknown()
    return by, contact


def _given_channel(desk: Desk, args: Args, contact: Entry, at: int) -> tuple[str | None, list[dict[str, str]]]:
    """The channel of the borrower that was told, and what the web tier is to keep. One that is known already stays as
    it is filed: nobody else's word re-labels it. None where there is no room."""
    if not {"address", "medium"} <= set(args):
        raise MalformedError("/address and /medium are needed: say how the borrower can be reached",
                             pointer="/address")
    borrower: str = contact.body["borrower"]
    asked = {"medium": args["medium"], "value": args["address"], "use": "shared"}
    address: Address = address_of(desk, asked, desk.relations.lives(borrower)["residence"], "/", "address")
    known = _channels(desk, borrower, desk.keys.line_of(address.text, args["medium"]), contacts=True)
    if known:
        return known[-1].id, []
    told = [one for one in _all_channels(desk, borrower) if one.by.role == "contact"]
    if len(told) >= MOST_TOLD:
        return None, []
    entry, blob = store_channel(desk, borrower, Actor("contact", contact.id), asked, address, at=at)
    return entry.id, [blob]


def _all_channels(desk: Desk, borrower: str) -> list[Entry]:
    return [one for one in desk.relations.history(borrower) if one.kind == "channel-added/1"]


def _channels(desk: Desk, borrower: str, line: str, *, contacts: bool = False) -> list[Entry]:
    """Every channel on this line that the borrower or the lender added; with `contacts`, or a contact."""
    return [one for one in _all_channels(desk, borrower)
            if one.body["line"] == line and (contacts or one.by.role != "contact")]


def _check_room(desk: Desk, borrower: str) -> None:
    if sum(one.by.role != "contact" for one in _all_channels(desk, borrower)) >= desk.settings.channels:
        raise ConflictError("you have as many channels as are kept", code="channels-full")


def _was_refused(desk: Desk, permit: Entry) -> bool:
    return any(one.kind == "opening-refused/1" and one.body["lookup"] == permit.id
               for one in desk.relations.history(permit.body["borrower"]))


CODED = words("voice", "sms", "email")
PEOPLE = {
    "object": Op({"by": BY, "contact": ID_SHAPE, "through": words("portal"), **IDEMPOTENT}, write=object_,
                 restricts=always),
    "answer-use": Op({
        "by": BY, "lookup": ID_SHAPE, "answer": words(*USES), "address": Optional(PLAIN_ADDRESS),
        "medium": Optional(CODED), **IDEMPOTENT,
    }, write=answer_use, restricts=always),
    "own-values": Op({"session": TOKEN, "blobs": CONTACT_BLOBS}, read=own_values),
    "deposit-channel": Op({
        "session": TOKEN, "borrower": ID_SHAPE, "medium": CODED, "value": Optional(PLAIN_ADDRESS),
        "jwe": Optional(JWE), "use": USE, **IDEMPOTENT,
    }, write=deposit_channel),
}
