"""The vault behind a real socket in a thread of its own: what is malformed, slow or gone harms nobody else."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import frames
from registry.clients import VaultClient
from registry.errors import ConsentryError, IntegrityError, MalformedError, NotFoundError, UnavailableError
from registry.peers import Limits
from registry.vault import server
from registry.vault.vault import Vault
from tests.world import World

FAST = Limits(unfinished=0.3, waiting=8, most_waiting=64, per_round=4, peers=16)


class Served:
    """A vault served at a socket; `stop` ends it."""

    def __init__(self, world: World, path: Path, limits: Limits | None = None, uids: tuple[int, ...] | None = None):
        self.world, self.path = world, path
        self.error: BaseException | None = None
        started = threading.Event()

        def keep(stop: Any) -> None:
            self._stop = stop
            started.set()

        def run() -> None:
            try:
                server.serve(world.vault, path, uids or (os.getuid(),), keep, limits)
            except BaseException as error:
                self.error = error

        # The vault is one thread's: the world makes it, then only this thread uses it.
        self.thread = threading.Thread(target=run)
        self.thread.start()
        assert started.wait(5)

    def stop(self) -> None:
        self._stop()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def client(self) -> VaultClient:
        return VaultClient(self.path)

    def raw(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(5)
        connection.connect(str(self.path))
        return connection


@contextmanager
def served(world: World, path: Path, limits: Limits | None = None, **more: Any) -> Iterator[Served]:
    one = Served(world, path, limits, **more)
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def socket_path(world: World) -> Path:
    return world.folder / "v.sock"


def read_answer(connection: socket.socket) -> dict[str, Any]:
    header = connection.recv(4, socket.MSG_WAITALL)
    (length,) = struct.unpack(">I", header)
    return frames.decode(connection.recv(length, socket.MSG_WAITALL))


def flood(connection: socket.socket, data: bytes) -> None:
    """Sends for ever and reads nothing."""
    while True:
        connection.sendall(data)


def test_a_call_over_the_socket_is_a_call(world: World, socket_path: Path) -> None:
    with served(world, socket_path) as vault:
        client = vault.client()
        assert client.call("status", {})["origin"] == "demo.invalid/world"
        with pytest.raises(NotFoundError) as caught:
            client.call("no-such-op", {})
        assert caught.value.code == "op-unknown"
        with pytest.raises(MalformedError) as bad:
            client.call("entry", {"index": -1})
        assert bad.value.pointer == "/index"
    assert not socket_path.exists()


def test_pipelined_requests_are_all_answered_by_their_ids(world: World, socket_path: Path) -> None:
    with served(world, socket_path, FAST) as vault, vault.raw() as connection:
        requests = [{"id": f"r{n}", "op": "log-now", "args": {}} for n in range(8)]
        connection.sendall(b"".join(frames.encode(one) for one in requests))
        assert {read_answer(connection)["id"] for _ in requests} == {one["id"] for one in requests}


def test_what_a_round_leaves_over_is_answered_by_the_next_in_the_order_it_came(
    world: World, socket_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, rounds = Vault.begin, []

    def early(vault: Vault, requests: Any, **_: object) -> Any:
        rounds.append([args["n"] for op, args in requests if op == "no-such-op"])
        return begin(vault, requests[:3])

    monkeypatch.setattr(Vault, "begin", early)
    with served(world, socket_path, FAST) as vault, vault.raw() as connection:
        requests = [{"id": f"r{n}", "op": "no-such-op", "args": {"n": n}} for n in range(8)]
        connection.sendall(b"".join(frames.encode(one) for one in requests))
        assert [read_answer(connection)["id"] for _ in requests] == [one["id"] for one in requests]
    assert [n for one in rounds for n in one[:3]] == list(range(8))
    assert len([one for one in rounds if one]) >= 3


@pytest.mark.parametrize(("sent", "code"), [
    (struct.pack(">I", 2**20 + 1) + b"x", "frame-too-long"),
    (struct.pack(">I", 4) + b"\xff\xfe\x00\x01", "frame-malformed"),
    (struct.pack(">I", 2) + b"[]", "frame-malformed"),
    (b"GET / HTTP/1.1\r\nHost: vault\r\n\r\n", "frame-too-long"),
    (frames.encode({"id": 1, "op": "status", "args": {}})[:-3], "frame-unfinished"),
    (b"\x00", "frame-unfinished"),
])
def test_what_is_no_frame_gets_an_error_then_the_end(
    world: World, socket_path: Path, sent: bytes, code: str
) -> None:
    with served(world, socket_path, FAST) as vault, vault.raw() as connection:
        other = vault.client()
        connection.sendall(sent)
        assert read_answer(connection)["error"]["code"] == code
        assert connection.recv(1) == b"", "then it is closed"
        assert other.call("status", {})["demo"] is True


def test_frames_before_a_bad_one_are_still_answered(world: World, socket_path: Path) -> None:
    with served(world, socket_path) as vault, vault.raw() as connection:
        connection.sendall(frames.encode({"id": 1, "op": "status", "args": {}}) + struct.pack(">I", 2) + b"[]")
        answers = [read_answer(connection), read_answer(connection)]
        assert {one.get("id") for one in answers} == {1, None}


def test_a_frame_may_come_in_many_pieces(world: World, socket_path: Path) -> None:
    with served(world, socket_path) as vault, vault.raw() as connection:
        for byte in frames.encode({"id": 1, "op": "log-now", "args": {}}):
            connection.sendall(bytes([byte]))
        assert "now" in read_answer(connection)["ok"]


def test_clients_that_vanish_harm_nobody(world: World, socket_path: Path) -> None:
    with served(world, socket_path) as vault:
        request = frames.encode({"id": 1, "op": "status", "args": {}})
        for part in (b"", request[:3], request[:-1], request, request * 20):
            connection = vault.raw()
            connection.sendall(part)
            connection.close()
        assert vault.client().call("status", {})["size"] > 0


def test_a_request_is_done_though_its_sender_is_gone(world: World, socket_path: Path) -> None:
    person = world.borrower()
    draft = world.draft("sign-of-life/1", {"borrower": person.borrower, "source": "lender"}, world.lender)
    with served(world, socket_path) as vault:
        connection = vault.raw()
        connection.sendall(frames.encode({"id": 1, "op": "append", "args": {"entry": draft.value()}}))
        connection.close()
        client, found = vault.client(), None
        for _ in range(50):
            try:
                found = client.call("entry", {"id": draft.id})
                break
            except NotFoundError:
                time.sleep(0.02)
        assert found is not None
        assert found["entry"]["kind"] == "sign-of-life/1"


def test_a_peer_that_sends_no_more_still_gets_its_answers(world: World, socket_path: Path) -> None:
    with served(world, socket_path) as vault, vault.raw() as connection:
        connection.sendall(frames.encode({"id": 1, "op": "status", "args": {}}) * 3)
        connection.shutdown(socket.SHUT_WR)
        assert [read_answer(connection)["id"] for _ in range(3)] == [1, 1, 1]
        assert connection.recv(1) == b""


def test_a_peer_that_does_not_read_is_dropped_and_others_go_on(world: World, socket_path: Path) -> None:
    limits = Limits(unread_bytes=64 * 1024)
    with served(world, socket_path, limits) as vault, vault.raw() as lazy:
        lazy.settimeout(20)
        request = frames.encode({"id": 1, "op": "follow", "args": {"after": 0, "limit": 500}})
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            flood(lazy, request * 10)
        assert vault.client().call("status", {})["size"] > 0


def test_another_user_is_turned_away(world: World, socket_path: Path) -> None:
    with served(world, socket_path, uids=(os.getuid() + 1,)) as vault, pytest.raises(UnavailableError):
        vault.client().call("status", {}, timeout=2)


def test_too_many_connections_are_turned_away_and_the_rest_served(world: World, socket_path: Path) -> None:
    with served(world, socket_path, FAST) as vault:
        held = [vault.raw() for _ in range(FAST.peers - 1)]
        client = vault.client()
        assert client.call("status", {})["demo"] is True
        late = vault.raw()
        assert late.recv(1) == b""
        for one in (*held, late):
            one.close()
        assert client.call("status", {})["demo"] is True


def test_back_pressure_refuses_what_does_not_restrict_and_nothing_that_does(
    world: World, socket_path: Path
) -> None:
    person = world.borrower()
    lives = [
        world.draft("sign-of-life/1", {"borrower": person.borrower, "source": "lender"}, world.lender).value()
        for _ in range(40)
    ]
    requests = [{"id": f"free-{n}", "op": "log-now", "args": {}} for n in range(40)]
    requests += [{"id": f"life-{n}", "op": "append", "args": {"entry": one}} for n, one in enumerate(lives)]
    with served(world, socket_path, FAST) as vault, vault.raw() as connection:
        connection.sendall(b"".join(frames.encode(one) for one in requests))
        answers = {}
        for _ in requests:
            one = read_answer(connection)
            answers[one["id"]] = one
    assert all("ok" in answers[f"life-{n}"] for n in range(40))
    refused = [one for one in answers.values() if "error" in one]
    assert refused
    assert {one["error"]["code"] for one in refused} == {"log-unavailable"}


def test_one_exception_in_one_frame_does_not_take_the_vault_down(
    world: World, socket_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("+8610000000001")

    monkeypatch.setattr(type(world.vault.desk.keys), "seal_own", broken)
    with served(world, socket_path) as vault:
        client = vault.client()
        with pytest.raises(ConsentryError) as caught:
            client.call("seal-note", {"text": "a note"})
        assert caught.value.code == "internal"
        assert "861" not in caught.value.detail
        assert client.call("status", {})["demo"] is True


def test_an_integrity_error_ends_the_process(
    world: World, socket_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise IntegrityError("the guard is ahead of the log: an operator must look")

    monkeypatch.setattr(type(world.vault.desk.log), "commit", lost)
    vault = Served(world, socket_path)
    with pytest.raises(UnavailableError):
        vault.client().call("status", {})
    vault.thread.join(5)
    assert isinstance(vault.error, IntegrityError)


def test_a_client_finds_a_restarted_vault_again(world: World, socket_path: Path) -> None:
    client = VaultClient(socket_path)
    with pytest.raises(UnavailableError):
        client.call("status", {})
    with served(world, socket_path):
        assert client.call("status", {})["demo"] is True
    with pytest.raises(UnavailableError):
        client.call("status", {})
    with served(world, socket_path):
        assert client.call("status", {})["demo"] is True


def test_a_client_gives_up_in_time(tmp_path: Path) -> None:
    path = tmp_path / "deaf.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(1)
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            VaultClient(path).call("status", {}, timeout=0.2)
        assert time.monotonic() - began < 2


def test_many_threads_share_one_client(world: World, socket_path: Path) -> None:
    with served(world, socket_path) as vault:
        client = vault.client()
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda n: client.call("entry", {"index": n % 5})["index"], range(200)))
    assert found == [n % 5 for n in range(200)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.lists(st.binary(max_size=60), max_size=4), cut=st.integers(0, 60))
def test_no_junk_keeps_the_next_client_from_its_answer(
    world: World, socket_path: Path, junk: list[bytes], cut: int
) -> None:
    with served(world, socket_path, FAST) as vault:
        connections = [vault.raw() for _ in junk]
        for connection, data in zip(connections, junk, strict=True):
            connection.sendall(data)
        half = vault.raw()
        half.sendall(frames.encode({"id": 1, "op": "status", "args": {}})[:cut])
        assert vault.client().call("status", {})["demo"] is True
        for connection in (*connections, half):
            connection.close()
