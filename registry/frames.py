"""Frames between the processes: a uint32 big-endian length, then one UTF-8 JSON object of at most 1 MiB.

A request is `{id, op, args}`; an answer is `{id, ok}` or `{id, error: {code, detail, family, pointer?}}`,
in any order (DESIGN section 3). `family` is the stable code of the error's class, so that the other side
raises the same class whatever the finer code says. Pure: no sockets here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import orjson

from registry.errors import (
    ConflictError,
    ConsentryError,
    IntegrityError,
    MalformedError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)

MAX_FRAME = 1024 * 1024
HEADER = struct.Struct(">I")
MAX_NAME = 64

Ident = str | int

_FAMILIES: dict[str, type[ConsentryError]] = {
    family.code: family
    for family in (
        ConsentryError, MalformedError, NotFoundError, ConflictError, UnauthorizedError, UnavailableError,
        IntegrityError,
    )
}


class FrameError(MalformedError):
    """What came over the socket is not a frame; the connection cannot go on."""

    code = "frame-malformed"


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `id` is the caller's own, echoed in the answer."""

    id: Ident
    op: str
    args: dict[str, Any]


def encode(value: object) -> bytes:
    """A frame. Raises FrameError when the value is no JSON or over-long."""
    try:
        data = orjson.dumps(value)
    except TypeError as error:
        raise FrameError("the value has no JSON form") from error
    if len(data) > MAX_FRAME:
        raise FrameError("a frame holds at most 1 MiB", code="frame-too-long")
    return HEADER.pack(len(data)) + data


def decode(payload: bytes) -> dict[str, Any]:
    """The object in a frame's payload. Raises FrameError."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise FrameError("a frame holds one JSON object") from error
    if not isinstance(value, dict):
        raise FrameError("a frame holds one JSON object")
    return value


def request_of(payload: bytes) -> Request:
    """The request in a frame's payload. Raises FrameError."""
    value = decode(payload)
    ident, op, args = value.get("id"), value.get("op"), value.get("args")
    if set(value) != {"id", "op", "args"} or not isinstance(op, str) or not isinstance(args, dict):
        raise FrameError("a request is {id, op, args}")
    if type(ident) not in (str, int) or len(str(ident)) > MAX_NAME or len(op) > MAX_NAME:
        raise FrameError("a request's id is a number or a string of at most 64 characters")
    assert isinstance(ident, str | int)
    return Request(ident, op, args)


def error_value(error: ConsentryError) -> dict[str, str]:
    """The form of an error inside an answer."""
    family = next((name for name, one in reversed(_FAMILIES.items()) if isinstance(error, one)), "internal")
    value = {"code": error.code, "detail": error.detail, "family": family}
    if error.pointer is not None:
        value["pointer"] = error.pointer
    return value


def answer(ident: Ident | None, outcome: dict[str, Any] | ConsentryError) -> bytes:
    """The frame of an answer. A result too long for a frame becomes an error, never silence."""
    head: dict[str, Any] = {} if ident is None else {"id": ident}
    if isinstance(outcome, ConsentryError):
        return encode({**head, "error": error_value(outcome)})
    try:
        return encode({**head, "ok": outcome})
    except FrameError as error:
        return encode({**head, "error": error_value(error)})


def result_of(value: dict[str, Any]) -> dict[str, Any]:
    """The result in an answer. Raises the ConsentryError that the other side sent, FrameError on nonsense."""
    ok, error = value.get("ok"), value.get("error")
    if isinstance(ok, dict):
        return ok
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        raise FrameError("an answer is {id, ok} or {id, error}")
    family = _FAMILIES.get(str(error.get("family")), ConsentryError)
    pointer = error.get("pointer")
    raise family(
        str(error.get("detail", "")), code=error["code"], pointer=pointer if isinstance(pointer, str) else None,
    )


class Assembler:
    """Turns a stream of bytes into payloads; holds at most one unfinished frame beside what was fed."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def unfinished(self) -> bool:
        """Whether part of a frame has come and the rest has not."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads completed by `data`.

        Raises FrameError as soon as a header announces too much; frames before it are lost with the connection.
        """
        self._buffer += data
        payloads: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= HEADER.size:
            (length,) = HEADER.unpack_from(self._buffer, start)
            if length > MAX_FRAME:
                raise FrameError("a frame holds at most 1 MiB", code="frame-too-long")
            end = start + HEADER.size + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[start + HEADER.size:end]))
            start = end
        del self._buffer[:start]
        return payloads
