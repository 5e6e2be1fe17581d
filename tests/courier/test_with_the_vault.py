"""The courier against the real vault: what it signs is taken, what entries ask for arrives, decisions see it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from registry.courier.courier import Courier
from registry.courier.outbox import FileOutbox
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.vault.desk import Settings
from tests.courier.post import URL, Post
from tests.courier.world import Killed
from tests.world import Person


@pytest.fixture
def person(post: Post) -> Person:
    """A borrower with an account and a contact; the courier has told the contact."""
    made = post.world.borrower()
    post.world.at(-60)
    post.world.account(made)
    post.deliver()
    return made


def test_a_listed_contact_is_told_at_that_very_line(post: Post, person: Person) -> None:
    [message] = post.messages("contact-listed")
    assert (message["to"], message["medium"], message["language"]) == (person.contact_number, "sms", "zh")
    assert "Ming" in message["text"]
    assert "Example Lender" in message["text"]
    assert [one["contact"] for one in post.entries("contact-informed/1")] == [person.contact]


def test_the_code_of_the_invitation_makes_the_consent(post: Post, person: Person) -> None:
    consent = post.world.call("consent", **post.world.terms(person, "contact"))["consent"]
    post.deliver()
    [message] = post.messages("contact-invitation")
    assert [one["consent"] for one in post.entries("code-sent/1")] == [consent]
    assert post.world.call("check-code", consent=consent, code=message["code"])["assurance"] == "code"


def test_the_link_in_a_message_answers_it(post: Post, person: Person) -> None:
    [message] = post.messages("contact-listed")
    token = message["text"].split(f"{URL}/r/")[1][:32]
    assert post.world.call("answer", token=token, answer="object")["act"] == "objected"
    post.world.call("consent", **post.world.terms(person, "contact"))
    assert post.deliver() == 0


def test_one_reminder_with_the_same_code_and_no_third_message(post: Post, person: Person) -> None:
    post.world.call("consent", **post.world.terms(person, "contact"))
    post.deliver()
    post.world.clock.at += 3 * DAY
    assert post.deliver() == 1
    post.world.clock.at += 3 * DAY
    assert post.deliver() == 0
    first, second = post.messages("contact-invitation")
    assert first["code"] == second["code"]


def test_who_agreed_is_not_reminded(post: Post, person: Person) -> None:
    consent = post.world.call("consent", **post.world.terms(person, "contact"))["consent"]
    post.deliver()
    post.world.call("check-code", consent=consent, code=post.messages("contact-invitation")[0]["code"])
    post.world.clock.at += 4 * DAY
    assert post.deliver() == 0


def test_a_notice_reaches_every_personal_text_channel_with_a_receipt(post: Post, person: Person) -> None:
    notice = post.world.call("notice", by=post.world.agency.value(), account=person.account)["notice"]
    assert post.deliver() == 2
    assert {(one["to"], one["medium"]) for one in post.messages("borrower-notice")} == {
        (person.number, "sms"), (person.mail, "email")}
    for message in post.messages("borrower-notice"):
        assert all(word in message["text"] for word in (person.account, "Example Agency", "Example Lender"))
    assert {(one["notice"], one["status"]) for one in post.entries("notice-receipt/1")} == {(notice, "delivered")}
    assert len(post.entries("notice-receipt/1")) == 2


def test_a_reported_dial_is_an_attempt_of_the_borrower_with_local_times(post: Post, person: Person) -> None:
    assert post.report(person) == "recorded"
    [body] = post.entries("attempt-recorded/2")
    assert (body["borrower"], body["channel"], body["account"], body["agency"], body["class"]) == (
        person.borrower, body["channel"], person.account, post.world.agency.id, "not-alerted")
    assert body["channel"] in person.channels.values()
    assert body["local"]["zone"] == "Asia/Shanghai"


@pytest.mark.parametrize("change", [
    {"to": "+8610000008888"}, {"to": "nobody"}, {"age": 25 * HOUR}, {"age": -5 * MINUTE}, {"age": 400 * DAY},
    {"age": -2_000_000 * DAY}, {"began_at": "1970-01-01T00:00:00Z"}, {"began_at": "9999-12-31T23:59:59Z"},
    {"account": "0" * 32}, {"ended_at": "9999-12-31T23:59:59Z"}, {"to": "borrower1@demo.invalid", "medium": "email"},
    {"cause": {"status": "new"}}, {"cause": {}}, {"medium": "post", "to": "a street"}, {"medium": "app", "to": "x"},
    {"direction": "inbound"}, {"direction": "inbound", "from": "+861000000001"},
])
def test_whatever_a_signed_event_says_it_keeps_its_place_in_the_sequence(
    post: Post, person: Person, change: dict[str, Any],
) -> None:
    post.report(person, **change)
    assert [body["seq"] for body in post.entries("attempt-recorded/2")] == [1]
    # What is no number at all, or no time that can count, its sender is told of.
    why = "began-outside" if {"age", "began_at"} & set(change) else "address-malformed"
    told = [{"webhook_id": "msg_1", "why": why}] if why == "began-outside" or change == {"to": "nobody"} else []
    assert post.courier.provider_status("neutral-voice") == {
        "next_seq": 2, "gaps": [], "waiting": 0, "refused": told}


@pytest.mark.parametrize("age", [25 * HOUR, 90 * DAY, -HOUR])
def test_a_late_reach_is_a_sign_of_life_of_the_borrower(post: Post, person: Person, age: int) -> None:
    post.report(person, age=age, cause={"status": "answered-person"})
    [life] = post.entries("sign-of-life/1")
    assert (life["borrower"], life["source"]) == (person.borrower, "reach-late")


def test_an_inbound_call_is_a_reach(post: Post, person: Person) -> None:
    post.report(person, direction="inbound", to="+8610000009999", cause={}, **{"from": person.number})
    [body] = post.entries("attempt-recorded/2")
    assert (body["class"], body["borrower"]) == ("reached-person", person.borrower)


def test_a_sequence_conflict_is_refused_with_an_alarm_in_the_log(post: Post, person: Person) -> None:
    post.report(person)
    post.seq = 0
    post.report(person, attempt_id="call-other", began_at=stamp(post.world.clock.now() - MINUTE))
    # The message id was the same too: refused for that, before anything else.
    assert post.entries("alarm-raised/1") == []
    post.seq = 1
    post.report(person, seq=1, attempt_id="call-other")
    assert [one["alarm"] for one in post.entries("alarm-raised/1")] == ["attempt-sequence-conflict"]
    assert len(post.entries("attempt-recorded/2")) == 1


def test_a_borrower_and_a_contact_are_told_of_a_permit(post: Post) -> None:
    world = post.world
    made = world.borrower()
    world.at(-120)
    post.deliver()
    world.call("consent", **world.terms(made, "borrower"))
    consent = world.call("consent", **world.terms(made, "contact"))["consent"]
    post.deliver()
    world.call("check-code", consent=consent, code=post.messages("contact-invitation")[0]["code"])
    world.at(-75)
    world.account(made)
    for place, day in enumerate((-23, -21, -19, -17, -15, -12, -10, -9)):
        world.at(day, ("09:30", "14:00", "19:30")[place % 3])
        post.report(made)
        post.report(made, medium="sms", cause={"status": "delivered"})
        post.report(made, medium="email", to=made.mail, cause={"status": "delivered"})
    world.clock.at += HOUR
    world.call("notice", by=world.agency.value(), account=made.account)
    post.deliver()
    world.at(-2, "14:00")
    post.report(made)
    world.at(0, "09:00")
    world.feeds()
    world.approve(made)
    world.at(0, "10:00")
    post.courier.follow()
    answer = world.lookup(made)
    assert answer["verdict"] == "permit"
    assert post.deliver() == 3
    assert {(one["lookup"], one["to"]) for one in post.entries("use-told/1")} == {
        (answer["lookup"], "borrower"), (answer["lookup"], "contact")}
    [message] = post.messages("use-contact")
    assert message["to"] == made.contact_number
    assert "Example Agency" not in message["text"]


def test_the_daily_cap_only_puts_messages_off(tmp_path: Path) -> None:
    post = Post(tmp_path, Settings(addresses_per_day=1))
    made = post.world.borrower()
    post.world.contact(made, "+8610000007777", rank=2)
    assert post.deliver() == 1
    post.world.clock.at += DAY
    assert post.deliver() == 1
    assert len(post.entries("contact-informed/1")) == 2


def test_a_crash_after_the_address_was_opened_opens_it_again_and_tells_the_log_once(
    post: Post, person: Person,
) -> None:
    class Dies(FileOutbox):
        def send(self, message: Any) -> Any:
            raise Killed("before the transport took it")

    post.world.call("consent", **post.world.terms(person, "contact"))
    dying = Dies(post.outbox._folder)
    post.courier = Courier(post.world.vault, post.store, dying, post.world.clock, os.urandom, URL)
    with pytest.raises(Killed):
        post.deliver()
    post.courier = Courier(post.world.vault, post.store, post.outbox, post.world.clock, os.urandom, URL)
    assert post.deliver() == 1
    assert len([one for one in post.entries("address-opened/1") if one["template"] == "contact-invitation"]) == 2
    assert len(post.entries("code-sent/1")) == 1
