"""`mode: call`: the bridge connects two lines for a while, and no number leaves to the collector (ADR 28)."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from registry import jose
from registry.audit.replay import replay
from registry.errors import ConflictError, MalformedError, NotFoundError, UnauthorizedError
from registry.model import canonical
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, parse_stamp, stamp
from registry.shipped import shipped_outcomes
from tests.world import Person, Signing, World

CALLER = "+8610000007777"


def alive(world: World, bridge: bool = True) -> None:
    world.vault.call("follow", {"after": world.cursor, "limit": 1, "courier": True, "bridge": bridge})


def ask(world: World, person: Person, bridge: bool = True, **changes: Any) -> dict[str, Any]:
    alive(world, bridge)
    return world.call("lookup", **world.asked(person, mode="call", **{"caller": CALLER, **changes}))


def wanted(world: World, lookup: str) -> list[dict[str, Any]]:
    found = world.vault.call("deliveries", {"index": world.entry(lookup).index})["deliveries"]
    return [one for one in found if one["template"] == "brokered-call"]


def opened(world: World, lookup: str) -> dict[str, Any]:
    (one,) = wanted(world, lookup)
    return world.call("open-for-delivery", **world.open_args(world.entry(lookup).index, one))


def ids(world: World, lookup: str) -> dict[str, str]:
    return {name: world.entry(lookup).body[name] for name in ("lookup", "borrower", "contact", "line")}


def bind(world: World, lookup: str) -> dict[str, Any]:
    """What the courier does: opens the address, has the bridge connect, says so."""
    found = opened(world, lookup)
    world.vouch("call-bound/1", {
        **ids(world, lookup), "opened": found["opened"], "expires_at": found["call"]["expires_at"],
        "max_calls": found["call"]["max_calls"],
    })
    return found


def record(world: World, lookup: str, stop: bool = False, talk: int = 40, ident: str | None = None) -> None:
    body = {
        **ids(world, lookup), "call": new_id(os.urandom), "began_at": stamp(world.clock.at), "talk_seconds": talk,
        "outcome": "talked" if talk else "no-answer", "stop": stop,
    }
    world.call("call-record", entry=world.vouched("call-recorded/1", body, ident))


def stands(world: World, lookup: str) -> bool:
    auth = world.courier.courier(canonical.encode({"op": "call-stands", "lookup": lookup}))
    return bool(world.call("call-stands", lookup=lookup, auth=auth)["stands"])


def status(world: World, lookup: str) -> dict[str, Any]:
    return world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": lookup})


def approved(world: World) -> Person:
    """Somebody for whom a call lacks nothing any more."""
    person = world.unreachable(approve=False)
    approval = ask(world, person)["approval"]
    world.sign("approval-given/1", {"approval": approval, "borrower": person.borrower})
    return person


def test_a_permit_of_a_call_opens_nothing_and_says_that_it_is_queued(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    assert (answer["verdict"], answer["call"]) == ("permit", {"id": answer["lookup"], "state": "queued"})
    assert "release" not in answer
    assert answer["obligations"]["max_calls"] == 1
    body = world.entry(answer["lookup"]).body
    assert (world.entry(answer["lookup"]).kind, body["caller"]) == ("lookup-decided/2", True)


def test_the_line_it_comes_from_may_come_sealed_to_the_vault(world: World) -> None:
    person = approved(world)
    (_, enc) = world.vault.call("keys", {})["jwks"]["keys"]
    answer = ask(world, person, caller={"jwe": jose.encrypt(CALLER.encode(), enc)})
    assert opened(world, answer["lookup"])["call"]["caller"] == CALLER


def test_a_call_from_no_line_is_refused_and_one_from_no_number_is_malformed(world: World) -> None:
    person = approved(world)
    alive(world)
    answer = world.call("lookup", **world.asked(person, mode="call"))
    assert (answer["state"], answer["missing"]) == ("fix-request", [{"code": "mode-not-allowed"}])
    with pytest.raises(MalformedError) as refused:
        ask(world, person, caller="the front desk")
    assert refused.value.pointer == "/caller"
    with pytest.raises(MalformedError) as refused:
        world.call("lookup", **world.asked(person, mode="number", caller=CALLER))
    assert refused.value.pointer == "/caller"


def test_without_a_bridge_no_call_is_permitted(world: World) -> None:
    person = approved(world)
    answer = ask(world, person, bridge=False)
    assert (answer["verdict"], answer["missing"]) == ("deny", [{"code": "courier-unavailable"}])


def test_no_entry_and_no_answer_to_the_collector_holds_either_number(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    record(world, answer["lookup"])
    told = json.dumps(answer) + json.dumps(status(world, answer["lookup"]))
    logged = json.dumps([one.draft.value() for one in world.entries()])
    for number in (person.contact_number, CALLER):
        assert number[1:] not in told
        assert number[1:] not in logged


def test_the_bridge_stops_with_the_lawful_hours_and_the_permit_at_the_latest(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    expires = parse_stamp(opened(world, answer["lookup"])["call"]["expires_at"])
    assert expires == world.clock.at - world.clock.at % DAY + 12 * HOUR  # 20:00 in Shanghai, where it is 10:00
    assert expires < parse_stamp(answer["expires_at"])


def test_a_few_minutes_before_the_hours_end_it_waits_for_the_next_ones(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    world.at(0, "19:55")
    assert wanted(world, answer["lookup"])[0]["wait"]
    with pytest.raises(ConflictError) as waits:
        opened(world, answer["lookup"])
    assert waits.value.code == "outside-hours"
    assert status(world, answer["lookup"])["call"]["state"] == "queued"


def test_borrower_and_contact_are_told_once_it_is_bound_and_that_no_number_left(world: World) -> None:
    person = approved(world)
    world.deliver()
    answer = ask(world, person)
    before = len(world.entries("use-told/1"))
    bind(world, answer["lookup"])
    sent = {one["template"]: one for one in world.deliver()}
    assert sent["use-borrower"]["wording"] == "use-borrower-call"
    assert sent["use-contact"]["wording"] == "use-contact-call"
    assert len(world.entries("use-told/1")) > before


def test_a_record_is_a_conversation_and_who_was_spoken_with_is_not_called_again(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    record(world, answer["lookup"])
    told = status(world, answer["lookup"])["call"]
    assert (told["state"], told["calls"][0]["talk_seconds"]) == ("bound", 40)
    world.vouch("call-unbound/1", {**ids(world, answer["lookup"]), "why": "used"})
    assert status(world, answer["lookup"])["call"]["state"] == "over"
    again = world.lookup(person)
    assert "line-cap" in world.codes(again)


def test_a_call_that_nobody_answered_leaves_the_number_to_be_asked_for(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    assert "line-cap" in world.codes(world.lookup(person)), "while the bridge may still connect"
    record(world, answer["lookup"], talk=0)
    world.vouch("call-unbound/1", {**ids(world, answer["lookup"]), "why": "used"})
    assert world.codes(world.lookup(person)) == ["approval-missing"]
    assert "line-cap" in world.codes(ask(world, person)), "one call a month to a line"


def test_stop_on_the_call_is_an_objection_for_every_agency_and_the_collector_is_not_told(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    record(world, answer["lookup"], stop=True)
    record(world, answer["lookup"], stop=True)
    (objection,) = world.entries("objected/1")
    assert (objection.body["contact"], objection.body["through"]) == (person.contact, "reply")
    assert not stands(world, answer["lookup"])
    assert "stop" not in json.dumps(status(world, answer["lookup"])["call"])
    assert "contact-objected" in world.codes(world.lookup(person))


def test_no_stop_comes_into_the_log_by_the_back_door_without_the_objection_that_it_is(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    body = {**ids(world, answer["lookup"]), "call": new_id(os.urandom), "began_at": stamp(world.clock.at),
            "talk_seconds": 5, "outcome": "talked", "stop": True}
    with pytest.raises(UnauthorizedError):
        world.vouch("call-recorded/1", body)
    assert world.entries("call-recorded/1") == []
    world.call("call-record", entry=world.vouched("call-recorded/1", body))
    assert len(world.entries("objected/1")) == 1


def test_what_a_later_record_of_the_same_call_adds_counts_and_what_it_repeats_does_not(world: World) -> None:
    person = approved(world)
    lookup = ask(world, person)["lookup"]
    bind(world, lookup)
    call = new_id(os.urandom)

    def tell(outcome: str, stop: bool) -> int:
        body = {**ids(world, lookup), "call": call, "began_at": stamp(world.clock.at), "outcome": outcome,
                "talk_seconds": 7 if outcome == "talked" else 0, "stop": stop}
        world.call("call-record", entry=world.vouched("call-recorded/1", body))
        world.clock.at += 1_000
        return len(world.entries("call-recorded/1"))

    assert [tell("no-answer", False), tell("busy", False), tell("no-answer", True)] == [1, 1, 2]
    assert [tell("talked", False), tell("talked", True), tell("no-answer", False)] == [3, 3, 3]
    assert len(world.entries("objected/1")) == 1
    assert [one["outcome"] for one in status(world, lookup)["call"]["calls"]] == ["talked"], "it is one call"


def test_a_clock_ahead_of_ours_is_no_reason_not_to_hear_a_stop(world: World) -> None:
    person = approved(world)
    lookup = ask(world, person)["lookup"]
    bind(world, lookup)
    body = {**ids(world, lookup), "call": new_id(os.urandom), "began_at": stamp(world.clock.at + HOUR),
            "talk_seconds": 5, "outcome": "talked"}
    with pytest.raises(MalformedError) as refused:
        world.call("call-record", entry=world.vouched("call-recorded/1", {**body, "stop": False}))
    assert refused.value.code == "time-out-of-range"
    world.call("call-record", entry=world.vouched("call-recorded/1", {**body, "stop": True}))
    assert len(world.entries("objected/1")) == 1


@pytest.mark.parametrize("what", ["withdrawn", "objected", "held", "alive"])
def test_whatever_restricts_ends_the_bridge(world: World, what: str) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    assert stands(world, answer["lookup"])
    if what == "withdrawn":
        world.call("withdraw", by=world.lender.value(), consent=person.contact_consent, through="lender")
    elif what == "objected":
        record(world, answer["lookup"], stop=True)
    elif what == "held":
        hold = new_id(os.urandom)
        world.append("hold-placed/1", {"hold": hold, "borrower": person.borrower, "type": "attorney"}, world.lender,
                     hold)
    else:
        world.append("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}, world.lender)
    assert not stands(world, answer["lookup"])


def test_what_was_withdrawn_before_the_address_was_opened_gives_the_use_back(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    world.call("withdraw", by=world.lender.value(), consent=person.contact_consent, through="lender")
    with pytest.raises(ConflictError) as withheld:
        opened(world, answer["lookup"])
    assert withheld.value.code == "message-withheld"
    assert world.entries("opening-refused/1")[-1].body["lookup"] == answer["lookup"]
    assert status(world, answer["lookup"])["call"]["state"] == "withheld"


def test_a_call_ends_with_its_permit_by_the_clock_of_the_log(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask(world, approved(world))
    bind(world, answer["lookup"])
    began = world.clock.at
    monkeypatch.setattr(world.clock, "wall", lambda: began)  # so that all it needs is still kept
    world.clock.at = parse_stamp(answer["expires_at"]) - 1
    assert stands(world, answer["lookup"])
    world.clock.at += 1
    assert not stands(world, answer["lookup"])


def test_an_expired_call_that_was_opened_is_never_given_back(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    opened(world, answer["lookup"])
    world.clock.at += DAY + MINUTE
    assert wanted(world, answer["lookup"]) == []
    assert world.entries("opening-refused/1") == []


def test_the_outcome_of_a_call_is_due_as_that_of_a_number(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    world.clock.at += 49 * HOUR
    world.feeds()
    refused = world.lookup(person)
    assert "outcome-overdue" in world.codes(refused)
    assert refused["missing"] == [{"code": "outcome-overdue", "lookups": [answer["lookup"]]}]
    world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome="no-answer",
               at=stamp(world.clock.at), agent="agent-17")
    assert "outcome-overdue" not in world.codes(world.lookup(person))


def test_nobody_but_the_courier_speaks_for_the_bridge(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    body = {**ids(world, answer["lookup"]), "why": "used"}
    with pytest.raises(UnauthorizedError):
        world.append("call-unbound/1", body, world.agency)
    forged = Signing().courier(canonical.encode({"op": "call-stands", "lookup": answer["lookup"]}))
    with pytest.raises(UnauthorizedError):
        world.call("call-stands", lookup=answer["lookup"], auth=forged)
    with pytest.raises(NotFoundError):
        world.vouch("call-unbound/1", {**body, "lookup": world.entries("lookup-decided/2")[0].id})
    with pytest.raises(ConflictError):
        world.vouch("call-bound/1", {
            **ids(world, answer["lookup"]), "opened": world.entries("address-opened/1")[-1].id,
            "expires_at": stamp(world.clock.at), "max_calls": 1})


def test_every_decision_about_calls_replays(world: World) -> None:
    person = approved(world)
    answer = ask(world, person)
    bind(world, answer["lookup"])
    record(world, answer["lookup"], talk=0)
    ask(world, person)
    log = world.vault.desk.log
    report = replay([data for _, data in log.leaves(0, log.size)], shipped_outcomes())
    assert report.ok, report.failure
