"""The way to the witnesses over real sockets: bounded in time and length, and a loop that answers late."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from registry.clients import VaultClient
from registry.errors import UnavailableError
from registry.tlog.proof import parse_proof
from registry.tlog.witness_policy import Witness as Named
from registry.tlog.witness_policy import parse_policy
from registry.vault.log.feeder import Feeder
from registry.vault.log.feeder_http import HttpNetwork
from registry.vault.log.feeder_ports import Patience, Reply, Times
from registry.witness.keys import WitnessKey
from tests.quorum import Played
from tests.vault.test_server import served
from tests.world import World

SECONDS = 0.5  # for one answer
SILENCE = Reply(0)


@contextmanager
def server(answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that does to every connection what a test says, in a thread each. Its URL."""
    scheme = "http" if tls is None else "https"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(65_536)
                    answer(connection)
                except OSError:
                    return  # the client had enough, or trusts nobody

        def run() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if tls is not None:  # the handshake is done by whoever reads first
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/prefix/"
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def named(url: str) -> Named:
    return Named("w", WitnessKey("w.invalid", bytes(32)).verifier, url)


def replies(url: str, count: int = 1) -> list[Reply]:
    """What comes of so many submissions, one after the other."""
    network, found = HttpNetwork([named(url)], SECONDS), []
    for _ in range(count):
        network.send(0, b"old 0\n\nnote")
        deadline = time.monotonic() + 20
        while not (come := network.arrived()):
            assert time.monotonic() < deadline, "every submission is followed by a reply"
            network.wait(1)
        found += [reply for _, reply in come]
    network.close()
    return found


def says(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


def drips(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def drips_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def drips_the_size_of_a_chunk(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def floods(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def bombs(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")


def test_status_kind_and_body_come_as_they_are() -> None:
    text = b"HTTP/1.1 409 Conflict\r\nContent-Type: Text/X.Tlog.Size; a=b\r\nContent-Length: 3\r\n\r\n12\n"
    with server(says(text)) as url:
        assert replies(url) == [Reply(409, "text/x.tlog.size", b"12\n")]


@pytest.mark.parametrize("answer", [
    drips, drips_headers, drips_the_size_of_a_chunk, floods, lambda connection: time.sleep(5),
    lambda connection: connection.close(), says(b"nonsense\r\n\r\n"),
    says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
    says(b"HTTP/1.1 100 Continue\r\n\r\n" * 2000 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
])
def test_a_witness_that_drips_floods_is_silent_or_talks_nonsense_is_silence(answer: Any) -> None:
    with server(answer) as url:
        assert replies(url) == [SILENCE]


@pytest.mark.parametrize("ends", [b"Connection: close\r\nContent-Length: 2\r\n\r\nok", b"\r\nok"])
def test_who_closes_the_connection_after_each_answer_is_heard_and_asked_again(ends: bytes) -> None:
    with server(says(b"HTTP/1.1 200 OK\r\n" + ends)) as url:
        assert replies(url, 2) == [Reply(200, "", b"ok")] * 2


def test_nobody_is_followed_elsewhere_and_nothing_is_unpacked() -> None:
    asked = threading.Event()
    with server(lambda connection: asked.set()) as elsewhere:
        text = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        with server(says(text.encode())) as url:
            assert replies(url) == [Reply(307)]
    assert not asked.is_set()
    with server(bombs) as url:
        assert replies(url) == [Reply(200, "", b"\x1f\x8b\x08\x00")]


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:1/", "http://no-such-host.invalid/", "ftp://x", "nonsense", "http://[",
])
def test_a_witness_that_is_not_there_is_silence(url: str) -> None:
    assert replies(url, 2) == [SILENCE, SILENCE]


class Quiet(BaseHTTPRequestHandler):
    """A played witness over HTTP; it answers once it `may`, and refuses while it is `down`."""

    protocol_version = "HTTP/1.1"
    played: Played
    may: threading.Event
    down = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        reply = Reply(503) if self.down or self.path != "/w/add-checkpoint" else self.played.answer(body)
        self.may.wait()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind or "text/plain")
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@dataclass
class Over:
    """A witness behind a socket."""

    handler: type[Quiet]
    feeder: Feeder


@contextmanager
def witness_of(world: World, tls: ssl.SSLContext | None = None) -> Iterator[Over]:
    """The world's vault meets one witness over HTTP, or HTTPS, who is enough."""
    vkey = world.vault.desk.keys.vkey
    may = threading.Event()
    may.set()
    handler = type("Handler", (Quiet,), {"played": Played("w.invalid", vkey, world.clock.wall, 1), "may": may})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    httpd.daemon_threads = True
    if tls is not None:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    scheme = "http" if tls is None else "https"
    text = f"witness w {handler.played.key.verifier} {scheme}://127.0.0.1:{httpd.server_port}/w\nquorum w\n"
    patience = Patience(exchange=30, opening=60)
    feeder = Feeder(parse_policy(text), lambda fed: HttpNetwork(fed, 30), Times(time.monotonic, world.clock.wall),
                    patience)
    world.vault.meet(feeder, text)
    yield Over(handler, feeder)
    httpd.shutdown()
    httpd.server_close()


def test_a_served_vault_answers_permits_late_and_everything_else_meanwhile(world: World, tmp_path: Path) -> None:
    people = world.unreachables(4)
    world.alive()
    with (
        witness_of(world) as over, served(world, tmp_path / "v.sock") as vault, ThreadPoolExecutor(4) as pool,
    ):
        client = vault.client()
        size = until_published(client)
        over.handler.may.clear()
        waiting = [pool.submit(vault.client().call, "lookup", world.asked(one, key=one.borrower), 60)
                   for one in people[:3]]
        while client.call("status", {})["size"] < size + 3:
            time.sleep(0.01)
        withdrawn = client.call("withdraw", {
            "by": world.lender.value(), "consent": people[0].consent, "through": "lender",
        })
        assert withdrawn["log_index"] == size + 3
        assert not any(one.done() for one in waiting), "the withdrawal was answered while all of them waited"
        over.handler.may.set()
        answers = [one.result(60) for one in waiting]
        assert [one["verdict"] for one in answers] == ["deny", "permit", "permit"]
        for one in answers[1:]:
            assert "w.invalid" in parse_proof(one["proof"]).checkpoint
        over.handler.down, over.feeder.patience = True, Patience(opening=0.2)
        with pytest.raises(UnavailableError) as caught:
            client.call("lookup", world.asked(people[3], key="k"))
        assert caught.value.code == "witness-quorum"
        over.handler.down, over.feeder.patience = False, Patience(opening=60)
        until_published(client)
        assert client.call("lookup", world.asked(people[3], key="k"))["verdict"] == "permit"


def until_published(client: VaultClient) -> int:
    """Waits until the witnesses have cosigned all there is; how much that is."""
    while (status := client.call("status", {}))["published"] < status["size"]:
        time.sleep(0.01)
    return int(status["size"])
