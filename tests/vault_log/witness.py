"""Somebody who saw every checkpoint that was ever signed, and who checks that one log answers for all of them."""

from __future__ import annotations

from registry.tlog.checkpoint import parse_checkpoint
from registry.tlog.tree import leaf_hash
from registry.vault.log import Log
from tests.tlog.naive import mth
from tests.vault_log.world import Key, Recorder


class WatchedKey(Key):
    """A key that keeps each text it signs."""

    def __init__(self) -> None:
        super().__init__()
        self.signed: list[bytes] = []

    def sign(self, text: bytes) -> bytes:
        self.signed.append(text)
        return super().sign(text)


def assert_no_fork(log: Log, signed: list[bytes]) -> None:
    """Every checkpoint ever signed is a prefix of this log."""
    leaves = [data for _, data in log.leaves(0, log.published)]
    for text in signed:
        checkpoint = parse_checkpoint(text.decode())
        assert checkpoint.size <= len(leaves), "a signed checkpoint is larger than the log"
        assert mth(leaves[: checkpoint.size]) == checkpoint.root, f"size {checkpoint.size} was signed otherwise"


def assert_whole(log: Log, observer: Recorder) -> None:
    """Published, provable, and folded exactly once."""
    assert log.size == log.published == len(observer.entries)
    for entry in observer.entries:
        assert log.find(entry.id) == entry
        assert f"index {entry.index}\n" in log.proof(entry.index)
        assert entry.draft.kind == "genesis/1" or entry in log.histories([entry.body["borrower"]])[
            entry.body["borrower"]
        ]
    assert leaf_hash(log.leaves(0, 1)[0][1])
