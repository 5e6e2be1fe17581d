"""Reading a neutral event: exactly the contract's members, values we do not know are no error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry.courier.providers import neutral
from registry.courier.providers.event import RefusedEvent
from registry.model.times import HOUR, MINUTE, stamp
from tests.courier.world import World

DATA = {
    "attempt_id": "call-1", "seq": 1, "medium": "voice", "direction": "outbound", "to": "+8610000000001",
    "from": "+8610000009999", "cause": {"q850": 19}, "began_at": "2026-09-21T02:00:00Z",
}


def body(data: dict[str, Any] | None = None, **top: Any) -> bytes:
    event = {"type": "contact.attempt", "timestamp": "2026-09-21T02:01:00Z", "data": data or DATA} | top
    return json.dumps(event).encode()


def test_the_smallest_event_is_read() -> None:
    event = neutral.read(body())
    assert (event.attempt, event.seq, event.dialled) == ("call-1", 1, "+8610000000001")
    assert (event.cause, event.ring_seconds, event.ended_at, event.account) == ({"q850": 19}, None, None, None)
    assert event.began_at == 1_789_956_000_000


def test_the_address_that_matters_of_an_inbound_call_is_the_caller() -> None:
    assert neutral.read(body(DATA | {"direction": "inbound"})).dialled == "+8610000009999"


@pytest.mark.parametrize("unread", [
    body(DATA | {"note": "x"}), body(None, extra=1), body(DATA | {"cause": {"q850": 19, "hangup": "x"}}),
    body(type="contact.created"), body(DATA | {"medium": "fax"}), body(DATA | {"direction": "sideways"}),
    body(DATA | {"seq": 0}), body(DATA | {"seq": 1.0}), body(DATA | {"seq": "1"}), body(DATA | {"seq": True}),
    body(DATA | {"seq": 2**53}), body(DATA | {"ring_seconds": -1}), body(DATA | {"ring_seconds": 20.5}),
    body(DATA | {"attempt_id": ""}), body(DATA | {"attempt_id": "a b"}), body(DATA | {"attempt_id": "x" * 129}),
    body(DATA | {"began_at": "2026-09-21T02:00:00"}), body(DATA | {"began_at": "2026-02-30T02:00:00Z"}),
    body(DATA | {"ended_at": "yesterday and some more"}), body(timestamp="2026-13-01T00:00:00Z"),
    body(DATA | {"account": "0" * 32, "ticket": "1" * 32}), body(DATA | {"account": "mine"}),
    body({name: value for name, value in DATA.items() if name != "cause"}), body(DATA | {"to": "\ud800"}),
    body(DATA | {"to": None}), body(DATA | {"cause": {"q850": "19"}}), body(DATA | {"to": "a\nb"}),
    b"", b"[]", b"null", b"{", b"\xff\xfe{\x00}\x00", b"{}" + b"x", body() + b"x", b"[" * 30_000, b"1" * 5_000,
])
def test_what_is_not_exactly_an_event_is_refused(unread: bytes) -> None:
    with pytest.raises(RefusedEvent):
        neutral.read(unread)


@pytest.mark.parametrize(("old", "new"), [
    (b'"seq": 1', b'"seq": 1, "seq": 2'), (b'"q850": 19', b'"q850": 16, "q850": 19'),
    (b'"type"', b'"data": {}, "type"'), (b'"seq": 1', b'"seq": 1, "\\u0073eq": 1'),
])
def test_duplicate_keys_are_refused_at_any_depth(old: bytes, new: bytes) -> None:
    assert neutral.read(body()).seq == 1
    with pytest.raises(RefusedEvent) as caught:
        neutral.read(body().replace(old, new))
    assert caught.value.detail == "a key stands twice in one object"


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_json_number_is_refused(constant: bytes) -> None:
    with pytest.raises(RefusedEvent):
        neutral.read(body().replace(b'"seq": 1', b'"seq": ' + constant))


@pytest.mark.parametrize("cause", [
    {"status": "teleported"}, {"status": ""}, {"q850": 0}, {"q850": 128}, {"sip": 42}, {"hangup_by": "nobody"},
    {"sip": 10**12},
])
def test_a_value_we_do_not_know_makes_the_cause_unmapped(cause: dict[str, Any]) -> None:
    assert neutral.read(body(DATA | {"cause": cause})).cause == {"unmapped": True}


def test_a_known_cause_stays_beside_an_unknown_one() -> None:
    assert neutral.read(body(DATA | {"cause": {"sip": 200, "status": "odd"}})).cause == {"sip": 200, "unmapped": True}


def test_an_unknown_status_is_recorded_as_class_unknown_and_never_an_error(world: World) -> None:
    assert world.post(world.event(cause={"status": "teleported"})) == "recorded"
    assert [(one["class"], one["cause"]) for one in world.attempts()] == [("unknown", {"unmapped": True})]


@pytest.mark.parametrize(("change", "place"), [
    ({"seq": "7"}, "/data/seq"), ({"medium": "fax"}, "/data/medium"),
    ({"began_at": "2026-11-24 10:00:00"}, "/data/began_at"),
    ({"cause": {"sip": "busy"}}, "/data/cause/sip"), ({"zhang_san": "+861000000001"}, "/data"),
    ({"cause": {"zhang_san": 1}}, "/data/cause"), ({"account": "a0" * 16, "ticket": "t"}, "/data/account"),
])
def test_the_provider_is_told_which_member_was_wrong_and_never_a_name_that_is_not_ours(
    world: World, change: dict[str, Any], place: str,
) -> None:
    assert world.post(world.event(**change)) == "event-malformed"
    assert [one["member"] for one in world.courier.provider_status("neutral-voice")["refused"]] == [place]


@pytest.mark.parametrize("away", [-25 * HOUR, 2 * MINUTE])
def test_a_dialler_whose_clock_is_wrong_is_told_so_though_the_sequence_stays_whole(world: World, away: int) -> None:
    assert world.post(world.event(began_at=stamp(world.clock.now() + away)), "msg_when") == "recorded"
    status = world.courier.provider_status("neutral-voice")
    assert status["refused"] == [{"webhook_id": "msg_when", "why": "began-outside"}]
    assert (status["next_seq"], status["gaps"]) == (2, [])


def test_an_unread_event_is_shown_to_the_provider_with_its_webhook_id_and_keeps_no_sequence(world: World) -> None:
    assert world.post(world.event(note="x"), "msg_odd") == "event-malformed"
    status = world.courier.provider_status("neutral-voice")
    assert status["refused"] == [{"webhook_id": "msg_odd", "why": "event-malformed", "member": "/data"}]
    assert (status["next_seq"], world.attempts()) == (1, [])
    # The provider mends it and sends it again under the same id.
    assert world.post(world.event(), "msg_odd") == "recorded"
