"""The courier's socket: real frames over a real Unix socket, in the same process."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from registry.clients import VaultClient
from registry.courier.clock import VaultTime
from registry.courier.server import serve
from registry.errors import (
    ConsentryError,
    IntegrityError,
    MalformedError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from registry.model.times import SECOND, stamp
from registry.web.pump import seal_callback
from tests.courier.test_deliver import listed
from tests.courier.world import SALT, SECRET, START, World, signed


class Served:
    """A courier being served; `failure` is what ended it."""

    def __init__(self, world: World, path: Path) -> None:
        self.client = VaultClient(path)
        self.failure: BaseException | None = None
        self._world, self._path = world, path
        self._started = threading.Event()
        self._stop: Callable[[], None] = lambda: None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self._started.wait(5)

    def _run(self) -> None:
        try:
            serve(self._world.courier, self._path, [os.getuid()], self._on_start)
        except Exception as error:
            self.failure = error

    def _on_start(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._started.set()

    def end(self) -> None:
        self.client.close()
        self._stop()
        self.thread.join(5)
        assert not self.thread.is_alive()


@contextmanager
def served(world: World, folder: Path) -> Iterator[Served]:
    one = Served(world, folder / "c.sock")
    try:
        yield one
    finally:
        one.end()


def callback(world: World, event: dict[str, Any], sealed_to: dict[str, Any] | None = None) -> dict[str, Any]:
    body = json.dumps(event).encode()
    headers = signed("msg_1", world.clock.wall() // SECOND, body)
    key = sealed_to or world.store.keys.public()["courier_enc"]
    return {"item": "0" * 32, "provider": "neutral-voice", "received_at": world.clock.wall(),
            "jwe": seal_callback(key, headers, body)}


def test_a_sealed_callback_is_settled_over_the_socket(world: World, tmp_path: Path) -> None:
    with served(world, tmp_path) as one:
        assert one.client.call("callback", callback(world, world.event())) == {"done": True}
        assert one.client.call("provider-status", {"name": "neutral-voice"}) == {
            "next_seq": 2, "gaps": [], "waiting": 0, "refused": []}
    assert one.failure is None
    assert len(world.attempts()) == 1


def test_a_callback_sealed_to_somebody_else_is_settled_as_refused(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other")
    with served(world, tmp_path) as one:
        args = callback(world, world.event(), other.store.keys.public()["courier_enc"])
        assert one.client.call("callback", args) == {"done": True}
        [refused] = one.client.call("provider-status", {"name": "neutral-voice"})["refused"]
    assert refused == {"webhook_id": "", "why": "seal-invalid"}


def test_a_message_goes_out_over_the_socket(world: World, tmp_path: Path) -> None:
    listed(world)
    with served(world, tmp_path) as one:
        wants: list[dict[str, Any]] = []
        while not wants:
            wants = one.client.call("wants", {})["wants"]
        [want] = wants
        assert want["names"] == ["name"]
        blobs = {"name": base64.b64encode(b"sealed").decode()}
        args = {"delivery": want["delivery"], "blobs": blobs}
        assert one.client.call("blobs", args) == {"sent": True}
        assert one.client.call("blobs", args) == {"sent": True}
    assert len(world.outbox.messages()) == 1


def test_a_secret_comes_with_its_salt(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.register_provider(secret=None)
    with served(world, tmp_path) as one:
        assert one.client.call("provider-secret", {
            "provider": "neutral-voice", "secret": SECRET, "salt": SALT.hex()}) == {}
    assert world.post(world.event()) == "recorded"


@pytest.mark.parametrize(("op", "args", "error"), [
    ("nothing", {}, MalformedError), ("wants", {"more": 1}, MalformedError), ("callback", {}, MalformedError),
    ("provider-status", {"name": "stranger"}, NotFoundError),
    ("provider-status", {"name": "../etc"}, MalformedError),
    ("blobs", {"delivery": "0" * 32, "blobs": {}}, NotFoundError),
    ("blobs", {"delivery": "0" * 32, "blobs": {"a": 1}}, MalformedError),
    ("provider-secret", {"provider": "p", "secret": "short", "salt": "00" * 32}, MalformedError),
    ("provider-secret", {"provider": "p", "secret": SECRET, "salt": "00"}, MalformedError),
])
def test_what_is_asked_wrongly_is_answered_with_an_error(
    world: World, tmp_path: Path, op: str, args: dict[str, Any], error: type[ConsentryError],
) -> None:
    with served(world, tmp_path) as one:
        with pytest.raises(error):
            one.client.call(op, args)
        assert one.client.call("wants", {}) == {"wants": []}


def test_an_unforeseen_failure_answers_that_request_only_and_tells_no_value(world: World, tmp_path: Path) -> None:
    def broken(op: str) -> None:
        if op == "match-line":
            raise RuntimeError("+8610000000001 is broken")

    world.courier.follow()
    world.vault.before = broken
    with served(world, tmp_path) as one:
        with pytest.raises(ConsentryError) as caught:
            one.client.call("callback", callback(world, world.event()))
        assert caught.value.code == "internal"
        assert "861" not in caught.value.detail
        world.vault.before = lambda op: None
        assert one.client.call("callback", callback(world, world.event())) == {"done": True}


def test_garbage_on_the_socket_harms_nobody_else(world: World, tmp_path: Path) -> None:
    with served(world, tmp_path) as one:
        for garbage in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{]", b"\x00\x00"):
            with socket.socket(socket.AF_UNIX) as rude:
                rude.connect(str(tmp_path / "c.sock"))
                rude.sendall(garbage)
                assert one.client.call("wants", {}) == {"wants": []}


def test_while_the_vault_is_away_the_courier_waits_and_answers_so(world: World, tmp_path: Path) -> None:
    def away(op: str) -> None:
        raise UnavailableError("away")

    world.vault.before = away
    with served(world, tmp_path) as one:
        with pytest.raises(UnavailableError):
            one.client.call("callback", callback(world, world.event()))
        world.vault.before = lambda op: None
        assert one.client.call("callback", callback(world, world.event())) == {"done": True}
    assert one.failure is None


@pytest.mark.parametrize("error", [
    IntegrityError("another log"), UnauthorizedError("not you"), ValueError("unforeseen"),
])
def test_a_courier_that_cannot_follow_does_not_look_alive(world: World, tmp_path: Path, error: Exception) -> None:
    def broken(op: str) -> None:
        if op == "follow":
            raise error

    world.vault.before = broken
    one = Served(world, tmp_path / "c.sock")
    one.thread.join(5)
    assert one.failure is error
    one.end()


def test_the_log_clock_is_the_vaults(world: World) -> None:
    assert VaultTime(world.vault).now() == START
    world.clock.pass_(90 * SECOND)
    assert stamp(VaultTime(world.vault).now()) == stamp(START + 90 * SECOND)
