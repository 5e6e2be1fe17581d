"""Which database a URL names, for web tier and vault alike: SQLite in a file, or PostgreSQL by psycopg.

A URL never holds a password: it would stand in consentry.json, in process lists and in backups. libpq reads it from
a `.pgpass` file (postgresql.org/docs/current/libpq-pgpass.html) or a service file instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from registry.errors import ConsentryError

POSTGRESQL = "postgresql+psycopg"
SQLITE = "sqlite"
# libpq's own words: who is gone without a word is noticed after some 20 s (tcp_user_timeout), not after hours.
PATIENCE = {
    "connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "3", "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
# A commit is answered only when it is durable, and where there are synchronous standbys, there too.
DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN " \
          "('off', 'local')"
# By code points, as SQLite compares: pages and proofs of order must not depend on a machine's locale.
ORDERED = "SELECT 'B' < 'a' AND 'a-b' < 'aa' AND pg_encoding_to_char(encoding) = 'UTF8' FROM pg_database " \
          "WHERE datname = current_database()"


class DatabaseUrlError(ConsentryError):
    """A database's URL cannot be used; the detail says what to change, and never repeats it."""

    code = "settings"


def check_database(url: str, name: str) -> str:
    """`url` if it may name the database that `name` (a member or an option) stands for. Raises DatabaseUrlError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(f"{name} is no URL: give postgresql+psycopg://USER@HOST/DATABASE") from error
    if parsed.drivername not in {POSTGRESQL, SQLITE}:
        raise DatabaseUrlError(f"{name} begins with postgresql+psycopg:// or sqlite:///")
    if parsed.password is not None or any("password" in one.lower() for one in parsed.query):
        raise DatabaseUrlError(
            f"{name} holds a password, which would lie in consentry.json and its backups: put it into ~/.pgpass "
            "(0600; host:port:database:user:password) or a service file, and leave it out")
    if parsed.drivername == SQLITE and not (parsed.database and Path(parsed.database).is_absolute()):
        raise DatabaseUrlError(f"{name} needs an absolute path: sqlite:////var/lib/consentry/web.db")
    if parsed.drivername == POSTGRESQL and not (parsed.database or "service" in parsed.query):
        raise DatabaseUrlError(f"{name} names no database: postgresql+psycopg://USER@HOST/DATABASE")
    return url


def url_of(database: Path | str | URL) -> URL:
    """The URL of a file's path, or of a URL's text."""
    if isinstance(database, URL):
        return database
    if isinstance(database, str) and "://" in database:
        return make_url(database)
    return URL.create(SQLITE, database=str(database))


def is_postgresql(database: Path | str) -> bool:
    """Whether a file's path or URL names a PostgreSQL database."""
    return url_of(database).get_backend_name() == "postgresql"


def arguments_of(url: URL) -> dict[str, Any]:
    """What the driver is given beside the URL; what the URL says itself goes first."""
    if url.get_backend_name() != "postgresql":
        return {}
    return {"application_name": "consentry"} | PATIENCE | {name: value for name, value in url.query.items()
                                                           if name in PATIENCE or name == "application_name"}


def prepare_session(connection: Any, *, statement: int, lock: int) -> None:
    """Sets up one driver's connection to PostgreSQL, and leaves it outside of a transaction.

    `statement` and `lock` are milliseconds that a statement may take and may wait for a lock, 0 for no end.
    """
    autocommit, connection.autocommit = connection.autocommit, True
    try:
        connection.execute(DURABLE)
        for name, value in (("statement_timeout", statement), ("lock_timeout", lock), ("timezone", "UTC")):
            connection.execute("SELECT set_config(%s, %s, false)", (name, str(value)))
    finally:
        connection.autocommit = autocommit


def silence(error: BaseException) -> bool:
    """Takes the words out of an error of PostgreSQL: they show the values of the row at fault. Whether it was one.

    What is left: the kind of error, its SQLSTATE, and the table, column and constraint it is about.
    """
    about = getattr(error, "diag", None)
    if about is None or getattr(error, "sqlstate", None) is None:
        return False
    names = [name for name in (about.table_name, about.column_name, about.constraint_name) if name]
    error.args = (" ".join([type(error).__name__, str(about.sqlstate), *names]),)
    return True


def check_order(connection: Connection) -> None:
    """Raises DatabaseUrlError unless a PostgreSQL database is in UTF-8 and compares by code points."""
    if not connection.exec_driver_sql(ORDERED).scalar_one():
        raise DatabaseUrlError(
            "the database sorts text by a language or is not in UTF-8: make it with CREATE DATABASE … TEMPLATE "
            "template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
