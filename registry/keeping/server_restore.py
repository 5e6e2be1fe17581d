"""Puts what was copied of PostgreSQL into empty databases, and takes it out again where the restore is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from registry.keeping.server_copy import empty, load
from registry.store import schema
from registry.store.database import open_engine
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.keys.store import KeyStore
from registry.vault.log import database
from registry.vault.log.sqlite import SqliteStore
from registry.vault.log.store import Store
from registry.vault.postgresql import hold


@contextmanager
def put(part: Path, web: str | None, vault: str | None) -> Iterator[tuple[Store, KeyStore]]:
    """The stores of the restored log and keys, held until the end; the copied files of a server's are gone then.

    Raises BackupError when a database is not empty or of another version, UnavailableError when a vault holds it.
    """
    with ExitStack() as on_failure, ExitStack() as opened:
        if web is not None:
            engine = open_engine(web)
            opened.callback(engine.dispose)
            schema.upgrade(engine)
            _load(web, "public", part / "web", on_failure)
        if vault is None:
            log: Store = SqliteStore(database.connect(part / "vault"))
            keys: KeyStore = SqliteKeyStore(part / "vault", create=False)
        else:
            held = hold(vault)
            opened.callback(held.close)
            log, keys = held.log_store(), held.key_store()
            for name in ("log", "keys"):
                _load(vault, name, part / "vault", on_failure)
        opened.callback(keys.close)
        opened.callback(log.close)
        yield log, keys
        on_failure.pop_all()
    for name in ("public", "log", "keys"):
        for path in (*(part / "web").glob(f"{name}.*"), *(part / "vault").glob(f"{name}.*")):
            if path.suffix in (".copy", ".json"):
                path.unlink()


def _load(url: str, name: str, folder: Path, on_failure: ExitStack) -> None:
    load(url, name, folder)
    on_failure.callback(empty, url, name, folder)
