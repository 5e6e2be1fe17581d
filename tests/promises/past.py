"""A long mixed history of a real vault, saved as an auditor has it, and ways to touch it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.audit.reader import Reader, save
from registry.model import canonical
from registry.model.times import DAY, parse_stamp, stamp
from registry.tlog.tiles import ENTRIES, Tile, pack_bundle, split_bundle
from tests.promises.acts import ACTS, Stage, looks_up, presses, restricts
from tests.promises.saved import Saved
from tests.world import World

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class VaultReader:
    """The log as the vault's own ops give it out."""

    world: World

    def checkpoint(self) -> bytes:
        return str(self.world.vault.call("checkpoint", {})["text"]).encode()

    def tile(self, tile: Tile) -> bytes:
        log = self.world.vault.desk.log
        found = (log.entry_bundle(tile.n, tile.width) if tile.level == ENTRIES
                 else log.tile(tile.level, tile.n, tile.width))
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Past:
    """A long mixed history: its leaves, a copy of the log's files, an early checkpoint somebody kept."""

    leaves: list[bytes]
    folder: Path
    vkey: str
    kept: str
    agreed: list[bool]  # what the vault's own `audit-lookup` says of each decision

    def of(self, kind: str) -> list[int]:
        return [place for place, leaf in enumerate(self.leaves) if f'"kind":"{kind}"'.encode() in leaf]


def mixed(world: World, stage: Stage) -> None:
    """Two hundred acts by the dice, and what no act does."""
    dice = random.Random("consentry")
    for _ in range(200):
        stage.do(dice.choice(ACTS), dice.randrange(5), dice.randrange(61))
    person = stage.people[0]
    world.alive()
    world.call("lookup", **world.asked(person, account="f" * 32))
    world.call("lookup", **world.asked(person) | {"inbox_ms": 9_000})
    world.clock.at += DAY
    world.call("lookup", **world.asked(person))  # nobody hears the courier
    world.lookup(person, purpose="relay-message", mode="message")
    world.lookup(person, by=world.auditor)


def lived(saved: Saved, folder: Path) -> Past:
    """Makes the history; the log's files are below `folder`."""
    ready = saved.restore(folder / "world")
    world, stage = ready.world, Stage(ready.world, ready.people)
    kept = VaultReader(world).checkpoint().decode()
    # Two numbers leave and one does not, before chance takes over.
    stage.do(looks_up, 0, 1)
    stage.do(looks_up, 0, 4)
    world.alive()
    world.vault.round([stage.asks(stage.people[1], world.agency, 1), (
        "withdraw", {"by": world.lender.value(), "consent": stage.people[1].consent, "through": "lender"})])
    stage.do(looks_up, 2, 4)
    stage.do(looks_up, 2, 4)
    stage.do(restricts, 3, 3)
    stage.do(presses, 3, 0)
    mixed(world, stage)
    log = world.vault.desk.log
    save(VaultReader(world), folder / "log")
    agreed = [
        world.call("audit-lookup", by=world.auditor.value(), lookup=one.id)["replay"]["agrees"]
        for one in world.entries("lookup-decided/1")
    ]
    made = Past([leaf for _, leaf in log.leaves(0, log.size)], folder / "log",
                world.vault.call("keys", {})["log_vkey"], kept, agreed)
    world.vault.close()
    return made


def other(name: str, value: Any) -> Iterator[Any]:
    """The same member with another value of its own shape."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, 0)
    elif isinstance(value, list):
        yield from ([], value[1:], value[::-1], [*value, "line-cap"]) if name in ("reasons", "system") else (
            value[1:], [*value, value[0]] if value else [{"zone": "Asia/Shanghai", "minutes": 480}])
    elif isinstance(value, dict):
        yield from ({**value, key: one} for key in value for one in other(key, value[key]))
    elif name.endswith("_at"):
        yield from (stamp(parse_stamp(value) + 1), stamp(parse_stamp(value) - DAY))
    elif len(value) == 32:
        yield from ("0" * 32, value[::-1])
    else:
        yield {"permit": "deny", "deny": "permit", "1": "2", "no-answer": "not-alerted"}.get(value, "message")


ADDED = {"contact": "0" * 32, "line": "0" * 32, "approval": "0" * 32, "borrower": "0" * 32, "lender": "0" * 32,
         "expires_at": "2027-01-01T00:00:00.000Z", "local_date": "2026-11-25"}


def flips(leaf: bytes) -> Iterator[tuple[str, bytes]]:
    """The leaf with one member of its body changed, left out, or added."""
    value = canonical.decode(leaf)
    body = value["body"]
    for name in body:
        for changed in other(name, body[name]):
            if changed != body[name]:
                yield name, canonical.encode({**value, "body": {**body, name: changed}})
        yield name, canonical.encode({**value, "body": {one: body[one] for one in body if one != name}})
    if value["kind"] == "lookup-decided/1":
        for name in ADDED.keys() - body.keys():
            yield name, canonical.encode({**value, "body": {**body, name: ADDED[name]}})


@dataclass(frozen=True, slots=True)
class Lying:
    """A reader in whose bundles one leaf is another."""

    reader: Reader
    index: int
    leaf: bytes

    def checkpoint(self) -> bytes:
        return self.reader.checkpoint()

    def tile(self, tile: Tile) -> bytes:
        data = self.reader.tile(tile)
        place = self.index - 256 * tile.n
        if tile.level != ENTRIES or not 0 <= place < tile.width:
            return data
        entries = list(split_bundle(data, tile.width))
        entries[place] = self.leaf
        return pack_bundle(entries)
