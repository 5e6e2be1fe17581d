"""What the courier may learn, one address at a time, and what it is asked to send (promise P8)."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import (
    ConflictError,
    ConsentryError,
    MalformedError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from registry.model import canonical
from registry.model.times import DAY, SECOND, stamp
from registry.vault.desk import Settings
from tests.world import ANSWERED, NO_ANSWER, Person, Signing, World


@pytest.fixture
def person(world: World) -> Person:
    world.at(-80)
    found = world.borrower()
    world.account(found)
    return found


def wanted(world: World, index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.vault.call("deliveries", {"index": index})["deliveries"]
    return found


# Whose line


def test_an_address_is_matched_to_the_borrowers_channel_with_its_local_times(world: World, person: Person) -> None:
    at = world.clock.at
    found = world.match(person.number, at_ms=at, account=person.account)
    assert found["channel"] == person.channels["voice"]
    assert (found["borrower"], found["account"], found["agency"]) == (
        person.borrower, person.account, world.agency.id,
    )
    assert found["local"]["zone"] == "Asia/Shanghai"
    assert [one["zone"] for one in found["line_local"]] == ["Asia/Shanghai"]
    assert world.match(person.number, "sms")["channel"] == person.channels["sms"]
    assert world.match(person.mail, "email")["channel"] == person.channels["email"]


def test_an_unknown_address_is_nobodys_and_makes_no_line(world: World, person: Person) -> None:
    assert world.match("+8610000005555") == {}
    assert world.match("+8610000005555") == {}
    assert set(world.match(person.contact_number)) == {"line"}, "a contact's line is no borrower's channel"
    assert "account" not in world.match(person.number, account="not an id")


def test_nobody_but_the_courier_learns_whether_an_address_is_known(world: World, person: Person) -> None:
    asked = {"address": person.number, "medium": "voice"}
    forged = Signing().courier(canonical.encode({"op": "match-line", **asked}))
    other = world.courier.courier(canonical.encode({"op": "match-line", **asked, "account": "x"}))
    officer = world.officers[0].officer(canonical.encode({"op": "match-line", **asked}))
    for auth in (forged, other, officer):
        with pytest.raises((UnauthorizedError, MalformedError)):
            world.vault.call("match-line", {**asked, "auth": auth})
    with pytest.raises(MalformedError):
        world.vault.call("match-line", asked)


def test_a_line_of_two_borrowers_is_matched_to_the_one_whose_account_was_named(world: World, person: Person) -> None:
    other = world.borrower()
    added = world.call("add-channel", by=world.lender.value(), borrower=other.borrower, medium="voice",
                       value=person.number, use="personal")
    world.account(other)
    assert world.match(person.number, account=other.account)["channel"] == added["channel"]
    assert world.match(person.number, account=person.account)["borrower"] == person.borrower


# Attempts: the vault believes nobody


@pytest.mark.parametrize("changes", [
    {"class": "not-alerted", "cause": {"q850": 17}}, {"class": "no-answer"}, {"grade": "A"},
    {"table": {"name": "neutral", "version": "1", "sha256": "0" * 64}},
    {"provider": "f" * 32}, {"line": "f" * 32}, {"line": None}, {"channel": "f" * 32}, {"channel": None},
    {"account": "f" * 32}, {"agency": "f" * 32},
    {"local": None}, {"line_local": None}, {"line_local": []},
    {"borrower": None},
])
def test_an_attempt_that_does_not_hold_together_is_refused(
    world: World, person: Person, changes: dict[str, Any]
) -> None:
    body = world.attempt_body(person)
    body = {name: one for name, one in {**body, **changes}.items() if one is not None}
    with pytest.raises(ConsentryError) as caught:
        world.vouch("attempt-recorded/2", body)
    assert caught.value.code != "internal"
    assert not isinstance(caught.value, UnauthorizedError)


@pytest.mark.parametrize("member", ["local", "line_local"])
@pytest.mark.parametrize("change", [
    {"minute": 600}, {"date": "2026-01-01"}, {"offset": 0}, {"zone": "Europe/Berlin"},
])
def test_local_times_are_worked_out_again(
    world: World, person: Person, member: str, change: dict[str, Any]
) -> None:
    world.clock.at += 17 * SECOND * 60
    body = world.attempt_body(person)
    body[member] = {**body[member], **change} if member == "local" else [{**body[member][0], **change}]
    with pytest.raises(MalformedError) as caught:
        world.vouch("attempt-recorded/2", body)
    assert caught.value.pointer == f"/body/{member}"


def test_an_attempt_at_nobody_only_keeps_the_sequence_whole(world: World, person: Person) -> None:
    whole = world.attempt_body(person)
    located = ("borrower", "channel", "account", "agency", "line", "began_at", "local", "line_local")
    bare = {name: whole[name] for name in whole if name not in located}
    assert world.vouch("attempt-recorded/2", bare)["fresh"]
    with pytest.raises(MalformedError):
        world.vouch("attempt-recorded/2", {**bare, "seq": 50, "agency": world.agency.id})


def test_a_sequence_number_of_another_attempt_is_refused_and_raises_the_alarm(world: World, person: Person) -> None:
    body = world.attempt_body(person)
    world.vouch("attempt-recorded/2", body)
    other = {**world.attempt_body(person), "seq": body["seq"]}
    with pytest.raises(ConflictError) as caught:
        world.vouch("attempt-recorded/2", other)
    assert caught.value.code == "attempt-sequence-conflict"
    (alarm,) = world.entries("alarm-raised/1")
    assert alarm.body == {"alarm": "attempt-sequence-conflict", "provider": world.provider}
    world.reopen()
    with pytest.raises(ConflictError):
        world.vouch("attempt-recorded/2", {**other, "attempt": "e" * 32})


def test_a_late_reach_of_the_same_attempt_is_taken(world: World, person: Person) -> None:
    body = world.attempt_body(person, cause=NO_ANSWER, ring_seconds=30)
    world.vouch("attempt-recorded/2", body)
    later = {**body, "cause": ANSWERED, "class": "reached-person"}
    assert world.vouch("attempt-recorded/2", later)["fresh"]


def test_an_agency_that_was_not_placed_is_not_credited(world: World, person: Person) -> None:
    world.append("recalled/1", {
        "placement": person.placement, "account": person.account, "borrower": person.borrower,
    }, world.lender)
    assert "agency" not in world.match(person.number, account=person.account)
    with pytest.raises(MalformedError):
        world.attempt(person, agency=world.agency.id)


# Messages


def test_a_listed_contact_is_told_once_and_the_first_message_carries_a_link(world: World) -> None:
    person = world.borrower()
    index = world.entry(person.contact).index
    (one,) = wanted(world, index)
    assert one == {
        "template": "contact-listed", "subject": person.contact, "medium": "sms",
        "blobs": ["number", f"{person.borrower}/name"],
    }
    (message,) = world.deliver(person)
    assert message["to"] == person.contact_number
    assert set(message["params"]) == {"given_name", "institution", "token"}
    assert (message["params"]["given_name"], message["params"]["institution"]) == ("Ming", "Example Lender")
    assert wanted(world, index) == []


def test_one_invitation_one_reminder_then_silence_is_no(world: World) -> None:
    person = world.borrower()
    world.deliver(person)
    asked = world.call("consent", **world.terms(person, "contact"))
    world.deliver(person)
    first = person.code
    assert len(wanted(world, asked["log_index"])) == 1, "the reminder"
    world.cursor = asked["log_index"]
    world.deliver(person)
    assert person.code == first, "the reminder carries the same code"
    assert wanted(world, asked["log_index"]) == []
    again = world.call("consent", **world.terms(person, "contact"))
    assert wanted(world, again["log_index"]) == [], "nor is another consent a reason to ask again"


def test_who_refused_is_not_asked_again(world: World) -> None:
    person = world.borrower()
    world.deliver(person)
    world.call("consent", **world.terms(person, "contact"))
    world.deliver(person)
    world.call("answer", token=person.token, answer="refuse")
    again = world.call("consent", **world.terms(person, "contact"))
    assert wanted(world, again["log_index"]) == []


def test_a_notice_goes_to_personal_text_channels_alone(world: World, person: Person) -> None:
    work = world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="email",
                      value="work@demo.invalid", use="work")["channel"]
    world.append("channel-disputed/1", {"channel": person.channels["email"], "borrower": person.borrower},
                 world.lender)
    made = world.call("notice", by=world.agency.value(), account=person.account)
    channels = [one["channel"] for one in wanted(world, made["log_index"])]
    assert channels == [person.channels["sms"]]
    assert work not in channels
    world.deliver(person)
    message = world.outbox[-1]
    assert message["to"] == person.number
    assert message["params"] == {
        "given_name": "Ming", "institution": "Example Lender", "agency": "Example Agency", "account": person.account,
    }


def test_a_use_is_told_to_borrower_and_contact_and_a_refused_opening_to_nobody(world: World) -> None:
    used, refused = world.unreachables(2)
    answer = world.lookup(used)
    told = wanted(world, answer["log_index"])
    assert sorted((one["template"], one["medium"]) for one in told) == [
        ("use-borrower", "email"), ("use-borrower", "sms"), ("use-contact", "sms"),
    ]
    messages = world.deliver(used)
    contact = next(one for one in messages if one["template"] == "use-contact")
    assert contact["to"] == used.contact_number
    assert contact["params"]["day"] == "2026-11-25"
    assert "agency" not in contact["params"], "a debt is not disclosed to a third party"
    world.call("answer", token=contact["params"]["token"], answer="object")
    world.alive()
    hold = world.draft("releases-stopped/1", {}, world.lender)
    closed, _ = world.vault.round([("lookup", world.asked(refused)), ("append", {"entry": hold.value()})])
    assert isinstance(closed, dict)
    assert wanted(world, world.entry(closed["lookup"]).index) == []


def test_an_address_is_opened_only_for_the_courier_and_for_a_message_that_is_asked_for(
    world: World, person: Person
) -> None:
    index = world.entry(person.contact).index
    (one,) = wanted(world, index)
    args = world.open_args(index, one)
    size = world.vault.desk.log.size
    for changes, error in (
        ({"auth": {**args["auth"], "sig": args["auth"]["sig"][::-1]}}, UnauthorizedError),
        ({"template": "use-contact"}, UnauthorizedError), ({"index": index - 1}, UnauthorizedError),
        ({"blobs": {}}, MalformedError),
        ({"blobs": {**args["blobs"], "number": args["blobs"][f"{person.borrower}/name"]}}, MalformedError),
    ):
        with pytest.raises(error):
            world.vault.call("open-for-delivery", {**args, **changes})
    signed = world.open_args(index, {**one, "template": "contact-invitation"})
    with pytest.raises(NotFoundError):
        world.vault.call("open-for-delivery", signed)
    assert world.vault.desk.log.size == size
    opened = world.vault.call("open-for-delivery", args)
    entry = world.entry(opened["opened"])
    assert entry.body == {"about": person.contact, "subject": person.contact, "template": "contact-listed"}


def test_a_message_is_opened_a_few_times_and_no_more(world: World, person: Person) -> None:
    index = world.entry(person.contact).index
    args = world.open_args(index, wanted(world, index)[0])
    for _ in range(world.settings.opens_per_message):
        world.vault.call("open-for-delivery", args)
    with pytest.raises(ConflictError):
        world.vault.call("open-for-delivery", args)


def test_addresses_are_capped_per_day_with_one_alarm(tmp_path: Any) -> None:
    world = World(tmp_path, settings=Settings(addresses_per_day=2))
    people = [world.borrower() for _ in range(3)]
    asked = [world.open_args(world.entry(one.contact).index, wanted(world, world.entry(one.contact).index)[0])
             for one in people]
    for args in asked[:2]:
        world.vault.call("open-for-delivery", args)
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            world.vault.call("open-for-delivery", asked[2])
        assert caught.value.code == "address-cap"
    assert [one.body["alarm"] for one in world.entries("alarm-raised/1")] == ["address-cap"]
    world.clock.at += DAY
    assert world.vault.call("open-for-delivery", asked[2])["to"] == people[2].contact_number
    world.vault.close()


def test_one_notice_a_local_day(world: World, person: Person) -> None:
    first = world.call("notice", by=world.agency.value(), account=person.account)
    assert world.entry(first["notice"]).body["agency"] == world.agency.id
    with pytest.raises(ConflictError) as caught:
        world.call("notice", by=world.lender.value(), account=person.account)
    assert caught.value.code == "notice-today"
    world.at(-79, "00:00")
    assert world.call("notice", by=world.lender.value(), account=person.account)["notice"]
    for by, account in ((world.rival, person.account), (world.agency, "f" * 32)):
        with pytest.raises(NotFoundError):
            world.call("notice", by=by.value(), account=account)


# Outcomes


def test_an_outcome_is_reported_by_the_client_that_got_the_permit(world: World) -> None:
    person = world.unreachable()
    permit = world.lookup(person)
    told = {"lookup": permit["lookup"], "outcome": "refused", "at": stamp(world.clock.at), "agent": "agent-17"}
    made = world.call("outcome", by=world.agency.value(), **told)
    body = world.entry(made["outcome"]).body
    assert (body["contact"], body["outcome"]) == (person.contact, "refused")
    for by in (world.rival, world.lender):
        with pytest.raises(NotFoundError):
            world.call("outcome", by=by.value(), **told)
    deny = world.lookup(person)
    with pytest.raises(NotFoundError):
        world.call("outcome", by=world.agency.value(), **{**told, "lookup": deny["lookup"]})
