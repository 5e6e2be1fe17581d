"""What an open complaint, an answer to a use and hearsay about a channel do to a decision; all else holds."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR
from tests.policy.world import START, Case, World, ident, when

TODAY = when(0, "09:30")


def complain(world: World, case: Case, from_: str, *, by: Actor | None = None, at: int = TODAY, **more: Any) -> str:
    """By the lender, who passes it on, unless somebody else is said; so that nobody shows a sign of life by it."""
    complaint = ident(f"{case.name}-complaint-{at}-{from_}-{len(more)}")
    named = {"contact": case.contact, "line": case.contact_line} if from_ == "contact" else {}
    world.add(at, "complaint-filed/1", {
        "complaint": complaint, "from": from_, "borrower": case.borrower, "about": "agency", **named, **more,
    }, by, entry=complaint)
    return complaint


def settle(world: World, case: Case, complaint: str, at: int = TODAY + 1, **more: Any) -> None:
    world.add(at, "complaint-settled/1", {
        "complaint": complaint, "borrower": case.borrower, "verdict": "not-upheld", "remedy": "none", **more,
    }, Actor("officer", world.officer), [world.officer])


def use_answered(world: World, case: Case, answer: str, at: int = TODAY) -> None:
    world.add(at, "use-answered/1", {
        "lookup": ident("used"), "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
        "answer": answer, "through": "portal",
    }, Actor("contact", case.contact))


def test_a_contacts_complaint_denies_until_it_is_settled() -> None:
    world = World()
    case = world.unreachable()
    complaint = complain(world, case, "contact")
    assert world.ask(case).codes == ("hold-complaint",)
    settle(world, case, complaint, line=case.contact_line)
    assert world.ask(case).verdict == "permit"


def test_it_denies_for_every_borrower_of_that_line_and_no_other_line() -> None:
    world = World()
    case = world.unreachable()
    neighbour = world.agreed("n")
    world.contact(when(-119), neighbour.borrower, "n", 2, line=case.contact_line)
    stranger = world.agreed("s")
    on_the_line = Case("n", neighbour.borrower, neighbour.account, ident("n-contact-2"), case.contact_line)
    complaint = complain(world, on_the_line, "contact")
    complain(world, stranger, "contact")
    assert world.ask(case).codes == ("hold-complaint",)
    settle(world, neighbour, complaint, line=case.contact_line)
    assert world.ask(case).verdict == "permit"


def test_a_borrowers_complaint_holds_the_contact_it_names_and_nobody_else() -> None:
    world = World()
    case = world.unreachable()
    other = ident("b-contact-2")
    complaint = complain(world, case, "borrower", at=when(-30), contact=other)
    assert world.ask(case).verdict == "permit"
    named = complain(world, case, "borrower", at=when(-30, "11:00"), contact=case.contact)
    assert world.ask(case).codes == ("hold-complaint",)
    settle(world, case, complaint)
    assert world.ask(case).codes == ("hold-complaint",)
    settle(world, case, named)
    assert world.ask(case).verdict == "permit"


@pytest.mark.parametrize("by", ["borrower", "lender"])
def test_a_borrower_who_complains_shows_a_sign_of_life_whoever_says_so(by: str) -> None:
    world = World()
    case = world.unreachable()
    complain(world, case, "borrower", by=Actor("borrower", case.borrower) if by == "borrower" else None)
    assert "sign-of-life" in world.ask(case).codes


def test_a_contacts_complaint_is_no_sign_of_life_of_the_borrower() -> None:
    world = World()
    case = world.unreachable()
    settle(world, case, complain(world, case, "contact"), line=case.contact_line)
    assert world.ask(case).verdict == "permit"


def test_the_borrowers_own_channels_are_given_all_the_same() -> None:
    """The complaint is about reaching the contact."""
    world = World()
    case = world.unreachable()
    complain(world, case, "contact")
    asked = {"about": "borrower", "purpose": "contact-borrower"}
    assert world.ask(case, **asked).verdict == "permit"


def test_it_is_shown_as_an_objection_is_and_a_hold_on_the_account_as_a_hold() -> None:
    world = World()
    complained, objected, held = (world.unreachable(name) for name in ("c", "o", "h"))
    complain(world, complained, "contact")
    world.add(TODAY, "objected/1", {
        "line": objected.contact_line, "contact": objected.contact, "borrower": objected.borrower,
        "through": "portal",
    }, Actor("contact", objected.contact))
    world.hold(held, "complaint", TODAY)
    complain(world, held, "contact")

    def shown(case: Case) -> dict[str, Any]:
        view = world.view(case)
        return {**view, "channels": [{**one, "channel": ""} for one in view["channels"]]}

    assert shown(complained) == shown(objected)
    assert shown(complained)["state"] == "not-eligible"
    assert shown(held)["state"] == "paused"
    assert world.ask(held).codes == ("hold-complaint",)


@pytest.mark.parametrize(("answer", "codes"), [
    ("never", ("contact-objected",)), ("not-me", ("contact-wrong-person",)), ("will-relay", ()), ("cannot", ()),
    ("gave-channel", ()),
])
def test_an_answer_to_a_use_is_read_as_one_to_a_message(answer: str, codes: tuple[str, ...]) -> None:
    world = World()
    case = world.unreachable()
    use_answered(world, case, answer)
    assert world.ask(case).codes == codes


def test_what_a_contact_tells_of_the_borrowers_own_line_changes_nothing_now_or_later() -> None:
    """Else the answering telephone were `shared` after the look-back, and need not be tried."""
    world, control = World(), World()
    cases = [one.unreachable() for one in (world, control)]
    contact = Actor("contact", cases[0].contact)
    world.channel(when(-119), cases[0].borrower, "voice", "b", use="shared", ident_=ident("told"), by=contact)
    facts, untold = (one.judge(case)[0] for one, case in zip((world, control), cases, strict=True))
    assert facts.slots == untold.slots
    assert world.ask(cases[0]).verdict == "permit"


def test_what_a_contact_tells_of_a_strangers_line_makes_it_nobody_elses() -> None:
    """His effort counts on: a hostile contact of somebody else's cannot spoil it."""
    world = World()
    case, neighbour = world.unreachable(), world.agreed("n")
    world.channel(when(-100), neighbour.borrower, "voice", "n", use="shared", line=case.lines["voice"],
                  ident_=ident("told"), by=Actor("contact", neighbour.contact))
    assert world.ask(case).verdict == "permit"


def test_a_contact_who_is_told_of_as_a_channel_is_no_borrower() -> None:
    world = World()
    case = world.unreachable()
    world.channel(when(-100), case.borrower, "voice", "b", use="shared", line=case.contact_line,
                  ident_=ident("told"), by=Actor("contact", case.contact))
    assert world.ask(case).verdict == "permit"


def test_of_two_consents_of_the_borrowers_for_two_contacts_each_ends_alone() -> None:
    world = World()
    case = world.unreachable()
    mine = Actor("borrower", case.borrower)
    other = ident("b-contact-2")
    world.drop("consent-given/1")
    world.consent(case, "contact")
    given = {
        contact: world.consent(case, "borrower", when(-110 - place), assurance="code", by=mine, contact=contact)
        for place, contact in enumerate((case.contact, other))
    }
    assert world.ask(case).verdict == "permit"

    def withdraw(contact: str, at: int) -> None:
        world.add(at, "consent-withdrawn/1", {
            "consent": given[contact], "giver": "borrower", "borrower": case.borrower, "contact": contact,
            "act": "withdrawn", "through": "portal"}, mine)

    withdraw(other, when(-60))
    assert world.ask(case).verdict == "permit"
    withdraw(case.contact, when(-59))
    world.consent(case, "borrower", when(-58))
    assert world.ask(case).codes == ("borrower-consent-withdrawn",), "a new paper of the lender's restores nothing"
    world.consent(case, "borrower", when(-57), assurance="passkey", by=mine)
    assert world.ask(case).verdict == "permit"
    assert START - when(-57) > DAY > HOUR
