"""Who is told, and how: every live personal line that carries text, as the rules demand it (U1, U7)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from registry.errors import NotFoundError
from registry.model.entries import Actor
from registry.model.times import DAY
from tests.world import Person, World


@pytest.fixture
def person(world: World) -> Person:
    world.at(-80)
    found = world.borrower()
    world.account(found)
    return found


def wanted(world: World, index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.vault.call("deliveries", {"index": index})["deliveries"]
    return found


class Callers(World):
    """Borrowers whose telephone is registered for calls alone."""

    def borrower(self, contact_number: str | None = None, media: Sequence[str] = ("voice",)) -> Person:
        return super().borrower(contact_number, media)


def test_a_mobile_registered_for_calls_alone_is_told_by_sms_of_notice_and_use(tmp_path: Path) -> None:
    world = Callers(tmp_path)
    person = world.unreachable()
    (sent,) = world.entries("notice-sent/1")
    assert (sent.body["channel"], sent.body["medium"]) == (person.channels["voice"], "sms")
    answer = world.lookup(person)
    assert answer["verdict"] == "permit"
    assert [(one["template"], one["medium"], one.get("channel")) for one in wanted(world, answer["log_index"])] == [
        ("use-borrower", "sms", person.channels["voice"]), ("use-contact", "sms", None),
    ]
    world.deliver(person)
    assert [one["to"] for one in world.outbox if one["template"] in ("borrower-notice", "use-borrower")] == [
        person.number, person.number,
    ]
    world.vault.close()


def test_a_fixed_line_gets_no_sms_and_nobody_can_say_it_did(world: World, person: Person) -> None:
    fixed = world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="voice",
                       value="+861065529988", use="personal")["channel"]
    made = world.call("notice", by=world.agency.value(), account=person.account)
    assert fixed not in [one["channel"] for one in wanted(world, made["log_index"])]
    opened = world.call("open-for-delivery", **world.open_args(
        made["log_index"], wanted(world, made["log_index"])[0]))["opened"]
    said = {"notice": made["notice"], "account": person.account, "borrower": person.borrower, "language": "zh",
            "opened": opened, "medium": "sms"}
    for channel in (fixed, person.channels["voice"], person.channels["email"]):
        with pytest.raises(NotFoundError):
            world.vouch("notice-sent/1", {**said, "channel": channel})
    assert world.vouch("notice-sent/1", {**said, "channel": person.channels["sms"]})["fresh"]


def test_what_the_lender_removes_is_told_until_the_look_back_is_over(world: World, person: Person) -> None:
    def removed(channel: str) -> None:
        world.append("channel-removed/1", {"channel": channel, "borrower": person.borrower}, world.lender)

    def told() -> set[str]:
        made = world.call("notice", by=world.agency.value(), account=person.account)
        channels = {one["channel"] for one in wanted(world, made["log_index"])}
        assert {message["to"] for message in world.deliver() if message["template"] == "borrower-notice"} == {
            person.mail if channel == person.channels["email"] else person.number for channel in channels
        }
        assert wanted(world, made["log_index"]) == []
        return channels

    world.at(-70)
    removed(person.channels["email"])
    removed(person.channels["sms"])
    world.at(-60)
    assert told() == {person.channels["email"], person.channels["sms"]}
    world.at(20, "10:01")
    assert told() == {person.channels["voice"]}, "the telephone still takes messages"


def test_who_may_not_say_that_a_channel_is_a_strangers_does_not_keep_the_notice_from_it(
    world: World, person: Person
) -> None:
    for by, told in ((world.agency, True), (Actor("borrower", person.borrower), False)):
        world.append("channel-disputed/1", {"channel": person.channels["email"], "borrower": person.borrower}, by)
        made = world.call("notice", by=world.agency.value(), account=person.account)
        assert (person.channels["email"] in [one["channel"] for one in wanted(world, made["log_index"])]) is told
        world.clock.at += DAY
