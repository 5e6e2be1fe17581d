"""What the log asks of the database that keeps it: one Protocol, on SQLite (`sqlite.py`) and on PostgreSQL
(`on_postgresql.py`). Ids are 16 bytes, times milliseconds UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

Leaf = tuple[int, int, bytes]
"""index, at, leaf"""


class Store(Protocol):
    """The log's tables, for one thread. Nothing is written outside `begin` … `commit`; reads see what the running
    round has written.

    A method raises sqlite3.Error, or UnavailableError, when storage fails. After a `commit` that raised, the round
    may be in the database or not: read it again.
    """

    @property
    def in_transaction(self) -> bool: ...

    def begin(self) -> None: ...

    def savepoint(self) -> None:
        """Where `undo` goes back to: the beginning of one operation."""

    def release(self) -> None:
        """The operation succeeded: its savepoint is gone."""

    def undo(self) -> None:
        """Back to the savepoint, which is gone afterwards."""

    def commit(self) -> None:
        """Durable when this returns. Raises IntegrityError `lease-lost` when another vault has taken over."""

    def rollback(self) -> None:
        """Drops the round, if one has begun. Never raises because there is no connection."""

    def close(self) -> None: ...

    def check_lease(self) -> None:
        """Returns if this process is still the one that may answer. Raises IntegrityError `lease-lost` if another
        vault has taken over, UnavailableError when that cannot be told now."""

    def add_leaf(self, index: int, entry_id: bytes, at: int, leaf: bytes, rows: Mapping[bytes, bytes]) -> None:
        """Appends an entry and files it: `rows` says what under each subject."""

    def add_account(self, account: bytes, borrower: bytes) -> None:
        """Files an account under its borrower; the first entry that says so stands."""

    def by_id(self, entry_id: bytes) -> Leaf | None: ...

    def by_index(self, index: int) -> Leaf | None: ...

    def by_indices(self, indices: Sequence[int]) -> list[Leaf]:
        """Those of these leaves that there are, by one statement."""

    def range(self, start: int, end: int) -> Iterator[Leaf]:
        """Leaves of start <= index < end, ascending. Do not write while reading."""

    def everything(self, start: int = 0) -> Iterator[tuple[int, bytes, int, bytes]]:
        """(index, id, at, leaf) of the whole log from `start` on, ascending."""

    def histories_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, int, int, bytes]]:
        """Every (subject, index, at, what is filed) with low <= subject < high, each subject's ascending.

        Do not write while reading.
        """

    def accounts_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Every (account, borrower) with low <= account < high. Between rounds."""

    def ids_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, int]]:
        """(id, index) of every entry with low <= id < high. Between rounds."""

    def borrower_of(self, account: bytes) -> bytes | None: ...

    def put_tile(self, level: int, n: int, hashes: bytes) -> None: ...

    def tile(self, level: int, n: int) -> bytes | None: ...

    def tile_hashes(self, level: int, n: int) -> list[bytes]:
        """The hashes of a stored tile; none when there is no such tile."""

    def tile_row(self, level: int, start: int) -> Iterator[tuple[int, bytes]]:
        """(n, hashes) of every tile of a level from n = `start` on, ascending."""

    def put_state(self, sealed: bytes | None) -> None:
        """Keeps what was folded from the log (`memory.py`) in place of what was kept before; None keeps nothing."""

    def state(self) -> bytes | None: ...

    def put_head(self, size: int, root: bytes, published: str) -> None: ...

    def head(self) -> tuple[int, bytes, str] | None:
        """size, root and the checkpoint published before, as of the last integration."""

    def size_and_root(self) -> tuple[int, bytes]:
        """Size and root of what is integrated; those of the empty tree before anything is."""

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: bytes, wall: int) -> None: ...

    def forget(self, wall: int) -> None:
        """Deletes what was remembered at or before `wall`; looks once a minute."""

    def remembered(self, scope: str, key: str) -> tuple[bytes, bytes, int] | None:
        """fingerprint, answer, wall."""
