"""P8: what a code or a passkey opened in a borrower's name, his other channels hear of, whoever held the one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import ConsentryError
from registry.model.times import DAY
from tests.courier.post import Post
from tests.courier.test_told_of_own_acts import CONSENT, PASSKEY, adds_passkey, consents, signed_in, token_of
from tests.world import Person

PLANTED = "+8610000006666"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.world.vault.close()


@pytest.fixture
def person(post: Post) -> Person:
    """A borrower of long standing; in the lender's name a stranger's telephone was added as his, a week ago."""
    made = post.world.borrower()
    post.world.clock.at += 30 * DAY
    added = post.world.call("add-channel", by=post.world.lender.value(), borrower=made.borrower, medium="sms",
                            value=PLANTED, use="personal")
    made.channels["planted"] = added["channel"]
    post.deliver()
    post.world.clock.at += 8 * DAY
    return made


def test_a_planted_channel_cannot_consent_in_silence(post: Post, person: Person) -> None:
    consent = consents(post, person, signed_in(post, PLANTED), person.channels["planted"])
    post.deliver()
    told = {one["to"]: one for one in post.messages(CONSENT)}
    assert set(told) == {person.number, person.mail}, "whose they really are, and not who has the code"
    post.world.call("answer", token=token_of(told[person.number]), answer="withdraw")
    assert [one["consent"] for one in post.entries("consent-withdrawn/1")] == [consent]
    with pytest.raises(ConsentryError):
        post.world.call("check-code", consent=consent, code=post.messages("borrower-consent-code")[-1]["code"])


def test_nor_can_it_add_a_passkey_in_silence(post: Post, person: Person) -> None:
    adds_passkey(post, signed_in(post, PLANTED))
    post.deliver()
    assert {one["to"] for one in post.messages(PASSKEY)} >= {person.number, person.mail}


@pytest.mark.parametrize("removed", [True, False])
def test_taking_the_real_channels_away_first_does_not_silence_them(
    post: Post, person: Person, removed: bool
) -> None:
    """By the lender's word: removed, or called something else. Both wait for the look-back."""
    world = post.world
    for medium, value in (("sms", person.number), ("voice", person.number), ("email", person.mail)):
        if removed:
            world.append("channel-removed/1", {"channel": person.channels[medium], "borrower": person.borrower},
                         world.lender)
        else:
            world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium=medium, value=value,
                       use="work")
    consents(post, person, signed_in(post, PLANTED), person.channels["planted"])
    post.deliver()
    assert {one["to"] for one in post.messages(CONSENT)} == {person.number, person.mail}
