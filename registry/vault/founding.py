"""Entry 0: what a vault is founded on, and what keeps a demo log and a real one apart (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import ConflictError
from registry.model.entries import Actor, Draft, Entry
from registry.model.ids import new_id
from registry.policy import RULES_VERSION, Directory
from registry.shipped import shipped_packs
from registry.vault.keys.keyring import Keyring
from registry.vault.log.ports import Observer

DEMO_ORIGIN = "demo.invalid/"


@dataclass(frozen=True, slots=True)
class Founding:
    """What genesis says beside the vault's own keys.

    `courier_sig`: base64url; `courier_enc`: public P-256 JWK; `officers`: {officer, key} each, key in base64url;
    `packs`: names of shipped packs.
    """

    origin: str
    demo: bool
    courier_sig: str
    courier_enc: Mapping[str, str]
    officers: Sequence[Mapping[str, str]]
    packs: Sequence[str] = ("floor", "cn")

    def genesis(self, keys: Keyring, random: Callable[[int], bytes]) -> Draft:
        """The draft of entry 0. Raises ConflictError `demo-mismatch` for an origin that does not tell what it is."""
        if self.demo != self.origin.startswith(DEMO_ORIGIN):
            raise ConflictError(f"a demo log's origin, and no other, begins with {DEMO_ORIGIN}", code="demo-mismatch")
        packs = [shipped_packs()[name].value() for name in self.packs]
        body: dict[str, Any] = {
            "origin": self.origin, "demo": self.demo, **keys.public(), "courier_sig": self.courier_sig,
            "courier_enc": dict(self.courier_enc), "officers": [dict(one) for one in self.officers],
            "witness_policy": "none", "rules": RULES_VERSION, "packs": packs,
        }
        return Draft(new_id(random), "genesis/1", Actor("vault"), body)


@dataclass(frozen=True, slots=True)
class Observers:
    """Several observers of one log, in order."""

    all: tuple[Observer, ...]

    def reset(self) -> None:
        for one in self.all:
            one.reset()

    def fold(self, entry: Entry) -> None:
        for one in self.all:
            one.fold(entry)


def check_demo(directory: Directory, demo: bool) -> None:
    """Raises ConflictError `demo-mismatch` when a demo log is opened as a real one, or the reverse."""
    if directory.demo and not demo:
        raise ConflictError("this is a demo log: serve it with --demo", code="demo-mismatch")
    if demo and not directory.demo:
        raise ConflictError("this is a real log: serve it without --demo", code="demo-mismatch")
