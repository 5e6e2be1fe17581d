"""Reading what several providers write alike: members in their exact grammar, times, numbers without a plus."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from registry.courier.providers.event import Callback, RefusedEvent
from registry.courier.providers.strict import read_object
from registry.errors import MalformedError
from registry.model.times import LATEST, SECOND, parse_rfc3339
from registry.policy.outcomes import OutcomeTable

Cause = dict[str, int | str | bool]

ADDRESS = re.compile(r"[^\x00-\x1f\x7f]{1,254}\Z")
IDENT = re.compile(r"[!-~]{1,256}\Z", re.ASCII)
PHRASE = re.compile(r"[ -~]{1,64}\Z", re.ASCII)
UNMAPPED: Mapping[str, bool] = {"unmapped": True}
MOST_RING = 86_400
MOST_EVENTS = 500

_SECONDS = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]{4,15}\Z", re.ASCII)
# One offset all year and in the whole country since 1991.
CHINA = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def member(holder: Mapping[str, Any], name: str, grammar: re.Pattern[str]) -> str:
    """A text in its grammar. Raises RefusedEvent, which names the member and never its value."""
    value = holder.get(name)
    if not isinstance(value, str) or grammar.match(value) is None:
        raise RefusedEvent(f"{name} is missing or ill-formed")
    return value


def nested(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in an object. Raises RefusedEvent."""
    value = holder.get(name)
    if not isinstance(value, dict):
        raise RefusedEvent(f"{name} is no object")
    return value


def objects(value: object, what: str) -> list[Mapping[str, Any]]:
    """One to five hundred objects in a list. Raises RefusedEvent."""
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_EVENTS:
        raise RefusedEvent(f"{what} is no list of 1 to {MOST_EVENTS}")
    if not all(isinstance(one, dict) for one in value):
        raise RefusedEvent(f"{what} holds something else than objects")
    return value


def read_list(body: bytes) -> list[Mapping[str, Any]]:
    """The objects of a JSON list in `body`, as strictly as `read_object` reads one. Raises RefusedEvent."""
    # In an object of one member it is read by the one strict reader; a body with a second member is no list.
    read = read_object(b'{"":' + body + b"}")
    return objects(read[""] if set(read) == {""} else None, "the body")


def rfc3339(holder: Mapping[str, Any], name: str) -> int:
    """Milliseconds of an RFC 3339 time. Raises RefusedEvent."""
    try:
        return parse_rfc3339(holder[name])
    except (KeyError, TypeError, MalformedError) as error:
        raise RefusedEvent(f"{name} is missing or no RFC 3339 time") from error


def unix_seconds(holder: Mapping[str, Any], name: str) -> int:
    """Milliseconds of a Unix time in seconds, written as an integer or as its digits. Raises RefusedEvent."""
    value = holder.get(name)
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or _SECONDS.match(text) is None:
        raise RefusedEvent(f"{name} is missing or no Unix time in seconds")
    return within_years(int(text) * SECOND, name)


def local_time(holder: Mapping[str, Any], name: str, zone: timezone = CHINA) -> int:
    """Milliseconds of `2020-05-01 10:00:00`, which names no zone: in China, +08:00. Raises RefusedEvent."""
    value = holder.get(name)
    try:
        if not isinstance(value, str) or _LOCAL.match(value) is None:
            raise ValueError("another form")
        at = datetime.fromisoformat(value).replace(tzinfo=zone)
    except ValueError as error:
        raise RefusedEvent(f"{name} is missing or no time like 2020-05-01 10:00:00") from error
    return within_years((at - _EPOCH) // timedelta(milliseconds=1), name)


def within_years(at: int, name: str) -> int:
    """Milliseconds of a moment that an entry can carry: in the years 1970 to 9999. Raises RefusedEvent."""
    if not 0 <= at <= LATEST:
        raise RefusedEvent(f"{name} lies in no year from 1970 to 9999")
    return at


def optional_time(holder: Mapping[str, Any], name: str) -> int | None:
    """As `local_time`; None where the member is absent or empty. Raises RefusedEvent."""
    return None if holder.get(name) in (None, "") else local_time(holder, name)


def with_plus(number: str) -> str:
    """An international number that is written without its plus; anything else as it stands."""
    return f"+{number}" if _DIGITS.match(number) is not None and not number.startswith("0") else number


def chinese_number(number: str) -> str:
    """A number as it is dialled inside China, in E.164: `13900000000`, `057111110000`, `86139…`, `00852…`."""
    if _DIGITS.match(number) is None:
        return number
    if number.startswith("00"):
        return "+" + number[2:]
    if number.startswith("0"):
        return "+86" + number[1:]
    if number.startswith("1") and len(number) == 11:
        return "+86" + number
    return "+" + number


def made_id(*parts: bytes) -> str:
    """An id for a callback that brings none: a digest of what its signature or its sender covers, 32 hex digits."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()[:32]


def told_of(value: object) -> bytes:
    """One spelling of a value that was read."""
    return json.dumps(value, sort_keys=True).encode()


def word_of(value: object) -> str:
    """A provider's code as a word of its table: a text, or an integer's digits; empty for anything else."""
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else ""


def cause_of(table: OutcomeTable, word: str) -> Cause:
    """What a provider's own word stands for; `unmapped`, which never counts, where the table does not know it."""
    said = table.said.get(word)
    return dict(UNMAPPED if said is None else said.cause)


def rang_for(table: OutcomeTable, word: str, since: int | None, until: int | None) -> int | None:
    """For how many seconds it rang, where the word allows it and both times are told."""
    said = table.said.get(word)
    if said is None or not said.rang or since is None or until is None:
        return None
    return min(MOST_RING, max(0, (until - since) // SECOND - table.setup_seconds))


def header(callback: Callback, name: str) -> str:
    """A header's value, empty where there is none."""
    return callback.headers.get(name, "")
