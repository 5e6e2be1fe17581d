"""The vault's log: the one writer of order and of time (LOG.md section 2).

A round: operations append inside one transaction; `commit` integrates them (durable), signs the checkpoint, moves
the guard, publishes. With witnesses it is `feed` that publishes: what their quorum has cosigned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from registry.errors import ConflictError, IntegrityError, UnavailableError
from registry.model.entries import Draft, Entry, leaf, trusted_entry
from registry.tlog.tree import leaf_hash
from registry.vault.log.feeder import Feeder
from registry.vault.log.filing import account_filed, id_bytes, rows_of
from registry.vault.log.memory import Keeper, Memory
from registry.vault.log.opening import Elsewhere, Opened, create_log, open_log
from registry.vault.log.operation import Operation, never_back, unavailable
from registry.vault.log.ports import Clock, Faults, Observer, Signer, no_faults
from registry.vault.log.reading import REMEMBERED
from registry.vault.log.running import RunningLog


class Log(RunningLog):
    """One log in one folder: `create` or `open` it, and `close` it to let another open the folder."""

    def __init__(self, opened: Opened, signer: Signer, clock: Clock, faults: Faults) -> None:
        super().__init__(opened, signer, faults)
        self._clock = clock

    @classmethod
    def create(
        cls, folder: Path, signer: Signer, clock: Clock, observer: Observer, genesis: Draft,
        *, faults: Faults = no_faults, postgresql: Elsewhere | None = None, keeper: Keeper | None = None,
    ) -> Log:
        """A new log whose entry 0 is `genesis`, published. Completes a creation that was cut short.

        Raises ConflictError when the folder already holds entries.
        """
        memory = Memory(observer, keeper)
        log = cls(create_log(folder, signer, genesis, memory, postgresql), signer, clock, faults)
        with ExitStack() as on_failure:
            on_failure.callback(log.close)
            memory.reset()
            with log.operation():
                log.append(genesis)
            log.commit()
            on_failure.pop_all()
        return log

    @classmethod
    def open(
        cls, folder: Path, signer: Signer, clock: Clock, observer: Observer, *, faults: Faults = no_faults,
        postgresql: Elsewhere | None = None, keeper: Keeper | None = None,
    ) -> Log:
        """The log in a folder, compared with head, tiles, guard and the last published checkpoint: every entry, or of
        a long log every one since the state that `keeper` has sealed (`startup.py`). The observer then knows all
        entries; what was integrated but not signed is signed now.

        Raises IntegrityError saying what to do, UnavailableError when another vault has it open.
        """
        log = cls(open_log(folder, signer, Memory(observer, keeper), postgresql), signer, clock, faults)
        with ExitStack() as on_failure:
            on_failure.callback(log.close)
            log.commit()
            on_failure.pop_all()
        return log

    def close(self) -> None:
        """Drops an unfinished round; lets go of the folder and of the witnesses."""
        if self.feeder is not None:
            self.feeder.close()
        self._store.close()
        self._guard.close()

    @contextmanager
    def operation(self) -> Iterator[int]:
        """One operation of a round, all or nothing. Yields `at`, the `logged_at` of every entry appended inside.

        The observer gets the entries when the block has succeeded. An exception inside undoes the operation alone.
        Raises ConsentryError `clock-untrusted` when the clock is more than a second behind the last entry.
        """
        self._check()
        operation = self._operation = Operation(never_back(self._clock.now(), self._last))
        try:
            yield operation.at
            if operation.torn:
                raise unavailable()  # whoever was inside has caught the error of a half-done write
            operation.folding = True
            for entry, data, rows in zip(operation.entries, operation.leaves, operation.rows, strict=True):
                self._memory.fold(entry, data, rows)
            if operation.written:
                self._store.release()
        except BaseException as error:
            self._undo(operation, error)
            if isinstance(error, sqlite3.Error):
                raise unavailable() from error
            raise
        finally:
            self._operation = None
        self._waiting += operation.hashes
        self._begun = self._begun or operation.written
        if operation.entries:
            self._last = operation.at

    def append(self, draft: Draft, *, fresh: bool = False) -> Entry:
        """Stamps a draft and appends it, inside an operation. The one function that writes `logged_at`.

        The same id and bytes again: the entry it already is. Raises ConflictError `id-conflict` on the same id with
        other bytes (none has it: `fresh`), CanonicalError or MalformedError when the draft cannot be an entry.
        """
        operation, entry_id = self._inside(), id_bytes(draft.id)
        self._faults("received")
        known = None if fresh else self._checked.by_id(entry_id)
        if known is not None:
            if leaf(draft, known[1]) != known[2]:
                raise ConflictError("this id belongs to another entry", code="id-conflict", pointer="/id")
            return trusted_entry(*known)
        data = leaf(draft, operation.at)
        entry = trusted_entry(self.size, operation.at, data)
        rows, account = rows_of(entry, data), account_filed(entry)
        for key in (entry_id, *rows):
            self._checked.shelf(key)  # what is compared holds nothing yet of a round that may be undone
        self._begin_writing(operation)
        self._store.add_leaf(self.size, entry_id, operation.at, data, rows)
        if account is not None:
            self._store.add_account(*account)
        operation.torn = False
        self._kept.extend(rows, entry)
        operation.entries.append(entry)
        operation.leaves.append(data)
        operation.hashes.append(leaf_hash(data))
        operation.rows.append(rows)
        self.size += 1
        return entry

    def commit(self) -> None:
        """Integrates the round, signs, guards, publishes unless witnesses must cosign. Nothing to do is nothing done.

        Raises UnavailableError when storage fails: the round is then unanswered, though its entries may be in the
        log. Raises IntegrityError when the guard refuses: stop the process.
        """
        self._check()
        with self._or_read_again():
            if self._is_lost():
                raise unavailable()
            self._integrate()
            self._sign()

    def recover(self) -> None:
        """Between rounds: reads the log again where storage failed, before anything rests on it. Raises
        UnavailableError while it cannot be read."""
        self._check()

    def watched_by(self, feeder: Feeder, *, before: bool) -> None:
        """From now on nothing is published but what the feeder's quorum has cosigned. What was published in an
        earlier life stays so: with witnesses `before`, what is recorded; without, everything signed."""
        self._check()
        self._watched_by(feeder, before=before)

    def feed(self) -> None:
        """Between rounds: hears the witnesses, publishes what their quorum has cosigned, hands them the newest.

        Raises UnavailableError when storage fails: nothing is published then.
        """
        if self.feeder is None:
            return
        self._check()
        with self._or_read_again():
            self._hear(self.feeder)

    def abandon(self) -> None:
        """Throws the unfinished round away: what its entries rest on elsewhere could not be made durable."""
        with suppress(UnavailableError):  # what cannot be read again now is, before anything more is written
            self._check()
            self._reload(unavailable())

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: bytes, wall: int) -> None:
        """Keeps an answer for 24 hours and perhaps a minute, inside an operation: durable with its entries."""
        operation = self._inside()
        self._begin_writing(operation)
        self._store.remember(scope, key, fingerprint, answer, wall)
        self._store.forget(wall - REMEMBERED)
        operation.torn = False

    def _check(self) -> None:
        if self._stale:
            self._reload(unavailable())
        if self._failed is not None:
            raise IntegrityError("the log stopped at an earlier error: restart the vault") from self._failed
        if self._operation is not None:
            raise RuntimeError("an operation is still running")

    def _inside(self) -> Operation:
        if self._operation is not None:
            return self._operation
        raise RuntimeError("entries and answers are written inside an operation")

    def _begin_writing(self, operation: Operation) -> None:
        # A round's transaction and an operation's savepoint begin with its first write: reading costs neither. Who
        # calls says when the write is whole.
        if operation.torn:
            raise unavailable()
        if not operation.written:
            self._lost = self._is_lost()
            if self._lost:
                raise unavailable()
            if not self._store.in_transaction:
                self._store.begin()
            self._store.savepoint()
            operation.written = True
        operation.torn = True

    def _undo(self, operation: Operation, cause: BaseException) -> None:
        self._failed = cause  # until it is undone
        if operation.written:
            self._kept.clear()
        self.size -= len(operation.entries)
        self._lost = self._is_lost()
        if operation.written and self._store.in_transaction:
            self._store.undo()
        if operation.folding and operation.entries:
            self._memory.fold_again(self._store, self._tree.size)
        self._failed = None
