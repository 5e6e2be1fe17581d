"""A suspended provider: what it reports is refused and noted, what holds a release back is recorded (promise P7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.courier import suspensions
from registry.model.entries import Actor, Draft, Entry
from tests.courier.providers.test_cdr import Switch, call, csv_of
from tests.courier.test_incoming import replied, sent_notice, statuses, told
from tests.courier.test_migrations import down_to_the_first
from tests.courier.test_pulls import ANSWERED, RANG_OUT, Line, line, trust  # noqa: F401 - fixtures
from tests.courier.world import PROVIDER, World, named

ANSWER = {"cause": {"status": "answered-person"}, "ring_seconds": 8}
MAILBOX = {"cause": {"status": "answered-machine"}, "ring_seconds": 25}


def suspend(world: World) -> None:
    world.vault.put("provider-suspended/1", {"provider": PROVIDER})
    world.courier.follow()


def resume(world: World) -> None:
    world.vault.put("provider-resumed/1", {"provider": PROVIDER})
    world.courier.follow()


def test_what_a_suspended_provider_reports_is_refused_and_its_status_says_why(world: World) -> None:
    assert world.post(world.event()) == "recorded"
    suspend(world)
    assert world.post(world.event(attempt_id="call-2", seq=2), "msg_refused") == "provider-suspended"
    assert [one["seq"] for one in world.attempts()] == [1]
    assert world.courier.provider_status("neutral-voice")["refused"] == [
        {"webhook_id": "msg_refused", "why": "provider-suspended"}]


@pytest.mark.parametrize(("said", "outcome"), [
    (ANSWER, "reached-person"), (MAILBOX, "voicemail"), ({"cause": {"q850": 21, "hangup_by": "callee"}}, "declined"),
    ({"direction": "inbound", "cause": {"status": "answered-person"}}, "reached-person"),
])
def test_what_holds_a_release_back_is_recorded_all_the_same(
    world: World, said: dict[str, object], outcome: str,
) -> None:
    suspend(world)
    assert world.post(world.event(**said)) == "recorded"
    assert [one["class"] for one in world.attempts()] == [outcome]
    assert world.refused() == []


def test_what_was_refused_and_is_sent_again_after_the_provider_was_taken_up_is_taken(world: World) -> None:
    suspend(world)
    assert world.post(world.event(), "msg_1") == "provider-suspended"
    assert world.post(world.event(), "msg_1") == "provider-suspended", "it is not remembered as done"
    resume(world)
    assert world.post(world.event(), "msg_1") == "recorded"
    assert world.post(world.event(), "msg_1") == "repeated"


def test_what_is_refused_leaves_a_gap_that_an_officer_has_to_accept(world: World) -> None:
    world.post(world.event())
    suspend(world)
    world.post(world.event(attempt_id="call-2", seq=2))
    resume(world)
    assert world.post(world.event(attempt_id="call-3", seq=3)) == "recorded"
    assert world.courier.provider_status("neutral-voice")["gaps"] == [{"from_seq": 2, "through_seq": 2}]


def test_a_stranger_learns_from_the_status_nothing_that_a_signature_would_not_have_told(world: World) -> None:
    suspend(world)
    assert world.post(world.event(), sent=b"{}") == "signature-invalid"


def test_it_stays_suspended_through_a_restart_and_whatever_is_followed_twice(world: World) -> None:
    suspend(world)
    world.restart()
    assert world.post(world.event()) == "provider-suspended"
    resume(world)
    entry = Entry(world.vault.put("provider-resumed/1", {"provider": PROVIDER}) - 2, 0, Draft(
        named("again"), "provider-suspended/1", Actor("officer", named("officer")), {"provider": PROVIDER}))
    with world.store.begin() as db:
        suspensions.fold(db, entry)
    assert world.post(world.event()) == "recorded", "what is older than the last word changes nothing"


def test_another_providers_reports_are_taken(world: World) -> None:
    world.vault.put("provider-suspended/1", {"provider": named("another")})
    world.courier.follow()
    assert world.post(world.event()) == "recorded"


def test_of_a_file_with_many_calls_only_those_are_recorded_that_reached_somebody(tmp_path: Path) -> None:
    switch = Switch(tmp_path)
    suspend(switch.world)
    assert switch.send(csv_of(call(1), call(2, q850=16), call(3))) == "recorded"
    assert [outcome for outcome, _ in switch.attempts()] == ["voicemail"]
    assert switch.refused() == ["provider-suspended"]


def test_a_suspended_carriers_receipt_proves_no_delivery_and_its_replies_still_count(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.register_provider()
    world.carrier = "neutral-voice"
    world.outbox = type(world.outbox)(tmp_path / "outbox", receipt=None)
    world.restart()
    message = sent_notice(world)
    suspend(world)
    assert told(world, "receipt", "msg_receipt", id=message, status="delivered") == "provider-suspended"
    assert statuses(world) == []
    assert replied(world, "STOP") == "recorded"
    assert len(world.vault.replies) == 1
    assert told(world, "receipt", id=message, status="failed") == "recorded"
    assert statuses(world) == ["failed"]


def test_a_record_that_a_suspended_provider_was_asked_for_proves_nothing_unless_somebody_was_reached(
    line: Line,  # noqa: F811 - the fixture
) -> None:
    assert line.post(RANG_OUT) == "recorded"
    suspend(line.world)
    line.records.answer = line.record(RANG_OUT)
    assert line.ask()
    assert (line.bodies(), line.waiting(), line.desk.refused()) == ([], 0, ["provider-suspended"])


def test_a_record_that_says_somebody_was_reached_is_recorded_after_the_suspension_too(
    line: Line,  # noqa: F811 - the fixture
) -> None:
    assert line.post(RANG_OUT) == "recorded"
    suspend(line.world)
    line.records.answer = line.record(ANSWERED, duration="9")
    assert line.ask()
    assert [one["class"] for one in line.bodies()] == ["reached-person"]
    assert line.waiting() == 0


def test_there_is_no_way_down_while_a_provider_is_suspended(world: World) -> None:
    suspend(world)
    with pytest.raises(RuntimeError, match="a provider is suspended"):
        down_to_the_first(world)
    resume(world)
    down_to_the_first(world)
