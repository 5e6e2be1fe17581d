"""A round in memory: what is not integrated yet, how it becomes part of the log, and how it is thrown away.

After a failure nothing in memory is patched: it is thrown away and read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.tlog.tree import root_of
from registry.vault.log import startup
from registry.vault.log.opening import Opened
from registry.vault.log.operation import unavailable
from registry.vault.log.ports import Faults, Signer
from registry.vault.log.publishing import PublishingLog
from registry.vault.log.startup import prove_tiles

KEEP_EVERY = 50_000  # entries, which a start reads in less than a second


class RunningLog(PublishingLog):
    """The half that holds a round and survives its failure."""

    def __init__(self, opened: Opened, signer: Signer, faults: Faults) -> None:
        super().__init__(opened, signer, faults)
        self._memory, self._last = opened.memory, opened.memory.last
        self._waiting: list[bytes] = []  # leaf hashes of the round, not integrated yet
        self._failed: BaseException | None = None
        self._begun = self._lost = False  # whether the round holds a finished operation; whether SQLite lost it

    @property
    def _stale(self) -> bool:
        """Whether the log is to be read again before anything is written, or a history read."""
        return self._checked.stale

    @_stale.setter
    def _stale(self, stale: bool) -> None:
        self._checked.stale = stale

    @contextmanager
    def _or_read_again(self) -> Iterator[None]:
        """What fails inside has the log read again. Storage that failed becomes UnavailableError."""
        try:
            yield
        except BaseException as error:
            self._reload(error)
            if isinstance(error, sqlite3.Error | OSError):
                raise unavailable() from error
            raise

    def compare_rest(self, is_over: Callable[[], bool]) -> None:
        """Between rounds: goes on comparing what was not read at start, until that is over. Raises IntegrityError
        when something differs: stop the process; UnavailableError when storage fails."""
        if not self._checked.is_done and not self._store.in_transaction:
            with self._or_read_again():
                self._checked.go_on(is_over)

    def keep_state(self, every: int = KEEP_EVERY) -> None:
        """Between rounds: keeps what was folded, if the log is long and has grown by `every` entries since it was
        kept. Raises UnavailableError when storage fails."""
        if self._store.in_transaction or self.size <= startup.WHOLE or self.size - self._memory.kept < every:
            return
        with self._or_read_again():
            self._memory.keep(self._store, self._root)

    def distrust(self, cause: IntegrityError) -> None:
        """Something stored is not what was signed, whoever found it: nothing is answered any more, and the next start
        reads everything, and will not begin."""
        self._reload(cause)
        with suppress(sqlite3.Error, OSError, ConsentryError):  # where nothing can be written, it is found once more
            self._store.rollback()
            self._memory.forget(self._store)

    def _is_lost(self) -> bool:
        """Whether SQLite gave up the round's transaction, and with it operations that had succeeded: a full disk or
        an I/O error does that, also of a statement that only reads."""
        return self._lost or (self._begun and not self._store.in_transaction)

    def _integrate(self) -> None:
        if not self._store.in_transaction:
            return
        # What witnesses have cosigned meanwhile becomes durable with the round, not by a commit of its own.
        cosigned = self._cosigned()
        before = self._tree.size
        for value in self._waiting:
            self._tree.append(value)
        if self._tree.size != self.size:
            raise RuntimeError("the round in memory is not the one in the database")
        for level, n, hashes in self._tree.edge(before):
            self._store.put_tile(level, n, hashes)
        if self._waiting:
            self._root = self._tree.root()
        if self._waiting or cosigned is not None:
            self._store.put_head(self._tree.size, self._root, (cosigned or self._published).note)
        self._faults("inside-integrate")
        self._store.commit()  # from here on the entries are in the log for ever
        self._waiting, self._begun = [], False
        self._faults("integrated")
        if cosigned is not None:
            self._take_in(cosigned)

    def _reload(self, cause: BaseException) -> None:
        self._failed, self._stale = cause, False
        if isinstance(cause, IntegrityError):
            return
        try:
            self._read_again()
        except (UnavailableError, sqlite3.Error, OSError) as error:
            self._stale = True
            raise unavailable() from error
        self._failed = None

    def _read_again(self) -> None:
        self._kept.clear()
        self._store.rollback()
        size, root = self._store.size_and_root()
        self._tree, self._root = prove_tiles(self._store, size), root
        self._guarded = self._guard.read()
        guarded = self._guarded.checkpoint
        if (self._tree.root() != root or guarded.size > size
                or root_of(self._tree.node, guarded.size) != guarded.root):
            raise IntegrityError("the log's guard is not a checkpoint of its entries: an operator must look")
        self._last = self._memory.fold_again(self._store, size)
        self.size, self._waiting = size, []
        self._begun = self._lost = False
