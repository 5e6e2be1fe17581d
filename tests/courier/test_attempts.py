"""From callbacks to entries: replay, order, gaps, conflicts, deduplication, lateness (promise P7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry.errors import UnavailableError
from registry.model.times import DAY, HOUR, MINUTE, SECOND, stamp
from tests.courier.world import (
    ACCOUNT,
    AGENCY,
    BORROWER,
    CHANNEL,
    LINE,
    PROVIDER,
    SECRET,
    START,
    World,
    signed,
)

PLACE = {"borrower", "channel", "account", "agency", "line", "began_at", "ended_at", "local", "line_local"}


def test_an_event_becomes_one_entry_with_raw_cause_class_table_and_place(world: World) -> None:
    ended = stamp(START - 30 * SECOND)
    assert world.post(world.event(account=ACCOUNT, ended_at=ended)) == "recorded"
    [body] = world.attempts()
    assert {name: body[name] for name in body if name not in ("attempt", "table", "local", "line_local")} == {
        "provider": PROVIDER, "seq": 1, "grade": "B", "medium": "voice", "direction": "outbound",
        "borrower": BORROWER, "channel": CHANNEL, "account": ACCOUNT, "agency": AGENCY, "line": LINE,
        "cause": {"q850": 19}, "class": "no-answer", "began_at": stamp(START - MINUTE), "ended_at": ended,
        "ring_seconds": 30, "signed_at": stamp(START),
    }
    assert body["table"]["name"] == "neutral"
    assert world.vault.leaves[-1]["by"] == {"role": "courier"}


def test_the_providers_own_id_is_neither_in_the_entry_nor_in_the_database(world: World) -> None:
    world.post(world.event(attempt_id="8610000000001-secret"), "msg_with_861000000")
    assert "8610000000001" not in json.dumps(world.vault.leaves)
    for path in (world.folder / "courier").iterdir():
        content = path.read_bytes()
        assert b"8610000000001" not in content
        assert b"msg_with_861000000" not in content


def test_the_time_of_the_signature_is_told_on_the_log_clock(world: World) -> None:
    event = json.dumps(world.event()).encode()
    headers = signed("msg_slow", world.clock.wall() // SECOND, event)
    received_at = world.clock.wall()
    world.clock.pass_(2 * HOUR)
    assert world.courier.handle_callback("neutral-voice", received_at, headers, event) == "recorded"
    assert world.attempts()[0]["signed_at"] == stamp(START)


def test_a_callback_that_waited_long_in_the_inbox_is_judged_by_when_it_came(world: World) -> None:
    body = json.dumps(world.event()).encode()
    headers = signed("msg_1", world.clock.wall() // SECOND, body)
    came = world.clock.wall()
    world.clock.pass_(HOUR)
    assert world.courier.handle_callback("neutral-voice", came, headers, body) == "recorded"


@pytest.mark.parametrize("skew", [-301, 301])
def test_a_stale_or_future_signature_makes_no_entry(world: World, skew: int) -> None:
    body = json.dumps(world.event()).encode()
    headers = signed("msg_1", world.clock.wall() // SECOND + skew, body)
    assert world.courier.handle_callback("neutral-voice", world.clock.wall(), headers, body) == "timestamp-outside"
    assert world.attempts() == []


def test_a_forged_body_makes_no_entry_and_does_not_spend_the_webhook_id(world: World) -> None:
    forged = json.dumps(world.event(cause={"status": "unallocated"})).encode()
    assert world.post(world.event(), "msg_1", sent=forged) == "signature-invalid"
    assert world.attempts() == []
    assert world.post(world.event(), "msg_1") == "recorded"


def test_a_trailing_newline_that_was_not_signed_is_a_forgery(world: World) -> None:
    body = json.dumps(world.event()).encode()
    assert world.post(body, "msg_1", sent=body + b"\n") == "signature-invalid"
    assert world.post(body + b"\n", "msg_2") == "recorded"


def test_another_providers_secret_does_not_verify(world: World) -> None:
    body = json.dumps(world.event()).encode()
    headers = signed("msg_1", world.clock.wall() // SECOND, body, "whsec_" + "QUJD" * 10)
    assert world.courier.handle_callback("neutral-voice", world.clock.wall(), headers, body) == "signature-invalid"


def test_a_secret_that_does_not_open_the_signed_commitment_is_never_used(tmp_path: Any) -> None:
    world = World(tmp_path)
    world.register_provider(secret="whsec_" + "QUJD" * 10)
    body = json.dumps(world.event()).encode()
    headers = signed("msg_1", world.clock.wall() // SECOND, body, "whsec_" + "QUJD" * 10)
    assert world.courier.handle_callback("neutral-voice", world.clock.wall(), headers, body) == "secret-missing"
    world.courier.keep_secret("neutral-voice", SECRET, bytes(range(32)))
    assert world.post(world.event()) == "recorded"


def test_a_provider_that_nobody_signed_for_is_refused(world: World) -> None:
    assert world.courier.handle_callback("stranger", world.clock.wall(), {}, b"{}") == "provider-unknown"


def test_a_provider_registered_a_moment_ago_is_known(tmp_path: Any) -> None:
    world = World(tmp_path)
    world.courier.follow()
    world.register_provider()
    assert world.post(world.event()) == "recorded"


def test_the_same_message_again_makes_no_second_entry(world: World) -> None:
    event = world.event()
    assert [world.post(event, "msg_1") for _ in range(3)] == ["recorded", "repeated", "repeated"]
    assert len(world.attempts()) == 1
    world.restart()
    assert world.post(event, "msg_1") == "repeated"
    assert world.refused() == []


def test_the_same_message_signed_anew_a_minute_later_is_the_same_message(world: World) -> None:
    event = world.event()
    world.post(event, "msg_1")
    world.clock.pass_(MINUTE)
    assert world.post(event, "msg_1") == "repeated"


def test_a_settled_message_is_forgotten_after_thirty_days_and_its_repeat_still_makes_no_entry(world: World) -> None:
    event = world.event()
    world.post(event, "msg_1")
    world.clock.pass_(31 * DAY)
    world.post(world.event(seq=2, attempt_id="call-2"), "msg_2")
    with world.store.begin() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM webhooks").scalar_one() == 1
    assert world.post(event, "msg_1") == "recorded"
    assert len(world.attempts()) == 2


def test_a_message_that_is_not_settled_is_never_forgotten(world: World) -> None:
    def away(op: str) -> None:
        if op == "append":
            raise UnavailableError("away")

    world.vault.before = away
    for number in (1, 2):
        with pytest.raises(UnavailableError):
            world.post(world.event(seq=number, attempt_id=f"call-{number}"))
        world.clock.pass_(31 * DAY)
    assert world.courier.provider_status("neutral-voice")["waiting"] == 2


def test_a_webhook_id_with_another_body_is_refused(world: World) -> None:
    world.post(world.event(), "msg_1")
    assert world.post(world.event(seq=2, attempt_id="call-2"), "msg_1") == "webhook-id-reused"
    assert len(world.attempts()) == 1


def test_the_same_attempt_and_number_in_a_new_message_makes_no_second_entry(world: World) -> None:
    world.post(world.event())
    assert world.post(world.event()) == "recorded"
    assert len(world.attempts()) == 1


def test_a_later_reach_for_the_same_attempt_is_logged_under_the_same_attempt(world: World) -> None:
    world.post(world.event(cause={"status": "rang-out"}))
    world.post(world.event(cause={"status": "answered-person"}))
    first, second = world.attempts()
    assert first["attempt"] == second["attempt"]
    assert [first["class"], second["class"]] == ["no-answer", "reached-person"]
    world.post(world.event(cause={"status": "answered-person"}))
    world.post(world.event(cause={"status": "rang-out"}))
    assert len(world.attempts()) == 2


def test_a_later_failure_with_its_own_number_still_logs_that_number(world: World) -> None:
    world.post(world.event(cause={"status": "answered-person"}))
    world.post(world.event(seq=2, cause={"status": "rang-out"}))
    first, second = world.attempts()
    assert first["attempt"] == second["attempt"]
    assert [(one["seq"], one["class"]) for one in (first, second)] == [(1, "reached-person"), (2, "no-answer")]
    assert world.courier.provider_status("neutral-voice")["next_seq"] == 3


def test_any_order_of_arrival_is_taken_and_gaps_are_shown_until_they_close(world: World) -> None:
    for seq in (3, 1, 7):
        world.post(world.event(seq=seq, attempt_id=f"call-{seq}"))
    status = world.courier.provider_status("neutral-voice")
    assert status["next_seq"] == 8
    assert status["gaps"] == [{"from_seq": 2, "through_seq": 2}, {"from_seq": 4, "through_seq": 6}]
    world.post(world.event(seq=2, attempt_id="call-2"))
    world.vault.put("provider-gap-accepted/1", {"provider": PROVIDER, "from_seq": 5, "through_seq": 5})
    world.courier.follow()
    gaps = world.courier.provider_status("neutral-voice")["gaps"]
    assert gaps == [{"from_seq": 4, "through_seq": 4}, {"from_seq": 6, "through_seq": 6}]


def test_a_number_given_to_another_attempt_is_refused_and_raises_an_alarm(world: World) -> None:
    world.post(world.event(attempt_id="call-1"))
    assert world.post(world.event(attempt_id="call-2")) == "recorded"
    assert len(world.attempts()) == 1
    assert world.vault.alarms == ["attempt-sequence-conflict"]
    assert world.refused() == ["attempt-sequence-conflict"]


def test_a_reach_under_another_attempts_number_is_refused_and_still_a_sign_of_life(world: World) -> None:
    world.post(world.event(attempt_id="call-1"))
    world.post(world.event(attempt_id="call-2", cause={"status": "answered-person"}))
    assert len(world.attempts()) == 1
    assert [life["borrower"] for life in world.vault.bodies("sign-of-life/1")] == [BORROWER]
    assert world.refused() == ["attempt-sequence-conflict"]


def test_a_number_that_the_log_knows_is_known_after_the_database_was_lost(world: World) -> None:
    world.post(world.event())
    (world.folder / "courier" / "courier.db").unlink()
    for leftover in (world.folder / "courier").glob("courier.db-*"):
        leftover.unlink()
    world.restart()
    while world.courier.follow():
        pass
    world.courier.keep_secret("neutral-voice", SECRET, bytes(range(32)))
    assert world.courier.provider_status("neutral-voice")["next_seq"] == 2


@pytest.mark.parametrize(("to", "why"), [("+8610000000099", "nobody's"), ("not a number", "no number at all")])
def test_an_attempt_at_nobodys_line_only_keeps_the_sequence(world: World, to: str, why: str) -> None:
    assert world.post(world.event(to=to)) == "recorded", why
    [body] = world.attempts()
    assert not PLACE & set(body)
    assert body["seq"] == 1


def test_an_inbound_call_from_a_registered_channel_reaches_the_person_whatever_became_of_it(world: World) -> None:
    world.post(world.event(direction="inbound", to="+8610000009999", **{"from": "+8610000000001"},
                           cause={"status": "failed"}, ring_seconds=None))
    [body] = world.attempts()
    assert (body["class"], body["borrower"], body["channel"]) == ("reached-person", BORROWER, CHANNEL)


@pytest.mark.parametrize("age", [DAY + SECOND, 30 * DAY, -2 * MINUTE])
def test_a_failure_outside_its_time_only_keeps_the_sequence(world: World, age: int) -> None:
    world.post(world.event(began_at=stamp(START - age)))
    [body] = world.attempts()
    assert not PLACE & set(body)
    assert world.vault.bodies("sign-of-life/1") == []


@pytest.mark.parametrize("age", [DAY + SECOND, 300 * DAY, -2 * MINUTE])
@pytest.mark.parametrize("status", ["answered-person", "replied", "rejected"])
def test_a_reach_outside_its_time_is_a_sign_of_life_and_keeps_its_number(world: World, age: int, status: str) -> None:
    world.post(world.event(began_at=stamp(START - age), cause={"status": status}))
    [body] = world.attempts()
    assert not PLACE & set(body)
    assert body["seq"] == 1
    assert world.vault.bodies("sign-of-life/1") == [
        {"borrower": BORROWER, "source": "reach-late", "channel": CHANNEL}]
    kinds = [leaf["kind"] for leaf in world.vault.leaves]
    assert kinds.index("sign-of-life/1") < kinds.index("attempt-recorded/2")


@pytest.mark.parametrize("age", [DAY, -MINUTE])
def test_the_edges_of_the_time_still_count(world: World, age: int) -> None:
    world.post(world.event(began_at=stamp(START - age)))
    assert world.attempts()[0]["began_at"] == stamp(START - age)


def test_a_reach_that_grew_too_old_while_the_vault_was_away_becomes_a_sign_of_life(world: World) -> None:
    def away(op: str) -> None:
        if op == "append":
            raise UnavailableError("away")

    world.vault.before = away
    with pytest.raises(UnavailableError):
        world.post(world.event(cause={"status": "answered-person"}), "msg_1")
    assert world.courier.provider_status("neutral-voice")["waiting"] == 1
    world.vault.before = lambda op: None
    world.clock.pass_(2 * DAY)
    world.courier.follow()
    assert [set(body) & PLACE for body in world.attempts()] == [set()]
    assert len(world.vault.bodies("sign-of-life/1")) == 1
    assert world.courier.provider_status("neutral-voice")["waiting"] == 0


def test_while_the_vault_is_away_nothing_is_settled_and_nothing_is_lost(world: World) -> None:
    def away(op: str) -> None:
        raise UnavailableError("away")

    event = world.event()
    world.courier.follow()
    world.vault.before = away
    for _ in range(2):
        with pytest.raises(UnavailableError):
            world.post(event, "msg_1")
    world.vault.before = lambda op: None
    assert world.post(event, "msg_1") == "recorded"
    assert len(world.attempts()) == 1


def test_what_the_vault_refuses_is_shown_to_the_provider(world: World) -> None:
    world.post(world.event())
    world.post(world.event(attempt_id="call-9"), "msg_liar")
    assert world.courier.provider_status("neutral-voice")["refused"] == [
        {"webhook_id": "msg_liar", "why": "attempt-sequence-conflict"}]


@pytest.mark.parametrize("address", ["hello", "01012345678", "sip:a@b"])
@pytest.mark.parametrize(("end", "direction"), [("to", "outbound"), ("from", "inbound")])
def test_what_is_no_number_keeps_the_sequence_whole_and_is_shown_without_its_value(
    world: World, end: str, direction: str, address: str,
) -> None:
    assert world.post(world.event(direction=direction, **{end: address}), "msg_bad") == "recorded"
    (entry,) = world.attempts()
    assert (entry["seq"], "borrower" in entry, "line" in entry) == (1, False, False)
    status = world.courier.provider_status("neutral-voice")
    assert status["refused"] == [{"webhook_id": "msg_bad", "why": "address-malformed"}]
    assert (status["next_seq"], status["gaps"]) == (2, [])


def test_strangers_cannot_fill_the_list_of_refused_callbacks(world: World) -> None:
    for number in range(250):
        world.post(world.event(), f"msg_x{number}", headers={"webhook-signature": "v1,AAAA"})
    refused = world.courier.provider_status("neutral-voice")["refused"]
    assert len(refused) == 100
    assert refused[-1] == {"webhook_id": "msg_x249", "why": "signature-invalid"}


def test_an_id_that_cannot_be_shown_is_not_shown(world: World) -> None:
    world.post(world.event(), headers={"webhook-id": "+86 100 0000 0001"})
    refused = world.courier.provider_status("neutral-voice")["refused"]
    assert refused == [{"webhook_id": "", "why": "headers-malformed"}]


def test_a_worse_grade_of_the_account_is_the_grade_of_its_events(tmp_path: Any) -> None:
    world = World(tmp_path)
    world.register_provider(grade="C")
    world.post(world.event())
    assert world.attempts()[0]["grade"] == "C"
