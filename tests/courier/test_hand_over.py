"""The hand-over: asked before anything is sent again, tried for a day, then given up with an alarm."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog

from registry.courier import delivery_book
from registry.courier.outbox import FileOutbox, Message, MessageRefusedError, NoAnswerError
from registry.errors import ConflictError, UnavailableError
from registry.model.times import DAY, HOUR, MINUTE, SECOND, stamp
from tests.courier.test_deliver import NOTICE, invited, listed
from tests.courier.world import CHANNEL, CONTACT_PHONE, Killed, World, killed_at, named


class Carrier(FileOutbox):
    """A carrier that notes every message. `mood` runs before it takes one, `after` when it has it; `answers` says
    whether it can be asked."""

    def __init__(self, world: World, *, answers: bool = True) -> None:
        super().__init__(world.folder / "outbox", receipt=None)
        self.handed: list[str] = []
        self.questions = 0
        self.answers = answers
        self.mood: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        world.outbox = self
        world.restart()

    def send(self, message: Message) -> Any:
        self.mood()
        self.handed.append(message.id)
        super().send(message)
        self.after()

    def asked(self, message: str, medium: str) -> bool | None:
        self.questions += 1
        return message in self.handed if self.answers else None


def raising(error: BaseException) -> Callable[[], None]:
    def hook() -> None:
        raise error
    return hook


def notice(world: World) -> int:
    return world.asks("borrower-notice", "notice-requested/1", NOTICE, CHANNEL)


def state_of(world: World) -> list[str]:
    with world.store.begin() as db:
        return [row[0] for row in db.exec_driver_sql("SELECT state FROM deliveries ORDER BY entry_index")]


# A crash, or a silence


def night(op: str) -> None:
    """In place of a vault in whose packs it is no hour."""
    if op == "open-for-delivery":
        raise ConflictError("it is night", code="outside-hours")


def test_killed_after_the_carrier_took_it_a_carrier_that_can_be_asked_gets_no_second(world: World) -> None:
    carrier = Carrier(world)
    carrier.after = raising(Killed("between taken and noted"))
    invited(world)
    with pytest.raises(Killed):
        world.deliver()
    assert state_of(world)[0] == "handing"
    world.restart()
    assert world.deliver() == 1
    assert len(carrier.handed) == 1
    assert carrier.questions == 1
    assert len(world.vault.opened) == 1, "what went out needs no address any more"
    assert len(world.vault.bodies("code-sent/1")) == 1
    world.clock.pass_(3 * DAY)
    carrier.after = lambda: None
    assert world.deliver() == 1, "the one reminder is still due"


def test_killed_before_the_carrier_took_it_it_is_sent_once(world: World) -> None:
    carrier = Carrier(world)
    carrier.mood = raising(Killed("before"))
    listed(world)
    with pytest.raises(Killed):
        world.deliver()
    carrier.mood = lambda: None
    world.restart()
    assert world.deliver() == 1
    assert (len(carrier.handed), carrier.questions) == (1, 1)


def test_killed_after_the_carrier_took_it_one_that_cannot_be_asked_gets_the_same_message_again(world: World) -> None:
    carrier = Carrier(world, answers=False)
    carrier.after = raising(Killed("between taken and noted"))
    listed(world)
    with pytest.raises(Killed):
        world.deliver()
    carrier.after = lambda: None
    world.restart()
    assert world.deliver() == 1
    assert len(carrier.handed) == 2
    assert len(set(carrier.handed)) == 1
    assert len(world.vault.bodies("contact-informed/1")) == 1


def test_killed_between_sent_and_logged_the_log_is_told_and_nothing_sent(world: World) -> None:
    carrier = Carrier(world)
    listed(world)
    world.vault.before = killed_at("append")
    with pytest.raises(Killed):
        world.deliver()
    world.restart()
    world.courier.follow()
    assert len(world.vault.bodies("contact-informed/1")) == 1
    assert world.deliver() == 0
    assert len(carrier.handed) == 1


def test_after_a_silence_the_carrier_is_asked_before_anything_is_sent_again(world: World) -> None:
    carrier = Carrier(world)
    carrier.after = raising(NoAnswerError("silence"))
    listed(world)
    assert world.deliver() == 0
    world.clock.pass_(SECOND)
    assert world.deliver() == 1
    assert len(carrier.handed) == 1


def test_a_carrier_that_does_not_say_is_sent_nothing(world: World) -> None:
    carrier = Carrier(world)
    carrier.after = raising(NoAnswerError("silence"))
    listed(world)
    world.deliver()
    carrier.asked = lambda *_: raising(UnavailableError("away"))()  # type: ignore[method-assign]
    for _ in range(10):
        world.clock.pass_(MINUTE)
        assert world.deliver() == 0
    assert len(carrier.handed) == 1
    assert state_of(world) == ["handing"]


def test_an_unforeseen_failure_of_a_transport_leaves_it_in_doubt_and_is_not_repeated_at_once(world: World) -> None:
    carrier = Carrier(world)
    carrier.after = raising(ValueError("unforeseen"))
    listed(world)
    with pytest.raises(ValueError, match="unforeseen"):
        world.deliver()
    assert world.courier.wants() == []
    world.clock.pass_(SECOND)
    assert world.deliver() == 1
    assert len(carrier.handed) == 1


def test_who_objects_while_it_is_in_doubt_is_not_written_to_again(world: World) -> None:
    carrier = Carrier(world, answers=False)
    carrier.after = raising(NoAnswerError("silence"))
    index = listed(world)
    world.deliver()
    world.vault.messages[index] = []
    world.clock.pass_(SECOND)
    assert world.deliver() == 0
    assert len(carrier.handed) == 1
    assert world.vault.given_up == []


def test_what_waited_while_nothing_could_be_noted_is_asked_for_again_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk and a carrier that is away: the message was opened, and nothing says how often it was tried."""
    carrier = Carrier(world)
    carrier.mood = raising(UnavailableError("away"))
    index = listed(world)
    with monkeypatch.context() as full:
        full.setattr("registry.courier.delivery_book.postpone", lambda *_, **__: raising(OSError("full"))())
        with pytest.raises(OSError, match="full"):
            world.deliver()
    carrier.mood = lambda: None
    world.vault.messages[index] = []
    world.clock.pass_(HOUR)
    assert world.deliver() == 0
    assert carrier.handed == []


# Given up


def test_a_message_refused_for_good_is_given_up_at_once_with_one_alarm(world: World) -> None:
    carrier = Carrier(world)
    carrier.mood = raising(MessageRefusedError("no"))
    index = listed(world)
    with structlog.testing.capture_logs() as lines:
        assert world.deliver() == 0
        world.clock.pass_(2 * DAY)
        assert world.deliver() == 0
    assert world.vault.given_up == [(index, "contact-listed", None)]
    assert state_of(world) == ["dropped"]
    [line] = lines
    assert (line["event"], line["why"], line["medium"]) == ("message given up", "transport-refused", "sms")
    assert CONTACT_PHONE[1:] not in str(lines)


def test_a_refused_notice_is_logged_as_failed_and_never_as_sent(world: World) -> None:
    carrier = Carrier(world)
    carrier.mood = raising(MessageRefusedError("no"))
    notice(world)
    world.deliver()
    assert world.vault.bodies("notice-sent/1") == []
    assert [one["status"] for one in world.vault.bodies("notice-receipt/1")] == ["failed"]


@pytest.mark.parametrize("op", ["append", "dead-letter"])
@pytest.mark.parametrize("done", [False, True])
def test_a_kill_while_it_is_given_up_loses_neither_receipt_nor_alarm(world: World, op: str, done: bool) -> None:
    carrier = Carrier(world)
    carrier.mood = raising(MessageRefusedError("no"))
    index = notice(world)
    setattr(world.vault, "after" if done else "before", killed_at(op))
    with pytest.raises(Killed):
        world.deliver()
    world.restart()
    world.courier.follow()
    assert [one["status"] for one in world.vault.bodies("notice-receipt/1")] == ["failed"]
    assert set(world.vault.given_up) == {(index, "borrower-notice", CHANNEL)}
    assert state_of(world) == ["dropped"]


def test_a_carrier_is_tried_for_a_day_and_no_longer(world: World) -> None:
    carrier = Carrier(world)
    tries: list[int] = []

    def down() -> None:
        tries.append(world.clock.wall())
        raise UnavailableError("down", code="transport-unavailable")

    carrier.mood = down
    index = listed(world)
    for _ in range(30 * 6):
        world.deliver()
        world.clock.pass_(10 * MINUTE)
    assert DAY - HOUR <= tries[-1] - tries[0] <= DAY + HOUR
    assert 20 <= len(tries) <= 40
    assert world.vault.given_up == [(index, "contact-listed", None)]
    assert len(world.vault.opened) == 1
    assert carrier.handed == []


def test_a_vault_that_is_away_or_a_daily_cap_gives_no_message_up(world: World) -> None:
    Carrier(world)

    def capped(op: str) -> None:
        if op == "open-for-delivery":
            raise UnavailableError("enough for today", code="address-cap")

    listed(world)
    world.vault.before = capped
    for _ in range(40):
        world.deliver()
        world.clock.pass_(HOUR)
    assert world.vault.given_up == []
    world.vault.before = lambda op: None
    assert world.deliver() == 1


def test_a_value_that_never_comes_is_an_alarm_too(world: World) -> None:
    index = listed(world)
    for _ in range(20):
        world.courier.deliver_due(lambda subject, names: {})
        world.clock.pass_(HOUR)
    assert world.vault.given_up == [(index, "contact-listed", None)]


def test_who_answered_is_no_alarm(world: World) -> None:
    index = invited(world)
    world.deliver()
    world.vault.messages[index] = []
    world.clock.pass_(4 * DAY)
    world.deliver()
    assert world.vault.given_up == []


def test_outside_lawful_hours_it_is_asked_again_within_a_minute(world: World) -> None:
    tries: list[int] = []

    def closed(op: str) -> None:
        if op == "open-for-delivery":
            tries.append(world.clock.wall())
            raise ConflictError("it is night", code="outside-hours")

    carrier = Carrier(world)
    listed(world)
    world.vault.before = closed
    for _ in range(200):
        world.deliver()
        world.clock.pass_(10 * SECOND)
    assert max(after - before for before, after in itertools.pairwise(tries)) <= 70 * SECOND
    world.vault.before = lambda op: None
    world.clock.pass_(MINUTE)
    assert world.deliver() == 1
    assert len(carrier.handed) == 1
    assert world.vault.given_up == []


def test_what_waits_nobody_knows_until_when_is_asked_at_once_when_a_demos_clock_is_set_forward(world: World) -> None:
    carrier = Carrier(world)
    listed(world)
    world.vault.before = night
    assert world.deliver() == 0
    world.vault.before = lambda op: None
    world.clock.log += 12 * HOUR
    assert world.deliver() == 1
    assert len(carrier.handed) == 1


def test_what_was_opened_and_then_waits_for_morning_lies_open_nowhere_and_has_its_whole_day_then(
    world: World,
) -> None:
    carrier = Carrier(world)
    index = listed(world)
    carrier.mood = raising(UnavailableError("busy"))
    assert world.deliver() == 0
    morning = world.clock.now() + 10 * HOUR
    asked = world.vault.messages[index][0]
    world.vault.messages[index] = [{**asked, "wait": True, "until": stamp(morning)}]
    world.clock.pass_(SECOND)
    assert world.deliver() == 0
    assert world.courier._deliverer._in_hand == {}
    world.vault.messages[index] = [asked]
    world.clock.pass_(10 * HOUR)
    for _ in range(20):
        assert world.deliver() == 0
        world.clock.pass_(HOUR)
    assert world.vault.given_up == []
    assert len(world.vault.opened) == 2
    carrier.mood = lambda: None
    assert world.deliver() == 1


def test_what_fails_after_a_whole_night_is_tried_again_as_soon_as_any_other(world: World) -> None:
    carrier = Carrier(world)
    listed(world)
    world.vault.before = night
    for _ in range(30):
        world.deliver()
        world.clock.pass_(MINUTE)
    world.vault.before = lambda op: None
    carrier.mood = raising(UnavailableError("busy"))
    assert world.deliver() == 0
    carrier.mood = lambda: None
    world.clock.pass_(SECOND)
    assert world.deliver() == 1


def test_what_waits_until_a_known_morning_asks_nobody_before_and_goes_with_the_log_clock(world: World) -> None:
    carrier = Carrier(world)
    index = listed(world)
    morning = world.clock.now() + 9 * HOUR
    asked = world.vault.messages[index][0]
    world.vault.messages[index] = [{**asked, "wait": True, "until": stamp(morning)}]
    assert world.deliver() == 0
    world.vault.calls.clear()
    for _ in range(8):
        world.clock.pass_(HOUR)
        assert world.deliver() == 0
    assert not {"deliveries", "open-for-delivery"} & set(world.vault.calls)
    world.vault.messages[index] = [asked]
    world.clock.log = morning   # a demo's clock is set forward: no minute of anybody's passes
    assert world.deliver() == 1
    assert len(carrier.handed) == 1


def test_a_message_that_a_transport_held_up_until_night_waits_for_the_morning(world: World) -> None:
    carrier = Carrier(world)
    index = listed(world)
    carrier.mood = raising(UnavailableError("busy"))
    assert world.deliver() == 0
    morning = world.clock.now() + 9 * HOUR
    asked = world.vault.messages[index][0]
    world.vault.messages[index] = [{**asked, "wait": True, "until": stamp(morning)}]
    carrier.mood = lambda: None
    world.clock.pass_(SECOND)
    assert world.deliver() == 0
    world.vault.messages[index] = [asked]
    world.clock.pass_(8 * HOUR)
    assert world.deliver() == 0
    world.clock.pass_(HOUR)
    assert world.deliver() == 1
    assert len(carrier.handed) == 1


def test_a_code_and_a_warning_go_before_all_that_came_earlier(world: World) -> None:
    carrier = Carrier(world)
    listed(world)
    while world.courier.follow():
        pass
    with world.store.begin() as db:
        first = delivery_book.wanted(db, world.clock.now(), world.clock.wall(), 1)
        for place, template in enumerate((
            "contact-listed", "sign-in-code", "borrower-told-passkey", "borrower-consent-code",
            "borrower-told-consent",
        )):
            delivery_book.add(db, replace(
                first[0], id=f"{place:032x}", index=first[0].index + 1 + place, template=template))
        found = delivery_book.wanted(db, world.clock.now(), world.clock.wall(), 9)
    assert [one.template for one in found] == [
        "sign-in-code", "borrower-told-passkey", "borrower-consent-code", "borrower-told-consent",
        "contact-listed", "contact-listed"]
    assert not carrier.handed


def test_the_couriers_folder_holds_nothing_personal_while_a_message_is_in_doubt(world: World) -> None:
    carrier = Carrier(world)
    carrier.after = raising(NoAnswerError("silence"))
    invited(world)
    world.deliver()
    assert state_of(world) == ["handing"]
    for path in (world.folder / "courier").iterdir():
        for value in (CONTACT_PHONE[1:], "小明", "123456", named("token")):
            assert value.encode() not in path.read_bytes(), path.name
