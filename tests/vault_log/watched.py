"""A log and the quorum that watches it, and the time that passes between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from registry.tlog.cosignature import verify_cosignatures
from registry.vault.log.feeder_ports import Patience
from tests.quorum import Quorum
from tests.vault_log.world import START, World, life


class Watched:
    """A log and the quorum that watches it."""

    def __init__(self, folder: Path, names: str = "abc", k: int = 2, patience: Patience | None = None,
                 world: Callable[[Path], World] = World) -> None:
        self.wall = START
        self.world = world(folder)
        self.quorum = Quorum(str(self.world.key.verifier), lambda: self.wall, tuple(names), k, patience)
        self.log = self.world.log
        self.meet(before=False)

    def meet(self, *, before: bool) -> None:
        self.feeder = self.quorum.feeder()
        self.log.watched_by(self.feeder, before=before)

    def reopen(self, **changed: object) -> None:
        self.log = self.world.reopen(**changed)
        self.meet(before=True)

    def add(self, count: int = 1) -> int:
        """Entries of one round, signed; the size after them."""
        self.world.add(*(life(self.world.fresh()) for _ in range(count)))
        self.log.feed()
        return self.log.size

    def run(self, seconds: float) -> None:
        """Lets time pass as the vault's loop does, its eyes open."""
        wire = self.quorum.wire
        end = wire.now + seconds
        while wire.now < end:
            before = wire.now
            wire.wait(min(0.05, end - wire.now))
            self.wall += round((wire.now - before) * 1000)
            self.log.feed()

    def cosigners(self) -> set[str]:
        return {one.name for one in verify_cosignatures(self.log.checkpoint(), self.feeder.policy.verifiers)}
