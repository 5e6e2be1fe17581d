"""A world that is made once and copied: everybody in it is verifiably unreachable on day 0 at 10:00, and approved."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from pathlib import Path

from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Vault
from tests.databases import copy_of
from tests.world import Person, World, WorldClock

PEOPLE = 5


@dataclass(slots=True)
class Ready:
    """A running world and its people."""

    world: World
    people: list[Person]


@dataclass(slots=True)
class Saved:
    """A closed world. Never opened again itself."""

    world: World
    people: list[Person]

    @classmethod
    def make(
        cls, folder: Path, people: int = PEOPLE, kind: type[World] = World, unapproved: int = 0,
    ) -> Saved:
        """`unapproved`: so many of the last ones lack an officer's approval, and nothing else."""
        folder.mkdir()
        world = kind(folder)
        found = world.unreachables(people, approve=False)
        for person in found[:people - unapproved]:
            world.approve(person)
        world.vault.close()
        return cls(world, found)

    def restore(self, folder: Path, vault: type[Vault] = Vault) -> Ready:
        """The same world in another folder, as after a restart."""
        copy_of(self.world.folder, folder)
        world = copy.copy(self.world)
        world.folder, world.clock = folder, WorldClock(self.world.clock.at)
        world.blobs, world.outbox = dict(self.world.blobs), list(self.world.outbox)
        world.kek = KeyFile(folder / "outside.key", os.urandom)
        world.vault = vault.open(folder / "vault", world.kek, world.clock, os.urandom, demo=True)
        return Ready(world, [copy.copy(one) for one in self.people])
