"""A checkpoint that the log has stated: its signed note, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass

from registry.tlog.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Stated:
    """A signed note, with or without cosignatures, and its checkpoint."""

    note: str
    checkpoint: Checkpoint

    @property
    def size(self) -> int:
        return self.checkpoint.size
