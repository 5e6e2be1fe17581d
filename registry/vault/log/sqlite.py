"""The log's tables on SQLite. Statements are written in SQLAlchemy Core and compiled once.

The hot ones then run on the driver's connection: building and compiling a SELECT costs more than SQLite running it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.sql import ClauseElement

from registry.model.times import MINUTE
from registry.storage import write_again
from registry.tlog.tiles import split_hashes
from registry.tlog.tree import EMPTY_ROOT, HASH_SIZE
from registry.vault.log.store import Leaf
from registry.vault.log.tables import accounts, head, history, idempotency, leaves, state, tiles

DIALECT = sqlite.dialect(paramstyle="qmark")


def sql(statement: ClauseElement) -> str:
    """The text of a statement; parameters in the order they are written, an insert's in the order of columns."""
    return str(statement.compile(dialect=DIALECT))


INSERT_LEAF = sql(insert(leaves))
INSERT_HISTORY = sql(insert(history))
INSERT_ACCOUNT = sql(upsert(accounts).on_conflict_do_nothing())
PUT_TILE = sql(insert(tiles).prefix_with("OR REPLACE"))
PUT_HEAD = sql(insert(head).prefix_with("OR REPLACE"))
PUT_ANSWER = sql(insert(idempotency).prefix_with("OR REPLACE"))
FORGET = sql(delete(idempotency).where(idempotency.c.wall <= bindparam("wall")))
_LEAF = (leaves.c.index, leaves.c.at, leaves.c.leaf)
BY_ID = sql(select(*_LEAF).where(leaves.c.id == bindparam("id")))
BY_INDEX = sql(select(*_LEAF).where(leaves.c.index == bindparam("index")))
_WANTED = func.json_each(bindparam("indices")).table_valued("value")  # one parameter, however many there are
BY_INDICES = sql(select(*_LEAF).where(leaves.c.index.in_(select(_WANTED.c.value))))
RANGE = sql(
    select(*_LEAF).where(leaves.c.index >= bindparam("start"), leaves.c.index < bindparam("end"))
    .order_by(leaves.c.index)
)
EVERYTHING = sql(
    select(leaves.c.index, leaves.c.id, leaves.c.at, leaves.c.leaf)
    .where(leaves.c.index >= bindparam("start")).order_by(leaves.c.index)
)
TILE = sql(select(tiles.c.hashes).where(tiles.c.level == bindparam("level"), tiles.c.n == bindparam("n")))
TILE_ROW = sql(
    select(tiles.c.n, tiles.c.hashes).where(tiles.c.level == bindparam("level"), tiles.c.n >= bindparam("start"))
    .order_by(tiles.c.n)
)
PUT_STATE = sql(insert(state).prefix_with("OR REPLACE"))
FORGET_STATE = sql(delete(state))
STATE = sql(select(state.c.sealed))
HEAD = sql(select(head.c.size, head.c.root, head.c.published))
BORROWER = sql(select(accounts.c.borrower).where(accounts.c.account == bindparam("account")))
ANSWER = sql(
    select(idempotency.c.fingerprint, idempotency.c.answer, idempotency.c.wall)
    .where(idempotency.c.scope == bindparam("scope"), idempotency.c.key == bindparam("key"))
)
HISTORIES_BETWEEN = sql(
    select(history.c.subject, history.c.index, history.c.at, history.c.leaf)
    .where(history.c.subject >= bindparam("low"), history.c.subject < bindparam("high"))
    .order_by(history.c.subject, history.c.index)
)
ACCOUNTS_BETWEEN = sql(
    select(accounts.c.account, accounts.c.borrower)
    .where(accounts.c.account >= bindparam("low"), accounts.c.account < bindparam("high"))
)
IDS_BETWEEN = sql(
    select(leaves.c.id, leaves.c.index).where(leaves.c.id >= bindparam("low"), leaves.c.id < bindparam("high"))
)


class SqliteStore:
    """The tables behind one connection. What each method promises says `Store`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        self._run = self._driver.execute
        self._forgot = 0
        self._unsure = False

    @property
    def in_transaction(self) -> bool:
        return self._driver.in_transaction

    def begin(self) -> None:
        if self._unsure:
            write_again(self._driver)
            self._unsure = False
        self._run("BEGIN IMMEDIATE")

    def savepoint(self) -> None:
        self._run("SAVEPOINT operation")

    def release(self) -> None:
        self._run("RELEASE operation")

    def undo(self) -> None:
        self._run("ROLLBACK TO operation")
        self._run("RELEASE operation")

    def commit(self) -> None:
        self._unsure = True  # what a sync that failed leaves behind is not built upon
        self._run("COMMIT")
        self._unsure = False

    def rollback(self) -> None:
        if self._driver.in_transaction:
            self._run("ROLLBACK")

    def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    def check_lease(self) -> None:
        """Nothing to look at: the guard beside the file is locked for as long as this process lives."""

    def add_leaf(self, index: int, entry_id: bytes, at: int, leaf: bytes, rows: Mapping[bytes, bytes]) -> None:
        self._run(INSERT_LEAF, (index, entry_id, at, leaf))
        for subject, filed in rows.items():
            self._run(INSERT_HISTORY, (subject, index, at, filed))

    def add_account(self, account: bytes, borrower: bytes) -> None:
        self._run(INSERT_ACCOUNT, (account, borrower))

    def by_id(self, entry_id: bytes) -> Leaf | None:
        return cast("Leaf | None", self._run(BY_ID, (entry_id,)).fetchone())

    def by_index(self, index: int) -> Leaf | None:
        return cast("Leaf | None", self._run(BY_INDEX, (index,)).fetchone())

    def by_indices(self, indices: Sequence[int]) -> list[Leaf]:
        return self._run(BY_INDICES, (json.dumps(indices),)).fetchall()

    def range(self, start: int, end: int) -> Iterator[Leaf]:
        return self._run(RANGE, (start, end))

    def everything(self, start: int = 0) -> Iterator[tuple[int, bytes, int, bytes]]:
        return self._run(EVERYTHING, (start,))

    def histories_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, int, int, bytes]]:
        return self._run(HISTORIES_BETWEEN, (low, high))

    def accounts_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._run(ACCOUNTS_BETWEEN, (low, high))

    def ids_between(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, int]]:
        return self._run(IDS_BETWEEN, (low, high))

    def borrower_of(self, account: bytes) -> bytes | None:
        row = self._run(BORROWER, (account,)).fetchone()
        return None if row is None else cast(bytes, row[0])

    def put_tile(self, level: int, n: int, hashes: bytes) -> None:
        self._run(PUT_TILE, (level, n, hashes))

    def tile(self, level: int, n: int) -> bytes | None:
        row = self._run(TILE, (level, n)).fetchone()
        return None if row is None else cast(bytes, row[0])

    def tile_hashes(self, level: int, n: int) -> list[bytes]:
        data = self.tile(level, n) or b""
        return split_hashes(data, len(data) // HASH_SIZE)

    def tile_row(self, level: int, start: int) -> Iterator[tuple[int, bytes]]:
        return self._run(TILE_ROW, (level, start))

    def put_state(self, sealed: bytes | None) -> None:
        self._run(FORGET_STATE) if sealed is None else self._run(PUT_STATE, (1, sealed))

    def state(self) -> bytes | None:
        row = self._run(STATE).fetchone()
        return None if row is None else cast(bytes, row[0])

    def put_head(self, size: int, root: bytes, published: str) -> None:
        self._run(PUT_HEAD, (1, size, root, published))

    def head(self) -> tuple[int, bytes, str] | None:
        return cast("tuple[int, bytes, str] | None", self._run(HEAD).fetchone())

    def size_and_root(self) -> tuple[int, bytes]:
        head = self.head()
        return (0, EMPTY_ROOT) if head is None else head[:2]

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: bytes, wall: int) -> None:
        self._run(PUT_ANSWER, (scope, key, fingerprint, answer, wall))

    def forget(self, wall: int) -> None:
        if not 0 <= wall - self._forgot < MINUTE:
            self._run(FORGET, (wall,))
            self._forgot = wall

    def remembered(self, scope: str, key: str) -> tuple[bytes, bytes, int] | None:
        return cast("tuple[bytes, bytes, int] | None", self._run(ANSWER, (scope, key)).fetchone())
