"""HTTP for a witness: `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint`, and `GET /` for people.

An application in granian's own form (RSGI): bodies arrive while nobody waits for them in a thread, so that a client
that sends a byte a second holds up nothing but itself. TLS is for a proxy in front (docs/operating/witnesses.md).
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

from registry.logs import unexpected
from registry.witness.request import MAX_BODY
from registry.witness.witness import Answer, Witness, origin_hash

PATIENCE = 10.0  # seconds for a whole body
AT_WORK = 64  # requests whose body has come and whose answer has not; more are refused
WORKERS = 4  # threads: the work is two signatures and one write, and there is one writer
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)

_UNAVAILABLE = Answer(503, "too many requests; try again in a second\n")
_BROKEN = Answer(500, "this is a fault of the witness; nothing was cosigned\n")


class Application:
    """One for each process: `granian` calls it for every request."""

    def __init__(self, witness: Witness, patience: float = PATIENCE, at_work: int = AT_WORK) -> None:
        self._witness = witness
        self._patience = patience
        self._free = at_work
        self._pool = ThreadPoolExecutor(WORKERS, "witness")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answers one request."""
        if scope.proto != "http":
            return
        try:
            answer = await self._answer(scope, protocol)
        except ProtocolClosed:
            return  # nobody is there any more
        except Exception as error:  # noqa: BLE001 - the last stop: a client gets a line, the operator a log line
            unexpected("witness", error)
            answer = _BROKEN
        headers = [("content-type", answer.content_type), ("cache-control", "no-store")]
        if answer.status in (405, 503):
            headers.append(("allow", "GET, HEAD, POST") if answer.status == 405 else ("retry-after", "1"))
        if answer.status in (408, 413):
            headers.append(("connection", "close"))  # the rest of the body is not read
        protocol.response_bytes(answer.status, headers, b"" if scope.method == "HEAD" else answer.body.encode())

    async def _answer(self, scope: Scope, protocol: HTTPProtocol) -> Answer:
        if scope.path == "/add-checkpoint":
            if scope.method != "POST":
                return Answer(405, "POST a checkpoint here\n")
            return await self._add(scope, protocol)
        if scope.method not in ("GET", "HEAD"):
            return Answer(405, "GET only\n")
        match = _CHECKPOINT.fullmatch(scope.path)
        if match is not None:
            return await self._in_thread(self._witness.checkpoint, match[1])
        if scope.path == "/":
            return await self._in_thread(self._about)
        return Answer(404, "a witness has /add-checkpoint and /<SHA-256 of an origin>/checkpoint\n")

    async def _add(self, scope: Scope, protocol: HTTPProtocol) -> Answer:
        said = str(scope.headers.get("content-length", "0"))
        if not said.isdecimal() or int(said) > MAX_BODY:
            return _too_long()
        try:
            async with asyncio.timeout(self._patience):
                body = await _body(protocol)
        except TimeoutError:
            return Answer(408, f"the whole request within {self._patience:.0f} seconds\n")
        if body is not None and len(body) < int(said):
            return Answer(400, "the body is cut off\n")  # whoever sent it has gone, and takes nobody's turn
        return _too_long() if body is None else await self._in_thread(self._witness.add_checkpoint, body)

    async def _in_thread(self, function: Any, *arguments: Any) -> Answer:
        if self._free <= 0:
            return _UNAVAILABLE
        self._free -= 1
        try:
            answer: Answer = await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
            return answer
        finally:
            self._free += 1

    def _about(self) -> Answer:
        lines = ["A witness of transparency logs (C2SP tlog-witness).", "", str(self._witness.key.verifier), ""]
        for origin in sorted(self._witness.logs):
            held = self._witness.store.held(origin)
            size = "nothing yet" if held is None or not held.note else f"size {held.size}"
            lines.append(f"{origin}: {size} (/{origin_hash(origin)}/checkpoint)")
        return Answer(200, "\n".join(lines) + "\n")


async def _body(protocol: HTTPProtocol) -> bytes | None:
    """The whole body, or None as soon as it is too long."""
    parts, length = [], 0
    async for part in protocol:
        parts.append(part)
        length += len(part)
        if length > MAX_BODY:
            return None
    return b"".join(parts)


def _too_long() -> Answer:
    return Answer(413, f"at most {MAX_BODY} bytes\n")
