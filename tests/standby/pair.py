"""Two hosts with one PostgreSQL, as processes: a vault that serves, others that stand by, and people who ask.

Every host has a folder with its own guard; the sockets' folder is one, as on a machine with two vaults.
"""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from registry.children import registry_command
from registry.clients import VaultClient
from registry.errors import ConsentryError
from registry.installing import initialise
from registry.tlog.checkpoint import parse_checkpoint
from tests import postgresql
from tests.tlog.naive import mth
from tests.world import Signing

PATIENCE = 30.0


class Host:
    """One vault process."""

    def __init__(self, data: Path, sockets: Path, *flags: str) -> None:
        self.data, self.log = data, data.parent / f"{data.name}.log"
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                registry_command("vault", "--data", str(data), "--sockets", str(sockets), *flags),
                stdout=stream, stderr=stream)

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """How it ended, once it has."""
        return self.process.wait(PATIENCE)

    def said(self, words: str) -> bool:
        return words in self.log.read_text("utf-8")


class Pair:
    """The hosts `one` and `two`, and everything that was ever answered."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.sockets = folder / "s"
        self.sockets.mkdir()
        officer = Signing()
        initialise(folder / "one", "vault.example.org/log", folder / "kek", [f"{officer.id}:{officer.public}"], None,
                   vault_database=url)
        self.hosts: list[Host] = []
        self.answers: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self._numbers = itertools.count(1000)

    def another(self, name: str) -> Path:
        """A second host: settings and guard copied, as docs/operating/postgresql.md says."""
        data = self.folder / name
        (data / "vault").mkdir(parents=True)
        shutil.copy(self.folder / "one" / "consentry.json", data)
        shutil.copy(self.folder / "one" / "vault" / "guard", data / "vault")
        return data

    def start(self, name: str = "one", *flags: str) -> Host:
        host = Host(self.folder / name, self.sockets, *flags)
        self.hosts.append(host)
        return host

    def stand_by(self, name: str = "two") -> Host:
        if not (self.folder / name).exists():
            self.another(name)
        host = self.start(name, "--standby")
        until(lambda: host.said("standby waits"), f"{name} does not wait")
        return host

    def ask(self, client: VaultClient) -> bool:
        """One entry; whether it was acknowledged."""
        number = f"+861{next(self._numbers):010d}"
        try:
            answer = client.call("ask-code", {"role": "borrower", "address": number, "medium": "sms"})
        except ConsentryError as error:
            self.refused.append(error.code)
            return False
        self.answers.append(answer)
        return True

    def answering(self) -> bool:
        return self.ask(VaultClient(self.sockets / "vault.sock"))

    @contextmanager
    def asked(self, threads: int = 4) -> Iterator[None]:
        """People ask all the time."""
        over = threading.Event()

        def person() -> None:
            client = VaultClient(self.sockets / "vault.sock")
            while not over.is_set():
                if not self.ask(client):
                    time.sleep(0.02)

        people = [threading.Thread(target=person) for _ in range(threads)]
        for one in people:
            one.start()
        try:
            yield
        finally:
            over.set()
            for one in people:
                one.join(PATIENCE)

    def more(self, count: int = 20) -> None:
        """Waits until so many more were answered."""
        wanted = len(self.answers) + count
        until(lambda: len(self.answers) >= wanted, "nobody answers")

    def leaves(self) -> list[bytes]:
        with psycopg.connect(postgresql.libpq(self.url)) as connection:
            return [leaf for (leaf,) in connection.execute('SELECT leaf FROM log.leaves ORDER BY "index"')]

    def check(self) -> None:
        """Nothing that was answered is lost, and every checkpoint that anybody was shown is of one log."""
        leaves = self.leaves()
        assert self.answers
        for answer in self.answers:
            assert json.loads(leaves[answer["log_index"]])["id"] == answer["entries"][0]["entry"]["id"]
        shown = {checkpoint.size: checkpoint.root for checkpoint in map(_checkpoint, self.answers)}
        assert len({(one.size, one.root) for one in map(_checkpoint, self.answers)}) == len(shown), "a fork"
        for size in [*sorted(shown)[::max(1, len(shown) // 12)], max(shown)]:
            assert size <= len(leaves), "a checkpoint is larger than the log"
            assert mth(leaves[:size]) == shown[size], f"size {size} was signed otherwise"

    def close(self) -> None:
        for host in self.hosts:
            if host.process.poll() is None:
                host.kill()
                host.process.wait(PATIENCE)


def _checkpoint(answer: dict[str, Any]) -> Any:
    return parse_checkpoint(answer["proof"].split("\n\n")[1] + "\n")


def until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Seconds until something holds."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, what
        time.sleep(0.02)
    return time.monotonic() - begun


def cut(url: str) -> int:
    """Ends every connection of a vault that serves. How many."""
    with psycopg.connect(postgresql.libpq(url), autocommit=True) as connection:
        found = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'consentry-vault:%' "
            "AND datname = current_database()").fetchall()
    return len(found)


