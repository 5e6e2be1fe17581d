"""What an auditor is told of the course of a lookup: who approved it in which role, and what came of it."""

from __future__ import annotations

from typing import Any

from registry.model.times import stamp
from tests.vault.test_brokered_calls import approved, bind, record
from tests.vault.test_brokered_calls import ask as ask_call
from tests.vault.test_visits import VISITORS, approve, ask, late, permitted, roles
from tests.world import World


def course(world: World, lookup: str) -> dict[str, Any]:
    found: dict[str, Any] = world.vault.call("audit-lookup", {"by": world.agency.value(), "lookup": lookup})["course"]
    return found


def test_of_a_visit_both_officers_are_named_each_with_the_role_of_that_moment(world: World) -> None:
    _, answer = permitted(world)
    first, second = world.officers
    world.clock.advance(60)
    # Roles change later; what was approved then was approved in the roles of then.
    world.sign("officer-role-set/1", {"officer": first.id, "role": "legal"}, officers=2)
    found = course(world, answer["lookup"])
    assert [(one["officer"], one["role"], one["verdict"]) for one in found["approvals"]] == [
        (first.id, "compliance", "approved"), (second.id, "operations", "approved")]
    assert found["came"] == []
    world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome="not-home",
               at=stamp(world.clock.at), agent=VISITORS[0])
    (came,) = course(world, answer["lookup"])["came"]
    assert (came["what"], came["outcome"], came["agent"]) == ("visit", "not-home", VISITORS[0])


def test_the_lookup_that_asked_for_the_approval_tells_who_refused_it(world: World) -> None:
    person = late(world)
    roles(world)
    answer = ask(world, person)
    world.sign("approval-refused/1", {"approval": answer["approval"], "borrower": person.borrower})
    (one,) = course(world, answer["lookup"])["approvals"]
    assert (one["verdict"], one["officer"], one["role"]) == ("refused", world.officers[0].id, "compliance")


def test_one_lookup_does_not_show_the_approvals_of_another(world: World) -> None:
    person = late(world)
    roles(world)
    first = ask(world, person)
    other = ask(world, person, ["agent-17", "agent-19"])
    approve(world, person, other["approval"], 0)
    assert course(world, first["lookup"])["approvals"] == []
    assert len(course(world, other["lookup"])["approvals"]) == 1


def test_of_a_call_the_connection_its_calls_and_its_end_are_told(world: World) -> None:
    person = approved(world)
    lookup = ask_call(world, person)["lookup"]
    bind(world, lookup)
    record(world, lookup, stop=True)
    found = course(world, lookup)
    assert [one["what"] for one in found["came"]] == ["bound", "call"]
    bound, call = found["came"]
    assert (bound["max_calls"], call["outcome"], call["talk_seconds"], call["stop"]) == (1, "talked", 40, True)
    assert len(found["approvals"]) == 1
    assert person.contact_number not in str(found)


def test_of_an_account_that_nobody_knows_there_is_no_course(world: World) -> None:
    person = late(world)
    world.alive()
    answer = world.call("lookup", **world.asked(person) | {"account": "0" * 32})
    assert course(world, answer["lookup"]) == {"approvals": [], "came": []}
