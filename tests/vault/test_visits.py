"""`about: visit`: the last step, by two named people whom two officers of different roles approved (ADR 28)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.errors import MalformedError, NotFoundError, UnauthorizedError
from registry.model.ids import new_id
from registry.model.times import HOUR, stamp
from registry.shipped import shipped_outcomes
from tests.vault.test_united_states import America, activate
from tests.world import Person, World

HOME = "18 Example Road, Example Town"
VISITORS = ["agent-17", "agent-18"]


def late(world: World, past_due: int = 120, address: str = HOME) -> Person:
    """Somebody whose account is in the stage `late`, who is silent, and whose address is known."""
    world.at(-30)
    person = world.borrower()
    world.account(person, past_due=past_due)
    if address:
        made = world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="post",
                          value=address, use="personal")
        person.channels["post"] = made["channel"]
    world.deliver(person)
    world.at(0, "10:00")
    world.feeds()
    return person


def ask(world: World, person: Person, visitors: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A lookup about a visit, with what the web tier would send along."""
    world.alive()
    asked = world.asked(person, about="borrower", purpose="contact-borrower", **changes)
    return world.call("lookup", **asked | {"about": "visit", "visitors": visitors or VISITORS})


def roles(world: World) -> None:
    """The second officer is of operations."""
    world.sign("officer-role-set/1", {"officer": world.officers[1].id, "role": "operations"}, officers=2)


def approve(world: World, person: Person, approval: str, officer: int) -> None:
    """One officer's approval."""
    first, second = world.officers
    world.officers = (first, second) if officer == 0 else (second, first)
    world.sign("approval-given/1", {"approval": approval, "borrower": person.borrower})
    world.officers = (first, second)


def permitted(world: World) -> tuple[Person, dict[str, Any]]:
    """A visit that two officers of different roles approved."""
    person = late(world)
    roles(world)
    approval = ask(world, person)["approval"]
    for officer in (0, 1):
        approve(world, person, approval, officer)
    return person, ask(world, person)


def test_two_approvals_from_two_roles_open_the_address_to_two_named_visitors(world: World) -> None:
    person = late(world)
    roles(world)
    first = ask(world, person)
    assert (first["state"], first["missing"]) == (
        "approval-needed", [{"code": "approval-missing", "have": 0, "need": 2}])
    approve(world, person, first["approval"], 0)
    assert ask(world, person)["missing"] == [{"code": "approval-missing", "have": 1, "need": 2}]
    approve(world, person, first["approval"], 1)
    answer = ask(world, person)
    assert answer["verdict"] == "permit"
    assert world.opened(answer)["channels"] == [
        {"channel": person.channels["post"], "medium": "post", "value": HOME}]
    obligations = answer["obligations"]
    assert (obligations["visit_between"], obligations["visitors"]) == (["09:00", "18:00"], VISITORS)
    assert "只与借款人本人交谈" in obligations["conduct"]


def test_two_officers_of_one_role_are_not_enough(world: World) -> None:
    person = late(world)
    approval = ask(world, person)["approval"]
    for officer in (0, 1):
        approve(world, person, approval, officer)
    answer = ask(world, person)
    assert (world.codes(answer), answer["approval"]) == (["approval-missing"], approval)


def test_a_role_that_one_officer_gives_himself_takes_a_day(world: World) -> None:
    person = late(world)
    world.sign("officer-role-set/1", {"officer": world.officers[1].id, "role": "legal"})
    approval = ask(world, person)["approval"]
    for officer in (0, 1):
        approve(world, person, approval, officer)
    assert world.codes(ask(world, person)) == ["approval-missing"]
    with pytest.raises(NotFoundError):
        world.sign("officer-role-set/1", {"officer": world.agency.id, "role": "legal"})


def test_others_than_those_approved_do_not_go(world: World) -> None:
    person = late(world)
    roles(world)
    approval = ask(world, person)["approval"]
    for officer in (0, 1):
        approve(world, person, approval, officer)
    other = ask(world, person, ["agent-17", "agent-99"])
    assert world.codes(other) == ["approval-missing"]
    assert other["approval"] != approval
    assert ask(world, person, [*reversed(VISITORS)])["verdict"] == "permit", "whoever is named first"


@pytest.mark.parametrize(("why", "visitors"), [("one", ["agent-17"]), ("the same twice", ["agent-17", "agent-17"])])
def test_nobody_visits_alone(world: World, why: str, visitors: list[str]) -> None:
    assert world.codes(ask(world, late(world), visitors)) == ["visitors-too-few", "approval-missing"]


@pytest.mark.parametrize(("code", "change"), [
    ("account-not-overdue-enough", {"past_due": 89}), ("no-channel", {"address": ""}),
])
def test_only_in_the_late_stage_and_to_a_known_address(world: World, code: str, change: dict[str, Any]) -> None:
    answer = ask(world, late(world, **change))
    assert world.codes(answer) == [code, "approval-missing"]
    assert (answer["state"], answer["missing"]) == ("not-eligible", [])


@pytest.mark.parametrize("hour", ["08:59", "18:00"])
def test_only_in_lawful_hours(world: World, hour: str) -> None:
    person = late(world)
    world.at(1, hour)
    world.feeds()
    assert "outside-hours" in world.codes(ask(world, person))


@pytest.mark.parametrize(("code", "kind", "body"), [
    ("hold-vulnerability", "hold-placed/1", {"hold": "ab" * 16, "type": "vulnerability"}),
    ("sign-of-life", "sign-of-life/1", {"source": "login"}),
    ("callback-offered", "callback-offered/1", {"until": "2026-12-24T00:00:00.000Z", "windows": ["10:00-12:00"]}),
])
def test_what_protects_the_borrower_protects_him_at_his_door(
    world: World, code: str, kind: str, body: dict[str, Any],
) -> None:
    person = late(world)
    world.append(kind, {"borrower": person.borrower, **body}, world.lender, body.get("hold"))
    assert code in world.codes(ask(world, person))


def test_a_sign_of_life_after_the_permit_keeps_the_address_here_on_a_repeat(world: World) -> None:
    person = late(world)
    roles(world)
    approval = ask(world, person)["approval"]
    for officer in (0, 1):
        approve(world, person, approval, officer)
    world.alive()
    asked = world.asked(person, key="again", about="borrower", purpose="contact-borrower")
    args = asked | {"about": "visit", "visitors": VISITORS}
    assert "release" in world.call("lookup", **args)
    world.append("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}, world.lender)
    again = world.call("lookup", **args)
    assert (again["verdict"], "release" in again) == ("deny", False)


def test_one_visit_in_thirty_days(world: World) -> None:
    person, answer = permitted(world)
    world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome="not-home",
               at=stamp(world.clock.at), agent="agent-17")
    assert "borrower-cap" in world.codes(ask(world, person))
    world.at(31, "10:00")
    world.feeds()
    assert world.codes(ask(world, person)) == ["approval-missing"]


def test_the_borrower_is_told_at_once_in_words_of_a_visit(world: World) -> None:
    person, _answer = permitted(world)
    told = [one for one in world.deliver() if one["template"] == "use-borrower"]
    assert {one["wording"] for one in told} == {"use-borrower-visit"}
    assert {one["to"] for one in told} == {person.number, person.mail}


@pytest.mark.parametrize(("outcome", "code"), [
    ("met", "sign-of-life"), ("refused", "sign-of-life"), ("moved", "no-channel"), ("wrong-address", "no-channel"),
    ("deceased", "hold-deceased"), ("distress", "hold-vulnerability"),
])
def test_what_came_of_a_visit_tightens(world: World, outcome: str, code: str) -> None:
    person, answer = permitted(world)
    world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome=outcome,
               at=stamp(world.clock.at), agent="agent-17")
    assert code in world.codes(ask(world, person))


def test_nobody_visits_an_address_that_the_agency_says_is_a_strangers(world: World) -> None:
    person = late(world)
    assert world.codes(ask(world, person)) == ["approval-missing"]
    said = {"channel": person.channels["post"], "borrower": person.borrower}
    world.append("channel-disputed/1", said, world.agency)
    assert "no-channel" in world.codes(ask(world, person))


def test_a_new_address_may_be_visited_after_the_old_one_was_wrong(world: World) -> None:
    person, answer = permitted(world)
    world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome="moved",
               at=stamp(world.clock.at), agent="agent-17")
    world.clock.at += HOUR
    world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="post",
               value="7 Another Road", use="personal")
    assert "no-channel" not in world.codes(ask(world, person))


def test_the_outcome_is_due_and_says_what_can_come_of_a_visit(world: World) -> None:
    person, answer = permitted(world)
    for outcome in ("relayed", "number-dead"):
        with pytest.raises(MalformedError, match="is one of met, not-home, moved, "):
            world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome=outcome,
                       at=stamp(world.clock.at), agent="agent-17")
    world.clock.at += 49 * HOUR
    assert "outcome-overdue" in world.codes(ask(world, person))
    body = {"lookup": answer["lookup"], "account": person.account, "borrower": person.borrower,
            "agency": world.agency.id, "outcome": "not-home", "reported_at": stamp(world.clock.at), "agent": "a"}
    with pytest.raises(UnauthorizedError):
        world.append("visit-reported/1", body, world.agency)


def test_the_united_states_know_no_visits(tmp_path: Path) -> None:
    america = America(tmp_path)
    activate(america.world, "us")
    person = america.person()
    america.world.account(person, past_due=400)
    america.world.at(0, "23:00")  # 09:00 in Nashville
    assert "visit-forbidden" in america.world.codes(ask(america.world, person))


def test_no_entry_holds_the_address_and_every_decision_replays(world: World) -> None:
    permitted(world)
    assert HOME not in json.dumps([one.draft.value() for one in world.entries()])
    log = world.vault.desk.log
    report = replay([data for _, data in log.leaves(0, log.size)], shipped_outcomes())
    assert report.ok, report.failure


def test_an_unknown_account_is_answered_as_any_other(world: World) -> None:
    person = late(world)
    person.account = new_id(os.urandom)
    answer = ask(world, person)
    assert (answer["state"], answer["missing"]) == ("not-eligible", [])
