"""The disk is full: nothing is acknowledged that is not durable, everybody says so in words, and once there is room
all goes on by itself; the log is whole. (A full disk of a PostgreSQL server: tests/web/test_store_postgresql.py.)

Two ways to be full: a file system of a few MiB (as root), and RLIMIT_FSIZE, which needs no privilege: the running
processes cannot write any file beyond its first 4 KiB, so that it hits the guard and the log lines as well.
Seen to fail, each by itself: a log line that could not be written ended vault, courier and pump; counting into a hole
of a mapped file ended the web workers by SIGBUS; the courier's and the web tier's databases answered with 500.
"""

from __future__ import annotations

import os
import resource
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from registry.children import MARK, registry_command
from registry.demo.stage import free_port
from tests.contract.client import Answer
from tests.databases import only_sqlite
from tests.faults.house import House, house
from tests.promises.processes import stopped
from tests.system.world import copy, until

CODES = {"log-unavailable", "storage-unavailable", "vault-unavailable"}
FIRST = 4096  # bytes of a file that may still be written
files_of_ours = only_sqlite("PostgreSQL's files lie on its server's disk, which every test of the run shares")


class Request(NamedTuple):
    """One request of a demo's client."""

    method: str
    path: str
    body: Any
    who: str
    key: str

    def by(self, ask: Callable[..., Answer]) -> Answer:
        return ask(self.method, self.path, self.body, who=self.who, key=self.key)


@contextmanager
def no_larger_files(*pids: int) -> Iterator[None]:
    """Held to the first bytes of each file."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FIRST, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """Not a byte is left on this file system."""
    with (folder / "fill").open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    yield
    (folder / "fill").unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 12 MiB. Skips where it cannot be had."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "consentry-test", str(folder)],
                          capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("mounting a small file system needs root; RLIMIT_FSIZE tests the same without")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def hold(home: House, name: str) -> Request:
    """A restriction."""
    path = f"/v1/borrowers/{home.world.people[name]['borrower']}/holds"
    return Request("POST", path, {"type": "dispute"}, "lender", secrets.token_hex(8))


def notice(home: House, name: str) -> Request:
    """The borrower is written to."""
    path = f"/v1/accounts/{home.world.people[name]['account']}/notices"
    return Request("POST", path, {}, "collector", secrets.token_hex(8))


def look(home: House, name: str) -> Request:
    return Request("POST", "/v1/lookups", home.world.request(name), "collector", secrets.token_hex(8))


def deposit() -> Request:
    ref = secrets.token_hex(8)
    return Request("POST", "/v1/borrowers", {
        "ref": ref, "name": {"given": "小明"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": "email", "value": f"{ref}@demo.invalid", "use": "personal"}]}, "lender", ref)


def assert_refused(answer: Answer) -> None:
    """With words, and when to come again."""
    assert answer.status == 503, answer.body
    assert answer.code in CODES
    assert int(answer.headers["retry-after"]) >= 1


def written_to(home: House, name: str) -> int:
    """How many messages went out to a borrower."""
    return sum(len(home.world.outbox(row["address"])) for row in home.world.people[name]["channels"])


def vault_answers(home: House) -> bool:
    found = home.ask("GET", "/readyz")
    return found is not None and found.json["vault"] == "ok"


def filled_and_emptied(home: House, full: AbstractContextManager[None], *, restart: bool) -> None:
    """The life of an installation whose disk fills up and is given room again."""
    done = [one.by(home.careful) for one in (hold(home, "no-contact-consent"), deposit())]
    family, messages = set(home.up.everybody()), written_to(home, "attempts-missing")
    with stopped(home.pid("courier")):
        done.append(notice(home, "attempts-missing").by(home.careful))
        full.__enter__()
    while (late := hold(home, "no-contact-consent").by(home.world.ask)).status == 201:
        done.append(late)  # there was a little room left: then it is durable
    size = home.world.ask("GET", "/readyz").json["published"]
    asked = [hold(home, "reachable"), look(home, "on-hold"), look(home, "unreachable"), deposit(),
             notice(home, "notice-running")]
    for one in asked:
        assert_refused(one.by(home.world.ask))
    assert_refused(home.world.hook({"type": "contact.attempt"}))  # a provider is not told that it was taken
    assert home.world.ask("GET", "/healthz").status == 200
    assert home.world.ask("GET", "/readyz").json["published"] == size, "something was recorded after all"
    assert set(home.up.everybody()) == family, "somebody died of it"
    if restart:
        os.kill(home.pid("vault"), signal.SIGKILL)
        until(lambda: vault_answers(home) or "storage-unavailable)" in home.up.log.read_text(), "it, or words")
        while (late := hold(home, "reachable").by(home.world.ask)).status == 201:
            done.append(late)  # a start empties side files, which may leave room for some: then it is durable
        assert late.status == 503
    full.__exit__(None, None, None)
    done += [one.by(home.careful) for one in asked]
    assert {one.status for one in done} == {201}
    until(lambda: written_to(home, "attempts-missing") > messages, "the message that could not be written")
    recorded = {one["index"] for one in home.entries().values()}
    assert {one.json["log_index"] for one in done} <= recorded
    home.settle()
    home.verify()


@files_of_ours
def test_a_disk_that_takes_no_more_loses_nothing_and_ends_nobody(seeded: Path, tmp_path: Path) -> None:
    with house(copy(seeded, tmp_path / "data")) as home:
        filled_and_emptied(home, no_larger_files(*home.up.everybody(), home.up.process.pid), restart=False)
        assert home.up.stop() == 0


@files_of_ours
def test_a_file_system_without_room_loses_nothing_and_says_so(seeded: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "data.log").symlink_to(tmp_path / "data.log")
        with house(copy(seeded, disk / "data")) as home:
            filled_and_emptied(home, no_room(disk), restart=True)
            assert home.up.stop() == 0


def test_nothing_is_opened_while_the_courier_can_keep_nothing(home: House) -> None:
    # Seen to fail: a courier that goes on following although it can keep nothing looks alive.
    with no_larger_files(home.pid("courier")):
        assert notice(home, "no-contact-consent").by(home.careful).status == 201
        until(lambda: home.world.ask("GET", "/readyz").json["courier"] != "ok", "the courier's silence")
        denied = look(home, "withdrawn").by(home.careful).json
        assert denied["state"] == "unavailable"
    until(lambda: look(home, "withdrawn").by(home.careful).json["state"] == "not-eligible", "openings to go on")


@files_of_ours
def test_what_only_the_web_tier_could_not_keep_is_recorded_once(home: House) -> None:
    restriction, new = hold(home, "reachable"), deposit()
    first = home.world.ask("GET", "/readyz").json["published"]
    with no_larger_files(*home.up.family("web")):
        # The vault has it; this tier's copy for reading waits. It is not known to the client whether it was recorded.
        assert_refused(restriction.by(home.world.ask))
        assert_refused(new.by(home.world.ask))
        assert_refused(home.world.hook({"type": "contact.attempt"}))
    again, made = restriction.by(home.careful), new.by(home.careful)
    assert (again.status, made.status) == (201, 201)
    recorded = [one["entry"]["kind"] for one in home.entries(first).values()]
    assert recorded.count("hold-placed/1") == 1
    assert recorded.count("borrower-registered/1") == 1


@pytest.mark.parametrize("command", [
    pytest.param(["vault"], marks=files_of_ours, id="vault"), pytest.param(["courier"], id="courier"),
    pytest.param(["web", "--url", "http://127.0.0.1:1", "--port", str(free_port())], marks=files_of_ours, id="web"),
])
def test_who_cannot_start_for_want_of_room_says_so_in_one_line(
    seeded: Path, tmp_path: Path, command: list[str],
) -> None:
    # Seen to fail: "OperationalError: not expected; run it again with CONSENTRY_TRACE=1".
    data = copy(seeded, tmp_path / "data")
    done = subprocess.run(
        registry_command(*command, "--data", str(data), "--sockets", str(tmp_path), "--demo"), capture_output=True,
        text=True, timeout=60, check=False, env={**os.environ, MARK: "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FIRST, FIRST)))
    assert done.returncode == 1, "it is worth another try"
    assert "(storage-unavailable)" in done.stderr.splitlines()[-1], done.stderr
