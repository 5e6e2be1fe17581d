"""The neutral event (CONTRACT section 4): what a provider tells of one attempt, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from registry.courier.providers import webhooks
from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Event, RefusedEvent
from registry.courier.providers.strict import read_object
from registry.errors import MalformedError
from registry.model.catalogue.terms import MEDIUM, STATUS
from registry.model.shapes import ID_SHAPE, Optional, Shape, check_fields, integer, struct, text, words
from registry.model.times import parse_rfc3339

_ANY_INTEGER = integer(-(2**53 - 1), 2**53 - 1)
_ANY_WORD = text(r"[ -~]{0,64}", "a word")
_ADDRESS = text(r"[^\x00-\x1f\x7f]{1,254}", "an address")
_WHEN = text(r"[ -~]{20,40}", "an RFC 3339 time")
# A compact JWS, or the id of its check alone. What is neither, the vault does not believe: the event stands.
_TICKET = text(r"[!-~]{1,2048}", "a ticket")
_DATA = struct({
    "attempt_id": text(r"[!-~]{1,128}", "an id"), "seq": integer(1, 2**53 - 1),
    "ticket": Optional(_TICKET), "account": Optional(ID_SHAPE),
    "medium": MEDIUM, "direction": words("outbound", "inbound"), "to": _ADDRESS, "from": _ADDRESS,
    # Values are free here and become `unmapped` below: a value we do not know is no reason to lose the event.
    "cause": struct({"sip": Optional(_ANY_INTEGER), "q850": Optional(_ANY_INTEGER),
                     "status": Optional(_ANY_WORD), "hangup_by": Optional(_ANY_WORD)}),
    "began_at": _WHEN, "ring_seconds": Optional(integer(0, 86_400)), "ended_at": Optional(_WHEN),
})
# `data` has its own reader, which a file of calls uses too.
KNOWN = frozenset((
    "type", "timestamp", "data", "attempt_id", "seq", "ticket", "account", "medium", "direction", "to", "from",
    "cause", "sip", "q850", "status", "hangup_by", "began_at", "ring_seconds", "ended_at",
))
_EVENT = {"type": words("contact.attempt"), "timestamp": _WHEN, "data": Shape("data", lambda _value, _pointer: None)}
_KNOWN_CAUSES: dict[str, Shape] = {
    "sip": integer(100, 699), "q850": integer(1, 127), "status": STATUS,
    "hangup_by": words("caller", "callee", "network"),
}


def read(body: bytes) -> Event:
    """The event in a verified body. Raises RefusedEvent on anything but exactly the contract's members.

    A value of a cause that we do not know (a status, a code out of range) makes the cause `unmapped`, which is
    class `unknown`, never an error. Whether a ticket is to be believed is the vault's to say.
    """
    value = read_object(body)
    try:
        check_fields(_EVENT, value)
        _time(value, "timestamp", "/timestamp")
    except RefusedEvent:
        raise
    except MalformedError as error:
        raise RefusedEvent(error.detail, pointer=_known(error.pointer)) from error
    return event_of(value["data"])


def event_of(data: Any) -> Event:
    """The event in a `data`, read as strictly. Raises RefusedEvent."""
    try:
        _DATA.check(data, "/data")
        if "ticket" in data and "account" in data:
            raise RefusedEvent("ticket or account, not both", pointer="/data/account")
        return Event(
            attempt=data["attempt_id"], seq=data["seq"], account=data.get("account"),
            medium=data["medium"], direction=data["direction"],
            dialled=data["to"] if data["direction"] == "outbound" else data["from"],
            cause=_cause_of(data["cause"]), began_at=_time(data, "began_at", "/data/began_at"),
            ring_seconds=data.get("ring_seconds"),
            ended_at=_time(data, "ended_at", "/data/ended_at") if "ended_at" in data else None,
            ticket=data.get("ticket"),
        )
    except RefusedEvent:
        raise
    except MalformedError as error:
        raise RefusedEvent(error.detail, pointer=_known(error.pointer)) from error


def _time(holder: Mapping[str, Any], name: str, pointer: str) -> int:
    """Milliseconds of an RFC 3339 time. Raises RefusedEvent."""
    try:
        return parse_rfc3339(holder[name])
    except MalformedError as error:
        raise RefusedEvent(error.detail, pointer=pointer) from error


def _known(pointer: str | None) -> str | None:
    """The place in the event, down to the last name that is ours: one that we do not know may say anything."""
    names = (pointer or "").split("/")[1:]
    ours = list(takewhile(KNOWN.__contains__, names))
    return "/" + "/".join(ours) if ours else None


def _cause_of(given: Mapping[str, Any]) -> dict[str, int | str | bool]:
    cause: dict[str, int | str | bool] = {}
    for name, value in given.items():
        try:
            _KNOWN_CAUSES[name].check(value, f"/data/cause/{name}")
            cause[name] = value
        except MalformedError:
            cause["unmapped"] = True
    return cause


ADAPTER = Adapter(
    lambda credential, callback, received_at: webhooks.verify(
        credential, callback.headers, callback.body, received_at),
    lambda callback, _table, _signed: [read(callback.body)],
    secret=webhooks.shared_secret, public_key=webhooks.public_key, numbers=True)
