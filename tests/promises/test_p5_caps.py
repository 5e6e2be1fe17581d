"""P5: caps hold per person and per telephone line, however it is spelled, listed, asked for, and at once."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConsentryError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, SECOND, stamp
from tests.promises.saved import Ready, Saved
from tests.vault.test_server import served
from tests.world import Person, World

# One telephone, as people, forms and address books write it.
SPELLINGS = (
    "+8610000009999", "tel:+86-100-0000-9999", "+86 (0) 100 0000 9999", "＋８６（０）１０００００ ０９９９９",
    "0086 100 0000 9999", "100-0000.9999", "+٨٦ ١٠٠ ٠٠٠٠ ٩٩٩٩", "\u202a(+86)\u00a0100\u20110000\u20119999\u202c",
)
Answer = dict[str, Any]


class Crowd(World):
    """Every borrower lists the same telephone, each in another spelling; two agencies have them by turns."""

    def borrower(self, contact_number: str | None = None, media: Sequence[str] = ("voice", "sms", "email")) -> Person:
        listed = sum(1 for subject, name in self.blobs if name == "number")
        return super().borrower(SPELLINGS[listed % len(SPELLINGS)], media)

    def agency_of(self, person: Person) -> Actor:
        return (self.agency, self.rival)[int(person.number[-1]) % 2]

    def account(self, person: Person, past_due: int = 70, agency: Actor | None = None) -> None:
        super().account(person, past_due, agency or self.agency_of(person))

    def notice(self, person: Person) -> str:
        made = self.call("notice", by=self.agency_of(person).value(), account=person.account)
        self.deliver()
        return str(made["notice"])

    def asked(self, person: Person, by: Actor | None = None, key: str | None = None, **changes: Any) -> Answer:
        return super().asked(person, by or self.agency_of(person), key, **changes)


@pytest.fixture(scope="session")
def saved_crowd(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved.make(tmp_path_factory.mktemp("crowd") / "world", len(SPELLINGS), Crowd)


@pytest.fixture
def crowd(saved_crowd: Saved, tmp_path: Path) -> Iterator[Ready]:
    made = saved_crowd.restore(tmp_path / "world")
    yield made
    made.world.vault.close()


def permits(answers: Sequence[Answer | ConsentryError]) -> list[Answer]:
    return [one for one in answers if isinstance(one, dict) and "release" in one]


def test_every_spelling_of_a_number_is_one_line(crowd: Ready) -> None:
    lines = {one.body["line"] for one in crowd.world.entries("contact-registered/1")}
    assert len(crowd.world.entries("contact-registered/1")) == len(SPELLINGS)
    assert len(lines) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_one_number_leaves_for_all_spellings_borrowers_agencies_and_agents_over_restarts(
    crowd: Ready, order: int
) -> None:
    world = crowd.world
    first, *rest = crowd.people[::order]
    answer = world.lookup(first)
    assert world.opened(answer, Crowd.agency_of(world, first))["number"] == "+8610000009999"  # type: ignore[arg-type]
    for place, person in enumerate((*rest, first)):
        world.reopen()
        again = world.lookup(person, agent=f"agent-{place}")
        assert "release" not in again
        assert {"line-cap", "line-cooldown"} <= set(world.codes(again))


def test_32_lookups_at_once_over_the_socket_give_one_number(crowd: Ready, tmp_path: Path) -> None:
    world = crowd.world
    world.alive()
    asked = [
        world.asked(crowd.people[n % len(crowd.people)], agent=f"agent-{n % 3}") for n in range(32)
    ]
    with served(world, tmp_path / "v.sock") as vault:
        client = vault.client()
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda one: client.call("lookup", one), asked))
    assert len(answers) == 32
    assert len(permits(answers)) == 1


def test_32_lookups_in_one_round_give_one_number(crowd: Ready) -> None:
    world = crowd.world
    world.alive()
    asked = [("lookup", world.asked(person)) for person in crowd.people * 4]
    assert len(permits(world.vault.round(asked))) == 1
    assert sum(one.body["verdict"] == "permit" for one in world.entries("lookup-decided/1")[-32:]) == 1


def test_one_key_repeated_by_many_threads_is_one_use(ready: Ready, tmp_path: Path) -> None:
    world, person = ready.world, ready.people[0]
    world.alive()
    asked = world.asked(person, key="the-same")
    with served(world, tmp_path / "v.sock") as vault:
        client = vault.client()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: client.call("lookup", asked), range(8)))
    assert len({one["lookup"] for one in answers}) == 1
    assert len([one for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"]) == 1


# One borrower with several contacts


def listed(world: World, person: Person, number: str, rank: int) -> Person:
    """The same borrower with one more contact, who agreed by code."""
    other = copy.copy(person)
    other.contact, other.contact_number = world.contact(person, number, rank), number
    world.deliver(other)
    world.consents(other, borrower=False)
    return other


def offered(world: World, person: Person, *contacts: str) -> Answer:
    """A lookup with the sealed values of all these contacts, as the web tier sends them."""
    world.alive()
    asked = world.asked(person)
    asked["blobs"] = {one: {name: world.blobs[one, name] for name in ("name", "number")} for one in contacts}
    return world.call("lookup", **asked)


def approved(world: World, person: Person, *contacts: str) -> Answer:
    """Asks, has it approved, asks again."""
    approval = offered(world, person, *contacts)["approval"]
    world.sign("approval-given/1", {"approval": approval, "borrower": person.borrower})
    return offered(world, person, *contacts)


def hopeless(answer: Answer) -> bool:
    """Refused, and not for want of an approval: no contact is left for whom all rules hold."""
    return (answer["verdict"], answer["state"]) == ("deny", "not-eligible") and "approval" not in answer


def test_two_contacts_of_one_borrower_with_one_telephone_are_one_line(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    second = listed(world, person, person.contact_number.replace("+86", "0086 (0)"), 2)
    assert "release" in offered(world, person, person.contact, second.contact)
    assert hopeless(offered(world, person, person.contact, second.contact))


def test_a_case_has_at_most_two_contacts(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    second = listed(world, person, "+8610000007001", 2)
    third = listed(world, person, "+8610000007002", 3)
    everybody = (person.contact, second.contact, third.contact)
    assert "release" in offered(world, person, *everybody)
    assert world.opened(approved(world, person, *everybody))["number"] == second.contact_number
    assert hopeless(offered(world, person, *everybody)), "the third would only want an approval"


def test_a_contact_who_is_erased_and_listed_anew_brings_no_fresh_line(ready: Ready) -> None:
    world, (person, other, *_) = ready.world, ready.people
    assert "release" in world.lookup(person)
    world.append("erasure-requested/1", {
        "subject": person.contact, "role": "contact", "borrower": person.borrower}, world.lender)
    anew = listed(world, person, person.contact_number, 1)
    assert hopeless(offered(world, person, person.contact, anew.contact))
    elsewhere = listed(world, other, person.contact_number, 1)
    world.call("withdraw", by=world.lender.value(), consent=other.contact_consent, through="lender")
    assert hopeless(offered(world, other, other.contact, elsewhere.contact))


# Edges in time: the permit of day 0 at 10:00


def reported(world: World, lookup: str, outcome: str) -> None:
    by = world.agency.value()
    idem = {"scope": f"{world.agency.id}:POST:/o", "key": new_id(os.urandom), "request": {}}
    world.call(
        "outcome", by=by, lookup=lookup, outcome=outcome, at=stamp(world.clock.at), agent="agent-17", idem=idem)


@pytest.mark.parametrize(("after", "outcome", "codes"), [
    (30 * DAY - SECOND, "no-answer", {"line-cap", "line-cooldown"}),
    (30 * DAY, "no-answer", {"line-cooldown"}),
    (90 * DAY - SECOND, "no-answer", {"line-cooldown"}),
    (90 * DAY, "no-answer", set()),
    (90 * DAY, "relayed", {"line-cap"}),
    (300 * DAY, "relayed", {"line-cap"}),
])
def test_a_lines_cap_cooldown_and_conversation_hold_to_the_second(
    ready: Ready, after: int, outcome: str, codes: set[str]
) -> None:
    world, person = ready.world, ready.people[0]
    at = world.clock.at
    permit = world.lookup(person)["lookup"]
    reported(world, permit, outcome)
    world.reopen()
    world.clock.at = at + after
    assert set(world.codes(world.lookup(person))) & {"line-cap", "line-cooldown", "case-cap"} == codes


def test_lookups_by_another_agency_count_for_this_one(ready: Ready) -> None:
    """The account moves to the rival after a release: the line's use stays used."""
    world, person = ready.world, ready.people[0]
    assert "release" in world.lookup(person)
    world.append("recalled/1", {
        "placement": person.placement, "account": person.account, "borrower": person.borrower}, world.lender)
    moved = copy.copy(person)
    world.account(moved, agency=world.rival)
    assert {"line-cap", "line-cooldown"} <= set(world.codes(world.lookup(moved, by=world.rival)))


def test_an_objection_through_one_spelling_stops_them_all(crowd: Ready) -> None:
    world = crowd.world
    token = next(one["params"]["token"] for one in world.outbox if "token" in one["params"])
    assert world.call("answer", token=token, answer="object")["act"] == "objected"
    world.reopen()
    for person in crowd.people:
        answer = world.lookup(person)
        assert "release" not in answer
        assert "contact-objected" in world.codes(answer)
