"""Connections to SQLite that only ever read, for the statements in each lookup's path.

A pool asks and undoes things at each taking and giving back, in case somebody left a transaction open: as long as the
SELECT itself takes. A lone SELECT opens none. These connections are made and set up by the pool, and then kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

Rows = list[tuple[Any, ...]]
# Of each engine those at rest, at most as many as threads ever read at once. The one used last is used next: it still
# has the pages in memory. An engine that is disposed of gets another list: who reads just then sees it.
_IDLE: WeakKeyDictionary[Engine, list[Any]] = WeakKeyDictionary()


def rows_of(engine: Engine, statement: str, values: Mapping[str, object]) -> Rows:
    """All rows of one SELECT. Raises the driver's errors; a connection that met one is not used again."""
    idle = _IDLE.get(engine)
    if idle is None:
        idle = _IDLE.setdefault(engine, [])
        event.listen(engine, "engine_disposed", close_readers)
    try:
        connection = idle.pop()  # whole, whoever else does so now: no lock is needed
    except IndexError:
        connection = _fresh(engine)
    try:
        found: Rows = connection.execute(statement, values).fetchall()
    except BaseException:
        connection.close()
        raise
    idle.append(connection)
    if _IDLE.get(engine) is not idle:
        _close(idle)  # the engine was disposed of meanwhile: nobody takes it from there any more
    return found


def _fresh(engine: Engine) -> Any:
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    return connection


def close_readers(engine: Engine) -> None:
    """Closes those at rest, and those in use when they come back; done when the engine is disposed of."""
    idle = _IDLE.get(engine)
    if idle is not None:
        _IDLE[engine] = []
        _close(idle)


def _close(idle: list[Any]) -> None:
    while True:
        try:
            connection = idle.pop()
        except IndexError:  # whoever else closes them may have had the last one
            return
        connection.close()
