"""What a carrier tells of our messages, beside `contact.attempt`: a receipt, or what somebody replied. Read strictly.

Both are Standard Webhooks of a neutral provider and carry no sequence number: nothing counts that rests on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from registry.courier.bridges import records
from registry.courier.bridges.records import CallRecord
from registry.courier.providers.event import RefusedEvent
from registry.courier.providers.strict import read_object
from registry.errors import MalformedError
from registry.model.shapes import ID_SHAPE, Optional, check_fields, struct, text, words
from registry.model.times import parse_rfc3339

TYPES = ("message.receipt", "message.reply", records.TYPE)
_WHEN = text(r"[ -~]{20,40}", "an RFC 3339 time")
_ADDRESS = text(r"[^\x00-\x1f\x7f]{1,254}", "an address")
_SHAPES = {
    records.TYPE: records.SHAPE,
    "message.receipt": struct({
        "id": ID_SHAPE, "status": words("delivered", "failed"), "at": Optional(_WHEN),
        "error": Optional(text(r"[ -~]{0,64}", "a word")),
    }),
    "message.reply": struct({
        "from": _ADDRESS, "to": Optional(_ADDRESS), "text": text(r"(?s:.{0,10000})", "a text"),
        "received_at": _WHEN, "medium": words("sms", "voice", "email"),
    }),
}


@dataclass(frozen=True, slots=True)
class CarrierReceipt:
    """What became of one of our messages. `delivery` is the id we gave it."""

    delivery: str
    status: Literal["delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answered. Its text is looked at once, for the word, and goes nowhere."""

    address: str
    medium: str
    text: str = field(repr=False)


def read(body: bytes) -> CarrierReceipt | Reply | CallRecord | None:
    """The receipt, reply or call record in a verified body; None for any other event. Raises RefusedEvent."""
    value = read_object(body)
    kind = value.get("type")
    if kind not in TYPES:
        return None
    try:
        check_fields({"type": words(*TYPES), "timestamp": _WHEN, "data": _SHAPES[kind]}, value)
        data = value["data"]
        for when in (value["timestamp"], *(data[name] for name in ("at", "received_at") if name in data)):
            parse_rfc3339(when)
        if kind == records.TYPE:
            return records.read(data)
    except MalformedError as error:
        raise RefusedEvent(error.detail, pointer=error.pointer) from error
    if kind == "message.receipt":
        return CarrierReceipt(data["id"], data["status"])
    return Reply(data["from"], data["medium"], data["text"])
