"""Who writes a log on PostgreSQL: a row with the holder's epoch, and an advisory lock that dies with its connection.

Every transaction of a vault begins with `HELD`: it locks the row against whoever would raise the epoch, and fails
where somebody has. So a vault that was stopped, and woken after another took over, can commit nothing.
The lock alone would not do, because a stopped process keeps it; the beat alone neither, because it says nothing of a
commit that is under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

LOCK = 0x636F6E73656E7472  # "consentr"; advisory locks are of one database

# One trip for the whole round: a fenced transaction must fail by itself, and 1/0 is what fails without plpgsql.
HELD = """
    SELECT 1 / count(*) FROM (SELECT 1 FROM log.fence WHERE one = 1 AND epoch = $1::int8 FOR SHARE) AS held
"""
HELD_NAMED = HELD.replace("$1", "%s")  # for SQLAlchemy's connection
_THERE = "SELECT to_regclass('log.fence') IS NOT NULL"
_READ = "SELECT epoch, holder, beat FROM log.fence WHERE one = 1"
_FIRST = "INSERT INTO log.fence (one, epoch, holder, beat) VALUES (1, 0, '', 0) ON CONFLICT (one) DO NOTHING"
_RAISE = """
    UPDATE log.fence SET epoch = epoch + 1, holder = %s, beat = (extract(epoch FROM clock_timestamp()) * 1000)::int8
    WHERE one = 1 AND epoch = %s AND beat = %s RETURNING epoch
"""
_BEAT = """
    UPDATE log.fence SET beat = (extract(epoch FROM clock_timestamp()) * 1000)::int8 WHERE one = 1 AND epoch = %s
"""
_RELEASE = "UPDATE log.fence SET beat = 0 WHERE one = 1 AND epoch = %s"
_TRY = "SELECT pg_try_advisory_lock(%s)"
_HOLDER = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::int8 << 32) + objid::int8 = %s
"""
_NAMED = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
    AND application_name LIKE 'consentry-vault:%%' AND application_name <> %s AND pid <> pg_backend_pid()
"""
_END = "SELECT pg_terminate_backend(%s)"


@dataclass(frozen=True, slots=True)
class Fence:
    """The row: `beat` changes while the holder lives, and is 0 when nobody holds the log."""

    epoch: int
    holder: str
    beat: int


def read(connection: psycopg.Connection[Any]) -> Fence | None:
    """The row as it is; None in a database without a log."""
    there = connection.execute(_THERE).fetchone()
    assert there is not None
    row = connection.execute(_READ).fetchone() if there[0] else None
    return None if row is None else Fence(*row)


def make(connection: psycopg.Connection[Any]) -> None:
    """The row of a log that was never held."""
    connection.execute(_FIRST)


def raise_epoch(connection: psycopg.Connection[Any], seen: Fence, holder: str) -> int | None:
    """Makes `holder` the one who writes, if nobody else became that and the one before has not beaten since. The new
    epoch, or None."""
    row = connection.execute(_RAISE, (holder, seen.epoch, seen.beat)).fetchone()
    return None if row is None else int(row[0])


def beat(connection: psycopg.Connection[Any], epoch: int) -> bool:
    """Shows that the holder lives. Whether it still holds the log."""
    return connection.execute(_BEAT, (epoch,)).rowcount == 1


def release(connection: psycopg.Connection[Any], epoch: int) -> None:
    """Lets the next one in without waiting."""
    connection.execute(_RELEASE, (epoch,))


def try_lock(connection: psycopg.Connection[Any]) -> bool:
    """Takes the advisory lock for as long as the connection lasts, unless another has it."""
    row = connection.execute(_TRY, (LOCK,)).fetchone()
    return row is not None and bool(row[0])


def is_locked(connection: psycopg.Connection[Any]) -> bool:
    """Whether another connection has the advisory lock."""
    return connection.execute(_HOLDER, (LOCK,)).fetchone() is not None


def end_others(connection: psycopg.Connection[Any], ours: str) -> None:
    """Ends the connections of other vaults to this database: who has the lock, and all that bear a vault's name but
    `ours`. A standby that is ended so connects again."""
    found = {pid for (pid,) in connection.execute(_HOLDER, (LOCK,)).fetchall()}
    found |= {pid for (pid,) in connection.execute(_NAMED, (ours,)).fetchall()}
    for pid in found:
        connection.execute(_END, (pid,))
