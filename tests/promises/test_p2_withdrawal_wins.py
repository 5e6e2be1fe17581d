"""P2: whatever restricts and was acknowledged before a number leaves always wins, in every order and round.

Each restriction meets two lookups with the same key (the second one is a repetition) in every order, cut into rounds
in every way: `L R|L` is lookup and restriction in one round, then the repetition in the next.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import stamp
from tests.promises.covered import number_left, permits
from tests.promises.processes import at_once, vault_process
from tests.promises.saved import Ready, Saved
from tests.world import Person, World

Request = tuple[str, dict[str, Any]]
Make = Callable[[World, Person, str], Request]  # world, whom it concerns, the id that his lookup will have

ORDERS = ("RLL", "LRL", "LLR")
SCENES = [
    first + ("|" if early else " ") + second + ("|" if late else " ") + third
    for (first, second, third) in ORDERS for early, late in itertools.product((False, True), repeat=2)
]


def withdrawal(consent: str, role: str) -> Make:
    def make(world: World, person: Person, lookup: str) -> Request:
        by = {"borrower": Actor("borrower", person.borrower), "agency": world.agency, "lender": world.lender}[role]
        return "withdraw", {"by": by.value(), "consent": getattr(person, consent), "through": "portal"}
    return make


def answer(word: str) -> Make:
    """By the link in a message to the contact."""
    return lambda world, person, lookup: ("answer", {"token": person.token, "answer": word})


def objection_elsewhere(world: World, person: Person, lookup: str) -> Request:
    """Another borrower listed the same line, and the person there objects."""
    other = world.borrower(person.contact_number)
    world.deliver(other)
    return "answer", {"token": other.token, "answer": "object"}


def entry(kind: str, by_whom: str = "lender", **body: object) -> Make:
    def make(world: World, person: Person, lookup: str) -> Request:
        ident = new_id(os.urandom)
        known = {
            "BORROWER": person.borrower, "ACCOUNT": person.account, "PLACEMENT": person.placement, "ID": ident,
            "CONTACT": person.contact, "VOICE": person.channels["voice"], "AGENCY": world.agency.id,
            "LENDER": world.lender.id,
        }
        filled = {name: known.get(str(value), value) for name, value in body.items()}
        by = Actor("borrower", person.borrower) if by_whom == "borrower" else world.lender
        return "append", {"entry": world.draft(kind, filled, by, ident).value()}
    return make


def payment_elsewhere(world: World, person: Person, lookup: str) -> Request:
    """Part of another account of the same borrower is paid."""
    other = Person(person.borrower, person.contact, person.number, "", person.mail, person.channels)
    world.account(other)
    return entry("account-changed/1", account=other.account, borrower=person.borrower, balance_minor=99_999,
                 as_of="2026-11-25")(world, person, lookup)


def outcome(word: str) -> Make:
    return lambda world, person, lookup: ("outcome", {
        "by": world.agency.value(), "lookup": lookup, "outcome": word, "at": stamp(world.clock.at),
        "agent": "agent-17"})


def attempt(medium: str = "voice", cause: dict[str, Any] | None = None, **more: Any) -> Make:
    return lambda world, person, lookup: ("append", {
        "entry": world.vouched("attempt-recorded/1", world.attempt_body(person, medium, cause, **more))})


PAID = {"account": "ACCOUNT", "borrower": "BORROWER", "as_of": "2026-11-25"}
FOR_ALL = {
    "the agency is suspended": entry("party-suspended/1", party="AGENCY"),
    "the lender is suspended": entry("party-suspended/1", party="LENDER"),
    "the stop switch": entry("releases-stopped/1"),
}
RESTRICTIONS = FOR_ALL | {
    "the borrower withdraws": withdrawal("consent", "borrower"),
    "the lender withdraws for the borrower": withdrawal("consent", "lender"),
    "the agency withdraws for the contact": withdrawal("contact_consent", "agency"),
    "the contact withdraws by the link": answer("withdraw"),
    "the contact refuses by the link": answer("refuse"),
    "the contact objects by the link": answer("object"),
    "the same line objects elsewhere": objection_elsewhere,
    "a hold": entry("hold-placed/1", hold="ID", borrower="BORROWER", type="attorney"),
    "a dispute of the debt by the borrower": entry(
        "hold-placed/1", "borrower", hold="ID", borrower="BORROWER", account="ACCOUNT", type="dispute"),
    "a sign of life": entry("sign-of-life/1", borrower="BORROWER", source="login"),
    "a callback offer": entry(
        "callback-offered/1", "borrower", borrower="BORROWER", until=stamp(2**41), windows=["18:00-20:00"]),
    "a recall": entry("recalled/1", placement="PLACEMENT", account="ACCOUNT", borrower="BORROWER"),
    "the lender disputes a channel": entry("channel-disputed/1", channel="VOICE", borrower="BORROWER"),
    "the borrower disputes a channel": entry("channel-disputed/1", "borrower", channel="VOICE", borrower="BORROWER"),
    "the borrower is to be erased": entry(
        "erasure-requested/1", subject="BORROWER", role="borrower", borrower="BORROWER"),
    "the contact is to be erased": entry(
        "erasure-requested/1", subject="CONTACT", role="contact", borrower="BORROWER"),
    "the account is paid": entry("account-changed/1", **PAID, state="paid"),
    "the account is closed": entry("account-changed/1", **PAID, state="closed"),
    "the due date was wrong": entry("account-changed/1", **PAID, due_since="2026-11-20"),
    "the claim has lapsed": entry("account-changed/1", **PAID, limitation_until="2026-11-20"),
    "a part is paid": entry("account-changed/1", **PAID, balance_minor=99_999),
    "a part is paid elsewhere": payment_elsewhere,
    "somebody answers": attempt(cause={"status": "answered-person"}),
    "the household answers": attempt(cause={"status": "answered-household"}),
    "a mailbox answers": attempt(cause={"status": "answered-machine"}),
    "the call is declined": attempt(cause={"q850": 21, "hangup_by": "callee"}),
    "a text is answered": attempt("sms", {"status": "replied"}),
    "the borrower calls": attempt(direction="inbound", cause={"status": "answered-person"}),
    "the contact was refused": outcome("refused"),
    "the contact is a stranger": outcome("wrong-person"),
    "the contact is a minor": outcome("minor"),
    "the borrower has died": outcome("deceased"),
    "the number is dead": outcome("number-dead"),
    "somebody is in distress": outcome("distress"),
}
HARMLESS = {
    "it will be relayed": outcome("will-relay"), "nobody answered": outcome("no-answer"),
    "one more failure": attempt(), "the debt grows": entry("account-changed/1", **PAID, balance_minor=100_001),
    "a notice is asked for": lambda world, person, lookup: (
        "notice", {"by": world.agency.value(), "account": person.account}),
    "feeds are complete": entry("feed-complete/1", lender="LENDER", feed="logins", complete_through=stamp(0)),
}


@pytest.fixture
def scenes(crowd: Saved, tmp_path: Path) -> Iterator[Callable[[str], Iterator[tuple[str, World, Person]]]]:
    """Every scene with a person of its own; a world of its own too where a restriction concerns everybody."""
    opened: list[Ready] = []

    def people(name: str) -> Iterator[tuple[str, World, Person]]:
        for number, scene in enumerate(SCENES):
            if name in FOR_ALL or not opened:
                opened.append(crowd.restore(tmp_path / str(number)))
            yield scene, opened[-1].world, opened[-1].people[number]

    yield people
    for one in opened:
        one.world.vault.close()


def foretell(world: World) -> str:
    """The id that the next lookup will have: its outcome can then be reported in the same round."""
    drawn = [os.urandom(16)]
    foretold = drawn[0].hex()
    world.vault.desk.random = lambda size: drawn.pop() if drawn and size == 16 else os.urandom(size)
    return foretold


def play(world: World, person: Person, scene: str, make: Make) -> tuple[list[bool], list[bool]]:
    """For each lookup of the scene, in order: whether the number left, and whether it was not restricted by then."""
    world.alive()
    asked = world.asked(person, key=new_id(os.urandom), agent=f"agent-{person.account[:8]}")
    restriction = make(world, person, foretell(world))
    left, free = [], []
    restricted = False
    for acts in scene.split("|"):
        outcomes = world.vault.round([restriction if act == "R" else ("lookup", asked) for act in acts.split()])
        restricted = restricted or "R" in acts
        for act, result in zip(acts.split(), outcomes, strict=True):
            assert isinstance(result, dict), (scene, act, result)
            if act == "L":
                left.append(number_left(result))
                free.append(not restricted)
                assert (result["verdict"] == "permit") == left[-1]
    return left, free


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_a_restriction_wins_in_every_order(
    name: str, scenes: Callable[[str], Iterator[tuple[str, World, Person]]]
) -> None:
    needs_a_permit = RESTRICTIONS[name].__qualname__.startswith("outcome")
    for scene, world, person in scenes(name):
        if needs_a_permit and scene.startswith("R"):
            continue
        left, free = play(world, person, scene, RESTRICTIONS[name])
        assert left == free, scene
        refused = [one for one in world.entries("opening-refused/1") if one.body["borrower"] == person.borrower]
        # A permit that was never opened gives its use back; one that may have left does not.
        assert len(refused) == (len(permits(world, person)) if not any(left) else 0), scene


@pytest.mark.parametrize("name", HARMLESS)
def test_what_restricts_nothing_stops_nothing(ready: Ready, name: str) -> None:
    for person, scene in zip(ready.people, ("L|R|L", "L R|L", "L|L R"), strict=False):
        left, _ = play(ready.world, person, scene, HARMLESS[name])
        assert left == [True, True], scene


def test_restrictions_outlive_a_restart(crowd: Saved, tmp_path: Path) -> None:
    names = [name for name in RESTRICTIONS if name not in FOR_ALL and not name.startswith("the contact ")]
    for number in range(0, len(names), len(SCENES)):
        ready = crowd.restore(tmp_path / str(number))
        world, met = ready.world, list(zip(names[number:], ready.people, strict=False))
        world.alive()
        lookups = {}
        for name, person in met:
            lookups[name] = world.lookup(person, key=person.account, agent=f"agent-{person.account[:8]}")
            assert number_left(lookups[name]), name
            world.vault.call(*RESTRICTIONS[name](world, person, lookups[name]["lookup"]))
        world.reopen()
        for name, person in met:
            again = world.lookup(person, key=person.account, agent=f"agent-{person.account[:8]}")
            assert (again["lookup"], number_left(again)) == (lookups[name]["lookup"], False), name
        world.vault.close()


def test_a_race_over_real_sockets_has_one_order_and_the_withdrawal_wins_in_it(crowd: Saved, tmp_path: Path) -> None:
    ready = crowd.restore(tmp_path / "data")
    world = ready.world
    asked = [world.asked(person, key=person.account, agent=f"agent-{person.account[:8]}") for person in ready.people]
    withdrawn = [withdrawal("consent", "borrower")(world, person, "")[1] for person in ready.people]
    with vault_process(world) as running:
        call = running.client.call
        results = at_once([partial(call, "lookup", args) for args in asked]
                          + [partial(call, "withdraw", args) for args in withdrawn])
        for args in asked:
            assert not number_left(call("lookup", args)), "acknowledged, and yet it left again"
    ends = {one.body["consent"]: one.index for one in world.entries("consent-withdrawn/1")}
    for person, looked in zip(ready.people, results, strict=False):
        assert not number_left(looked) or looked["log_index"] < ends[person.consent]
