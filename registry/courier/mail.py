"""What a mail in our mailbox is: a report about one of our messages, somebody's reply, or neither.

A report (RFC 3464) is known by the id that we gave the message (envelope id or Message-ID), which only its reader and
the servers between ever saw; who it says the reader was, is not believed. A machine's answer (RFC 3834) is no sign of
life: a borrower on holiday is as unreachable as before.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from registry.courier.outbox import Receipt
from registry.courier.words import Word, word_of
from registry.errors import MalformedError
from registry.model.numbers import parse_email

_OURS = re.compile(r"<?([0-9a-f]{32})(?:@[a-z0-9.-]+>?)?\s*\Z")
# `relayed`: taken by a server that reports no further, which is the reader's own.
ACTIONS: dict[str, Receipt] = {"failed": "failed", "delivered": "delivered", "relayed": "delivered"}
MOST_HEADER = 2000  # characters; beyond is nothing that people write, and much work to read
MACHINES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply")
MARKS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "list-id", "list-unsubscribe")
# For machines that do not say what they are.
SUBJECTS = re.compile(r"\s*(?:auto(?:matic)?[ -]?(?:reply|response)|auto:|out of (?:the )?office|"
                      r"自动回复|自動回覆|自动答复|外出自动|不在办公室)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one of our messages."""

    delivery: str
    status: Receipt


@dataclass(frozen=True, slots=True)
class MailReply:
    """A person's mail. `origin` tells this mail from every other."""

    address: str
    word: Word
    origin: str


def read(raw: bytes) -> Report | MailReply | None:
    """What this mail is; None for what is neither. Never raises on what a stranger may send."""
    try:
        return _read(email.message_from_bytes(raw), raw)
    except RecursionError:
        # Parts within parts without end: nobody reads them, but somebody sent it.
        return _read(BytesHeaderParser().parsebytes(raw), raw)


def _read(mail: Message, raw: bytes) -> Report | MailReply | None:
    if mail.get_content_type() == "multipart/report":
        return _report(mail)
    if is_automatic(mail):
        return None
    try:
        address = parse_email(_sender(mail))
    except MalformedError:
        return None
    # One without an id is told from the next by its bytes: else his second mail would be his first.
    own = _header(mail, "message-id").strip() or hashlib.sha256(raw).hexdigest()
    return MailReply(address, word_of(_first_line(mail)), f"{own}\n{address}")


def is_automatic(mail: Message) -> bool:
    """Whether a machine wrote it."""
    said = _header(mail, "auto-submitted").lower()
    if said and said.split(";")[0].strip() != "no":
        return True
    if _header(mail, "precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(mark in mail for mark in MARKS) or _header(mail, "return-path").strip() == "<>":
        return True
    local = _sender(mail).rpartition("@")[0].lower()
    return local in MACHINES or SUBJECTS.match(_decoded(mail, "subject")) is not None


def _report(mail: Message) -> Report | None:
    """The first action in it about a message of ours."""
    if str(mail.get_param("report-type", "")).lower() != "delivery-status":
        return None
    ids: list[str] = []
    statuses: list[Receipt] = []
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.walk():
                ids += _ours(_header(block, "original-envelope-id"))
                statuses += _status(_header(block, "action"))
        elif kind == "text/rfc822-headers":
            ids += _ours(_header(email.message_from_string(str(part.get_payload())), "message-id"))
        elif part is not mail:
            ids += _ours(_header(part, "message-id"))
    # Anything failed: then it did not arrive.
    worst: Receipt = "failed" if "failed" in statuses else "delivered"
    return Report(ids[0], worst) if ids and statuses else None


def _ours(said: str) -> list[str]:
    found = _OURS.match(said.strip())
    return [found[1]] if found else []


def _status(action: str) -> Iterator[Receipt]:
    status = ACTIONS.get(action.strip().lower())
    if status is not None:
        yield status


def _first_line(mail: Message) -> str:
    """What was written above the quotation: the first line with anything on it."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            for line in _text(part).splitlines():
                if line.strip() and not line.lstrip().startswith((">", "＞")):
                    return line
    return _decoded(mail, "subject")


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # no such character set, or one that replaces nothing (idna, undefined)
        return payload.decode("utf-8", "replace")


def _sender(mail: Message) -> str:
    try:
        return parseaddr(_header(mail, "from"))[1]
    except RecursionError:  # comments within comments
        return ""


def _header(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))[:MOST_HEADER]


def _decoded(mail: Message, name: str) -> str:
    said = _header(mail, name)
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii", "replace")
            for part, charset in decode_header(said)
        )
    except (ValueError, LookupError, HeaderParseError):
        return said
