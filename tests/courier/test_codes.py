"""Codes through the real vault and courier: to the very line, in its reader's language, and none once it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.courier.outbox import FileOutbox
from registry.errors import ConsentryError
from registry.model.times import DAY, HOUR, MINUTE, stamp
from tests.courier.test_relayed import Flaky
from tests.courier.test_with_the_vault import Post
from tests.world import Person


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.world.vault.close()


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


def test_nobody_is_written_to_for_an_address_that_nobody_has(post: Post, person: Person) -> None:
    asked(post, "+8610000007777")
    asked(post, person.contact_number, "borrower")
    post.deliver()
    assert post.messages("sign-in-code") == []
    assert post.entries("address-opened/1")[-1]["template"] == "contact-listed"


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
