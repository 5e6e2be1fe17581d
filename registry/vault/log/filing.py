"""Under which ids an entry is filed, so that a decision reads one range instead of the log.

An entry about a borrower's line is in both their histories, and most of what is filed are attempts. It is filed in
the borrower's; the line's holds its hash in the tree (RFC 6962), which binds it as well: whoever reads the line alone
takes the entry from the log. What is filed is the leaf, but of an attempt what decisions read (`model/briefs.py`),
and its hash.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

import orjson

from registry.errors import MalformedError
from registry.model.briefs import Brief, brief_of, from_bytes, to_bytes
from registry.model.catalogue import KINDS, histories_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry, trusted_entry
from registry.model.ids import check_id
from registry.tlog.tree import HASH_SIZE, leaf_hash

_BRIEF = b"["  # a leaf is an object, a brief an array


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id. Raises MalformedError when it is none."""
    return bytes.fromhex(check_id(text))


def subjects_of(entry: Entry) -> tuple[bytes, ...]:
    """The subjects, as 16 bytes, whose history holds this entry, each once. Raises MalformedError: unknown kind."""
    if entry.kind not in KINDS:
        raise MalformedError("no such kind of entry", code="kind-unknown", pointer="/kind")
    return tuple(map(id_bytes, dict.fromkeys(histories_of(entry))))


def rows_of(entry: Entry, leaf: bytes) -> dict[bytes, bytes]:
    """What is filed under each subject (16 bytes): the leaf, a brief, or its hash. Raises MalformedError: unknown
    kind."""
    if entry.kind in ATTEMPTS:
        hashed = b2a_base64(leaf_hash(leaf), newline=False).decode()
        rows = dict.fromkeys(subjects_of(entry), to_bytes(brief_of(entry), hashed))
    else:
        rows = dict.fromkeys(subjects_of(entry), leaf)
    line, borrower = entry.body.get("line"), entry.body.get("borrower")
    if line is not None and borrower is not None and line != borrower and {line, borrower} <= {*histories_of(entry)}:
        rows[id_bytes(line)] = leaf_hash(leaf)
    return rows


def is_hash(filed: bytes) -> bool:
    """Whether what is filed stands for a leaf: every leaf, and every brief, is longer."""
    return len(filed) == HASH_SIZE


def hash_in(filed: bytes) -> bytes | None:
    """The hash in the tree of what is filed in brief, or by its hash; None of a leaf."""
    if is_hash(filed):
        return filed
    return a2b_base64(orjson.loads(filed)[-1]) if filed.startswith(_BRIEF) else None


def filed_as(index: int, at: int, filed: bytes) -> Entry | Brief:
    """What stands in a history: of an attempt its brief, also where the leaf itself is at hand."""
    if filed.startswith(_BRIEF):
        return from_bytes(index, at, filed)
    entry = trusted_entry(index, at, filed)
    return brief_of(entry) if entry.kind in ATTEMPTS else entry


def account_filed(entry: Entry) -> tuple[bytes, bytes] | None:
    """(account, borrower), as 16 bytes each, when this entry opens an account."""
    if entry.kind != "account-opened/1":
        return None
    return id_bytes(entry.body["account"]), id_bytes(entry.body["borrower"])
