"""A brief says of an attempt what its entry says, and comes back from its bytes as it was."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from registry.model.briefs import Brief, brief_of, from_bytes, to_bytes
from registry.model.catalogue import KINDS
from registry.model.catalogue.evidence import ATTEMPTS, answered
from registry.model.entries import Actor, Draft, Entry

LOCAL = {"zone": "Asia/Shanghai", "date": "1970-01-03", "minute": 61, "offset": 480}
LEAST: dict[str, Any] = {
    "provider": "a" * 32, "attempt": "b" * 32, "seq": 7, "grade": "C", "medium": "voice", "direction": "outbound",
    "cause": {"q850": 20}, "class": "not-alerted", "table": {"name": "neutral", "version": "1", "sha256": "0" * 64},
    "signed_at": "1970-01-01T00:00:02.500Z",
}
MOST = {
    **LEAST, "borrower": "c" * 32, "channel": "d" * 32, "agency": "e" * 32, "account": "f" * 32, "line": "9" * 32,
    "began_at": "1970-01-01T00:00:01.000Z", "ended_at": "1970-01-01T00:00:02.000Z", "ring_seconds": 25,
    "local": LOCAL, "line_local": [LOCAL, {**LOCAL, "zone": "Asia/Urumqi", "minute": 1}], "ticket": "8" * 32,
    "confirmed": "1970-01-01T00:00:03.000Z",
}


def an_entry(body: dict[str, Any], kind: str = ATTEMPTS[1]) -> Entry:
    draft = Draft("7" * 32, kind, Actor("courier"), body, ({"by": "courier"},))
    KINDS[kind].check(draft)
    return Entry(3, 4_000, draft)


def test_a_brief_has_what_decisions_read() -> None:
    assert brief_of(an_entry(MOST)) == Brief(
        index=3, at=4_000, first=False, provider="a" * 32, attempt="b" * 32, seq=7, borrower="c" * 32,
        channel="d" * 32, agency="e" * 32, account="f" * 32, outbound=True, outcome="not-alerted", medium="voice",
        grade="C", confirmed=True, began=1_000, signed=2_500, ring=25, day=2, minute=61, offset=480,
        zone="Asia/Shanghai", zones=["Asia/Shanghai", "Asia/Urumqi"], minutes=[61, 1], ticket="8" * 32,
    )


def test_what_an_attempt_does_not_say_its_brief_does_not_say() -> None:
    found = brief_of(an_entry(LEAST))
    absent = ("borrower", "channel", "agency", "account", "began", "ring", "day", "minute", "zone", "ticket")
    assert {getattr(found, name) for name in absent} == {None}
    assert (found.zones, found.minutes, found.confirmed) == ([], [], False)


@pytest.mark.parametrize("body", [LEAST, MOST, {**MOST, "direction": "inbound"}, {**LEAST, "local": LOCAL}])
def test_a_brief_comes_back_from_its_bytes(body: dict[str, Any]) -> None:
    brief = brief_of(an_entry(body))
    data = to_bytes(brief, "the hash")
    assert from_bytes(3, 4_000, data) == brief
    assert data.endswith(b'"the hash"]')


@pytest.mark.parametrize("kind", ATTEMPTS)
def test_a_brief_knows_the_kind_of_its_entry(kind: str) -> None:
    assert brief_of(an_entry(LEAST, kind)).kind == kind


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("outcome", ["no-answer", "busy", "household", "voicemail", "declined", "reached-person"])
def test_brief_and_entry_agree_whether_somebody_answered(direction: str, outcome: str) -> None:
    body = {**LEAST, "direction": direction, "class": outcome}
    assert brief_of(an_entry(body)).answered is answered(body)


def test_what_many_attempts_say_is_one_string_however_often_it_is_read() -> None:
    first, second = (brief_of(an_entry(orjson.loads(orjson.dumps(MOST)))) for _ in range(2))
    for name in ("provider", "borrower", "channel", "agency", "account", "outcome", "medium", "grade", "zone"):
        assert getattr(first, name) is getattr(second, name), name
    assert first.zones[1] is second.zones[1]
