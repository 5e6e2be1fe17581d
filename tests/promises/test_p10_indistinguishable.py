"""P10: nobody learns from a refusal or a deposit whether a person is known, erased, has objected or is in debt."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry.errors import ConsentryError
from registry.model.entries import Actor
from registry.model.times import DAY
from tests.promises.saved import Ready
from tests.world import Person, World

Answer = dict[str, Any]
OWN = ("lookup", "log_index", "proof", "ref")  # of every record alone
ID, TIME = re.compile(r"\b[0-9a-f]{32}\b"), re.compile(r"\d{4}-\d\d-\d\dT")


def shown(value: Any) -> Any:
    """What is left of an answer without ids and times; lengths stay, for they show on the wire."""
    if isinstance(value, dict):
        return {name: shown(one) for name, one in value.items() if name not in OWN}
    if isinstance(value, list):
        return [shown(one) for one in value]
    if isinstance(value, str):
        return "(time)" if TIME.match(value) else ID.sub("(id)", value)
    return value


def alike(answers: dict[str, Answer]) -> Answer:
    """The one body that all of them are."""
    bodies = {name: shown(answer) for name, answer in answers.items()}
    first = next(iter(bodies.values()))
    assert all(set(answer) == set(next(iter(answers.values()))) for answer in answers.values())
    for name, body in bodies.items():
        assert body == first, name
    return dict(first)


NOT_ELIGIBLE = {"verdict": "deny", "state": "not-eligible", "missing": [], "next": {"action": "stop"}}


# The first class: an account that is not this agency's business


def erase(world: World, person: Person) -> None:
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower}, world.lender)


def recall(world: World, person: Person) -> None:
    world.append("recalled/1", {
        "placement": person.placement, "account": person.account, "borrower": person.borrower}, world.lender)


def strangers(ready: Ready) -> Iterator[tuple[str, Person, Actor]]:
    """Accounts of which the asking agency must learn nothing."""
    world, (first, second, third, fourth, fifth) = ready.world, ready.people
    nobody = copy.copy(first)
    nobody.account = "f" * 32
    yield "never heard of", nobody, world.agency
    yield "another agency's", first, world.rival
    erase(world, second)
    yield "erased", second, world.agency
    recall(world, third)
    yield "recalled", third, world.agency
    world.call("answer", token=fourth.token, answer="object")
    yield "another agency's, whose contact objected", fourth, world.rival
    world.append("hold-placed/1", {
        "hold": "ab" * 16, "borrower": fifth.borrower, "type": "deceased"}, world.lender, "ab" * 16)
    yield "another agency's, of somebody deceased", fifth, world.rival


def test_unknown_erased_and_foreign_accounts_are_one_refusal(ready: Ready) -> None:
    body = alike({name: ready.world.lookup(person, by) for name, person, by in strangers(ready)})
    assert body == {**NOT_ELIGIBLE, "channels": []}


def refusal(world: World, op: str, **args: Any) -> tuple[type, str, str, str | None]:
    """All that an error says."""
    with pytest.raises(ConsentryError) as caught:
        world.call(op, **args)
    return type(caught.value), caught.value.code, caught.value.detail, caught.value.pointer


def test_so_they_are_for_every_other_question(ready: Ready) -> None:
    world, asked = ready.world, list(strangers(ready))
    for op in ("account", "notice"):
        said = {refusal(world, op, by=by.value(), account=person.account) for _, person, by in asked}
        assert len(said) == 1, said


def test_another_agencys_lookup_is_no_lookup(ready: Ready) -> None:
    world = ready.world
    permit = world.lookup(ready.people[0])["lookup"]
    deny = world.lookup(ready.people[0])["lookup"]
    told = {"outcome": "refused", "agent": "a", "at": "2026-11-25T02:00:00Z"}
    said = {
        refusal(world, "lookup-status", by=world.rival.value(), lookup=one)
        for one in (permit, deny, "0" * 32, ready.people[0].account, ready.people[0].borrower)
    } | {
        refusal(world, "outcome", by=world.rival.value(), lookup=one, **told) for one in (permit, deny, "0" * 32)
    } | {refusal(world, "outcome", by=world.agency.value(), lookup=deny, **told)}
    assert len(said) == 1, said


# The second class: accounts on which this agency's effort is the same


def used_up(world: World, person: Person) -> None:
    assert "release" in world.lookup(person)


def contact_elsewhere(world: World, person: Person) -> None:
    """The contact's line was used for another borrower, whose debt is nobody's business here."""
    other = world.borrower(person.contact_number)
    token = world.deliver(other)[-1]["params"]["token"]
    world.call("answer", token=token, answer="object")


def withdraw(which: str) -> Callable[[World, Person], object]:
    return lambda world, person: world.call(
        "withdraw", by=world.lender.value(), consent=getattr(person, which), through="lender")


def answer(word: str) -> Callable[[World, Person], object]:
    return lambda world, person: world.call("answer", token=person.token, answer=word)


def seen_elsewhere(world: World, person: Person) -> None:
    """The borrower was reached, but not by this agency's own attempt."""
    world.append("sign-of-life/1", {"borrower": person.borrower, "source": "login"}, world.lender)


def erase_contact(world: World, person: Person) -> None:
    world.append("erasure-requested/1", {
        "subject": person.contact, "role": "contact", "borrower": person.borrower}, world.lender)


def absent(world: World, person: Person) -> None:
    """The only contact never agreed: the old one is gone, a new one was listed and has said nothing."""
    erase_contact(world, person)
    world.contact(person, "+8610000006543", 1)
    world.deliver()


REASONS: dict[str, Callable[[World, Person], object]] = {
    "the contact objected": answer("object"), "the contact refused": answer("refuse"),
    "the contact withdrew": answer("withdraw"), "the contact's consent was withdrawn": withdraw("contact_consent"),
    "the borrower's consent was withdrawn": withdraw("consent"), "the contact is erased": erase_contact,
    "the contact's consent is absent": absent, "the line's cap and cooldown": used_up,
    "the contact objected to another borrower": contact_elsewhere, "a sign of life": seen_elsewhere,
}


def complains(from_: str, about: str = "agency") -> Callable[[World, Person], object]:
    """In the portal; a borrower's about the registry names the contact."""
    def file(world: World, person: Person) -> object:
        named = {"contact": person.contact} if from_ == "contact" or about == "registry" else {}
        return world.call("complain", by=Actor(from_, getattr(person, from_)).value(), **{"from": from_},
                          borrower=person.borrower, about=about, **named)
    return file


def complaint_elsewhere(world: World, person: Person) -> None:
    """The contact's line is also another borrower's contact's, who complains of that."""
    complains("contact")(world, world.borrower(person.contact_number))


def complaint_about_a_lookup(world: World, person: Person) -> None:
    """Of a number that left: the borrower finds it in his portal and complains."""
    lookup = world.lookup(person)["lookup"]
    world.call("complain", by=Actor("borrower", person.borrower).value(), **{"from": "borrower"},
               borrower=person.borrower, about="lookup", lookup=lookup)


def reported(says: str) -> Callable[[World, Person], object]:
    """By the lender; nobody learns from a refusal that somebody is a child, or has died."""
    return lambda world, person: world.call(
        "report-contact", by=world.lender.value(), contact=person.contact, says=says)


def objects_in_the_portal(world: World, person: Person) -> None:
    world.call("object", by=Actor("contact", person.contact).value(), contact=person.contact, through="portal")


def withdraws_in_the_portal(world: World, person: Person) -> None:
    """And the lender, who learns of it, records the consent once more."""
    world.call("withdraw", by=Actor("borrower", person.borrower).value(), consent=person.consent, through="portal")
    world.call("consent", **world.terms(person, "borrower"))


REASONS |= {
    "the contact complained": complains("contact"), "the contact's line complained elsewhere": complaint_elsewhere,
    "the borrower complained": complains("borrower"),
    "the borrower complained about the contact": complains("borrower", "registry"),
    "the borrower complained about a lookup": complaint_about_a_lookup,
    "the contact objected in the portal": objects_in_the_portal,
    **{f"the contact is reported: {says}": reported(says)
       for says in ("minor", "wrong-person", "deceased", "incapacitated")},
    "the borrower withdrew in the portal": withdraws_in_the_portal,
}
WITHOUT_EFFORT = {"the line's cap and cooldown", "a sign of life", "the borrower complained",
                  "the borrower complained about a lookup", "the borrower withdrew in the portal"}


def refused(ready: Ready, name: str) -> Answer:
    person = ready.people[0]
    REASONS[name](ready.world, person)
    found = ready.world.lookup(person)
    assert ready.world.codes(found) != []
    return found


@pytest.mark.parametrize("name", REASONS)
def test_with_the_effort_complete_every_reason_of_a_person_is_one_refusal(ready: Ready, name: str) -> None:
    body = shown(refused(ready, name))
    assert {one: body[one] for one in NOT_ELIGIBLE} == NOT_ELIGIBLE
    assert set(body) == {*NOT_ELIGIBLE, "channels"}
    assert body["channels"] == [
        {"channel": "(id)", "medium": medium, "counted": counted, "covered": True, "flagged": 0, "last_at": "(time)"}
        for medium, counted in (("voice", 9), ("sms", 0), ("email", 0))
    ]


@pytest.mark.parametrize("name", [one for one in REASONS if one not in WITHOUT_EFFORT])
def test_with_the_effort_begun_every_reason_of_a_person_is_one_refusal(
    world: World, name: str
) -> None:
    """Seven attempts of eight: hopeless is not told apart from hopeless, and does not look like `trying`."""
    person, control = world.unreachables(2, attempts=7)
    assert world.lookup(control)["state"] == "trying"
    REASONS[name](world, person)
    body = shown(world.lookup(person))
    assert {one: body[one] for one in NOT_ELIGIBLE} == NOT_ELIGIBLE
    assert [one["counted"] for one in body["channels"]] == [7, 0, 0]


@pytest.mark.parametrize("name", REASONS)
def test_the_account_shows_an_agency_its_own_effort_whatever_a_person_did(ready: Ready, name: str) -> None:
    """Without a lookup: nothing is missing of the agency's own making, and nothing else shows."""
    world, (person, control) = ready.world, ready.people[:2]
    REASONS[name](world, person)
    body = alike({one: world.call("account", by=world.agency.value(), account=who.account)
                  for one, who in (("said no", person), ("control", control))})
    effort = body["effort"]
    assert (effort["state"], effort["missing"], effort["next"]) == ("complete", [], {"action": "look-up"})
    assert [one["counted"] for one in effort["channels"]] == [9, 0, 0]


@pytest.mark.parametrize("name", [one for one in REASONS if one not in WITHOUT_EFFORT])
def test_so_it_does_with_the_effort_begun(world: World, name: str) -> None:
    person, control = world.unreachables(2, attempts=7)
    REASONS[name](world, person)
    body = alike({one: world.call("account", by=world.agency.value(), account=who.account)
                  for one, who in (("said no", person), ("control", control))})
    assert body["effort"]["state"] == "trying"
    assert [one["code"] for one in body["effort"]["missing"]] == ["attempts-too-few", "notice-missing"]


@pytest.mark.parametrize("file", [complains("contact"), complains("borrower", "registry")], ids=["his", "about him"])
def test_an_account_shows_no_complaint_of_a_person_to_agency_or_lender(
    ready: Ready, file: Callable[[World, Person], object]
) -> None:
    """Nor that one was settled; a hold that the lender placed for a complaint shows, as any hold."""
    world, (person, control) = ready.world, ready.people[:2]
    file(world, person)
    for by in (world.agency, world.lender):
        alike({name: world.call("account", by=by.value(), account=one.account)
               for name, one in (("complained", person), ("control", control))})
    hold = "cd" * 16
    world.append("hold-placed/1", {
        "hold": hold, "borrower": person.borrower, "type": "complaint"}, world.lender, hold)
    assert world.lookup(person)["state"] == "paused"
    world.sign("hold-lifted/1", {"hold": hold, "borrower": person.borrower})
    assert world.lookup(person)["state"] == "not-eligible"


def settle(world: World) -> None:
    for one in world.entries("complaint-filed/1"):
        line = {"line": one.body["line"]} if "line" in one.body else {}
        world.sign("complaint-settled/1", {
            "complaint": one.id, "borrower": one.body["borrower"], "verdict": "upheld", "remedy": "apology", **line})


@pytest.mark.parametrize("file", [complains("contact"), complaint_elsewhere], ids=["here", "elsewhere"])
def test_a_settled_complaint_leaves_nothing_behind(ready: Ready, file: Callable[[World, Person], object]) -> None:
    world, person = ready.world, ready.people[0]
    file(world, person)
    assert world.codes(world.lookup(person)) == ["hold-complaint"]
    settle(world)
    assert "release" in world.lookup(person)


def test_an_answer_to_a_use_shows_no_objection(ready: Ready) -> None:
    """`never` is shown as `cannot`, also where one came after the other, and an outcome is due all the same."""
    world, answers = ready.world, {}
    for person, words in zip(ready.people, (("cannot",), ("never",), ("cannot", "never"), ("never", "cannot")),
                             strict=False):
        lookup = world.lookup(person, agent=f"agent-{person.account[:8]}")["lookup"]
        for word in words:
            world.call("answer-use", by=Actor("contact", person.contact).value(), lookup=lookup, answer=word)
        answers[" ".join(words)] = world.call("lookup-status", by=world.agency.value(), lookup=lookup)
    assert alike(answers)["answer"] == "cannot"


def test_two_reasons_are_as_one_and_so_is_a_year_later(ready: Ready) -> None:
    world, answers = ready.world, {}
    for person, names in zip(ready.people, (
        ("the contact objected", "a sign of life"), ("the borrower's consent was withdrawn",),
        ("a sign of life", "the contact refused", "the borrower's consent was withdrawn"), ("the contact is erased",),
    ), strict=False):
        for name in names:
            REASONS[name](world, person)
        answers[str(names)] = world.lookup(person)
    alike(answers)
    world.clock.at += DAY
    world.feeds()
    alike({**answers, "a day later": world.lookup(ready.people[0])})


def test_whose_an_address_is_the_vault_tells_only_the_couriers_key(ready: Ready) -> None:
    person, auth = ready.people[0], {"by": "courier", "alg": "Ed25519", "sig": "A" * 86}
    assert len({refusal(ready.world, "match-line", address=address, medium="voice", auth=auth)
                for address in (person.number, person.contact_number, "+8610000004321")}) == 1
    assert len({refusal(ready.world, "check-code", consent=consent, code="000000")
                for consent in (person.contact_consent, person.consent, "0" * 32, "no id at all")}) == 1
