"""What a database is asked while something happens: told by the driver, so that nothing goes round it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from registry.store.readers import close_readers


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement from here to the end of the block, in order."""
    seen: list[str] = []

    class Heard(psycopg.Cursor[Any]):
        def execute(self, query: Any, *rest: Any, **named: Any) -> Any:
            seen.append(str(query))
            return super().execute(query, *rest, **named)

    def watch(connection: Any, _record: Any, _proxy: Any) -> None:
        if engine.dialect.name == "postgresql":
            connection.cursor_factory = Heard
        else:
            connection.set_trace_callback(seen.append)

    def leave(connection: Any, _record: Any) -> None:
        if engine.dialect.name == "postgresql":
            connection.cursor_factory = psycopg.Cursor
        else:
            connection.set_trace_callback(None)

    event.listen(engine, "checkout", watch)
    event.listen(engine, "checkin", leave)
    close_readers(engine)  # so that they are taken from the pool again, watched
    try:
        yield seen
    finally:
        event.remove(engine, "checkout", watch)
        event.remove(engine, "checkin", leave)
        close_readers(engine)
