"""What a witness's answer to add-checkpoint means (C2SP tlog-witness; the table in LOG.md section 1.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.tlog.checkpoint import parse_size
from registry.tlog.cosignature import lines_of, verify_cosignatures
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, encode_base64
from registry.vault.log.feeder_ports import Reply
from registry.vault.log.stated import Stated

SIZE_KIND = "text/x.tlog.size"
OK, CONFLICT, UNPROCESSABLE = 200, 409, 422


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness's signature line, verified, and the time in it (seconds since 1970)."""

    line: str
    time: int


@dataclass(frozen=True, slots=True)
class AtSize:
    """It says that it stands at another size than we believed."""

    size: int


@dataclass(frozen=True, slots=True)
class Differs:
    """It has another history of this log than ours, or a longer one: a fork, an older copy of ours, or a lie."""

    size: int


@dataclass(frozen=True, slots=True)
class NotCosigned:
    """Anything else: it is silent, overloaded, unwilling, or makes no sense."""

    why: str


Meaning = Cosigned | AtSize | Differs | NotCosigned


def submission(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of add-checkpoint: the size that the witness is believed to have, the proof from there, our note."""
    return "".join((f"old {old}\n", *(f"{encode_base64(one)}\n" for one in proof), "\n", note)).encode()


def meaning(reply: Reply, sent: Stated, old: int, key: Verifier, newest: int) -> Meaning:
    """What a reply says about `sent`, submitted with `old`. `newest`: the size up to which we have signed."""
    if reply.status == OK:
        return _cosigned(reply, sent, key)
    if reply.status == UNPROCESSABLE and old:
        # The proof leads from our own tiles at the size it named to our own root: it has another root there.
        return Differs(old)
    if reply.status != CONFLICT:
        return NotCosigned(f"status {reply.status}" if reply.status else reply.trouble or "no answer")
    size = _size(reply)
    if size is None:
        # Some witnesses refuse another root of the same size with an empty 409.
        return Differs(old) if old == sent.size else NotCosigned("a 409 without a size")
    # A witness that refuses the very size it stands at has another root there (tlog-witness v1.0.0 said 409).
    return Differs(size) if size > newest or size == old > 0 else AtSize(size)


def _cosigned(reply: Reply, sent: Stated, key: Verifier) -> Meaning:
    try:
        line = lines_of(reply.body.decode("utf-8"), [key])
        times = verify_cosignatures(sent.note + line, [key])
    except (TlogError, UnicodeDecodeError):
        return NotCosigned("a cosignature that does not verify")
    time = times.get(key, 0)  # add-checkpoint never answers with time 0
    if not time or line.count("\n") != 1:
        return NotCosigned("not one cosignature by its key")
    return Cosigned(line, time)


def _size(reply: Reply) -> int | None:
    if reply.kind != SIZE_KIND:
        return None
    try:
        text = reply.body.decode("ascii")
        return parse_size(text.removesuffix("\n"))
    except (TlogError, UnicodeDecodeError):
        return None
