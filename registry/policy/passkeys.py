"""Passkeys as the directory folds them: which public key speaks for whom, from when on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Passkey:
    """`role` borrower, officer or auditor; `subject`: the borrower or party. `credential`, and `public_key` in COSE
    form, are base64url as its maker gave them. `effective`: log time, in milliseconds, from which on it counts."""

    id: str
    role: str
    subject: str
    credential: str
    public_key: str
    rp_id: str
    origin: str
    effective: int


class Passkeys:
    """Those that were added and not removed. A removal is at once and for ever; the same key added again is another
    passkey."""

    def __init__(self) -> None:
        self._by_id: dict[str, Passkey] = {}
        self._by_credential: dict[str, str] = {}

    def add(self, role: str, subject: str, body: Mapping[str, Any], effective: int) -> None:
        """Takes in the body of an entry that adds one. The first of an id, and of a credential, stands."""
        if body["passkey"] in self._by_id or body["credential"] in self._by_credential:
            return
        self._by_id[body["passkey"]] = Passkey(
            body["passkey"], role, subject, body["credential"], body["public_key"], body["rp_id"], body["origin"],
            effective,
        )
        self._by_credential[body["credential"]] = body["passkey"]

    def remove(self, passkey: str) -> None:
        found = self._by_id.pop(passkey, None)
        if found is not None:
            del self._by_credential[found.credential]

    def get(self, passkey: str) -> Passkey | None:
        """The passkey of an id, whether it counts yet or not."""
        return self._by_id.get(passkey)

    def has(self, subject: str) -> bool:
        """Whether somebody has a passkey, whether it counts yet or not."""
        return any(one.subject == subject for one in self._by_id.values())

    def of_credential(self, credential: str) -> Passkey | None:
        """The passkey that an authenticator calls by this name."""
        return self._by_id.get(self._by_credential.get(credential, ""))
