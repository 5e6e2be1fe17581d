"""The record of one call over a bridge, as its webhook tells it: no number in it. Read strictly.

A `call.record` is a Standard Webhook of a neutral provider and carries no sequence number: nothing counts that rests
on it. It says which connection, how long it rang and was talked, what came of it, and whether the person called said
or pressed *stop*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.courier.words import stops
from registry.errors import MalformedError
from registry.model.shapes import ID_SHAPE, Optional, integer, struct, text, words
from registry.model.times import parse_rfc3339

TYPE = "call.record"
OUTCOMES = ("talked", "no-answer", "busy", "declined", "not-alerted", "failed")
_WHEN = text(r"[ -~]{20,40}", "an RFC 3339 time")
SHAPE = struct({
    "id": ID_SHAPE, "call": text(r"[!-~]{1,128}", "the bridge's id of the call"), "began_at": _WHEN,
    "ring_seconds": Optional(integer(0, 86_400)), "talk_seconds": integer(0, 86_400), "outcome": words(*OUTCOMES),
    # What the person called said or pressed: looked at once for such words, and goes nowhere.
    "said": Optional(text(r"(?s:.{0,1000})", "what was said")),
})


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. `binding` is the id that we gave the connection, `began_at` wall-clock milliseconds."""

    binding: str
    call: str
    began_at: int
    ring_seconds: int | None
    talk_seconds: int
    outcome: str
    stop: bool


def read(data: Mapping[str, Any]) -> CallRecord:
    """The record in the `data` of a webhook whose shape was checked. Raises MalformedError."""
    if (data["outcome"] == "talked") != (data["talk_seconds"] > 0):
        raise MalformedError("only a call that was talked has talk_seconds", pointer="/data/talk_seconds")
    return CallRecord(
        data["id"], data["call"], parse_rfc3339(data["began_at"]), data.get("ring_seconds"), data["talk_seconds"],
        data["outcome"], stops(data.get("said", "")),
    )
