"""The log's tables on PostgreSQL. A round rests in memory until it is committed, and reads look there first: so a
round costs one trip, and whatever happens to the connection before costs nothing.

Statements are written by hand: prepared, parameters and results in binary, a table's rows of one round as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg

from registry.errors import MalformedError
from registry.model.times import MINUTE
from registry.tlog.tiles import split_hashes
from registry.tlog.tree import EMPTY_ROOT, HASH_SIZE
from registry.vault.connecting import Driver, Link, told, unavailable
from registry.vault.log.fencing import HELD
from registry.vault.log.store import Leaf
from registry.vault.log.unsent import NOTHING, Round, writes

PAGE = 2_000  # rows a trip where everything is read
Row = tuple[Any, ...]

BY_ID = 'SELECT "index", at, leaf FROM leaves WHERE id = $1::bytea'
BY_INDEX = 'SELECT "index", at, leaf FROM leaves WHERE "index" = $1::int8'
BY_INDICES = 'SELECT "index", at, leaf FROM leaves WHERE "index" = ANY($1::int8[])'
RANGE = """
    SELECT "index", at, leaf FROM leaves WHERE "index" >= $1::int8 AND "index" < $2::int8
    ORDER BY "index" LIMIT $3::int8
"""
EVERYTHING = 'SELECT "index", id, at, leaf FROM leaves WHERE "index" >= $1::int8 ORDER BY "index" LIMIT $2::int8'
TILE = "SELECT hashes FROM tiles WHERE level = $1::int8 AND n = $2::int8"
HEAD = "SELECT size, root, published FROM head"
BORROWER = "SELECT borrower FROM accounts WHERE account = $1::bytea"
ANSWER = "SELECT fingerprint, answer, wall FROM idempotency WHERE scope = $1::text AND key = $2::text"
HISTORIES_BETWEEN = """
    SELECT subject, "index", at, leaf FROM history WHERE (subject, "index") > ($1::bytea, $2::int8)
    AND subject < $3::bytea ORDER BY subject, "index" LIMIT $4::int8
"""
ACCOUNTS_BETWEEN = """
    SELECT account, borrower FROM accounts WHERE account >= $1::bytea AND account < $2::bytea
    ORDER BY account LIMIT $3::int8
"""
IDS_BETWEEN = 'SELECT id, "index" FROM leaves WHERE id >= $1::bytea AND id < $2::bytea ORDER BY id LIMIT $3::int8'
TILE_ROW = "SELECT n, hashes FROM tiles WHERE level = $1::int8 AND n >= $2::int8 ORDER BY n LIMIT $3::int8"
STATE = "SELECT sealed FROM state"


class PostgresqlStore:
    """The tables behind one connection, written under a lease. What each method promises says `Store`."""

    def __init__(self, link: Link, epoch: int, check_lease: Callable[[], None]) -> None:
        self._link, self._epoch = link, epoch
        self.check_lease = check_lease
        self._round: Round | None = None
        self._before = Round()
        self._forgot = 0

    @property
    def in_transaction(self) -> bool:
        return self._round is not None

    def begin(self) -> None:
        self._round = Round()

    def savepoint(self) -> None:
        self._before = self._running.copy()

    def release(self) -> None:
        self._before = Round()

    def undo(self) -> None:
        self._round, self._before = self._before, Round()

    def commit(self) -> None:
        running = self._running
        with told():
            driver = self._link.driver()
            with driver.pipeline():
                driver.execute("BEGIN")
                _run(driver, HELD, (self._epoch,))
                for statement, parameters in writes(running):
                    _run(driver, statement, parameters)
                done = driver.execute("COMMIT")
            if done.statusmessage != "COMMIT":
                raise unavailable()
        self._round = None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """For somebody who holds nothing: everything read inside is of one moment."""
        with told():
            self._link.driver().execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._link.rollback()

    def rollback(self) -> None:
        # What failed may still be under way there: only a new connection, which waits for the end of the one before,
        # reads what has become of it.
        self._round = None
        self._link.close()

    def close(self) -> None:
        self._link.close()

    def add_leaf(self, index: int, entry_id: bytes, at: int, leaf: bytes, rows: Mapping[bytes, bytes]) -> None:
        running = self._running
        running.leaves.append((index, entry_id, at, leaf))
        running.history.extend((subject, index, at, filed) for subject, filed in rows.items())

    def add_account(self, account: bytes, borrower: bytes) -> None:
        self._running.accounts.setdefault(account, borrower)

    def by_id(self, entry_id: bytes) -> Leaf | None:
        for index, known, at, leaf in self._pending.leaves:
            if known == entry_id:
                return index, at, leaf
        return cast("Leaf | None", self._one(BY_ID, (entry_id,)))

    def by_index(self, index: int) -> Leaf | None:
        pending = self._pending.leaves
        if pending and index >= pending[0][0]:
            return next(((row[0], row[2], row[3]) for row in pending if row[0] == index), None)
        return cast("Leaf | None", self._one(BY_INDEX, (index,)))

    def by_indices(self, indices: Sequence[int]) -> list[Leaf]:
        pending = [(row[0], row[2], row[3]) for row in self._pending.leaves if row[0] in indices]
        return [*cast("list[Leaf]", self._all(BY_INDICES, (list(indices),))), *pending]

    def range(self, start: int, end: int) -> Iterator[Leaf]:
        for page in self._pages(lambda last: (RANGE, (start if last is None else last[0] + 1, end, PAGE))):
            yield from cast("list[Leaf]", page)
        yield from ((index, at, leaf) for index, _, at, leaf in self._pending.leaves if start <= index < end)

    def everything(self, start: int = 0) -> Iterator[tuple[int, bytes, int, bytes]]:
        for page in self._pages(lambda last: (EVERYTHING, (start if last is None else last[0] + 1, PAGE))):
            yield from cast("list[tuple[int, bytes, int, bytes]]", page)
        yield from (row for row in self._pending.leaves if row[0] >= start)

    def histories_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, int, int, bytes]]:
        for page in self._pages(
            lambda last: (HISTORIES_BETWEEN, ((low, -1) if last is None else last[:2]) + (high, PAGE))
        ):
            yield from cast("list[tuple[bytes, int, int, bytes]]", page)
        yield from (row for row in self._pending.history if low <= row[0] < high)

    def accounts_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        for page in self._pages(lambda last: (ACCOUNTS_BETWEEN, (_from(low, last), high, PAGE))):
            yield from cast("list[tuple[bytes, bytes]]", page)

    def ids_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, int]]:
        for page in self._pages(lambda last: (IDS_BETWEEN, (_from(low, last), high, PAGE))):
            yield from cast("list[tuple[bytes, int]]", page)

    def tile_row(self, level: int, start: int) -> Iterator[tuple[int, bytes]]:
        for page in self._pages(lambda last: (TILE_ROW, (level, start if last is None else last[0] + 1, PAGE))):
            yield from cast("list[tuple[int, bytes]]", page)

    def put_state(self, sealed: bytes | None) -> None:
        self._running.state = [sealed]

    def state(self) -> bytes | None:
        row = self._one(STATE, ())
        return None if row is None else cast(bytes, row[0])

    def borrower_of(self, account: bytes) -> bytes | None:
        row = self._one(BORROWER, (account,))
        return self._pending.accounts.get(account) if row is None else cast(bytes, row[0])

    def put_tile(self, level: int, n: int, hashes: bytes) -> None:
        self._running.tiles[level, n] = hashes

    def tile(self, level: int, n: int) -> bytes | None:
        pending = self._pending.tiles.get((level, n))
        if pending is not None:
            return pending
        row = self._one(TILE, (level, n))
        return None if row is None else cast(bytes, row[0])

    def tile_hashes(self, level: int, n: int) -> list[bytes]:
        data = self.tile(level, n) or b""
        return split_hashes(data, len(data) // HASH_SIZE)

    def put_head(self, size: int, root: bytes, published: str) -> None:
        self._running.head = (size, root, published)

    def head(self) -> tuple[int, bytes, str] | None:
        return self._pending.head or cast("tuple[int, bytes, str] | None", self._one(HEAD, ()))

    def size_and_root(self) -> tuple[int, bytes]:
        head = self.head()
        return (0, EMPTY_ROOT) if head is None else head[:2]

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: bytes, wall: int) -> None:
        if "\0" in scope or "\0" in key:
            raise MalformedError("an idempotency key holds no NUL")  # PostgreSQL's text cannot, SQLite's can
        self._running.answers[scope, key] = (fingerprint, answer, wall)

    def forget(self, wall: int) -> None:
        if not 0 <= wall - self._forgot < MINUTE:
            self._running.forget = wall
            self._forgot = wall

    def remembered(self, scope: str, key: str) -> tuple[bytes, bytes, int] | None:
        pending = self._pending.answers.get((scope, key))
        if pending is not None or "\0" in scope + key:
            return pending
        return cast("tuple[bytes, bytes, int] | None", self._one(ANSWER, (scope, key)))

    @property
    def _running(self) -> Round:
        if self._round is None:
            raise RuntimeError("no round has begun")
        return self._round

    @property
    def _pending(self) -> Round:
        return self._round or NOTHING

    def _one(self, statement: str, parameters: Row) -> Row | None:
        return self._link.read(lambda driver: _run(driver, statement, parameters).fetchone())

    def _all(self, statement: str, parameters: Row) -> list[Row]:
        return self._link.read(lambda driver: _run(driver, statement, parameters).fetchall())

    def _pages(self, ask: Callable[[Row | None], tuple[str, Row]]) -> Iterator[list[Row]]:
        """Rows a page at a time, so that other statements may run in between; `ask` is given the last row read."""
        last: Row | None = None
        while page := self._all(*ask(last)):
            yield page
            last = page[-1]


def _from(low: bytes, last: Row | None) -> bytes:
    """The first key of the next page: the one right behind the last."""
    return low if last is None else cast(bytes, last[0]) + b"\0"


def _run(driver: Driver, statement: str, parameters: Row) -> psycopg.RawCursor[Any]:
    return psycopg.RawCursor(driver).execute(statement.encode(), parameters, prepare=True, binary=True)
