"""Watches a vault from outside: every answer it gives is kept, and held against the log after each step."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.audit.replay import Memory
from registry.audit.verify import verify
from registry.errors import ConsentryError
from registry.shipped import shipped_outcomes
from registry.tlog.note import parse_verifier
from registry.tlog.proof import verify_proof
from registry.vault.rounds import Outcome, Request
from registry.vault.vault import Vault
from tests.promises.machine.opinions import Opinions
from tests.promises.naive.look import Told, told
from tests.promises.past import VaultReader


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer, and how long the log was when it came."""

    op: str
    args: dict[str, Any]
    answer: dict[str, Any]
    until: int
    at: int


class WatchedVault(Vault):
    """The vault itself; whoever watches hears what it was asked and what it answered."""

    __slots__ = ("watch",)
    watch: Watch

    def round(self, requests: Sequence[Request]) -> list[Outcome]:
        outcomes = super().round(requests)
        self.watch.hear(requests, outcomes, self.desk.log.published)
        return outcomes


@dataclass(slots=True)
class Past:
    """A log that was read and replayed already: copied, not read again, by whoever starts from it."""

    leaves: list[bytes]
    log: list[Told]
    memory: Memory

    @classmethod
    def of(cls, vault: Vault) -> Past:
        past = cls([], [], Memory([shipped_outcomes()]))
        past.read(vault)
        return past

    def copy(self) -> Past:
        filed = self.memory.filed.copy()
        return Past(list(self.leaves), list(self.log), copy.deepcopy(self.memory, {id(self.memory.filed): filed}))

    def read(self, vault: Vault) -> list[Told]:
        """The entries published since. Replays each: a decision that does not come out the same fails here."""
        fresh = []
        size = vault.desk.log.published
        for index, leaf in vault.desk.log.leaves(len(self.leaves), size - len(self.leaves)):
            try:
                self.memory.take(index, leaf)
            except (ConsentryError, KeyError) as error:
                raise AssertionError(f"entry {index} does not replay: {error!r}") from error
            self.leaves.append(leaf)
            fresh.append(told(index, json.loads(leaf)))
        self.log += fresh
        return fresh


@dataclass(slots=True)
class Watch:
    """What was read of the log, what was answered and not looked at yet, and how often what was seen."""

    world: Any  # a town
    past: Past
    seen: Counter[str]
    opinions: Opinions = field(init=False)
    kept: str = ""  # a checkpoint from the beginning, as a witness keeps it
    _waiting: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.opinions = Opinions(self.world, self.past.log, self.seen)

    def hear(self, requests: Sequence[Request], outcomes: Sequence[Outcome], until: int) -> None:
        for (op, args), outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, ConsentryError):
                assert outcome.code != "internal", (op, outcome.detail)
                self.seen[f"error {outcome.code}"] += 1
            else:
                self.world.learns(op, args, outcome)
                self._waiting.append(Heard(op, args, outcome, until, self.world.clock.at))

    def check(self) -> None:
        """Everything answered since the last check, against the log as it is now. Raises AssertionError."""
        fresh = self.past.read(self.world.vault)
        heard, self._waiting = self._waiting, []
        for one in heard:
            self._acknowledged(one.answer)
        for entry in fresh:
            self.opinions.decided(entry)
        for one in heard:
            if one.op == "lookup":
                self.opinions.looked_up(one.args, one.answer, one.until, one.at)
            elif one.op == "open-for-delivery":
                self.opinions.sent(one.args, one.answer)

    def check_all(self) -> None:
        """After the vault was opened again: whatever had been published is there, byte by byte."""
        leaves = [leaf for _, leaf in self.world.vault.desk.log.leaves(0, len(self.past.leaves))]
        assert leaves == self.past.leaves, "what was published is lost or changed"

    def check_end(self) -> None:
        """The whole log verifies by its public key, and continues the checkpoint that was kept at the beginning."""
        self.check_all()
        report = verify(VaultReader(self.world), self.world.vault.desk.keys.vkey, self.kept or None)
        assert report.ok, str(report)
        assert report.size == len(self.past.leaves)

    def _acknowledged(self, answer: Mapping[str, Any]) -> None:
        """What an answer says of the log is there: its entries, and the proof of the one that it names."""
        for one in answer.get("entries", ()):
            if "index" in one:
                leaf = json.loads(self._leaf(one["index"]))
                # Indices of the answer itself are what the web tier projects from.
                assert leaf == one["entry"], f"entry {one['index']} is not what was acknowledged"
        if "proof" in answer and "log_index" in answer:
            verify_proof(answer["proof"], self._leaf(answer["log_index"]),
                         parse_verifier(self.world.vault.desk.keys.vkey))

    def _leaf(self, index: int) -> bytes:
        assert index < len(self.past.leaves), f"entry {index} was acknowledged and is not in the log"
        return self.past.leaves[index]
