"""Under which ids an entry is filed, so that a decision reads one range instead of the log.

An entry about a borrower's line is in both their histories, and most of what is filed are attempts. It is whole in
the borrower's; the line's holds its hash in the tree (RFC 6962), which binds it as well: whoever reads the line alone
takes the entry from the log.
"""

from __future__ import annotations

from registry.errors import MalformedError
from registry.model.catalogue import KINDS, histories_of
from registry.model.entries import Entry
from registry.model.ids import check_id
from registry.tlog.tree import HASH_SIZE, leaf_hash


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id. Raises MalformedError when it is none."""
    return bytes.fromhex(check_id(text))


def subjects_of(entry: Entry) -> tuple[bytes, ...]:
    """The subjects, as 16 bytes, whose history holds this entry, each once. Raises MalformedError: unknown kind."""
    if entry.kind not in KINDS:
        raise MalformedError("no such kind of entry", code="kind-unknown", pointer="/kind")
    return tuple(map(id_bytes, dict.fromkeys(histories_of(entry))))


def rows_of(entry: Entry, leaf: bytes) -> dict[bytes, bytes]:
    """What is filed under each subject (16 bytes): the leaf, or its hash. Raises MalformedError: unknown kind."""
    rows = dict.fromkeys(subjects_of(entry), leaf)
    line, borrower = entry.body.get("line"), entry.body.get("borrower")
    if line is not None and borrower is not None and line != borrower and {line, borrower} <= {*histories_of(entry)}:
        rows[id_bytes(line)] = leaf_hash(leaf)
    return rows


def is_hash(filed: bytes) -> bool:
    """Whether what is filed stands for a leaf: every leaf is longer."""
    return len(filed) == HASH_SIZE


def account_filed(entry: Entry) -> tuple[bytes, bytes] | None:
    """(account, borrower), as 16 bytes each, when this entry opens an account."""
    if entry.kind != "account-opened/1":
        return None
    return id_bytes(entry.body["account"]), id_bytes(entry.body["borrower"])
