"""What a witness refuses to begin with, and how its server treats clients that are slow, many, or gone."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from granian._granian import RSGIProtocolClosed

from registry.durable import make_file
from registry.errors import ConsentryError
from registry.witness.http import Application
from registry.witness.keys import WitnessKey, create_key, load_key
from registry.witness.serving import Serving, keep_evidence
from registry.witness.setup import find_key, keys_of, parse_log, prepare
from registry.witness.store import FILE, WitnessStore
from registry.witness.witness import Answer, Fork
from tests.witness.logs import ShownLog

LOG = ShownLog()
KEY = WitnessKey("witness.invalid", bytes(32))
FOLLOWED = [parse_log(str(LOG.verifier))]


def _grown(folder: Path) -> None:
    witness = Serving(folder, KEY, keys_of(FOLLOWED), lambda: 7).witness()
    assert witness.add_checkpoint(LOG.request(0, 5)).status == 200
    witness.store.close()


def test_a_key_is_made_once_and_read_back(tmp_path: Path) -> None:
    made = create_key(tmp_path / "key", "witness.invalid/w", os.urandom)
    assert load_key(tmp_path / "key").verifier == made.verifier
    assert os.listdir(tmp_path) == ["key"]
    with pytest.raises(FileExistsError):
        create_key(tmp_path / "key", "witness.invalid/w", os.urandom)


@pytest.mark.parametrize("change", [
    lambda text: "", lambda text: text[:-9] + "\n", lambda text: text.replace("PRIVATE", "PUBLIC"),
    lambda text: text.replace("witness.invalid", "another.invalid"), lambda text: text + text,
])
def test_a_damaged_key_file_is_refused(tmp_path: Path, change: Any) -> None:
    create_key(tmp_path / "key", "witness.invalid", os.urandom)
    text = change((tmp_path / "key").read_text())
    (tmp_path / "key").unlink()
    make_file(tmp_path / "key", text.encode())
    with pytest.raises(ConsentryError, match="no witness's key file"):
        load_key(tmp_path / "key")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    create_key(tmp_path / "key", "witness.invalid", os.urandom)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(ConsentryError, match="chmod 600"):
        load_key(tmp_path / "key")


def test_a_lost_key_is_not_replaced_silently(tmp_path: Path) -> None:
    _grown(tmp_path)
    with pytest.raises(ConsentryError, match="is missing"):
        find_key(tmp_path, None, None, os.urandom)


def test_a_key_keeps_its_name(tmp_path: Path) -> None:
    find_key(tmp_path, None, "first.invalid", os.urandom)
    assert find_key(tmp_path, None, None, os.urandom).name == "first.invalid"
    with pytest.raises(ConsentryError, match="one key has one name"):
        find_key(tmp_path, None, "second.invalid", os.urandom)


@pytest.mark.parametrize("statement", [
    "UPDATE log SET size = 4", "UPDATE log SET root = zeroblob(32)", "UPDATE log SET time = 8",
    "UPDATE log SET note = 'nonsense'", "UPDATE log SET origin = 'other.invalid/log'",
])
def test_a_memory_that_was_changed_is_not_served_from(tmp_path: Path, statement: str) -> None:
    _grown(tmp_path)
    prepare(tmp_path, KEY, FOLLOWED)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute(statement)
    database.close()
    with pytest.raises(ConsentryError, match="is not what its key signed"):
        prepare(tmp_path, KEY, FOLLOWED)


def test_another_key_does_not_go_on_from_this_memory(tmp_path: Path) -> None:
    _grown(tmp_path)
    with pytest.raises(ConsentryError, match="is not what its key signed"):
        prepare(tmp_path, WitnessKey("witness.invalid", bytes([1]) * 32), FOLLOWED)


def test_two_processes_on_one_file_do_not_both_grow_a_log(tmp_path: Path) -> None:
    # The lock keeps them apart; if it did not, the file still would.
    stores = [WitnessStore(tmp_path), WitnessStore(tmp_path)]
    witnesses = [Serving(tmp_path, KEY, keys_of(FOLLOWED), lambda: 7).witness() for _ in stores]
    fork = ShownLog(history="two")
    assert witnesses[0].add_checkpoint(LOG.request(0, 5)).status == 200
    assert witnesses[1].add_checkpoint(fork.request(0, 5)).body == "5\n"
    held = stores[0].held(LOG.origin)
    assert held is not None
    assert stores[1].advance(LOG.origin, None, held) is False
    for store in (*stores, *(one.store for one in witnesses)):
        store.close()


def test_evidence_is_written_once_and_a_full_folder_stops_nobody(tmp_path: Path) -> None:
    fork = Fork("example.invalid/log", "ours\n", "theirs\n")
    keep_evidence(tmp_path, fork)
    keep_evidence(tmp_path, fork)
    assert [one.read_text() for one in (tmp_path / "evidence").iterdir()] == ["ours\n\ntheirs\n"]
    keep_evidence(tmp_path / "nowhere", fork)
    assert not (tmp_path / "nowhere").exists()


class Client:
    """What granian hands over for one request, and what is answered."""

    def __init__(self, parts: list[bytes], pause: float = 0.0, **headers: str) -> None:
        self._parts, self._pause = parts, pause
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.scope = SimpleNamespace(proto="http", method="POST", path="/add-checkpoint", headers=named)
        self.status = 0

    async def __aiter__(self) -> Any:
        for part in self._parts:
            await asyncio.sleep(self._pause)
            if part == b"gone":
                raise RSGIProtocolClosed
            yield part

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, dict(headers), body


class Slow:
    """A witness that takes its time, or breaks."""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self._seconds, self._error = seconds, error

    def add_checkpoint(self, body: bytes) -> Answer:
        time.sleep(self._seconds)
        if self._error is not None:
            raise self._error
        return Answer(200, body.decode())


def _serve(witness: Any, clients: list[Client], **limits: Any) -> list[int]:
    async def all_at_once() -> None:
        application = Application(witness, **limits)
        await asyncio.gather(*(application.__rsgi__(one.scope, one) for one in clients))  # type: ignore[arg-type]

    asyncio.run(all_at_once())
    return [one.status for one in clients]


def test_a_body_in_parts_is_read_whole() -> None:
    client = Client([b"one ", b"two"])
    assert _serve(Slow(), [client]) == [200]
    assert client.body == b"one two"


def test_who_does_not_finish_in_time_is_told_so() -> None:
    client = Client([b"a"] * 100, pause=0.02)
    assert _serve(Slow(), [client], patience=0.05) == [408]
    assert client.headers["connection"] == "close"


def test_who_comes_when_all_are_at_work_is_asked_to_come_again() -> None:
    clients = [Client([b"a"]) for _ in range(5)]
    assert sorted(_serve(Slow(0.05), clients, at_work=2)) == [200, 200, 503, 503, 503]
    assert {one.headers.get("retry-after") for one in clients if one.status == 503} == {"1"}


def test_who_has_gone_is_not_answered() -> None:
    assert _serve(Slow(), [Client([b"a", b"gone"])]) == [0]


def test_who_left_before_the_end_takes_nobodys_turn() -> None:
    gone = [Client([b"half"], content_length="100") for _ in range(5)]
    assert sorted(_serve(Slow(0.05), [*gone, Client([b"all"], content_length="3")], at_work=1)) == [200, *[400] * 5]


def test_a_fault_of_ours_is_500_without_words_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client([b"a secret"])
    assert _serve(Slow(error=ValueError("a secret")), [client]) == [500]
    assert b"secret" not in client.body
    assert "secret" not in "".join(capsys.readouterr())
