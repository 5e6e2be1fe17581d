"""`about: borrower`: the borrower's own channels, sealed to the agency's key, and to nobody's line or consent."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import ConflictError, ConsentryError, MalformedError
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, stamp
from tests.world import Person, World

ASKED = {"about": "borrower", "purpose": "contact-borrower"}


@pytest.fixture
def person(world: World) -> Person:
    """Two months overdue and placed; nobody consented to anything, nobody dialled."""
    world.at(-1)
    found = world.borrower()
    world.account(found)
    world.at(0)
    world.deliver(found)
    return found


def look(world: World, person: Person, **changes: Any) -> dict[str, Any]:
    return world.lookup(person, **{**ASKED, **changes})


def values(world: World, answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["medium"], one["value"]) for one in world.opened(answer)["channels"]}


def test_the_channels_open_for_the_agencys_key_and_nobody_is_told(world: World, person: Person) -> None:
    answer = look(world, person)
    assert set(answer) == {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "release"}
    assert set(answer["obligations"]) == {"call_between", "time_zone"}
    claims = world.opened(answer)
    assert set(claims) == {"iss", "aud", "sub", "jti", "iat", "exp", "log_index", "agent", "channels"}
    assert {one["channel"] for one in claims["channels"]} == set(person.channels.values())
    assert values(world, answer) == {("voice", person.number), ("sms", person.number), ("email", person.mail)}
    assert world.deliver(person) == []
    body = world.entry(answer["lookup"]).body
    assert not {"contact", "line", "approval"} & set(body)


def test_no_outcome_is_due_and_none_is_taken(world: World, person: Person) -> None:
    answer = look(world, person)
    with pytest.raises(ConflictError) as caught:
        world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome="refused",
                   at=stamp(world.clock.at), agent="a")
    assert caught.value.code == "outcome-not-due"
    world.clock.at += 49 * HOUR
    assert look(world, person)["verdict"] == "permit"


def test_the_answer_is_kept_without_the_channels(world: World, person: Person) -> None:
    answer = look(world, person)
    shown = world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": answer["lookup"]})
    assert (shown["verdict"], "release" in shown, "message" in shown) == ("permit", False, False)
    found = world.vault.call("audit-lookup", {"by": world.auditor.value(), "lookup": answer["lookup"]})
    assert found["replay"] == {"verdict": "permit", "agrees": True}


def test_a_repeat_gives_them_again_after_the_checks_with_an_entry_of_its_own(world: World, person: Person) -> None:
    first = look(world, person, key="k")
    world.append("sign-of-life/1", {"borrower": person.borrower, "source": "login"}, world.lender)
    again = look(world, person, key="k")
    assert again["lookup"] == first["lookup"]
    assert values(world, again) == values(world, first), "that somebody lives closes none of his own channels"
    (redelivered,) = world.entries("lookup-redelivered/1")
    assert redelivered.body == {"lookup": first["lookup"], "borrower": person.borrower}


@pytest.mark.parametrize("closing", ["hold", "recall", "night"])
def test_a_repeat_is_refused_once_it_would_not_be_given(world: World, person: Person, closing: str) -> None:
    look(world, person, key="k")
    if closing == "hold":
        hold = new_id(lambda size: b"h" * size)
        world.append("hold-placed/1", {"hold": hold, "borrower": person.borrower, "type": "dispute"},
                     world.lender, hold)
    elif closing == "recall":
        world.append("recalled/1", {
            "placement": person.placement, "account": person.account, "borrower": person.borrower}, world.lender)
    else:
        world.clock.at += 12 * HOUR
    again = look(world, person, key="k")
    assert again["verdict"] == "deny"
    assert "release" not in again
    assert world.entries("lookup-redelivered/1") == []
    assert world.entries("opening-refused/2") == [], "they may have been read: nothing is given back"


def test_a_channel_that_fell_away_since_is_not_opened_again(world: World, person: Person) -> None:
    look(world, person, key="k")
    world.append("channel-disputed/1", {"channel": person.channels["email"], "borrower": person.borrower},
                 world.lender)
    assert values(world, look(world, person, key="k")) == {("voice", person.number), ("sms", person.number)}


@pytest.mark.parametrize(("kind", "verdict"), [("hold-placed/1", "deny"), ("channel-disputed/1", "permit")])
def test_what_is_committed_in_the_same_round_wins(world: World, person: Person, kind: str, verdict: str) -> None:
    world.alive()
    ident = "7" * 32
    body = {"hold": ident, "borrower": person.borrower, "type": "dispute"} if kind == "hold-placed/1" else {
        "channel": person.channels["email"], "borrower": person.borrower}
    restriction = world.draft(kind, body, world.lender, ident)
    answer, _ = world.vault.round([
        ("lookup", world.asked(person, **ASKED)), ("append", {"entry": restriction.value()})])
    assert isinstance(answer, dict)
    assert answer["verdict"] == verdict
    refused = world.entries("opening-refused/2")
    if verdict == "deny":
        assert [one.body["reasons"] for one in refused] == [["hold-dispute"]]
    else:
        assert refused == []
        assert ("email", person.mail) not in values(world, answer)


def test_a_permit_that_cannot_be_looked_at_again_opens_nothing_and_ends_nobody_elses_request(
    world: World, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("the disk cannot be read")

    world.alive()
    monkeypatch.setattr("registry.vault.ops.lookups.judged_again", broken)
    life = world.draft("sign-of-life/1", {"borrower": person.borrower, "source": "login"}, world.lender)
    refused, logged = world.vault.round([
        ("lookup", world.asked(person, **ASKED)), ("append", {"entry": life.value()})])
    assert isinstance(refused, ConsentryError)
    assert refused.code == "internal"
    assert isinstance(logged, dict)
    monkeypatch.undo()
    assert look(world, person)["verdict"] == "permit"


def test_a_line_that_is_anybodys_contact_is_left_out(world: World, person: Person) -> None:
    other = world.borrower(contact_number=person.number)
    assert other.contact
    assert values(world, look(world, person)) == {("email", person.mail)}


def doubt(world: World, person: Person, medium: str) -> None:
    """The placed agency says that the channel is a stranger's."""
    said = {"channel": person.channels[medium], "borrower": person.borrower}
    world.append("channel-disputed/1", said, world.agency)


def test_a_channel_that_the_agency_itself_says_is_a_strangers_is_not_given_to_it(
    world: World, person: Person,
) -> None:
    doubt(world, person, "voice")
    assert values(world, look(world, person)) == {("sms", person.number), ("email", person.mail)}
    for medium in ("sms", "email"):
        doubt(world, person, medium)
    assert world.codes(look(world, person)) == ["no-channel"]


def test_nothing_opens_without_the_sealed_values_as_registered(world: World, person: Person) -> None:
    world.alive()
    asked = world.asked(person, **ASKED)
    blobs = asked["blobs"][person.borrower]
    swapped = {**blobs, person.channels["voice"]: blobs[person.channels["email"]]}
    for wrong in ({}, {person.borrower: swapped}):
        made = world.asked(person, **ASKED)
        answer = world.call("lookup", **{**made, "blobs": wrong})
        assert (answer["verdict"], answer["state"]) == ("deny", "unavailable")
    again = world.asked(person, key="k", **ASKED)
    world.call("lookup", **again)
    with pytest.raises(MalformedError) as caught:
        world.call("lookup", **{**again, "blobs": {}})
    assert caught.value.code == "blob-refused"


@pytest.mark.parametrize(("changes", "code"), [
    ({"purpose": "restore-contact"}, "purpose-not-allowed"), ({"mode": "message"}, "mode-not-allowed"),
    ({"mode": "call"}, "mode-not-allowed"),
])
def test_for_that_purpose_and_as_they_are_alone(
    world: World, person: Person, changes: dict[str, str], code: str
) -> None:
    answer = look(world, person, **changes)
    assert (answer["verdict"], world.codes(answer)) == ("deny", [code])


def test_an_unknown_account_and_another_agencys_are_answered_alike(world: World, person: Person) -> None:
    told = []
    for who, account in ((world.agency, "f" * 32), (world.rival, person.account)):
        answer = world.lookup(person, by=who, **{**ASKED, "account": account})
        told.append({name: one for name, one in answer.items() if name not in ("lookup", "log_index", "proof")})
    assert told[0] == told[1]


def test_many_lookups_of_ones_own_make_no_line_longer(world: World, person: Person) -> None:
    line = world.entry(person.channels["voice"]).body["line"]
    before = len(world.vault.desk.relations.history(line))
    look(world, person)
    world.clock.at += DAY
    look(world, person)
    assert len(world.vault.desk.relations.history(line)) == before
