"""Opening a permit: the sealed values as registered become one JWE to the collector's key (CONTRACT section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from registry.errors import MalformedError, UnauthorizedError
from registry.model.entries import Entry
from registry.model.times import SECOND, parse_stamp
from registry.policy import Decision
from registry.vault.arguments import bytes_of
from registry.vault.desk import Desk
from registry.vault.judging import Judged
from registry.vault.keys.keyring import Keyring

# Name of a sealed value, and the member of the registering entry that pins it.
SEALED = (("name", "name_sha256"), ("number", "blob_sha256"))
Blobs = Mapping[str, Mapping[str, str]]  # contact or borrower -> name -> base64
Registered = Mapping[str, Entry]  # contact or channel -> the entry that registers it


def key_of(desk: Desk, client: str, at: int) -> Mapping[str, Any] | None:
    """The P-256 key registered for a client and in force at `at`."""
    party = desk.directory.parties.get(client)
    return None if party is None else party.key_at(at)


def needed(decision: Decision) -> tuple[str, ...]:
    """Whose values a permit opens: one contact, or so many channels of the borrower's."""
    return decision.channels if decision.contact is None else (decision.contact,)


def fitting(judged: Judged, blobs: Blobs) -> Registered:
    """The contacts and channels whose values came along exactly as registered: an old blob is not served for a new
    one."""
    own = blobs.get(judged.history.borrower or "", {})
    return {
        entry.id: entry for entry in judged.history.entries
        if (entry.kind == "contact-registered/1" and _fits(entry, blobs.get(entry.id, {})))
        or (entry.kind == "channel-added/1" and _is_blob_of(entry, own))
    }


def checked(desk: Desk, permit: Entry, channels: Sequence[str], blobs: Blobs) -> Registered:
    """What is to be opened. Raises MalformedError `blob-refused` unless all of it came along as registered."""
    body = permit.body
    if "contact" in body:
        contact = desk.relations.entry(body["contact"], "contact-registered/1")
        registered, fits = {contact.id: contact}, _fits(contact, blobs.get(contact.id, {}))
    else:
        own = blobs.get(body["borrower"], {})
        registered = {one: desk.relations.entry(one, "channel-added/1") for one in channels}
        fits = all(_is_blob_of(one, own) for one in registered.values())
    if not fits:
        raise MalformedError("the sealed values of what is opened must come along", code="blob-refused")
    return registered


def release(desk: Desk, permit: Entry, opened: Sequence[Entry], blobs: Blobs, at: int) -> str:
    """The compact JWE of a permit, to the key in force at `at`. `opened`: the entries that register what the permit
    opens, which was found to fit."""
    body = permit.body
    key = key_of(desk, body["client"], at)
    if key is None:
        raise UnauthorizedError("no encryption key of this client is in force", code="key-revoked")
    own = "contact" not in body
    values = _channels(desk, body["borrower"], opened, blobs) if own else _contact(desk, opened[0], blobs)
    return desk.keys.release({
        "iss": desk.keys.origin, "aud": body["client"], "sub": body["account"], "jti": body["lookup"],
        "iat": permit.at // SECOND, "exp": parse_stamp(body["expires_at"]) // SECOND, "log_index": permit.index,
        "agent": body["agent"], **values,
    }, key)


def _contact(desk: Desk, contact: Entry, blobs: Blobs) -> dict[str, Any]:
    return {
        name: desk.keys.unseal(contact.id, name, bytes_of(blobs[contact.id][name]), contact.body[member])
        for name, member in SEALED
    }


def _channels(desk: Desk, borrower: str, added: Sequence[Entry], blobs: Blobs) -> dict[str, Any]:
    return {"channels": [
        {
            "channel": one.id, "medium": one.body["medium"],
            "value": desk.keys.unseal(borrower, one.id, bytes_of(blobs[borrower][one.id]), one.body["blob_sha256"]),
        }
        for one in added
    ]}


def _fits(contact: Entry, given: Mapping[str, str]) -> bool:
    return all(name in given and _digest(given[name]) == contact.body[member] for name, member in SEALED)


def _is_blob_of(channel: Entry, given: Mapping[str, str]) -> bool:
    own = given.get(channel.id)
    return own is not None and bool(_digest(own) == channel.body["blob_sha256"])


@lru_cache(maxsize=4_096)  # they come along again and again, as often as a dialler asks
def _digest(blob: str) -> str:
    return Keyring.digest(bytes_of(blob))
