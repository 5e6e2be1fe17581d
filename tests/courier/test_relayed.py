"""The courier and a relayed message, on the real vault: the pack's words, once, at a lawful hour, or not at all."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registry import texts
from registry.courier.outbox import FileOutbox
from registry.errors import MalformedError, UnavailableError
from registry.model.times import MINUTE
from tests.courier.post import Post
from tests.world import Person


class Flaky(FileOutbox):
    """A transport that is down while told so."""

    down = False

    def send(self, message: Any) -> Any:
        if self.down:
            raise UnavailableError("down", code="transport-unavailable")
        return super().send(message)


@pytest.fixture
def person(post: Post) -> Person:
    """Somebody for whom a message lacks nothing but the lookup; the courier has followed so far."""
    world = post.world
    found = world.unreachable(approve=False)
    asked = world.lookup(found, mode="message")
    world.sign("approval-given/1", {"approval": asked["approval"], "borrower": found.borrower})
    post.deliver()
    return found


def relayed(post: Post) -> list[dict[str, str]]:
    return post.messages("relayed-message")


def test_the_pack_speaks_and_the_log_says_what_and_how_it_arrived(post: Post, person: Person) -> None:
    answer = post.world.lookup(person, mode="message")
    post.deliver()
    (message,) = relayed(post)
    script = answer["obligations"]["script"]
    link = re.search(r"https://demo\.invalid/r/[0-9a-f]{32}", message["text"])
    assert link is not None
    assert message["text"] == script.format(
        given_name="Ming", institution="Example Lender", link=link.group())
    assert (message["to"], message["language"]) == (person.contact_number, "zh")
    (entry,) = post.entries("message-relayed/1")
    assert entry["script_sha256"] == answer["obligations"]["script_sha256"]
    assert post.entries("message-receipt/1") == [
        {"lookup": answer["lookup"], "borrower": person.borrower, "status": "delivered"}]
    post.deliver()
    told = post.messages("use-borrower")
    assert {one["to"] for one in told} == {person.number, person.mail}
    assert all("没有交给任何人" in one["text"] for one in told)
    assert post.messages("use-contact") == []
    assert post.deliver() == 0


def test_a_withdrawal_before_it_is_sent_wins(post: Post, person: Person) -> None:
    world = post.world
    world.lookup(person, mode="message")
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    post.deliver()
    assert relayed(post) == []
    assert len(post.entries("opening-refused/1")) == 1
    assert post.messages("use-borrower") == [], "nothing was used"
    assert post.entries("alarm-raised/2") == []


def test_a_message_that_waits_for_its_transport_is_dropped_when_something_restricts_it(
    post: Post, person: Person
) -> None:
    world = post.world
    flaky = Flaky(post.outbox._folder)
    flaky.down = True
    post.courier._deliverer._outbox = flaky
    world.lookup(person, mode="message")
    post.deliver()
    assert len([one for one in post.entries("address-opened/1") if one["template"] == "relayed-message"]) == 1
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    flaky.down = False
    world.clock.at += 2 * MINUTE
    post.deliver()
    assert relayed(post) == []
    assert post.entries("opening-refused/1") == [], "it was opened: its use is not given back"


def test_outside_the_hours_it_waits_and_is_tried_every_minute(post: Post, person: Person) -> None:
    world = post.world
    world.at(0, "19:59")
    world.lookup(person, mode="message")
    world.at(0, "20:00")
    post.deliver()
    assert relayed(post) == []
    world.at(1, "07:58")
    post.deliver()
    world.at(1, "07:59")
    post.deliver()
    assert relayed(post) == []
    world.at(1, "08:00")
    post.deliver()
    assert len(relayed(post)) == 1


def test_a_message_in_hand_when_the_hours_end_waits_too(post: Post, person: Person) -> None:
    world = post.world
    flaky = Flaky(post.outbox._folder)
    flaky.down = True
    post.courier._deliverer._outbox = flaky
    world.at(0, "19:59")
    world.lookup(person, mode="message")
    post.deliver()
    flaky.down = False
    world.at(0, "20:01")
    post.deliver()
    assert relayed(post) == []
    world.at(1, "08:00")
    post.deliver()
    assert len(relayed(post)) == 1


@pytest.mark.parametrize(("script", "params", "code"), [
    ("{given_name}: {link}", {"given_name": "Ming"}, "text-parameters"),
    ("{given_name} owes money: {link}", {"given_name": "Ming", "link": "x"}, "text-forbidden"),
    ("{given_name}: {link}", {"given_name": "Debt", "link": "x"}, "text-forbidden"),
    ("请转告{given_name}还款 {link}", {"given_name": "小明", "link": "x"}, "text-forbidden"),
])
def test_a_text_that_must_not_be_said_is_not_sent(script: str, params: dict[str, str], code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        texts.fill(script, params)
    assert caught.value.code == code
