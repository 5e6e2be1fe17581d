"""A log to try things on: a key, a clock that is set by hand, an observer that only counts, drafts of real kinds."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.model.entries import Actor, Draft, Entry
from registry.tlog.note import Verifier, verifier_of
from registry.vault.log import Log
from registry.vault.log.ports import no_faults

ORIGIN = "demo.invalid/log"
START = 1_800_000_000_000
VAULT, WEB = Actor("vault"), Actor("web")


class Key:
    """The log's signing key, from a seed byte."""

    def __init__(self, name: str = ORIGIN, seed: int = 7) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)

    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    @property
    def verifier(self) -> Verifier:
        return verifier_of(self)


class HandClock:
    """Stands still until it is set."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


class Recorder:
    """Remembers what was folded, so that a test sees whether it is the log."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.resets = 0
        self.refuse: Callable[[Entry], bool] = lambda entry: False

    def reset(self) -> None:
        self.resets += 1
        self.entries = []

    def fold(self, entry: Entry) -> None:
        if self.refuse(entry):
            raise ArithmeticError("this observer was told to fail")
        assert entry.index == len(self.entries)
        self.entries.append(entry)


class Broken(Exception):
    """What a broken write raises."""


class Breaker:
    """Raises at one point, once, when armed."""

    def __init__(self) -> None:
        self.point: str | None = None
        self.seen: list[str] = []
        self.error: Callable[[], BaseException] = Broken

    def __call__(self, point: str) -> None:
        self.seen.append(point)
        if point == self.point:
            self.point = None
            raise self.error()


def an_id(number: int) -> str:
    """The same id for the same number."""
    return f"{number:032x}"


def genesis(origin: str = ORIGIN) -> Draft:
    return Draft(an_id(0), "genesis/1", VAULT, {"origin": origin, "demo": True})


def life(number: int, borrower: int = 1, source: str = "payment") -> Draft:
    """A sign of life: filed under its borrower."""
    return Draft(an_id(number), "sign-of-life/1", WEB, {"borrower": an_id(borrower), "source": source})


def account(number: int, borrower: int) -> Draft:
    """Filed under its borrower and itself (the log does not look at the other members)."""
    return Draft(
        an_id(number), "account-opened/1", Actor("lender", an_id(9)),
        {"account": an_id(number), "borrower": an_id(borrower)},
    )


class World:
    """One folder, opened as often as a test likes."""

    def __init__(self, folder: Path, key: Key | None = None) -> None:
        self.folder = folder / "vault"
        self.key = key or Key()
        self.clock, self.observer, self.faults = HandClock(), Recorder(), Breaker()
        self._numbers = itertools.count(1000)
        self.log = Log.create(self.folder, self.key, self.clock, self.observer, genesis(), faults=self.faults)

    def reopen(self, **changed: object) -> Log:
        """Closes and opens again; nothing of the old process remains."""
        self.log.close()
        arguments = {"signer": self.key, "clock": self.clock, "observer": Recorder(), "faults": no_faults} | changed
        self.observer = arguments["observer"]  # type: ignore[assignment]
        self.log = Log.open(self.folder, **arguments)  # type: ignore[arg-type]
        return self.log

    def fresh(self) -> int:
        """A number no draft used before."""
        return next(self._numbers)

    def add(self, *drafts: Draft) -> list[Entry]:
        """One operation and one commit."""
        with self.log.operation():
            entries = [self.log.append(draft) for draft in drafts]
        self.log.commit()
        return entries

    def fill(self, size: int) -> None:
        """Appends until the log has that many entries, a few borrowers, one commit."""
        with self.log.operation():
            while self.log.size < size:
                self.log.append(life(self.fresh(), borrower=self.log.size % 7))
        self.log.commit()
