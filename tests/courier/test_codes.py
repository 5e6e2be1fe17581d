"""Codes through the real vault and courier: to the very line, in its reader's language, and none once it is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from registry.courier import delivery_book
from registry.courier.outbox import FileOutbox, Message, Receipt
from registry.courier.pacing import NOBODY, TO_NOBODY, Pacing
from registry.errors import ConsentryError
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.vault.desk import Settings
from tests.courier.post import Post
from tests.courier.test_relayed import Flaky
from tests.world import Person


@pytest.fixture
def person(post: Post) -> Person:
    made = post.world.borrower()
    post.deliver()
    return made


def asked(post: Post, address: str, role: str = "borrower", medium: str = "sms") -> str:
    request: str = post.world.call("ask-code", role=role, address=address, medium=medium)["request"]
    return request


@pytest.mark.parametrize(("role", "medium"), [("borrower", "sms"), ("borrower", "email"), ("contact", "sms")])
def test_a_code_arrives_at_the_very_line_and_opens_a_session(
    post: Post, person: Person, role: str, medium: str
) -> None:
    post.world.at(-100, "03:30")  # somebody just asked for it, whatever the hour
    address = person.contact_number if role == "contact" else person.mail if medium == "email" else person.number
    request = asked(post, address, role, medium)
    post.deliver()
    (message,) = post.messages("sign-in-code")
    assert (message["to"], message["medium"], message["language"]) == (address, medium, "zh")
    assert "Example Lender" in message["text"]
    for name in ("Ming", "Li Na"):
        assert name not in message["text"]
    assert message["code"] in message["text"]
    assert post.world.call("enter-code", request=request, code=message["code"])["role"] == role
    (sent,) = post.entries("code-sent/2")
    (entry,) = post.world.entries("sign-in-asked/1")
    assert (sent["about"], sent["borrower"]) == (entry.id, person.borrower)
    assert ("contact" in sent, "channel" in sent) == (role == "contact", role == "borrower")


def grown(post: Post, ask: Callable[[], object]) -> list[int]:
    """How the log grows by asking, and then by each pass of the courier."""
    sizes = [post.world.vault.desk.log.size]
    ask()
    sizes.append(post.world.vault.desk.log.size)
    for _ in range(3):
        post.deliver()
        sizes.append(post.world.vault.desk.log.size)
    return [after - before for before, after in pairwise(sizes)]


@pytest.mark.parametrize("medium", ["sms", "email"])
def test_nobody_is_written_to_for_an_address_that_nobody_has_and_the_log_grows_alike(
    post: Post, person: Person, medium: str
) -> None:
    known, unknown = {"sms": (person.number, "+8610000007777"),
                      "email": (person.mail, "nobody@demo.invalid")}[medium]
    for_somebody = grown(post, lambda: asked(post, known, "borrower", medium))
    sent = post.messages("sign-in-code")
    assert len(sent) == 1
    assert grown(post, lambda: asked(post, unknown, "borrower", medium)) == for_somebody
    assert sum(for_somebody) == 3
    assert post.messages("sign-in-code") == sent


def test_whose_address_is_somebody_elses_gets_nothing_and_the_log_grows_all_the_same(
    post: Post, person: Person
) -> None:
    assert sum(grown(post, lambda: asked(post, person.contact_number, "borrower"))) == 3
    assert post.messages("sign-in-code") == []
    assert [sorted(one) for one in post.entries("code-sent/2")] == [["about", "language", "opened"]]


def test_codes_to_nobody_use_up_none_of_the_addresses_of_a_day(tmp_path: Path) -> None:
    post = Post(tmp_path, Settings(addresses_per_day=3))
    person = post.world.borrower()
    post.deliver()
    for number in range(5):
        asked(post, f"+861000000{7000 + number}")
        post.deliver()
    asked(post, person.number)
    post.deliver()
    assert len(post.messages("sign-in-code")) == 1
    assert post.entries("alarm-raised/1") == []


def test_codes_to_nobody_wait_in_no_carriers_line(post: Post, person: Person) -> None:
    """Whoever asks for many must hold nobody else up."""
    asked(post, person.number)
    asked(post, "+8610000007777")
    post.courier.follow()
    with post.store.begin() as db:
        now, wall = post.world.clock.now(), post.world.clock.wall()
        media = [one.medium for one in delivery_book.wanted(db, now, wall, 9)]
        rest = [one.medium for one in delivery_book.wanted(db, now, wall, 9, media=(TO_NOBODY,))]
    assert (media, rest) == (["sms", TO_NOBODY], ["sms"])


def test_while_the_carrier_is_down_a_code_to_nobody_is_not_taken_either(tmp_path: Path) -> None:
    post = Post(tmp_path)
    flaky = Flaky(tmp_path / "outbox")
    post.courier._deliverer._outbox = Pacing(flaky)
    person = post.world.borrower()
    post.deliver()
    flaky.down = True
    assert grown(post, lambda: asked(post, person.number)) == [1, 1, 0, 0]
    assert grown(post, lambda: asked(post, "+8610000007777")) == [1, 1, 0, 0]


def test_a_message_to_nobody_takes_as_long_as_the_last_to_somebody(tmp_path: Path) -> None:
    clock, rested = [0.0], []

    class Slow(FileOutbox):
        def send(self, message: Message) -> Receipt | None:
            clock[0] += 1.25
            return super().send(message)

    pacing = Pacing(Slow(tmp_path), ticks=lambda: clock[0], pause=rested.append)
    somebody = Message("1" * 32, 0, "sms", "+8610000000001", "sign-in-code", "zh", "text")
    pacing.send(somebody)
    pacing.send(replace(somebody, to=NOBODY))
    pacing.send(replace(somebody, to=NOBODY, medium="email"))
    assert rested == [1.25, 0.0]


def test_a_code_that_is_held_up_until_it_is_over_is_never_sent_and_raises_no_alarm(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.outbox = flaky = Flaky(tmp_path / "outbox")
    post.courier._deliverer._outbox = flaky
    person = post.world.borrower()
    post.deliver()
    flaky.down = True
    request = asked(post, person.number)
    post.deliver()
    post.world.clock.at += 10 * MINUTE
    flaky.down = False
    for _ in range(3):
        post.world.clock.at += HOUR
        post.deliver()
    assert post.messages("sign-in-code") == []
    assert post.entries("alarm-raised/2") == []
    assert post.courier.wants() == []
    with pytest.raises(ConsentryError):
        post.world.call("enter-code", request=request, code="123456")
    post.world.vault.close()


def test_a_code_held_up_for_a_while_is_good_only_for_what_is_left_of_its_time(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.outbox = flaky = Flaky(tmp_path / "outbox")
    post.courier._deliverer._outbox = flaky
    person = post.world.borrower()
    post.deliver()
    flaky.down = True
    request = asked(post, person.number)
    post.deliver()
    post.world.clock.at += 9 * MINUTE
    flaky.down = False
    post.deliver()
    (message,) = post.messages("sign-in-code")
    post.world.clock.at += MINUTE
    with pytest.raises(ConsentryError):
        post.world.call("enter-code", request=request, code=message["code"])
    post.world.vault.close()


def test_the_code_of_a_borrowers_own_consent_goes_to_the_channel_he_chose(post: Post, person: Person) -> None:
    post.world.clock.at += 8 * DAY
    session = post.world.call("make-link", by=post.world.lender.value(), role="borrower", subject=person.borrower)
    token = post.world.call("open-link", token=session["token"])["session"]
    terms = post.world.terms(person, "borrower", method="portal", given_at=stamp(post.world.clock.at))
    del terms["by"]
    made = post.world.call("give-consent", session=token, channel=person.channels["email"], **terms)
    assert made["state"] == "pending-code"
    post.deliver()
    (message,) = post.messages("borrower-consent-code")
    assert (message["to"], message["medium"]) == (person.mail, "email")
    assert "Ming" in message["text"]
    given = post.world.call("check-code", consent=made["consent"], code=message["code"])
    assert (given["state"], given["assurance"]) == ("given", "code")
    (sent,) = post.entries("code-sent/2")
    assert (sent["about"], sent["channel"]) == (made["consent"], person.channels["email"])


def test_a_file_of_the_outbox_holds_the_code_and_the_courier_keeps_none(post: Post, person: Person) -> None:
    asked(post, person.number)
    post.deliver()
    (message,) = post.messages("sign-in-code")
    assert isinstance(post.outbox, FileOutbox)
    post.store.close()
    kept = b"".join(path.read_bytes() for path in (post.world.folder / "courier").iterdir() if path.is_file())
    assert message["code"].encode() not in kept
    assert person.number.encode() not in kept
