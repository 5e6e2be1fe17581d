"""Appends on PostgreSQL and on SQLite, each beside a bare loop that commits the same rows with the same driver.

    python -m bench.appends [FOLDER]        # on the disk that holds FOLDER; the system's temporary one without
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench.gates import Found
from registry.vault.log import Log
from registry.vault.log.database import connect
from registry.vault.log.on_postgresql import PostgresqlStore
from registry.vault.log.sqlite import SqliteStore
from registry.vault.log.unsent import writes
from registry.vault.postgresql import hold
from tests import postgresql
from tests.standby.own_server import OwnServer, own_server
from tests.vault_log.world import HandClock, Key, Recorder, genesis, life

COMMITS = 60
ROUNDS = 5
BATCHES = (1, 8, 64)
Statement = tuple[str, tuple[Any, ...]]


class Seen(NamedTuple):
    """One round: entries a second of the bare loop and of the log, and which part of the log's time the guard's own
    durable write took, which the bare loop has not."""

    bare: float
    log: float
    guard: float


class Recorded:
    """A log whose every statement is kept, commit by commit."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.commits: list[list[Statement]] = [[]]
        self.guarding = 0.0  # seconds that the guard took to be durable
        self._number = 1000
        put = log._guard._put

        def timed(turn: int, note: str) -> None:
            begun = time.perf_counter()
            put(turn, note)
            self.guarding += time.perf_counter() - begun

        log._guard._put = timed  # type: ignore[method-assign]
        store = log._store
        commit = store.commit

        def kept() -> None:
            if isinstance(store, PostgresqlStore):
                self.commits[-1] = list(writes(store._running))
            commit()
            self.commits.append([])

        store.commit = kept  # type: ignore[method-assign]
        if isinstance(store, SqliteStore):
            run = store._run

            def seen(statement: str, parameters: Any = ()) -> Any:
                if statement.startswith(("INSERT", "DELETE")):
                    self.commits[-1].append((statement, tuple(parameters)))
                return run(statement, parameters)

            store._run = seen  # type: ignore[assignment]

    def append(self, batch: int) -> None:
        """One round: an operation an entry."""
        for _ in range(batch):
            with self.log.operation():
                self.log.append(life(self._number, borrower=self._number % 97, source="payment"), fresh=True)
            self._number += 1
        self.log.commit()


def bare_postgresql(url: str) -> Callable[[list[Statement]], None]:
    connection = psycopg.connect(postgresql.libpq(url), autocommit=True, options="-csearch_path=log")

    def commit(statements: list[Statement]) -> None:
        connection.execute("BEGIN")
        for statement, parameters in statements:
            psycopg.RawCursor(connection).execute(statement.encode(), parameters, prepare=True, binary=True)
        connection.execute("COMMIT")
    return commit


def bare_sqlite(folder: Path) -> Callable[[list[Statement]], None]:
    store = SqliteStore(connect(folder))

    def commit(statements: list[Statement]) -> None:
        store.begin()
        for statement, parameters in statements:
            store._run(statement, parameters)
        store.commit()
    return commit


def measure(parent: Path) -> list[Found]:
    """Prints entries a second of log and bare loop in turns, and the median of their ratios; what gates ask of it."""
    found: list[Found] = []
    with tempfile.TemporaryDirectory(dir=parent) as name, own_server(parent) as server:
        print(f"\nappends, entries/s        bare loop        log   log/bare (median of {ROUNDS})   "
              f"guard's part of the log   load {os.getloadavg()[0]:.1f}")
        for engine, batch, rows in _measured(Path(name), server):
            bare, log, guard = (statistics.median(one) for one in zip(*rows, strict=True))
            ratio = statistics.median(one.log / one.bare for one in rows)
            print(f"{engine:<11} {batch:>3} a commit   {bare:>12.0f} {log:>10.0f} {ratio:>10.2f} {guard:>39.2f}")
            found.append(Found(f"appends on {engine}, {batch} a commit, to a bare loop", ratio))
    return found


def main() -> None:
    """Measures in the folder that is named, or the system's temporary one."""
    measure(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir()))


def _measured(folder: Path, server: OwnServer) -> Iterator[tuple[str, int, list[Seen]]]:
    for engine in ("SQLite", "PostgreSQL"):
        for batch in BATCHES:
            here = folder / f"{engine}{batch}"
            (here / "bare").mkdir(parents=True)
            if engine == "SQLite":
                held, bare = None, bare_sqlite(here / "bare")
            else:
                held, other = hold(server.database(f"log{batch}")), server.database(f"bare{batch}")
                founded = hold(other)
                founded.log_store().close()
                founded.close()
                bare = bare_postgresql(other)
            log = Log.create(here / "log", Key(), HandClock(), Recorder(), genesis(), postgresql=held)
            recorded = Recorded(log)
            bare([])
            yield engine, batch, [_round(recorded, bare, batch) for _ in range(ROUNDS)]
            log.close()
            if held is not None:
                held.close()


def _round(recorded: Recorded, bare: Callable[[list[Statement]], None], batch: int) -> Seen:
    recorded.guarding = 0.0
    begun = time.perf_counter()
    for _ in range(COMMITS):
        recorded.append(batch)
    log = time.perf_counter() - begun
    sent = [one for one in recorded.commits[-COMMITS - 1:] if one]
    begun = time.perf_counter()
    for statements in sent:
        bare(statements)
    spent = time.perf_counter() - begun
    return Seen(COMMITS * batch / spent, COMMITS * batch / log, recorded.guarding / log)


if __name__ == "__main__":
    main()
