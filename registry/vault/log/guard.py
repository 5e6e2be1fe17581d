"""The guard: a second file that remembers the last checkpoint we signed, whatever happens to the database.

A database restored from a backup, or two vaults on copies of one, would sign a second history. The guard refuses:
it only moves forward, and it is locked for as long as a vault uses it. Who holds the file can stop the vault,
nothing else. Two slots of 4 KiB are written in turn, so that a torn write leaves the other one whole.

What a write that failed has left in the page cache need not be on the disk, and is never written again by itself: it
is before it is believed (ADR 21). The same holds at start, for what a process that died has left.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.durable import sync
from registry.errors import IntegrityError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier

FILE = "guard"
SLOT = 4096
_SLOT = re.compile(
    rb"consentry-guard/1\n(?P<turn>0|[1-9][0-9]{0,17})\n(?P<digest>[0-9a-f]{64})\n(?P<note>[^\0]+)\0*\Z"
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the guard holds: the `turn`-th note it was given, and the checkpoint in it."""

    turn: int
    note: str
    checkpoint: Checkpoint


class Guard:
    """The guard file, locked. Every read takes the newest whole slot."""

    def __init__(self, path: Path, verifier: Verifier) -> None:
        """Raises IntegrityError when there is none, UnavailableError when another vault holds it."""
        self._path = path
        self._verifier = verifier
        self._unsure = True  # whether the newest slot may be in the page cache alone
        self._seen: bytes | None = None  # the file as it was read or written last,
        self._told = (0, b"")  # and (turn, note) of its newest slot then
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise IntegrityError(
                f"the log's guard file {path} is missing: put it back from where it went; a log without it could "
                "sign a second history"
            ) from error
        # Also closes (and so unlocks) when a vault is dropped without being closed.
        self._closing = weakref.finalize(self, os.close, self._file)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise UnavailableError(
                f"another vault is running on {path.parent}: stop it first", code="log-locked"
            ) from error

    def close(self) -> None:
        """Lets go of the lock."""
        self._closing()

    @classmethod
    def begin(cls, path: Path, note: str) -> None:
        """Makes the file, whole or not at all, with its first checkpoint. Replaces what is there."""
        fresh = path.with_suffix(".new")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write(file, _slot(0, note) * 2, 0)
            os.fsync(file)
        finally:
            os.close(file)
        fresh.rename(path)
        sync(path.parent)

    def read(self) -> Guarded:
        """The newest whole slot, durable. Raises IntegrityError when none is, or its note is not by our key; OSError
        when it cannot be made durable."""
        turn, note = self._newest()
        try:
            guarded = Guarded(turn, note.decode(), open_checkpoint(note, self._verifier))
        except TlogError as error:
            raise IntegrityError("the log's guard holds a checkpoint that our key did not sign") from error
        if self._unsure:
            # In its own place: the bytes are the same, and the other slot is what a power cut now would leave.
            self._put(turn, guarded.note)
        return guarded

    def advance(self, since: Guarded, note: str, checkpoint: Checkpoint) -> Guarded:
        """Compare-and-swap: the freshly signed `note` takes the place of `since`. Durable when this returns.

        Raises IntegrityError when the file holds anything else or would go back, OSError when writing fails.
        """
        if self._newest() != (since.turn, since.note.encode()):
            raise IntegrityError(
                f"the log's guard in {self._path.parent} was moved, and not by us: another vault may be signing "
                "with this key; stop both and compare their checkpoints"
            )
        old = since.checkpoint
        if checkpoint.size < old.size or (checkpoint.size == old.size and checkpoint.root != old.root):
            raise IntegrityError("the log was about to sign a second history; an operator must look")
        turn = since.turn + 1
        self._put(turn, note)
        return Guarded(turn, note, checkpoint)

    def _put(self, turn: int, note: str) -> None:
        self._unsure = True
        # In place, in a file that never grows: what is to be durable is one block, and no size, name or folder.
        start, slot, seen = SLOT * (turn % 2), _slot(turn, note), self._seen
        self._seen = None
        _write(self._file, slot, start)
        os.fdatasync(self._file)
        self._unsure = False
        if seen is not None:
            self._seen, self._told = seen[:start] + slot + seen[start + SLOT:], (turn, note.encode())

    def _newest(self) -> tuple[int, bytes]:
        """The file is read each time, by one call; bytes that were read or written last time are not parsed again."""
        data = os.pread(self._file, 2 * SLOT, 0)
        if data != self._seen:
            self._told = _newest_of([data[:SLOT], data[SLOT:]])
            self._seen = data
        return self._told


def peek(path: Path) -> str:
    """The newest note in a guard file, whoever holds its lock. Raises IntegrityError, OSError."""
    data = path.read_bytes()
    return _newest_of([data[start:start + SLOT] for start in (0, SLOT)])[1].decode()


def _newest_of(slots: Sequence[bytes]) -> tuple[int, bytes]:
    """(turn, note) of the newest whole slot."""
    whole = [
        (int(match["turn"]), match["note"]) for slot in slots
        if (match := _SLOT.match(slot)) is not None and _digest(match["turn"], match["note"]) == match["digest"]
    ]
    if not whole:
        raise IntegrityError("the log's guard file is damaged in both slots: put it back from its copy")
    return max(whole)


def _write(file: int, data: bytes, start: int) -> None:
    if os.pwrite(file, data, start) != len(data):
        raise OSError(errno.EIO, "the guard was written in part")


def _digest(turn: bytes, note: bytes) -> bytes:
    return hashlib.sha256(turn + b"\n" + note).hexdigest().encode()


def _slot(turn: int, note: str) -> bytes:
    number, text = str(turn).encode(), note.encode()
    data = b"\n".join((b"consentry-guard/1", number, _digest(number, text), text))
    if len(data) > SLOT:
        raise IntegrityError("the checkpoint is too long for the guard")
    return data.ljust(SLOT, b"\0")
