from __future__ import annotations

from typing import Any

import pytest

from registry import jose
from registry.errors import ConsentryError, MalformedError, NotFoundError
from registry.model.entries import leaf
from registry.model.times import DAY, SECOND
from registry.tlog.tree import leaf_hash
from tests.world import Person, World


def receipt(world: World, token: str) -> dict[str, Any]:
    return jose.verify_jws(token, jose.RECEIPT, world.vault.call("keys", {})["jwks"])


@pytest.fixture
def person(world: World) -> Person:
    found = world.borrower()
    world.deliver(found)
    return found


def invite(world: World, person: Person) -> str:
    asked = world.call("consent", **world.terms(person, "contact"))
    person.contact_consent = asked["consent"]
    world.deliver(person)
    return person.contact_consent


def test_a_borrowers_consent_is_recorded_with_a_receipt(world: World, person: Person) -> None:
    given = world.call("consent", **world.terms(person, "borrower"))
    assert (given["state"], given["assurance"]) == ("given", "recorded")
    entry = world.entry(given["consent"])
    claims = receipt(world, given["receipt"])
    assert claims == {
        "iss": "demo.invalid/world", "iat": entry.at // SECOND, "jti": entry.id, "act": "given", "giver": "borrower",
        "consent": given["consent"], "terms_sha256": entry.body["terms_sha256"], "log_index": given["log_index"],
        "leaf": leaf_hash(leaf(entry.draft, entry.at)).hex(),
    }


def test_evidence_is_sealed_and_only_a_salted_commitment_is_in_the_log(world: World, person: Person) -> None:
    evidence = jose.encrypt("scan of the form", world.vault.call("keys", {})["jwks"]["keys"][1])
    given = world.call("consent", **world.terms(person, "borrower", evidence=evidence))
    assert [one["name"] for one in given["blobs"]] == [f"evidence-{given['consent']}"]
    again = world.call("consent", **world.terms(person, "borrower", evidence=evidence))
    first, second = (world.entry(one["consent"]).body["evidence_commitment"] for one in (given, again))
    assert first != second, "salted: equal evidence does not show"


def test_a_contacts_consent_waits_for_the_code_that_was_sent_to_that_line(world: World, person: Person) -> None:
    asked = world.call("consent", **world.terms(person, "contact"))
    assert (asked["state"], "receipt" in asked) == ("pending-code", False)
    (message,) = world.deliver(person)
    assert message["to"] == person.contact_number
    assert set(message["params"]) == {"given_name", "institution", "code", "token"}
    given = world.call("check-code", consent=asked["consent"], code=message["params"]["code"])
    assert (given["state"], given["assurance"]) == ("given", "code")
    entry = world.entries("consent-given/1")[-1]
    assert (entry.by.role, entry.by.id, entry.body["assurance"]) == ("contact", person.contact, "code")
    requested = world.entry(asked["consent"]).body
    assert {name: entry.body[name] for name in requested} == requested, "to the letter what was asked for"
    assert receipt(world, given["receipt"])["act"] == "given"


def test_wrong_unknown_late_used_and_refused_codes_are_one_answer(world: World, person: Person) -> None:
    consent = invite(world, person)
    wrong = f"{(int(person.code) + 1) % 10**6:06d}"
    errors = []

    def refused(consent: str, code: str) -> None:
        with pytest.raises(MalformedError) as caught:
            world.call("check-code", consent=consent, code=code)
        errors.append((caught.value.code, caught.value.detail, caught.value.pointer))

    refused(consent, wrong)
    refused("f" * 32, person.code)
    refused("no id", person.code)
    refused(person.borrower, person.code)
    world.call("check-code", consent=consent, code=person.code)
    refused(consent, person.code)
    other = world.borrower()
    world.deliver(other)
    late = invite(world, other)
    world.clock.at += 7 * DAY
    refused(late, other.code)
    third = world.borrower()
    world.deliver(third)
    objected = invite(world, third)
    world.call("answer", token=third.token, answer="object")
    refused(objected, third.code)
    assert len(set(errors)) == 1
    assert errors[0][0] == "code-refused"
    assert len(world.entries("consent-given/1")) == 1


def test_five_tries_are_all_there_are_also_over_a_restart(world: World, person: Person) -> None:
    consent = invite(world, person)
    wrong = f"{(int(person.code) + 1) % 10**6:06d}"
    for _ in range(5):
        with pytest.raises(MalformedError):
            world.call("check-code", consent=consent, code=wrong)
    world.reopen()
    with pytest.raises(MalformedError):
        world.call("check-code", consent=consent, code=person.code)


@pytest.mark.parametrize("changes", [
    {"separate": False}, {"contact": "f" * 32}, {"scope": {}}, {"account": "f" * 32}, {"expires_at": "tomorrow"},
    {"method": "telepathy"}, {"notice": {"id": "x"}},
])
def test_terms_are_checked(world: World, person: Person, changes: dict[str, Any]) -> None:
    with pytest.raises(ConsentryError) as caught:
        world.call("consent", **world.terms(person, "borrower", **changes))
    assert caught.value.code not in ("internal", "authority-missing")


def test_a_contacts_consent_is_not_recorded_on_the_lenders_word(world: World, person: Person) -> None:
    evidence = jose.encrypt("a form", world.vault.call("keys", {})["jwks"]["keys"][1])
    with pytest.raises(MalformedError):
        world.call("consent", **world.terms(person, "contact", evidence=evidence))
    with pytest.raises(MalformedError):
        world.call("consent", **{**world.terms(person, "contact"), "giver": "borrower"})


def test_only_the_lender_of_the_borrower_asks(world: World, person: Person) -> None:
    stranger = world._party("lender", "Other Lender")
    for by in (stranger, world.agency):
        with pytest.raises(NotFoundError):
            world.call("consent", **world.terms(person, "borrower", by=by.value()))


def test_withdrawing_takes_one_call_and_gives_a_receipt_and_doing_it_twice_the_same_one(
    world: World, person: Person
) -> None:
    world.consents(person)
    args = {"by": world.lender.value(), "consent": person.consent, "through": "lender"}
    first, second = world.call("withdraw", **args), world.call("withdraw", **args)
    assert first["receipt"] == second["receipt"]
    assert receipt(world, first["receipt"])["act"] == "withdrawn"
    assert len(world.entries("consent-withdrawn/1")) == 1
    world.account(person)
    by = world.agency.value()
    assert world.call("withdraw", by=by, consent=person.contact_consent, through="agency")["receipt"]
    with pytest.raises(NotFoundError):
        world.call("withdraw", by=world.rival.value(), consent=person.contact_consent, through="agency")
    with pytest.raises(NotFoundError):
        world.call("withdraw", by=world.lender.value(), consent="f" * 32, through="lender")


@pytest.mark.parametrize(("answer", "act", "kind"), [
    ("refuse", "refused", "consent-withdrawn/1"), ("withdraw", "withdrawn", "consent-withdrawn/1"),
    ("object", "objected", "objected/1"),
])
def test_the_link_of_a_message_refuses_withdraws_or_objects(
    world: World, person: Person, answer: str, act: str, kind: str
) -> None:
    world.consents(person)
    result = world.call("answer", token=person.token, answer=answer)
    assert result["act"] == act
    claims = receipt(world, result["receipt"])
    assert (claims["act"], claims["giver"]) == (act, "contact")
    (entry,) = world.entries(kind)
    assert (entry.by.role, entry.by.id) == ("contact", person.contact)
    assert world.call("answer", token=person.token, answer=answer)["receipt"] == result["receipt"]
    assert len(world.entries(kind)) == 1


def test_no_before_anything_was_asked_means_do_not_ask(world: World, person: Person) -> None:
    result = world.call("answer", token=person.token, answer="refuse")
    assert result["act"] == "objected"
    world.call("consent", **world.terms(person, "contact"))
    assert world.deliver(person) == [], "nothing is sent to who objected"


def test_the_borrowers_own_link_withdraws(world: World, person: Person) -> None:
    given = world.call("consent", **world.terms(person, "borrower"))
    result = world.call("answer", token=given["withdraw_token"], answer="withdraw")
    assert result["act"] == "withdrawn"
    (entry,) = world.entries("consent-withdrawn/1")
    assert (entry.by.role, entry.by.id) == ("borrower", person.borrower)


@pytest.mark.parametrize("token", ["", "x", "f" * 32, "F" * 32, "../r"])
def test_an_unknown_link_shows_nothing(world: World, token: str) -> None:
    with pytest.raises(ConsentryError) as caught:
        world.call("answer", token=token, answer="object")
    assert isinstance(caught.value, NotFoundError | MalformedError)


def test_a_link_ends_after_90_days(world: World, person: Person) -> None:
    world.clock.at += 90 * DAY
    with pytest.raises(NotFoundError):
        world.call("answer", token=person.token, answer="object")


def test_a_repeated_consent_gives_the_same_answer_and_the_key_of_another_request_does_not(
    world: World, person: Person
) -> None:
    idem = {"scope": "lender:POST:/v1/consents", "key": "k", "request": {"n": 1}}
    first = world.call("consent", **world.terms(person, "borrower"), idem=idem)
    assert world.call("consent", **world.terms(person, "borrower"), idem=idem) == first
    assert len(world.entries("consent-given/1")) == 1
    with pytest.raises(ConsentryError) as caught:
        world.call("consent", **world.terms(person, "borrower"), idem={**idem, "request": {"n": 2}})
    assert caught.value.code == "idempotency-conflict"


def test_tokens_and_codes_are_not_in_the_vaults_files_in_clear(world: World, person: Person) -> None:
    world.consents(person)
    given = world.call("consent", **world.terms(person, "borrower"), idem={
        "scope": "s", "key": "k", "request": {}})
    secrets = (person.code.encode(), person.token.encode(), given["withdraw_token"].encode())
    for file in (world.folder / "vault").iterdir():
        data = file.read_bytes()
        for secret in secrets[1:]:
            assert secret not in data, file.name
