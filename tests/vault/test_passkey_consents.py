"""A borrower's consent by passkey: he signs the very entry, and nobody can say otherwise, nor sign it for him."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from registry import jose
from registry.audit.replay import replay
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR
from registry.shipped import outcome_tables
from tests.authenticator import Authenticator, changed
from tests.vault.people import by_link, terms
from tests.vault.test_passkeys import challenge, with_passkey
from tests.world import Person, World

Body = dict[str, Any]


def drafted(world: World, person: Person, session: str, **changes: Any) -> Body:
    return world.call("draft-consent", session=session, **terms(world, person, channel=None, **changes))


def refused(world: World, **args: Any) -> tuple[type, str]:
    size = world.vault.desk.log.size
    with pytest.raises(ConsentryError) as caught:
        world.call("give-consent", **args)
    assert world.vault.desk.log.size == size
    return type(caught.value), caught.value.code


@pytest.fixture
def mine(world: World) -> tuple[Person, Authenticator, str]:
    """A borrower, his passkey, and a session that it opened."""
    person, device, _ = with_passkey(world)
    return person, device, world.call("open-passkey", assertion=device.get(challenge(world)))["session"]


def test_a_borrower_signs_what_was_drawn_up_and_the_log_alone_proves_it(
    world: World, mine: tuple[Person, Authenticator, str]
) -> None:
    person, device, session = mine
    draft = drafted(world, person, session)
    assert world.vault.desk.log.find(draft["terms"]["consent"]) is None, "a draft is nothing"
    signed = device.get(draft["challenge"])
    given = world.call("give-consent", session=session, terms=draft["terms"], assertion=signed)
    assert (given["state"], given["assurance"]) == ("given", "passkey")
    entry = world.entry(given["consent"])
    assert (entry.kind, entry.by) == ("consent-given/1", Actor("borrower", person.borrower))
    assert entry.body == {**draft["terms"], "assurance": "passkey"}
    assert [set(one) for one in entry.auth] == [
        {"borrower", "alg", "passkey", "client_data", "authenticator_data", "sig"}]
    claims = jose.verify_jws(given["receipt"], jose.RECEIPT, world.vault.call("keys", {})["jwks"])
    assert (claims["act"], claims["terms_sha256"]) == ("given", draft["terms"]["terms_sha256"])
    leaves = [data for _, data in world.vault.desk.log.leaves(0, world.vault.desk.log.size)]
    assert replay(leaves, *outcome_tables()).ok


def test_the_audit_finds_a_forged_consent(world: World, mine: tuple[Person, Authenticator, str]) -> None:
    person, device, session = mine
    draft = drafted(world, person, session)
    world.call("give-consent", session=session, terms=draft["terms"], assertion=device.get(draft["challenge"]))
    leaves = [data for _, data in world.vault.desk.log.leaves(0, world.vault.desk.log.size)]
    forged = [data.replace(b'"max_uses":3', b'"max_uses":9') if b'"assurance":"passkey"' in data else data
              for data in leaves]
    assert forged != leaves
    assert not replay(forged, *outcome_tables()).ok


def test_the_same_assertion_gives_one_consent(world: World, mine: tuple[Person, Authenticator, str]) -> None:
    person, device, session = mine
    draft = drafted(world, person, session)
    signed = device.get(draft["challenge"])
    args = {"session": session, "terms": draft["terms"]}
    first = world.call("give-consent", **args, assertion=signed)
    assert world.call("give-consent", **args, assertion=signed)["log_index"] == first["log_index"]
    assert refused(world, **args, assertion=device.get(draft["challenge"])) == (ConflictError, "id-conflict")
    assert len(world.entries("consent-given/1")) == 1


CHANGES: tuple[tuple[str, Any], ...] = (
    ("scope", {"purposes": ["restore-contact"], "modes": ["number"], "data": ["phone"],
               "grantee": {"role": "independent"}, "max_uses": 100}),
    ("expires_at", "2030-01-01T00:00:00.000Z"), ("lender", "0" * 32), ("terms_sha256", "0" * 64),
    ("consent", "0" * 32), ("account", "0" * 32), ("contact", "0" * 32), ("line", "0" * 32), ("giver", "contact"),
    ("method", "paper"), ("separate", False),
    ("notice", {"id": "other", "version": "1", "language": "zh-CN", "sha256": "1" * 64}),
)


@pytest.mark.parametrize(("member", "value"), CHANGES)
def test_terms_that_were_changed_after_the_draft_are_refused(
    world: World, mine: tuple[Person, Authenticator, str], member: str, value: Any
) -> None:
    person, device, session = mine
    draft = drafted(world, person, session)
    args = {"session": session, "assertion": device.get(draft["challenge"])}
    kind, _ = refused(world, terms={**draft["terms"], member: value}, **args)
    assert kind in (MalformedError, NotFoundError, UnauthorizedError)


def test_terms_with_a_digest_of_their_own_are_still_not_what_was_signed(
    world: World, mine: tuple[Person, Authenticator, str]
) -> None:
    """Two drafts, and the signature of one with the terms of the other."""
    person, device, session = mine
    one, two = drafted(world, person, session), drafted(world, person, session)
    assert refused(world, session=session, terms=two["terms"], assertion=device.get(one["challenge"])) == (
        UnauthorizedError, "signature-invalid")


def test_an_old_draft_is_drawn_up_again(world: World, mine: tuple[Person, Authenticator, str]) -> None:
    person, device, _ = mine
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    draft = drafted(world, person, session)
    world.clock.at += HOUR + 1
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    assert refused(world, session=session, terms=draft["terms"], assertion=device.get(draft["challenge"])) == (
        MalformedError, "time-out-of-range")


def test_no_lie_of_an_authenticator_passes(world: World, mine: tuple[Person, Authenticator, str]) -> None:
    person, device, session = mine
    draft = drafted(world, person, session)
    stranger = Authenticator()
    blind, elsewhere = copy.copy(device), copy.copy(device)
    blind.verifies, elsewhere.origin = False, "https://evil.invalid"
    right = device.get(draft["challenge"])
    for lie in (
        stranger.get(draft["challenge"]), {**stranger.get(draft["challenge"]), "id": device.id},
        blind.get(draft["challenge"]), elsewhere.get(draft["challenge"]), device.get(challenge(world)),
        changed(right, "signature"), changed(right, "authenticatorData"), changed(right, "clientDataJSON", 20), {},
        {"id": device.id}, {**right, "response": {}},
    ):
        kind, code = refused(world, session=session, terms=draft["terms"], assertion=lie)
        assert (kind, code in ("passkey-refused", "signature-invalid")) == (UnauthorizedError, True), code
    assert world.call("give-consent", session=session, terms=draft["terms"], assertion=right)["state"] == "given"


def test_another_borrowers_passkey_signs_nothing_for_this_one(world: World) -> None:
    person, _, _ = with_passkey(world)
    _, other_device, _ = with_passkey(world)
    session = world.signed_in(person)
    draft = drafted(world, person, session)
    assert refused(world, session=session, terms=draft["terms"], assertion=other_device.get(draft["challenge"])) == (
        UnauthorizedError, "passkey-refused")


def test_the_lenders_link_gives_no_consent_whatever_signs_it(
    world: World, mine: tuple[Person, Authenticator, str]
) -> None:
    """The lender opens its own link with a telephone of its own: it can add no passkey there, and use none."""
    person, device, session = mine
    link = by_link(world, person)
    draft = drafted(world, person, session)
    assert refused(world, session=link, terms=draft["terms"], assertion=device.get(draft["challenge"])) == (
        UnauthorizedError, "session-too-weak")
    with pytest.raises(UnauthorizedError, match="stronger sign-in"):
        drafted(world, person, link)
    lenders, asked = Authenticator(), challenge(world)
    with pytest.raises(UnauthorizedError):
        world.call("add-passkey", session=link, attestation=lenders.create(asked), challenge=asked)


def test_a_removed_passkey_signs_nothing_more(world: World, mine: tuple[Person, Authenticator, str]) -> None:
    person, device, session = mine
    draft = drafted(world, person, session)
    passkey = world.entries("passkey-added/1")[-1].id
    world.append("passkey-removed/1", {"passkey": passkey, "borrower": person.borrower},
                 Actor("borrower", person.borrower))
    session = world.signed_in(person)
    assert refused(world, session=session, terms=draft["terms"], assertion=device.get(draft["challenge"])) == (
        UnauthorizedError, "passkey-refused")


def test_a_consent_by_passkey_restores_what_the_borrower_withdrew(world: World) -> None:
    person, device, _ = with_passkey(world)
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    draft = drafted(world, person, session)
    world.call("give-consent", session=session, terms=draft["terms"], assertion=device.get(draft["challenge"]))
    mine = Actor("borrower", person.borrower).value()
    world.call("withdraw", by=mine, consent=draft["terms"]["consent"], through="portal")
    world.clock.at += DAY
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    assert refused(world, session=session, terms=draft["terms"], assertion=device.get(draft["challenge"]))[0] \
        is MalformedError, "the old one is not given again"
    draft = drafted(world, person, session)
    assert world.call("give-consent", session=session, terms=draft["terms"],
                      assertion=device.get(draft["challenge"]))["state"] == "given"
