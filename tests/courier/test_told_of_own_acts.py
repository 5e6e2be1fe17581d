"""What was done in a borrower's name reaches his other channels through the real vault and courier: once a channel,
in words, with a link that undoes it; and not at all once it is undone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from registry.courier.courier import Courier
from registry.courier.outbox import FileOutbox
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, SECOND, stamp
from tests.authenticator import Authenticator
from tests.courier.post import URL, Post
from tests.courier.test_relayed import Flaky
from tests.courier.world import Killed
from tests.world import Person

CONSENT, PASSKEY = "borrower-told-consent", "borrower-told-passkey"


@pytest.fixture
def person(post: Post) -> Person:
    made = post.world.borrower()
    post.deliver()
    post.world.clock.at += 8 * DAY
    return made


def signed_in(post: Post, address: str) -> str:
    """The token of a session by the code that came to this telephone."""
    post.world.clock.at += SECOND  # so that the newest message is the last
    request = post.world.call("ask-code", role="borrower", address=address, medium="sms")["request"]
    post.deliver()
    code = post.messages("sign-in-code")[-1]["code"]
    token: str = post.world.call("enter-code", request=request, code=code)["session"]
    return token


def consents(post: Post, person: Person, session: str, channel: str) -> str:
    """The id of a consent by the code that came to this channel; nobody else was written to yet."""
    terms = post.world.terms(person, "borrower", method="portal", given_at=stamp(post.world.clock.at))
    del terms["by"]
    post.world.clock.at += SECOND
    made = post.world.call("give-consent", session=session, channel=channel, **terms)
    post.deliver()
    code = post.messages("borrower-consent-code")[-1]["code"]
    consent: str = post.world.call("check-code", consent=made["consent"], code=code)["consent"]
    return consent


def adds_passkey(post: Post, session: str) -> str:
    device, challenge = Authenticator(), post.world.call("passkey-challenge")["challenge"]
    made = post.world.call("add-passkey", session=session, attestation=device.create(challenge), challenge=challenge)
    passkey: str = made["passkey"]
    return passkey


def by_his_telephone(post: Post, person: Person) -> str:
    return consents(post, person, signed_in(post, person.number), person.channels["sms"])


def passkey_by_his_telephone(post: Post, person: Person) -> str:
    return adds_passkey(post, signed_in(post, person.number))


def token_of(message: dict[str, str]) -> str:
    return message["text"].split(f"{URL}/r/")[1][:32]


def another_life(post: Post, outbox: FileOutbox) -> None:
    """The courier process ends and starts again, with this transport."""
    post.courier = Courier(post.world.vault, post.store, outbox, post.world.clock, os.urandom, URL)


def test_the_other_channel_is_told_in_words_and_its_link_ends_that_very_consent(post: Post, person: Person) -> None:
    consent = by_his_telephone(post, person)
    post.deliver()
    (told,) = post.messages(CONSENT)
    assert (told["to"], told["medium"], told["language"]) == (person.mail, "email", "zh")
    for word in ("Ming", "Example Lender", "2026-07-16", "代码", "撤回"):
        assert word in told["text"]
    assert post.world.call("answer", token=token_of(told), answer="withdraw")["act"] == "withdrawn"
    (withdrawn,) = post.entries("consent-withdrawn/1")
    assert (withdrawn["consent"], withdrawn["giver"], withdrawn["through"]) == (consent, "borrower", "link")


def test_a_link_ends_one_consent_and_leaves_the_other(post: Post, person: Person) -> None:
    by_his_telephone(post, person)
    post.deliver()
    (first,) = post.messages(CONSENT)
    by_his_telephone(post, person)
    post.world.call("answer", token=token_of(first), answer="withdraw")
    assert [one["consent"] for one in post.entries("consent-withdrawn/1")] == [
        post.entries("consent-given/1")[0]["consent"]]


def test_a_reader_of_another_language_is_told_in_english(post: Post) -> None:
    world = post.world
    made = world.call(
        "register-borrower", by=world.lender.value(), id=os.urandom(16).hex(), name={"given": "Ann", "family": "Y"},
        residence="CN", languages=["id"], channels=[
            {"medium": "sms", "value": "+8610000006001", "use": "personal"},
            {"medium": "email", "value": "ann@demo.invalid", "use": "personal"},
        ])
    world.clock.at += 8 * DAY
    person = Person(made["borrower"], "", "+8610000006001", "", "ann@demo.invalid",
                    {one["medium"]: one["channel"] for one in made["channels"]})
    by_his_telephone(post, person)
    passkey_by_his_telephone(post, person)
    post.deliver()
    (consent,), passkeys = post.messages(CONSENT), post.messages(PASSKEY)
    assert consent["language"] == "en"
    assert "with a code sent to another number or mail address" in consent["text"]
    assert {one["to"] for one in passkeys} == {person.number, person.mail}
    for one in passkeys:
        assert "a passkey was added to your page at Example Lender" in one["text"]
        assert "/r/" not in one["text"]


def test_each_channel_is_told_once_however_often_the_courier_starts_again(post: Post, person: Person) -> None:
    passkey = passkey_by_his_telephone(post, person)
    by_his_telephone(post, person)
    post.deliver()
    for _ in range(2):
        another_life(post, post.outbox)
        post.world.clock.at += DAY
        assert post.deliver() == 0
    assert len(post.messages(CONSENT)) == 1
    assert len(post.messages(PASSKEY)) == 2
    told = post.entries("borrower-told/1")
    given = next(one for one in post.world.entries("consent-given/1"))
    assert sorted((one["about"], one["channel"]) for one in told) == sorted([
        (passkey, person.channels["sms"]), (passkey, person.channels["email"]),
        (given.id, person.channels["email"])])


@pytest.mark.parametrize("taken", [False, True])
def test_who_is_killed_around_the_hand_over_tells_once(post: Post, person: Person, taken: bool) -> None:
    class Dies(FileOutbox):
        def send(self, message: Any) -> Any:
            if taken:
                super().send(message)
            raise Killed("around the hand-over")

    by_his_telephone(post, person)
    another_life(post, Dies(post.outbox._folder))
    with pytest.raises(Killed):
        post.deliver()
    assert post.entries("borrower-told/1") == []
    another_life(post, post.outbox)
    post.world.clock.at += HOUR
    post.deliver()
    post.deliver()
    assert len(post.messages(CONSENT)) == 1
    assert len(post.entries("borrower-told/1")) == 1


@pytest.mark.parametrize("what", ["consent", "passkey"])
def test_what_is_undone_while_the_message_waits_is_told_to_nobody(tmp_path: Path, what: str) -> None:
    post = Post(tmp_path)
    post.outbox = flaky = Flaky(tmp_path / "outbox")
    post.courier._deliverer._outbox = flaky
    person = post.world.borrower()
    post.deliver()
    post.world.clock.at += 8 * DAY
    him = Actor("borrower", person.borrower)
    does = by_his_telephone if what == "consent" else passkey_by_his_telephone
    made = does(post, person)
    flaky.down = True
    post.deliver()
    if what == "consent":
        post.world.call("withdraw", by=him.value(), consent=made, through="portal")
    else:
        post.world.append("passkey-removed/1", {"passkey": made, "borrower": person.borrower}, him)
    flaky.down = False
    for _ in range(3):
        post.world.clock.at += HOUR
        post.deliver()
    assert post.messages(CONSENT) + post.messages(PASSKEY) == []
    assert post.entries("borrower-told/1") == post.entries("alarm-raised/2") == []
    assert post.courier.wants() == []
    post.world.vault.close()


def test_a_message_that_no_carrier_takes_raises_an_alarm_about_what_was_done(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.outbox = flaky = Flaky(tmp_path / "outbox")
    post.courier._deliverer._outbox = flaky
    person = post.world.borrower()
    post.deliver()
    post.world.clock.at += 8 * DAY
    by_his_telephone(post, person)
    flaky.down = True
    for _ in range(30):
        post.deliver()
        post.world.clock.at += HOUR
    assert [(one["alarm"], one["about"]) for one in post.entries("alarm-raised/2")] == [
        ("message-undeliverable", post.world.entries("consent-given/1")[-1].id)]
    post.world.vault.close()
