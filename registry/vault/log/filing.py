"""Under which ids an entry is filed, so that a decision reads one range instead of the log."""

from __future__ import annotations

from registry.errors import MalformedError
from registry.model.catalogue import KINDS, histories_of
from registry.model.entries import Entry
from registry.model.ids import check_id


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id. Raises MalformedError when it is none."""
    return bytes.fromhex(check_id(text))


def subjects_of(entry: Entry) -> tuple[bytes, ...]:
    """The subjects, as 16 bytes, whose history holds this entry, each once. Raises MalformedError: unknown kind."""
    if entry.kind not in KINDS:
        raise MalformedError("no such kind of entry", code="kind-unknown", pointer="/kind")
    return tuple(map(id_bytes, dict.fromkeys(histories_of(entry))))


def account_filed(entry: Entry) -> tuple[bytes, bytes] | None:
    """(account, borrower), as 16 bytes each, when this entry opens an account."""
    if entry.kind != "account-opened/1":
        return None
    return id_bytes(entry.body["account"]), id_bytes(entry.body["borrower"])
