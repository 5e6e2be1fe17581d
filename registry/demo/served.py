"""What a served demo world offers beside the real API: its clock, a fake provider, the messages that went out."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from registry.demo.provider import Attempt, signed
from registry.errors import MalformedError, NotFoundError, UnavailableError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, SECOND, parse_rfc3339
from registry.usecases import callbacks, writing
from registry.usecases.ports import Body, Idem, Ports, Record

DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,8})S)?)?\Z", re.ASCII)
MOST_SECONDS = 366 * DAY // SECOND
LOGGED_WITHIN = 10.0  # seconds
LOOK_EVERY = 0.03

Seal = Callable[[dict[str, str], bytes], str]


def now(ports: Ports) -> Record:
    """`{now}`: the log clock."""
    return {"now": ports.vault.call("log-now", {})["now"]}


def advance(ports: Ports, by: Actor, body: Body, idem: Idem | None) -> Record:
    """`{advance: "P7D"}` → `{now, log_index}`; never backwards, and an entry. Raises MalformedError."""
    args = {"by": by.value(), "seconds": seconds_of(body["advance"])}
    result = writing.write(ports, "clock-advance", args, idem)
    return {"now": result["now"], "log_index": result["log_index"]}


def seconds_of(duration: str) -> int:
    """Seconds of an ISO 8601 duration of days, hours, minutes and seconds. Raises MalformedError."""
    match = DURATION.match(duration)
    parts = [int(part or 0) for part in match.groups()] if match else []
    total = sum(part * size for part, size in zip(parts, (86_400, 3_600, 60, 1), strict=False))
    if not 1 <= total <= MOST_SECONDS:
        raise MalformedError("advance is an ISO 8601 duration from PT1S to P366D, as in P7D or PT12H",
                             code="duration-malformed", pointer="/advance")
    return total


def dial(ports: Ports, card_file: Path, seal: Seal, body: Body) -> Record:
    """`{channel, cause, ring_seconds?, account?, ticket?}` → `{attempt_id, seq}`, once the attempt is logged.

    Signs the event as the fake provider would and hands it in as its webhook. Raises NotFoundError for a channel that
    demo.json does not name, MalformedError where the courier refuses the event, UnavailableError.
    """
    card = json.loads(card_file.read_text("utf-8"))
    channel = _channel(card, body["channel"])
    provider = card["provider"]
    # One at a time over all web processes: each attempt needs the next number, and numbers without gaps.
    with _turn(card_file.parent / "attempts.lock"):
        seq = int(ports.courier.call("provider-status", {"name": provider["name"]})["next_seq"])
        attempt = Attempt(
            new_id(ports.random), seq, channel["medium"], channel["address"], body["cause"],
            parse_rfc3339(str(now(ports)["now"])), body.get("ring_seconds"), body.get("account"),
            body.get("ticket"),
        )
        message = f"msg_{attempt.attempt}"
        headers, data = signed(attempt.event(), provider["secret"], message, ports.wall())
        callbacks.receive(ports, provider["name"], lambda _kind: seal(headers, data))
        _await_logged(ports, provider["name"], seq, message)
    return {"attempt_id": attempt.attempt, "seq": seq}


def messages(card_file: Path, to: str | None, after: str | None) -> Record:
    """`{items}` of the outbox, oldest first; `to` an address, `after` the id of a message or a time."""
    found = [_message(path) for path in (card_file.parent / "outbox").glob("*.json")]
    found.sort(key=lambda one: (one["at"], one["id"]))
    if to is not None:
        # A plus in a query reads as a space unless it is written %2B; no address begins with one.
        wanted = "+" + to[1:] if to.startswith(" ") else to
        found = [one for one in found if one["to"] == wanted]
    if after is not None:
        found = list(_after(found, after))
    return {"items": found}


def _message(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return value


def _after(found: list[dict[str, Any]], after: str) -> Iterator[dict[str, Any]]:
    if re.fullmatch(r"[0-9a-f]{32}", after, re.ASCII):
        places = [place for place, one in enumerate(found) if one["id"] == after]
        if not places:
            raise NotFoundError("the outbox has no message of this id")
        yield from found[places[0] + 1:]
        return
    since = parse_rfc3339(after)
    yield from (one for one in found if parse_rfc3339(one["at"]) > since)


def _channel(card: Mapping[str, Any], channel: str) -> dict[str, str]:
    for borrower in card["borrowers"]:
        for one in borrower["channels"]:
            if one["id"] == channel:
                return dict(one)
    raise NotFoundError("demo.json names no such channel; only its addresses are known in clear")


def _await_logged(ports: Ports, provider: str, seq: int, message: str) -> None:
    deadline = time.monotonic() + LOGGED_WITHIN
    while time.monotonic() < deadline:
        status = ports.courier.call("provider-status", {"name": provider})
        if status["next_seq"] > seq:
            return
        refused = next((one["why"] for one in status["refused"] if one["webhook_id"] == message), None)
        if refused is not None:
            raise MalformedError(f"the courier refused this event: {refused}", code="event-refused")
        time.sleep(LOOK_EVERY)
    raise UnavailableError("the attempt is not logged yet: look again with GET /v1/providers/" + provider)


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
