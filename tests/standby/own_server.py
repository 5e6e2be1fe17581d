"""A PostgreSQL server of one test's own, which may be restarted and killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL

from tests import postgresql

NAME = "vault"


class OwnServer:
    """A cluster in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._owner = folder, postgresql.user()
        self._server = postgresql._serve(folder)
        self._programs = postgresql.reachable(folder, self._owner) if not (folder / "program").exists() else (
            folder / "program" / "bin")
        self.url = postgresql.text(URL.create(
            "postgresql+psycopg", username=postgresql.USER, database=NAME, query={"host": str(folder / "socket")}))
        self.database(NAME)

    def database(self, name: str) -> str:
        """A new database. Its URL."""
        self._administer("postgres", f"CREATE DATABASE {name}")
        return postgresql.text(URL.create(
            "postgresql+psycopg", username=postgresql.USER, database=name,
            query={"host": str(self._folder / "socket")}))

    def restart(self, number: int, **settings: str) -> None:
        """Stops the server (SIGINT: in order, SIGQUIT: as a crash) and starts it again."""
        self.stop(number)
        options = postgresql.OPTIONS | {"unix_socket_directories": str(self._folder / "socket"),
                                        "unix_socket_permissions": "0777"} | settings
        self._server = postgresql._as(self._owner, self._folder, [
            self._programs / "postgres", "-D", self._folder / "data",
            *(f"--{name}={value}" for name, value in options.items())])
        while subprocess.run([self._programs / "pg_isready", "-q", "-h", self._folder / "socket"],
                             check=False).returncode != 0:
            assert self._server.poll() is None, "the server has ended"
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGQUIT) -> None:
        if self._server.poll() is None:
            self._server.send_signal(number)
            self._server.wait(30)

    def _administer(self, database: str, statement: str) -> None:
        with psycopg.connect(host=str(self._folder / "socket"), user=postgresql.USER, dbname=database,
                             autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def own_server(parent: Path | None = None) -> Iterator[OwnServer]:
    """In memory, where no folder is named."""
    memory = Path("/dev/shm")
    parent = parent or (memory if os.access(memory, os.W_OK) else None)
    folder = Path(tempfile.mkdtemp(prefix="consentry-own-pg-", dir=parent))
    folder.chmod(0o711)
    made = None
    try:
        made = OwnServer(folder)
        yield made
    finally:
        if made is not None:
            made.stop()
        shutil.rmtree(folder)
