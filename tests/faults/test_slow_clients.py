"""64 clients that send their body byte by byte, and 64 that never read: everybody else is served.

Seen to fail: as long as a body was read in one of the few threads at work, 64 slow senders kept everybody waiting.
"""

from __future__ import annotations

import http.server
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.faults.house import House

SLOW = 64
Rude = Callable[[str, int, int], socket.socket]


def slow_sender(token: str, port: int, number: int) -> socket.socket:
    """The head and the first byte of a lookup's body."""
    one = socket.create_connection(("127.0.0.1", port), timeout=10)
    one.sendall(
        f"POST /v1/lookups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: slow-{number}\r\n"
        "Content-Type: application/json\r\nContent-Length: 250\r\n\r\n{".encode())
    return one


def slow_head(token: str, port: int, number: int) -> socket.socket:
    """Half a head."""
    one = socket.create_connection(("127.0.0.1", port), timeout=10)
    one.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: ")
    return one


def slow_reader(token: str, port: int, number: int) -> socket.socket:
    """Asks for much and takes next to nothing of it."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.settimeout(10)
    one.connect(("127.0.0.1", port))
    one.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
    return one


@contextmanager
def crowded(rude: Rude, token: str, port: int) -> Iterator[None]:
    """So many of them, each sending one more byte now and then."""
    held = [rude(token, port, number) for number in range(SLOW)]
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(1):
            for one in held:
                with suppress(OSError):
                    one.send(b" ")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for one in held:
            one.close()


@pytest.mark.parametrize("rude", [slow_sender, slow_head, slow_reader], ids=lambda rude: rude.__name__)
def test_slow_clients_keep_nobody_waiting(home: House, rude: Rude) -> None:
    home.settle()
    with crowded(rude, home.world.card["tokens"]["collector"], home.up.port):
        time.sleep(1.5)
        for _ in range(10):
            assert home.world.look("withdrawn").status == 201
            assert home.world.ask("GET", "/healthz").status == 200
    home.settle()


def test_a_server_that_reads_bodies_in_its_threads_is_found_out() -> None:
    """What the test above would see of a server that one slow client can hold up."""

    class Blocking(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.TCPServer(("127.0.0.1", 0), Blocking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        held = slow_sender("t", port, 0)
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as other:
            other.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            with pytest.raises(TimeoutError):
                other.recv(1)
        held.close()
        server.shutdown()
