"""A closed loop of HTTP clients over kept-alive sockets, cheap enough not to be what is measured."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw: seconds in all, one latency (seconds) per request, and how many answers had each status."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency (ms) that `share` of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def request_bytes(path: str, host: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One HTTP/1.1 POST."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json",
             f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Client:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent_at = 0.0

    def send(self, data: bytes) -> None:
        self.buffer, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(data)

    def answered(self) -> int | None:
        """The status once the whole answer is here."""
        self.buffer += self.socket.recv(65_536)
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        lines = head.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
        return int(head.split(b" ", 2)[1]) if len(rest) >= length else None


def drive(address: tuple[str, int], requests: Iterator[bytes], clients: int, expected: bytes = b"") -> Load:
    """Sends every request, `clients` at a time, each client waiting for its answer before the next.

    Raises RuntimeError at an answer in which `expected` does not occur: other work was measured than was meant.
    """
    selector, latencies, statuses, busy = selectors.DefaultSelector(), [], {}, 0
    begun = time.perf_counter()
    for _ in range(clients):
        client, first = _Client(address), next(requests, None)
        if first is None:
            break
        client.send(first)
        selector.register(client.socket, selectors.EVENT_READ, client)
        busy += 1
    while busy:
        for key, _ in selector.select():
            client = key.data
            status = client.answered()
            if status is None:
                continue
            if expected not in client.buffer:
                raise RuntimeError(f"no {expected!r} in {client.buffer[:3000]!r}")
            latencies.append(time.perf_counter() - client.sent_at)
            statuses[status] = statuses.get(status, 0) + 1
            following = next(requests, None)
            if following is None:
                selector.unregister(client.socket)
                client.socket.close()
                busy -= 1
            else:
                client.send(following)
    return Load(time.perf_counter() - begun, latencies, statuses)
