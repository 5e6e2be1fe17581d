"""Complaints: filed by or for a person, and the sealed words in them read by staff, each look an entry."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry
from registry.model.shapes import DIGEST, ID_SHAPE, Optional, words
from registry.model.times import DAY
from registry.vault.arguments import B64, BY, BY_PARTY, Args, actor_of, bytes_of
from registry.vault.desk import Answer, Desk
from registry.vault.keys.keyring import NOTE
from registry.vault.ops.table import IDEMPOTENT, Op, always
from registry.vault.relations import unknown
from registry.vault.sessions import is_staff

SALT_BYTES = 32
# Of one person a day. What the first one holds the twentieth does not hold more; an officer reads each.
MOST_A_DAY = 20


def complain(desk: Desk, args: Args, at: int) -> Answer:
    """A complaint: {complaint, log_index}. About a lookup it names that lookup's contact, from a contact his line:
    both are held until it is settled. Raises NotFoundError, ConflictError `complaints-full`.
    """
    by, body = actor_of(args["by"]), {name: args[name] for name in NAMED if name in args}
    if "lookup" in args and "contact" not in body:
        decided = desk.relations.of_borrower(args["lookup"], DECIDED, args["borrower"])
        body |= {"contact": decided.body["contact"]} if "contact" in decided.body else {}
    if args["from"] == "contact":
        body["line"] = _contact(desk, body).body["line"]
    _check_room(desk, body, at)
    ident = desk.new_id()
    entry = desk.make("complaint-filed/1", {"complaint": ident, **body}, at, by, ident)
    return desk.answer([entry], complaint=ident)


def open_note(desk: Desk, args: Args, at: int) -> Answer:
    """The words of a complaint, for an officer or auditor: {text}, after an entry that says who looked.

    The words of that complaint alone: what else is sealed like them (evidence of a consent, an address asked about)
    is nobody's to open here. Raises NotFoundError for all others, MalformedError `blob-refused` for another note.
    """
    by = actor_of(args["by"])
    filed = desk.relations.entry(args["about"], "complaint-filed/1")
    if by.id is None or not is_staff(desk, by.role, by.id) or filed.body.get("text") != args["commitment"]:
        raise unknown()
    text = sealed_text(desk, args["commitment"], args["blob"], NOTE)
    seen = desk.make("viewed/2", {"what": "complaint", "about": filed.id}, at, by)
    return desk.answer([seen], text=text)


def sealed_text(desk: Desk, commitment: str, blob: str, use: bytes) -> str:
    """The words that were sealed under a commitment for this use. Raises MalformedError `blob-refused`."""
    return sealed_note(desk, commitment, blob, use)[SALT_BYTES:].decode()


def sealed_note(desk: Desk, commitment: str, blob: str, use: bytes) -> bytes:
    """The same behind its salt: bytes whose SHA-256 is the commitment. Raises MalformedError `blob-refused`."""
    opened = desk.keys.open_own(bytes_of(blob), use)
    if not hmac.compare_digest(hashlib.sha256(opened).hexdigest(), commitment):
        raise MalformedError("this sealed value is not the one that was registered", code="blob-refused")
    return opened


def _check_room(desk: Desk, body: dict[str, Any], at: int) -> None:
    who = {name: body[name] for name in ("from", "line") if name in body}
    today = [entry for entry in desk.relations.history(body["borrower"])
             if entry.kind == "complaint-filed/1" and at - entry.at < DAY and who.items() <= entry.body.items()]
    if len(today) >= MOST_A_DAY:
        raise ConflictError(f"{MOST_A_DAY} complaints were filed within a day: what they are about is held already, "
                            "and it goes on tomorrow", code="complaints-full")


def _contact(desk: Desk, body: dict[str, Any]) -> Entry:
    if "contact" not in body:
        raise MalformedError("/contact is needed: say who complains", pointer="/contact")
    return desk.relations.of_borrower(body["contact"], "contact-registered/1", body["borrower"])


NAMED = ("from", "borrower", "contact", "lookup", "agency", "about", "text")
COMPLAINTS = {
    "complain": Op({
        "by": BY, "from": words("borrower", "contact"), "borrower": ID_SHAPE, "contact": Optional(ID_SHAPE),
        "lookup": Optional(ID_SHAPE), "agency": Optional(ID_SHAPE),
        "about": words("lookup", "agency", "lender", "registry"), "text": Optional(DIGEST), **IDEMPOTENT,
    }, write=complain, restricts=always),
    "open-note": Op({
        "by": BY_PARTY, "commitment": DIGEST, "blob": B64, "about": ID_SHAPE,
    }, write=open_note),
}
