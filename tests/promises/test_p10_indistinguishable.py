"""P10: no refusal and no deposit tells whether a person is known, erased, has objected, or is in debt elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from registry.errors import ConsentryError, NotFoundError
from registry.model.ids import new_id
from tests.promises.saved import Ready
from tests.world import Person, World

# What may differ between two answers that say the same: ids, times, index and proof (CONTRACT section 1).
NAMES_ONE = ("lookup", "log_index", "proof")


def same(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without ids, times, index and proof."""
    bare = {name: value for name, value in answer.items() if name not in NAMES_ONE}
    bare["channels"] = [
        {name: value for name, value in row.items() if name not in ("channel", "last_at")}
        for row in answer["channels"]
    ]
    return bare


def withdrawn_by_contact(world: World, person: Person) -> None:
    world.call("withdraw", by=world.lender.value(), consent=person.contact_consent, through="lender")


def withdrawn_by_borrower(world: World, person: Person) -> None:
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")


def objected(world: World, person: Person) -> None:
    world.call("answer", token=person.token, answer="object")


def used_up(world: World, person: Person) -> None:
    assert world.lookup(person)["verdict"] == "permit"


HOPELESS = {
    "contact-consent-withdrawn": withdrawn_by_contact, "borrower-consent-withdrawn": withdrawn_by_borrower,
    "contact-objected": objected, "line-cap": used_up,
}


@pytest.mark.parametrize("reason", [name for name in HOPELESS if name != "contact-consent-withdrawn"])
def test_at_equal_effort_every_hopeless_reason_gives_the_same_answer(ready: Ready, reason: str) -> None:
    world, (one, other, *_) = ready.world, ready.people
    fresh_tokens(world, (one, other))
    withdrawn_by_contact(world, one)
    act: Callable[[World, Person], None] = HOPELESS[reason]
    act(world, other)
    expected, answer = world.lookup(one), world.lookup(other)
    assert "contact-consent-withdrawn" in world.codes(expected)
    assert reason in world.codes(answer)
    assert same(answer) == same(expected)
    assert answer["state"] == "not-eligible"


def test_a_sign_of_life_after_complete_effort_looks_like_an_objection(ready: Ready) -> None:
    world, (one, other, *_) = ready.world, ready.people
    withdrawn_by_contact(world, one)
    world.append("sign-of-life/1", {"borrower": other.borrower, "source": "payment"}, world.lender)
    expected, answer = world.lookup(one), world.lookup(other)
    assert "sign-of-life" in world.codes(answer)
    assert same(answer) == same(expected)


def test_an_unknown_an_erased_and_another_agencys_account_are_refused_alike(ready: Ready) -> None:
    world, (one, other, *_) = ready.world, ready.people
    world.append("erasure-requested/1", {
        "subject": one.borrower, "role": "borrower", "borrower": one.borrower,
    }, world.lender)
    nobody = Person("", "", "", "", "", {}, account=new_id(os.urandom))
    unknown, erased, foreign = world.lookup(nobody), world.lookup(one), world.lookup(other, by=world.rival)
    assert same(unknown) == same(erased) == same(foreign)
    assert unknown["channels"] == []
    assert unknown["state"] == "not-eligible"
    assert unknown["next"] == {"action": "stop"}


def test_looking_at_such_an_account_and_asking_for_its_notice_is_the_same_nothing(ready: Ready) -> None:
    world, (one, other, *_) = ready.world, ready.people
    world.append("erasure-requested/1", {
        "subject": one.borrower, "role": "borrower", "borrower": one.borrower,
    }, world.lender)
    cases = [(world.agency, new_id(os.urandom)), (world.agency, one.account), (world.rival, other.account)]
    assert len({told(world, "account", by, account) for by, account in cases}) == 1
    assert len({told(world, "notice", by, account) for by, account in cases}) == 1


def test_a_deposit_answers_the_same_for_a_known_an_objected_and_a_new_number(ready: Ready) -> None:
    world, (one, other, third, *_) = ready.world, ready.people
    fresh_tokens(world, (one,))
    objected(world, one)
    answers = []
    for number in (one.contact_number, other.number, "+8610000005555"):
        made = world.call(
            "register-contact", by=world.lender.value(), id=new_id(os.urandom), borrower=third.borrower,
            name="Li Na", relation="friend", number=number, languages=["zh-CN"], rank=2,
        )
        answers.append((sorted(made), sorted(one["name"] for one in made["blobs"]), len(made["entries"]),
                        sorted(len(one["blob"]) for one in made["blobs"])))
    assert answers[0] == answers[1] == answers[2]


def fresh_tokens(world: World, people: tuple[Person, ...]) -> None:
    """Links of messages live 90 days: the lender asks anew, and the answer holds a link."""
    for person in people:
        person.token = world.call("consent", **world.terms(person, "contact"))["withdraw_token"]


def told(world: World, op: str, by: Any, account: str) -> tuple[str, str, bool]:
    """Code, words and kind of the refusal."""
    with pytest.raises(ConsentryError) as caught:
        world.call(op, by=by.value(), account=account)
    return caught.value.code, caught.value.detail, isinstance(caught.value, NotFoundError)
