"""`mode: message`: no number leaves; the courier relays the pack's words, once, and the contact answers."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import ConflictError, MalformedError, NotFoundError
from registry.model.times import HOUR, stamp
from registry.policy import read_pack
from registry.shipped import shipped_packs
from tests.world import PURPOSE, Person, World, sha256

MESSAGES = read_pack(shipped_packs()["cn"].text).messages


def permitted(world: World, person: Person, **changes: Any) -> dict[str, Any]:
    """A permit for a message, approved by an officer first."""
    asked = {"mode": "message", **changes}
    refused = world.lookup(person, **asked)
    world.sign("approval-given/1", {"approval": refused["approval"], "borrower": person.borrower})
    answer = world.lookup(person, **asked)
    assert answer["verdict"] == "permit"
    return answer


@pytest.fixture
def person(world: World) -> Person:
    found = world.unreachable(approve=False)
    world.deliver(found)
    world.outbox.clear()
    return found


def wanted(world: World, lookup: str) -> list[dict[str, Any]]:
    index = world.entry(lookup).index
    found: list[dict[str, Any]] = world.vault.call("deliveries", {"index": index})["deliveries"]
    return found


def opening(world: World, lookup: str) -> dict[str, Any]:
    """The arguments with which the courier asks for the address of the message."""
    (one,) = wanted(world, lookup)
    return world.open_args(world.entry(lookup).index, one)


def state(world: World, lookup: str) -> dict[str, Any]:
    value = world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": lookup})["message"]
    assert value.pop("id") == lookup
    return dict(value)


def answer(world: World, person: Person, word: str) -> dict[str, Any]:
    return world.call("answer", token=person.token, answer=word)


def test_a_permitted_message_opens_nothing_and_is_queued(world: World, person: Person) -> None:
    made = permitted(world, person)
    assert set(made) == {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "message"}
    assert made["message"] == {"id": made["lookup"], "state": "queued"}
    assert set(made["obligations"]) == {"call_between", "time_zone", "script", "script_sha256"}
    assert made["obligations"]["script"] == MESSAGES[PURPOSE]["zh"]
    assert made["obligations"]["script_sha256"] == sha256(made["obligations"]["script"])
    assert world.entries("address-opened/1")[-1].body["template"] != "relayed-message"
    assert state(world, made["lookup"]) == {"state": "queued"}


def test_the_courier_gets_the_packs_text_and_says_by_digest_what_it_sent(world: World, person: Person) -> None:
    made = permitted(world, person)
    (one,) = wanted(world, made["lookup"])
    assert one == {"template": "relayed-message", "subject": person.contact, "medium": "sms",
                   "blobs": ["number", f"{person.borrower}/name"]}
    (message, *told) = world.deliver(person)
    assert (message["to"], message["language"], message["script"]) == (
        person.contact_number, "zh", MESSAGES[PURPOSE]["zh"])
    assert set(message["params"]) == {"given_name", "institution", "token"}
    (relayed,) = world.entries("message-relayed/1")
    assert relayed.body["script_sha256"] == made["obligations"]["script_sha256"]
    assert {one["template"] for one in told} == {"use-borrower"}
    assert {one["wording"] for one in told} == {"use-borrower-message"}
    assert state(world, made["lookup"]) == {"state": "sent"}
    assert wanted(world, made["lookup"]) == []


def test_a_repeated_permit_is_the_same_permit(world: World, person: Person) -> None:
    refused = world.lookup(person, mode="message")
    world.sign("approval-given/1", {"approval": refused["approval"], "borrower": person.borrower})
    first = world.lookup(person, key="k", mode="message")
    world.deliver(person)
    size = world.vault.desk.log.size
    assert world.lookup(person, key="k", mode="message") == first
    assert world.vault.desk.log.size == size
    assert world.deliver(person) == []


def test_one_message_a_line_in_thirty_days_whoever_asks_and_a_number_is_another_matter(
    world: World, person: Person
) -> None:
    permitted(world, person)
    again = world.lookup(person, mode="message")
    assert world.codes(again) == ["line-message-cap", "approval-missing"]
    assert world.codes(world.lookup(person)) == ["approval-missing"], "no number has left"


def test_no_outcome_is_due_and_none_is_taken(world: World, person: Person) -> None:
    made = permitted(world, person)
    with pytest.raises(ConflictError) as caught:
        world.call("outcome", by=world.agency.value(), lookup=made["lookup"], outcome="relayed",
                   at=stamp(world.clock.at), agent="a")
    assert caught.value.code == "outcome-not-due"
    world.clock.at += 49 * HOUR
    assert "outcome-overdue" not in world.codes(world.lookup(person))


@pytest.mark.parametrize("restriction", ["withdrawal", "objection", "hold", "life", "stop", "erasure"])
def test_what_comes_between_permit_and_sending_wins_and_gives_the_use_back(
    world: World, person: Person, restriction: str
) -> None:
    made = permitted(world, person)
    _restrict(world, person, restriction)
    asked = opening(world, made["lookup"])
    with pytest.raises(ConflictError) as caught:
        world.vault.call("open-for-delivery", asked)
    assert caught.value.code == "message-withheld"
    (refused,) = world.entries("opening-refused/1")
    assert refused.body["lookup"] == made["lookup"]
    assert refused.body["reasons"]
    assert wanted(world, made["lookup"]) == []
    assert state(world, made["lookup"]) == {"state": "withheld"}
    assert world.deliver(person) == []
    with pytest.raises(NotFoundError):
        world.vault.call("open-for-delivery", asked)
    assert "line-message-cap" not in world.codes(world.lookup(person, mode="message"))


def _restrict(world: World, person: Person, how: str) -> None:
    if how == "withdrawal":
        world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    elif how == "objection":
        answer(world, person, "object")
    elif how == "hold":
        hold = "5" * 32
        world.append("hold-placed/1", {"hold": hold, "borrower": person.borrower, "type": "dispute"},
                     world.lender, hold)
    elif how == "life":
        world.append("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}, world.lender)
    elif how == "stop":
        world.append("releases-stopped/1", {}, world.lender)
    else:
        world.append("erasure-requested/1", {
            "subject": person.borrower, "role": "borrower", "borrower": person.borrower}, world.lender)


def test_a_permit_that_expired_or_lapsed_sends_nothing(world: World, person: Person) -> None:
    made = permitted(world, person)
    world.append("recalled/1", {
        "placement": person.placement, "account": person.account, "borrower": person.borrower}, world.lender)
    with pytest.raises(ConflictError):
        world.vault.call("open-for-delivery", opening(world, made["lookup"]))
    assert world.entries("opening-refused/1")[0].body["reasons"] == ["account-not-placed"]


def test_a_message_that_waited_too_long_is_over(world: World, person: Person) -> None:
    made = permitted(world, person)
    world.clock.at += 24 * HOUR
    assert state(world, made["lookup"]) == {"state": "withheld"}
    with pytest.raises(ConflictError):
        world.vault.call("open-for-delivery", opening(world, made["lookup"]))
    assert world.entries("opening-refused/1")[0].body["reasons"] == ["permit-expired"]


def test_outside_the_hours_it_waits_and_goes_out_at_the_next_lawful_minute(world: World, person: Person) -> None:
    world.at(0, "19:50")
    made = permitted(world, person)
    world.at(0, "20:00")
    (one,) = wanted(world, made["lookup"])
    assert one["wait"] is True
    with pytest.raises(ConflictError) as caught:
        world.vault.call("open-for-delivery", opening(world, made["lookup"]))
    assert caught.value.code == "outside-hours"
    assert state(world, made["lookup"]) == {"state": "queued"}
    world.at(1, "08:00")
    assert "wait" not in wanted(world, made["lookup"])[0]
    assert world.deliver(person)[0]["to"] == person.contact_number


def test_what_was_opened_may_have_left_so_its_use_is_kept_and_nothing_more_goes_out(
    world: World, person: Person
) -> None:
    made = permitted(world, person)
    asked = opening(world, made["lookup"])
    world.vault.call("open-for-delivery", asked)
    assert len(wanted(world, made["lookup"])) == 1, "the transport may be down: it is asked for still"
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    assert wanted(world, made["lookup"]) == []
    with pytest.raises(NotFoundError):
        world.vault.call("open-for-delivery", asked)
    assert world.entries("opening-refused/1") == []
    assert state(world, made["lookup"]) == {"state": "withheld"}
    assert "line-message-cap" in world.codes(world.lookup(person, mode="message"))


def test_receipts_move_the_state_on(world: World, person: Person) -> None:
    made = permitted(world, person)
    receipt = {"lookup": made["lookup"], "borrower": person.borrower}
    with pytest.raises(NotFoundError):
        world.vouch("message-receipt/1", {**receipt, "status": "delivered"})
    world.deliver(person)
    world.vouch("message-receipt/1", {**receipt, "status": "failed"})
    assert state(world, made["lookup"]) == {"state": "failed"}
    world.vouch("message-receipt/1", {**receipt, "status": "delivered"})
    assert state(world, made["lookup"]) == {"state": "delivered"}


def test_a_relayed_message_says_a_text_that_the_permits_packs_approve(world: World, person: Person) -> None:
    made = permitted(world, person)
    opened = world.vault.call("open-for-delivery", opening(world, made["lookup"]))
    body = {name: world.entry(made["lookup"]).body[name] for name in ("lookup", "borrower", "contact", "line")}
    body |= {"opened": opened["opened"], "language": "zh", "script_sha256": sha256(opened["script"])}
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"script_sha256": "0" * 64}, MalformedError),
        ({"script_sha256": sha256(MESSAGES["relay-message"]["zh"])}, MalformedError),
        ({"opened": world.entries("address-opened/1")[0].id}, NotFoundError),
        ({"lookup": world.lookup(person)["lookup"]}, NotFoundError),
        ({"line": world.entry(person.channels["sms"]).body["line"]}, NotFoundError),
    ]
    for changes, error in wrong:
        with pytest.raises(error):
            world.vouch("message-relayed/1", {**body, **changes})
    assert world.vouch("message-relayed/1", body)["fresh"]


@pytest.mark.parametrize("word", ["will-relay", "cannot"])
def test_an_answer_is_shown_and_restricts_nothing(world: World, person: Person, word: str) -> None:
    made = permitted(world, person)
    world.deliver(person)
    assert world.vault.call("link", {"token": person.token}) == {"asks": "relay"}
    done = answer(world, person, word)
    assert (done["act"], done["answer"]) == ("answered", word)
    assert state(world, made["lookup"]) == {"state": "answered", "answer": word}
    assert world.codes(world.lookup(person)) == ["approval-missing"]
    size = world.vault.desk.log.size
    assert answer(world, person, word)["receipt"] == done["receipt"]
    assert world.vault.desk.log.size == size, "pressing twice does no harm"


@pytest.mark.parametrize(("word", "code", "shown"), [
    ("not-me", "contact-wrong-person", "not-me"), ("never", "contact-objected", "cannot"),
    ("object", "contact-objected", "cannot"),
])
def test_not_me_and_never_stop_it_for_every_agency(
    world: World, person: Person, word: str, code: str, shown: str
) -> None:
    made = permitted(world, person)
    world.deliver(person)
    answer(world, person, word)
    assert state(world, made["lookup"]) == {"state": "answered", "answer": shown}
    for mode in ("number", "message"):
        assert code in world.codes(world.lookup(person, mode=mode))
    assert len(world.entries("objected/1")) == (word != "not-me")


def test_another_answer_later_is_another_answer(world: World, person: Person) -> None:
    made = permitted(world, person)
    world.deliver(person)
    answer(world, person, "cannot")
    answer(world, person, "will-relay")
    assert state(world, made["lookup"])["answer"] == "will-relay"


def test_no_second_answer_that_looks_like_the_first_tells_of_an_objection(world: World, person: Person) -> None:
    """Whoever hears that something was answered, and is shown what he was shown before, would know what it was."""
    made = permitted(world, person)
    world.deliver(person)
    for word in ("cannot", "never", "cannot", "object"):
        answer(world, person, word)
        assert state(world, made["lookup"]) == {"state": "answered", "answer": "cannot"}
        assert len(world.entries("message-answered/1")) == 1, word
    assert len(world.entries("objected/1")) == 1
    assert "contact-objected" in world.codes(world.lookup(person))


def test_the_link_of_another_message_takes_no_such_answer(world: World) -> None:
    person = world.borrower()
    world.deliver(person)
    assert world.vault.call("link", {"token": person.token}) == {"asks": "stop"}
    assert world.vault.call("link", {"token": "0" * 32}) == {"asks": "stop"}
    with pytest.raises(MalformedError) as caught:
        answer(world, person, "will-relay")
    assert caught.value.code == "answer-not-asked"
    with pytest.raises(NotFoundError):
        world.call("answer", token="0" * 32, answer="will-relay")


def test_the_auditor_replays_it(world: World, person: Person) -> None:
    made = permitted(world, person)
    world.deliver(person)
    answer(world, person, "never")
    found = world.vault.call("audit-lookup", {"by": world.auditor.value(), "lookup": made["lookup"]})
    assert found["replay"] == {"verdict": "permit", "agrees": True}


def test_a_lookup_may_say_which_one_it_continues(world: World, person: Person) -> None:
    first = world.lookup(person)["lookup"]
    second = world.lookup(person, mode="message", continues=first)["lookup"]
    shown = world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": second})
    assert shown["continues"] == first
    size = world.vault.desk.log.size
    others = world.lookup(person, by=world.rival)["lookup"]
    for unknown in (others, "f" * 32, person.account):
        with pytest.raises(MalformedError) as caught:
            world.lookup(person, continues=unknown)
        assert caught.value.code == "continues-unknown"
    assert world.vault.desk.log.size == size + 1, "only the rival's own lookup"
