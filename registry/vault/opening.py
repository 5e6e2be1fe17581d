"""Opening a permit: the sealed values as registered become one JWE to the collector's key (CONTRACT section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.errors import MalformedError, UnauthorizedError
from registry.model.entries import Entry
from registry.model.times import SECOND, parse_stamp
from registry.vault.arguments import bytes_of
from registry.vault.desk import Desk
from registry.vault.judging import Judged

# Name of a sealed value, and the member of the registering entry that pins it.
SEALED = (("name", "name_sha256"), ("number", "blob_sha256"))
Blobs = Mapping[str, Mapping[str, str]]  # contact -> name -> base64


def key_of(desk: Desk, client: str, at: int) -> Mapping[str, Any] | None:
    """The P-256 key registered for a client and in force at `at`."""
    party = desk.directory.parties.get(client)
    return None if party is None else party.key_at(at)


def fitting(desk: Desk, judged: Judged, blobs: Blobs) -> frozenset[str]:
    """The contacts whose values came along exactly as registered: an old blob is not served for a new one."""
    return frozenset(
        entry.id for entry in judged.history.entries
        if entry.kind == "contact-registered/1" and _fits(desk, entry, blobs.get(entry.id, {}))
    )


def check_fits(desk: Desk, permit: Entry, blobs: Blobs) -> None:
    """Raises MalformedError `blob-refused` unless the permitted contact's values came along as registered."""
    contact = desk.relations.entry(permit.body["contact"], "contact-registered/1")
    if not _fits(desk, contact, blobs.get(contact.id, {})):
        raise MalformedError("the sealed values of the contact must come along", code="blob-refused")


def release(desk: Desk, permit: Entry, blobs: Blobs, at: int) -> str:
    """The compact JWE of a permit, to the key in force at `at`. The blobs were found to fit."""
    body = permit.body
    contact = desk.relations.entry(body["contact"], "contact-registered/1")
    key = key_of(desk, body["client"], at)
    if key is None:
        raise UnauthorizedError("no encryption key of this client is in force", code="key-revoked")
    values = {
        name: desk.keys.unseal(contact.id, name, bytes_of(blobs[contact.id][name]), contact.body[member])
        for name, member in SEALED
    }
    return desk.keys.release({
        "iss": desk.keys.origin, "aud": body["client"], "sub": body["account"], "jti": body["lookup"],
        "iat": permit.at // SECOND, "exp": parse_stamp(body["expires_at"]) // SECOND, "log_index": permit.index,
        "agent": body["agent"], **values,
    }, key)


def _fits(desk: Desk, contact: Entry, given: Mapping[str, str]) -> bool:
    return all(
        name in given and desk.keys.digest(bytes_of(given[name])) == contact.body[member] for name, member in SEALED
    )
