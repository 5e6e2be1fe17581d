"""The courier's folder: its keys and courier.db."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import OperationalError

from registry.courier.database import open_engine
from registry.courier.keys import CourierKeys
from registry.courier.schema import meta
from registry.errors import IntegrityError
from registry.storage import is_storage, refused

KEY_FILE = "key.json"
DATABASE = "courier.db"


class Store:
    """Keys and database of one courier. `begin()` is one transaction; the lock makes threads take turns."""

    def __init__(self, folder: Path, keys: CourierKeys) -> None:
        self.keys = keys
        # SQLite makes its files with our mask; the folder and this keep other users out.
        os.close(os.open(folder / DATABASE, os.O_CREAT | os.O_RDWR, 0o600))
        self._engine = open_engine(folder / DATABASE)
        self._lock = threading.RLock()

    @classmethod
    def create(cls, folder: Path, random: Callable[[int], bytes]) -> Store:
        """A new courier: folder 0700, keys, empty database. Raises FileExistsError if there is one."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(folder, CourierKeys.create(folder / KEY_FILE, random))

    @classmethod
    def open(cls, folder: Path) -> Store:
        """An existing courier. Raises IntegrityError when its key is not there: a new key would be nobody's."""
        if not (folder / KEY_FILE).exists():
            raise IntegrityError(f"there is no courier key in {folder}: restore it from backup, or run `init`")
        return cls(folder, CourierKeys.load(folder / KEY_FILE))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: committed durably at the end, rolled back on any exception.

        Raises UnavailableError `storage-unavailable` when the disk refuses.
        """
        try:
            with self._lock, self._engine.begin() as db:
                yield db
        except OperationalError as error:
            if is_storage(error):
                raise refused() from error
            raise

    def close(self) -> None:
        """Closes the database."""
        self._engine.dispose()


def cursor(db: Connection) -> int:
    """Index of the first entry of the log that was not yet followed."""
    return int(_meta(db, "cursor") or 0)


def move_cursor(db: Connection, index: int) -> None:
    """Sets the cursor."""
    _set_meta(db, "cursor", str(index))


def probe(db: Connection, fresh: str) -> None:
    """Writes something that was never there: writing the same again would not touch the disk."""
    _set_meta(db, "probe", fresh)


def bind_origin(db: Connection, origin: str) -> None:
    """Ties this courier to one log for ever. Raises IntegrityError when it belongs to another.

    Following another log with this cursor would skip or repeat messages.
    """
    bound = _meta(db, "origin")
    if bound is None:
        _set_meta(db, "origin", origin)
    elif bound != origin:
        raise IntegrityError("this courier's folder belongs to another log: give it that log's vault")


def _meta(db: Connection, name: str) -> str | None:
    found = db.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return None if found is None else str(found)


def _set_meta(db: Connection, name: str, value: str) -> None:
    statement = insert(meta).values(name=name, value=value)
    db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
