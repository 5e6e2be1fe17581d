"""An entry of the log: what was claimed, by whom, on whose authority, and when the vault stamped it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from registry.errors import MalformedError
from registry.model import canonical
from registry.model.ids import check_id
from registry.model.times import parse_stamp, stamp

MAX_LEAF = 65_535
ACT_CONTEXT = b"consentry-act/1\n"
ROLES = frozenset(["lender", "agency", "officer", "auditor", "borrower", "contact", "vault", "courier", "web"])

_KIND = b'"kind":"'

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who an entry is by: a role, and an id where the role has many."""

    role: str
    id: str | None = None

    def value(self) -> dict[str, str]:
        """The form inside an entry."""
        return {"role": self.role} if self.id is None else {"role": self.role, "id": self.id}


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before the vault stamps it. `auth` holds the signatures or proofs of authority, if any."""

    id: str
    kind: str
    by: Actor
    body: Object
    auth: Sequence[Object] = ()

    def value(self, *, signed: bool = True) -> dict[str, Any]:
        """The object whose canonical bytes are *the same bytes* of an idempotent append."""
        value: dict[str, Any] = {
            "v": 1, "id": self.id, "kind": self.kind, "by": self.by.value(), "body": dict(self.body),
        }
        if signed and self.auth:
            value["auth"] = [dict(one) for one in self.auth]
        return value

    def to_sign(self, *, decoded: bool = False) -> bytes:
        """Canonical bytes without `auth` and `logged_at`: what an officer or the courier vouches for. Of a draft
        `decoded` from a canonical leaf nothing is checked again."""
        encode = canonical.encode_again if decoded else canonical.encode
        return encode(self.value(signed=False))


class _Stamped(NamedTuple):
    index: int  # type: ignore[assignment]  # a tuple has a method of this name, which nobody misses
    at: int
    id: str
    kind: str
    by: Actor
    body: Object
    auth: Sequence[Object]


class Entry(_Stamped):
    """A stamped entry. `at` is `logged_at` in milliseconds; `index` its place in the log.

    A named tuple: a decision makes some fifty of them and reads each a dozen times.
    """

    __slots__ = ()

    def __new__(cls, index: int, at: int, draft: Draft) -> Entry:
        return cls._make((index, at, draft.id, draft.kind, draft.by, draft.body, draft.auth))

    def __getnewargs__(self) -> tuple[int, int, Draft]:
        return self.index, self.at, self.draft

    @property
    def draft(self) -> Draft:
        """What was stamped."""
        return Draft(self.id, self.kind, self.by, self.body, self.auth)


def act_message(to_sign: bytes) -> bytes:
    """What a key signs for an act: a context line and the SHA-256 of the act (CONTRACT section 6)."""
    return ACT_CONTEXT + hashlib.sha256(to_sign).digest()


def act_challenge(to_sign: bytes) -> bytes:
    """What a passkey signs for an act: the SHA-256 of what a key would sign, as its challenge."""
    return hashlib.sha256(act_message(to_sign)).digest()


def leaf(draft: Draft, logged_at: int) -> bytes:
    """The bytes that are hashed into the tree. Raises CanonicalError, MalformedError when over-long."""
    data = canonical.encode({**draft.value(), "logged_at": stamp(logged_at)})
    if len(data) > MAX_LEAF:
        raise MalformedError("an entry is at most 65,535 bytes", code="entry-too-long")
    return data


@lru_cache(maxsize=4096)
def _actor(role: str, actor_id: str | None) -> Actor:
    return Actor(role, actor_id)


def trusted_entry(index: int, at: int, data: bytes) -> Entry:
    """The entry in a leaf that this process wrote or proved before. Nothing is checked again: it is read often."""
    value = orjson.loads(data)
    by = value["by"]
    auth = tuple(value["auth"]) if "auth" in value else ()
    # One string a kind: a decision looks at the kinds of all that it reads.
    kind, actor = sys.intern(value["kind"]), _actor(by["role"], by.get("id"))
    # As `_make` does, which takes half as long again: a decision makes some fifty.
    return tuple.__new__(Entry, (index, at, value["id"], kind, actor, value["body"], auth))


def kind_in(data: bytes) -> str:
    """The kind of a leaf that was proved before, without decoding it: after it come its time and version alone."""
    start = data.rindex(_KIND) + len(_KIND)
    return data[start:data.index(b'"', start)].decode()


def draft_of(value: Object) -> Draft:
    """A draft from its object form. Raises MalformedError on a missing, unknown or ill-formed member."""
    surplus = set(value) - {"v", "id", "kind", "by", "body", "auth"}
    if surplus or value.get("v") != 1 or type(value.get("v")) is not int:
        raise MalformedError("an entry has v 1, id, kind, by, body and perhaps auth, nothing else")
    kind, body, auth = value.get("kind"), value.get("body"), value.get("auth", [])
    if not isinstance(kind, str) or not isinstance(body, dict) or not isinstance(auth, list):
        raise MalformedError("an entry's kind is a string, its body an object, its auth an array")
    if ("auth" in value and not auth) or not all(isinstance(one, dict) for one in auth):
        raise MalformedError("auth is an array of at least one object, or absent")
    return Draft(check_id(value.get("id")), kind, _actor_of(value.get("by")), body, tuple(auth))


def _actor_of(value: object) -> Actor:
    if not isinstance(value, dict) or not {"role"} <= set(value) <= {"role", "id"}:
        raise MalformedError("by is {role} or {role, id}")
    if value["role"] not in ROLES:
        raise MalformedError("by names an unknown role")
    return _actor(value["role"], check_id(value["id"]) if "id" in value else None)


def entry_of(index: int, data: bytes) -> Entry:
    """The entry in a leaf. Raises CanonicalError or MalformedError."""
    value = canonical.decode(data)
    logged_at = value.pop("logged_at", None)
    if not isinstance(logged_at, str):
        raise MalformedError("a leaf has logged_at")
    return Entry(index, parse_stamp(logged_at), draft_of(value))
