"""Opens the log's SQLite database: durable before answered (WAL, synchronous=FULL), deleted means gone."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from registry.migrating import upgrade_sqlite
from registry.storage import write_again

MIGRATIONS = Path(__file__).parents[3] / "migrations" / "vault"
FILE = "log.db"
PRAGMAS = (
    # Of a new database. With 4096 an attempt spills over in a table without rowid: 6,300 bytes an entry, not 2,500.
    "page_size=8192",
    "journal_mode=WAL",
    "synchronous=FULL",     # with NORMAL, acknowledged commits are lost at a power cut
    "secure_delete=ON",
    "busy_timeout=5000",
    "cache_size=-65536",    # 64 MiB
    "temp_store=MEMORY",
)


def connect(folder: Path) -> Connection:
    """One connection in autocommit mode (the store says BEGIN itself), schema brought up to date. What is read by it
    is on the disk."""
    path = folder / FILE
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(
        f"sqlite+pysqlite:///{path}", poolclass=StaticPool, isolation_level="AUTOCOMMIT",
        # One user at a time, but not always the thread that opened it.
        connect_args={"check_same_thread": False},
    )
    connection = engine.connect()
    try:
        for pragma in PRAGMAS:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        write_again(cast(sqlite3.Connection, connection.connection.dbapi_connection))
        upgrade_sqlite(connection, MIGRATIONS)
    except BaseException:
        connection.close()
        engine.dispose()
        raise
    return connection
