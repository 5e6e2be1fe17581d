"""A slow carrier keeps nobody waiting but the messages behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.courier.courier import Courier
from registry.courier.hands import Hands
from registry.courier.outbox import FileOutbox, Message
from registry.errors import NotFoundError, UnavailableError
from tests.courier.test_deliver import NOTICE, listed
from tests.courier.world import CHANNEL, URL, World, named

BLOBS = {"name": "c2VhbGVk"}


class Slow(FileOutbox):
    """Takes mail only when it is let; SMS at once. `mails` counts those that are being taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.let = threading.Event()
        self.mails = 0

    def send(self, message: Message) -> Any:
        if message.medium == "email":
            self.mails += 1
            assert self.let.wait(10)
        return super().send(message)


def until(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def slow(world: World) -> Slow:
    outbox = Slow(world.folder / "outbox")
    world.courier = Courier(world.vault, world.store, outbox, world.clock, world.random, URL,
                            hands=Hands(("email", "sms")))
    opened = world.vault._open_for_delivery

    def by_medium(args: dict[str, Any]) -> dict[str, Any]:
        mail = args["template"] == "borrower-notice"
        return {**opened(args), **({"medium": "email", "to": "b@demo.invalid"} if mail else {})}

    world.vault._open_for_delivery = by_medium  # type: ignore[method-assign]
    return outbox


def mailed(world: World, word: str) -> int:
    index = world.asks("borrower-notice", "notice-requested/1", {**NOTICE, "notice": named(word)}, CHANNEL)
    world.vault.messages[index][0]["medium"] = "email"
    return index


def brought(world: World) -> list[dict[str, Any]]:
    """What the pump does: asks what is wanted and brings the values."""
    wants: list[dict[str, Any]] = world.courier.call("wants", {})["wants"]
    for want in wants:
        assert world.courier.call("blobs", {"delivery": want["delivery"], "blobs": BLOBS}) == {"sent": False}
    return wants


def test_while_a_mail_server_dawdles_the_log_is_followed_and_sms_go_out(world: World, slow: Slow) -> None:
    mailed(world, "a")
    world.courier.follow()
    brought(world)
    until(lambda: slow.mails == 1)
    listed(world)
    began = time.monotonic()
    assert world.courier.follow() == 1
    assert world.post(world.event()) == "recorded"
    brought(world)
    until(lambda: world.vault.bodies("contact-informed/1"))
    assert time.monotonic() - began < 5
    assert world.vault.bodies("notice-sent/1") == []
    slow.let.set()
    until(lambda: world.vault.bodies("notice-sent/1"))


def test_a_message_that_is_being_sent_is_not_wanted_again(world: World, slow: Slow) -> None:
    mailed(world, "a")
    world.courier.follow()
    [want] = brought(world)
    assert world.courier.wants() == []
    assert world.courier.call("blobs", {"delivery": want["delivery"], "blobs": BLOBS}) == {"sent": False}
    slow.let.set()
    until(lambda: world.vault.bodies("notice-sent/1"))
    assert slow.mails == 1


def test_behind_a_slow_server_no_address_is_opened_before_its_turn(world: World, slow: Slow) -> None:
    for number in range(60):
        mailed(world, f"n{number}")
    world.courier.follow()
    brought(world)
    until(lambda: slow.mails == 1)
    brought(world)
    assert len(world.vault.opened) == 1
    listed(world)
    world.courier.follow()
    assert [want["names"] for want in brought(world)[-1:]] == [["name"]]
    until(lambda: world.vault.bodies("contact-informed/1"))
    slow.let.set()
    until(lambda: (brought(world), len(world.vault.bodies("notice-sent/1")) == 60)[1])


def test_a_vault_that_is_away_leaves_the_message_wanted(world: World, slow: Slow) -> None:
    def away(op: str) -> None:
        if op == "open-for-delivery":
            raise UnavailableError("away")

    listed(world)
    world.courier.follow()
    world.vault.before = away
    brought(world)
    until(world.courier.wants)
    world.vault.before = lambda op: None
    brought(world)
    until(lambda: world.vault.bodies("contact-informed/1"))


def test_an_unforeseen_failure_ends_one_message_and_no_thread(world: World, slow: Slow) -> None:
    def broken(op: str) -> None:
        if op == "open-for-delivery":
            raise RuntimeError("unforeseen")

    listed(world)
    world.courier.follow()
    world.vault.before = broken
    brought(world)
    until(world.courier.wants)
    world.vault.before = lambda op: None
    brought(world)
    until(lambda: world.vault.bodies("contact-informed/1"))


def test_values_for_no_message_are_refused(world: World, slow: Slow) -> None:
    with pytest.raises(NotFoundError):
        world.courier.call("blobs", {"delivery": "0" * 32, "blobs": BLOBS})


def test_at_the_end_what_is_being_handed_over_is_waited_for_and_nothing_new_begins(world: World, slow: Slow) -> None:
    mailed(world, "a")
    mailed(world, "b")
    world.courier.follow()
    brought(world)
    until(lambda: slow.mails == 1)
    hands = world.courier._hands
    assert hands is not None
    began = time.monotonic()
    hands.end(0.2)
    assert 0.1 < time.monotonic() - began < 2
    slow.let.set()
    until(lambda: world.vault.bodies("notice-sent/1"))
    time.sleep(0.05)
    assert slow.mails == 1
