"""Connections that only read are kept, shared by nobody, and gone with their engine."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import text
from sqlalchemy.event import listens_for

from registry.store.database import open_engine, writing
from registry.store.readers import rows_of


def test_what_was_committed_meanwhile_is_read(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "some.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE word (it TEXT)"))
    seen = []
    for word in ("one", "two"):
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO word VALUES (:it)"), {"it": word})
        seen.append(len(rows_of(engine, "SELECT it FROM word", {})))
    engine.dispose()
    assert seen == [1, 2]


def test_a_reader_holds_up_no_writer_and_no_checkpoint(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "some.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE word (it TEXT)"))
    rows_of(engine, "SELECT it FROM word", {})
    with engine.connect() as connection:
        busy, left, moved = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    engine.dispose()
    assert (busy, left, moved) == (0, 0, 0)


def test_threads_at_once_read_by_connections_of_their_own(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "some.db")
    together = Barrier(8)

    def read(number: int) -> int:
        together.wait()
        return sum(rows_of(engine, "SELECT :number AS it", {"number": number})[0][0] for _ in range(50))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, range(8))) == [number * 50 for number in range(8)]
    engine.dispose()


def test_after_an_error_and_after_the_engine_s_end_a_new_connection_is_made(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "some.db")
    with pytest.raises(sqlite3.OperationalError):
        rows_of(engine, "SELECT it FROM nowhere", {})
    assert rows_of(engine, "SELECT 1", {}) == [(1,)]
    engine.dispose()
    (tmp_path / "some.db").unlink()
    assert rows_of(engine, "SELECT count(*) FROM sqlite_schema", {}) == [(0,)]
    engine.dispose()


def test_a_connection_in_use_while_its_engine_is_disposed_of_is_closed_when_it_comes_back(tmp_path: Path) -> None:
    engine, reading, disposed = open_engine(tmp_path / "some.db"), Event(), Event()
    seen: list[sqlite3.Connection] = []

    def wait() -> int:
        reading.set()
        return int(disposed.wait(60))

    @listens_for(engine, "connect")
    def prepared(connection: sqlite3.Connection, _: object) -> None:
        seen.append(connection)
        connection.create_function("wait", 0, wait)

    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(rows_of, engine, "SELECT wait()", {})
        assert reading.wait(60)
        engine.dispose()
        disposed.set()
        assert found.result() == [(1,)]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        seen[-1].execute("SELECT 1")
    assert rows_of(engine, "SELECT 1", {}) == [(1,)]
    engine.dispose()
