"""A log made for auditors: saved in a folder in C2SP layout, or served over HTTP as the web tier does."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from registry.errors import NotFoundError
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.peaks import Peaks
from registry.tlog.tiles import ENTRIES, WIDTH, Tile, pack_bundle
from registry.tlog.tree import leaf_hash
from tests.tlog.naive import mth
from tests.vault_log.world import Key


class MemoryLog:
    """A Reader over entries in memory, every tile computed as the specification says."""

    def __init__(self, entries: list[bytes], key: Key) -> None:
        self.entries, self.key = entries, key

    def checkpoint(self) -> bytes:
        peaks = Peaks()
        for entry in self.entries:
            peaks.add(0, leaf_hash(entry))
        return sign_checkpoint(Checkpoint(self.key.name, len(self.entries), peaks.root()), self.key).encode()

    def tile(self, tile: Tile) -> bytes:
        span = 256 ** max(tile.level, 0)
        first = tile.n * WIDTH * span
        if first + tile.width * span > len(self.entries):
            raise NotFoundError("not there")
        if tile.level == ENTRIES:
            return pack_bundle(self.entries[first : first + tile.width])
        return b"".join(
            mth(self.entries[first + place * span : first + (place + 1) * span]) for place in range(tile.width)
        )


Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def served(answer: Callable[[str, str | None], Answer]) -> Iterator[str]:
    """The URL of a server that answers (path, Authorization) as told, on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet: the second would wait for the first to be acknowledged

        def do_GET(self) -> None:
            status, headers, body = answer(self.path, self.headers["Authorization"])
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            self.close_connection = headers.get("Connection") == "close"

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/log"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def gzipped(body: bytes) -> Answer:
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(body)
