"""What a person may be shown of sealed values: enough to know one's own again, too little to be of use to others.

A borrower sees the last two digits of his contacts' numbers and his own channels masked; a contact the given name of
who listed him. Everything else stays sealed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from registry.model.entries import Entry
from registry.vault.arguments import bytes_of
from registry.vault.desk import Desk
from registry.vault.keys.sessions import Session
from registry.vault.relations import is_erased

SHOWN_DIGITS = 2
HIDDEN = "••"
Blobs = Mapping[str, Mapping[str, str]]  # subject -> name -> base64
Shown = dict[str, dict[str, str]]


def shown_values(desk: Desk, session: Session, blobs: Blobs) -> Shown:
    """The values that this session may see of those that came along as registered; the others are left out."""
    may_see = _of_borrower if session.role == "borrower" else _of_contact
    found: Shown = {}
    for registered, subject, name, member in may_see(desk, session):
        blob = bytes_of(blobs.get(subject, {}).get(name, ""))
        if blob and desk.keys.digest(blob) == registered.body[member]:
            text = desk.keys.unseal(subject, name, blob)
            found.setdefault(subject, {})[name] = _masked(registered, text, member)
    return found


def _of_borrower(desk: Desk, session: Session) -> Iterator[tuple[Entry, str, str, str]]:
    for borrower in session.subjects:
        history = desk.relations.history(borrower)
        if is_erased(history, borrower):
            continue
        for one in history:
            if one.kind == "contact-registered/1" and not is_erased(history, one.id):
                yield one, one.id, "number", "blob_sha256"
            elif one.kind == "channel-added/1" and one.by.role != "contact":
                yield one, borrower, one.id, "blob_sha256"


def _of_contact(desk: Desk, session: Session) -> Iterator[tuple[Entry, str, str, str]]:
    for contact in session.subjects:
        borrower = desk.relations.entry(contact, "contact-registered/1").body["borrower"]
        if not desk.relations.is_gone(borrower, contact):
            yield desk.relations.borrower(borrower), borrower, "name", "name_sha256"


def _masked(registered: Entry, text: str, member: str) -> str:
    if member == "name_sha256":
        return str(json.loads(text)["given"])
    if registered.kind == "contact-registered/1":
        return text[-SHOWN_DIGITS:]
    medium = registered.body["medium"]
    if medium in ("voice", "sms"):
        return f"{HIDDEN} {text[-SHOWN_DIGITS:]}"
    if medium == "email":
        host = text.rpartition("@")[2]
        return f"{text[0]}…@{host[0]}…{host[host.rfind('.'):]}"
    return HIDDEN
