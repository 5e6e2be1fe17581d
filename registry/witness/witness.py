"""The witness itself: each row of tlog-witness's status table, in its order.

| case | status |
|---|---|
| not a request | 400 |
| unknown origin | 404 |
| no signature of a trusted key, or a bad one | 403 |
| old size above the checkpoint's | 400 |
| old size is not that of its latest | 409, `text/x.tlog.size` |
| same size and another root; a proof that does not hold, or one from nothing; an empty tree with a root | 422 |
| it could not be written down | 503 |
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from registry.tlog.cosignature import sign_cosignature
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, encode_base64
from registry.tlog.tree import EMPTY_ROOT, verify_consistency
from registry.witness.keys import WitnessKey
from registry.witness.request import Request, parse_request
from registry.witness.store import Held, WitnessStore

PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: str
    content_type: str = PLAIN


@dataclass(frozen=True, slots=True)
class Fork:
    """Two trees of one size by one log's key: what proves that it shows two histories. `ours` is empty of a tree that
    must not be, whatever else is known."""

    origin: str
    ours: str
    theirs: str


Report = Callable[[Fork], None]


class Witness:
    """Answers requests of any thread. `clock` says seconds since 1970; `report` is told of forks."""

    def __init__(self, key: WitnessKey, logs: Mapping[str, Sequence[Verifier]], store: WitnessStore,
                 clock: Callable[[], int], report: Report) -> None:
        """`logs`: the keys trusted for each origin."""
        self.key = key
        self.logs = logs
        self.store = store
        self._clock = clock
        self._report = report
        self._origins = {origin_hash(origin): origin for origin in logs}

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosigns the checkpoint, if it may be; it is on disk before this returns."""
        try:
            request = parse_request(body)
        except TlogError as error:
            return Answer(400, f"{error.detail}\n")
        keys = self.logs.get(request.origin)
        if keys is None:
            return Answer(404, "this witness does not follow that log\n")
        lines = _verified_lines(request, keys)
        if lines is None:
            return Answer(403, "no key that this witness trusts for the log signed the checkpoint, or its signature "
                               "does not verify\n")
        if request.old > request.size:
            return Answer(400, "the old size is above the checkpoint's\n")
        try:
            return self._grow(request, lines)
        except sqlite3.Error as error:
            structlog.get_logger("witness").error("not written", error=getattr(error, "sqlite_errorname", "unknown"))
            return Answer(503, "the checkpoint could not be written down; nothing was cosigned\n")

    def checkpoint(self, name: str) -> Answer:
        """The monitoring path: the latest cosigned checkpoint of the log whose origin has this SHA-256 (hex)."""
        origin = self._origins.get(name)
        held = None if origin is None else self.store.held(origin)
        if held is None or not held.note:
            return Answer(404, "this witness has cosigned no such log\n")
        return Answer(200, held.note)

    def _grow(self, request: Request, lines: str) -> Answer:
        held = self.store.held(request.origin)
        latest = Held(0, EMPTY_ROOT) if held is None else held
        if request.old != latest.size:
            return Answer(409, f"{latest.size}\n", SIZE)
        fault = self._contradiction(request, latest, lines)
        if fault is not None:
            return Answer(422, f"{fault}\n")
        # "As of this time the largest I saw": never earlier than what was said of a smaller tree.
        time = max(self._clock(), latest.time)
        line = sign_cosignature(request.text, time, self.key)
        to = Held(request.size, request.root, f"{request.text}\n{lines}{line}", time)
        if not self.store.advance(request.origin, held, to):
            # Another request was first. The answer is what it would have been a moment later.
            return self._grow(request, lines)
        return Answer(200, line)

    def _contradiction(self, request: Request, latest: Held, lines: str) -> str | None:
        theirs = f"{request.text}\n{lines}"
        if request.size == 0 and request.root != EMPTY_ROOT:
            self._report(Fork(request.origin, "", theirs))
            return "the root of an empty tree is SHA-256 of nothing"
        if request.size == latest.size and request.root != latest.root:
            self._report(Fork(request.origin, latest.note, theirs))
            return "this witness knows another root of this size: the log shows two histories"
        if request.old == 0 and request.proof:
            return "a proof from size 0 is empty"
        if request.old == 0:
            return None  # everything grows out of nothing
        try:
            verify_consistency(latest.size, latest.root, request.size, request.root, request.proof)
        except TlogError as error:
            return error.detail
        return None


def origin_hash(origin: str) -> str:
    """How the monitoring path names a log: SHA-256 of its origin, in hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _verified_lines(request: Request, keys: Sequence[Verifier]) -> str | None:
    """The signature lines of trusted keys; None when there is none, or one does not verify."""
    known = {(one.name, one.key_id): one for one in keys}
    lines: dict[str, None] = {}
    for one in request.signatures:
        verifier = known.get((one.name, one.key_id))
        if verifier is None:
            continue
        if not verifier.verifies(request.text.encode(), one.value):
            return None
        lines[f"— {one.name} {encode_base64(one.key_id + one.value)}\n"] = None
    return "".join(lines) or None
