"""A kept connection to a witness that breaks, and threads of the network to which the unforeseen happens."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from registry.vault.log.feeder_http import HttpNetwork
from registry.vault.log.feeder_line import SILENCE, Line
from registry.vault.log.feeder_ports import Reply
from tests.vault.test_quorum_http import SECONDS, named, server

FINE = Reply(200, "", b"ok")
SAYS_FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def keeps(connection: socket.socket) -> None:
    """Answers on one connection for as long as anything comes in."""
    connection.sendall(SAYS_FINE)
    while connection.recv(65_536):
        connection.sendall(SAYS_FINE)


def test_a_kept_connection_that_breaks_before_anything_is_sent_is_replaced_at_once() -> None:
    may_break, broken = threading.Event(), threading.Event()

    def resets(connection: socket.socket) -> None:
        connection.sendall(SAYS_FINE)
        may_break.wait(20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with a reset
        connection.close()
        broken.set()

    with server(resets) as url, capture_logs() as lines:
        line, found = Line(url, SECONDS), []
        line.begin(b"first")
        found.append(line.end())
        may_break.set()
        assert broken.wait(20)
        line.begin(b"second")
        found.append(line.end())
        line.close()
    assert found == [FINE, FINE]
    assert lines == []


def after(network: HttpNetwork, body: bytes) -> list[Reply]:
    """What comes of one submission."""
    network.send(0, body)
    deadline = time.monotonic() + 20
    while not (come := network.arrived()):
        assert time.monotonic() < deadline, "the witness is never asked again"
        network.wait(1)
    return [reply for _, reply in come]


def fails(*_: object) -> Sequence[tuple[int, bytes]]:
    raise LookupError("nobody foresaw this")


@pytest.mark.parametrize("where", ["following", "alert"])
def test_a_witness_is_asked_again_after_something_unforeseen_in_its_thread(where: str) -> None:
    with server(keeps) as url, capture_logs() as lines:
        network = HttpNetwork([named(url)], SECONDS)
        setattr(network, where, fails)
        assert [after(network, b"first"), after(network, b"second")] == [[FINE], [FINE]]
        network.close()
        deadline = time.monotonic() + 20
        while len(lines) < 2:  # its thread says the last only after the reply is there
            assert time.monotonic() < deadline
            time.sleep(0.001)
    assert {(one["event"], one["error"]) for one in lines} == {("unexpected", "LookupError")}


def test_what_cannot_be_sent_is_silence_and_the_next_goes_out() -> None:
    with server(keeps) as url, capture_logs() as lines:
        network = HttpNetwork([named(url)], SECONDS)
        found = [after(network, body) for body in (b"first", 2, b"third")]  # type: ignore[arg-type]
        network.close()
    assert found == [[FINE], [SILENCE], [FINE]]
    assert {one["error"] for one in lines} == {"TypeError"}
