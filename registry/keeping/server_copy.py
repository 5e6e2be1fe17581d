"""Copies one schema of a PostgreSQL database as it is at one moment, by COPY, and puts it into an empty one again.

One transaction (REPEATABLE READ) sees one state: whoever writes meanwhile neither waits nor is seen. No tool of the
server's is needed, and no file of its own machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import NullPool, create_engine

from registry.databases import arguments_of, url_of
from registry.keeping.manifest import BackupError

# How far a schema is, and who writes it: both are made anew where it is restored.
MADE_ANEW = ("alembic_version", "fence")
TABLES = """
    SELECT t.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position)
    FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
    WHERE t.table_schema = %s AND t.table_type = 'BASE TABLE' AND NOT t.table_name = ANY(%s)
    GROUP BY t.table_name ORDER BY t.table_name
"""
SEQUENCES = """
    SELECT t, c, s FROM (
        SELECT table_name AS t, column_name AS c,
               pg_get_serial_sequence(quote_ident(table_schema) || '.' || quote_ident(table_name), column_name) AS s
        FROM information_schema.columns WHERE table_schema = %s) AS columns WHERE s IS NOT NULL
"""
OUT = "COPY {}.{} ({}) TO STDOUT (FORMAT binary)"
IN = "COPY {}.{} ({}) FROM STDIN (FORMAT binary)"
Driver = psycopg.Connection[Any]


def export(
    url: str, schema: str, folder: Path, asked: Sequence[str], done: Callable[[int, int], None],
) -> list[list[Any]]:
    """Writes each table of a schema to `SCHEMA.TABLE.copy`, and `SCHEMA.json` with their columns and the revision.

    Returns the first columns of what `asked` finds, seen in the same state. Raises psycopg.Error, OSError.
    """
    with connected(url) as driver:
        driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        driver.read_only = True
        with driver.transaction(), driver.cursor() as cursor:
            cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
            tables = dict(cursor.execute(TABLES, (schema, list(MADE_ANEW))).fetchall())
            revision = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
            for number, (table, columns) in enumerate(tables.items(), start=1):
                with (folder / f"{schema}.{table}.copy").open("xb") as stream, \
                        cursor.copy(_copy(OUT, schema, table, columns)) as rows:
                    for block in rows:
                        stream.write(block)
                done(number, len(tables))
            found = [[row[0] for row in cursor.execute(one.encode()).fetchall()] for one in asked]
    described = {"revision": None if revision is None else revision[0], "tables": tables}
    (folder / f"{schema}.json").write_text(json.dumps(described, indent=2), "utf-8")
    return found


def load(url: str, schema: str, folder: Path) -> None:
    """Puts an exported schema into tables that are there, of the same revision, and empty. All or nothing.

    Raises BackupError for another revision, or where something is in them already; psycopg.Error.
    """
    described = json.loads((folder / f"{schema}.json").read_text("utf-8"))
    with connected(url) as driver, driver.transaction(), driver.cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        revision = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
        if revision is None or revision[0] != described["revision"]:
            raise BackupError("the backup is of another version's database: restore it with the version that made "
                              "it, and upgrade then")
        for table, columns in described["tables"].items():
            if cursor.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone():
                raise BackupError(f"table {schema}.{table} is not empty: make a new database for what is restored")
            with (folder / f"{schema}.{table}.copy").open("rb") as stream, \
                    cursor.copy(_copy(IN, schema, table, columns)) as rows:
                while block := stream.read(1 << 20):
                    rows.write(block)
        for table, column, sequence in cursor.execute(SEQUENCES, (schema,)).fetchall():
            cursor.execute(
                sql.SQL("SELECT setval(%s, (SELECT coalesce(max({}), 0) + 1 FROM {}), false)").format(
                    sql.Identifier(column), sql.Identifier(table)), (sequence,))


@contextmanager
def connected(url: str) -> Iterator[Driver]:
    """One connection, for as long as a copy takes."""
    parsed = url_of(url)
    engine = create_engine(parsed, poolclass=NullPool, connect_args=arguments_of(parsed))
    connection = engine.raw_connection()
    try:
        driver = connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        yield driver
    finally:
        connection.close()
        engine.dispose()


def empty(url: str, schema: str, folder: Path) -> None:
    """Takes out again what `load` put in: what is refused stays nowhere."""
    described = json.loads((folder / f"{schema}.json").read_text("utf-8"))
    with connected(url) as driver, driver.transaction():
        for table in described["tables"]:
            driver.execute(sql.SQL("TRUNCATE {}.{}").format(sql.Identifier(schema), sql.Identifier(table)))


def _copy(text: LiteralString, schema: str, table: str, columns: Sequence[str]) -> sql.Composed:
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(text).format(sql.Identifier(schema), sql.Identifier(table), named)
