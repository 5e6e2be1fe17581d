"""Dial checks at the vault: what is asked before, the ticket, and what an attempt is worth with or against one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry import jose
from registry.audit.replay import replay
from registry.model.entries import Actor, Draft, Entry, leaf
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, SECOND, parse_stamp, stamp
from registry.shipped import outcome_tables
from tests.world import ANSWERED, NO_ANSWER, Person, World

BARE = {"state": "not-eligible", "missing": [], "next": {"action": "stop"}}
OWN_NAMES = ("check", "log_index", "proof")


@pytest.fixture
def person(world: World) -> Person:
    world.at(-40)
    found = world.borrower()
    world.account(found)
    world.at(-20, "10:00")
    return found


def said(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what names it."""
    return {name: value for name, value in answer.items() if name not in OWN_NAMES}


def reasons(world: World, answer: dict[str, Any]) -> list[str]:
    found: list[str] = world.entry(answer["check"]).body["reasons"]
    return found


def last_attempt(world: World) -> Entry:
    return world.entries("attempt-recorded/2")[-1]


def unlawful(world: World) -> list[str]:
    return [one.body["about"] for one in world.entries("alarm-raised/3") if one.body["alarm"] == "attempt-unlawful"]


# What is asked


def test_a_dial_that_may_be_made_is_an_entry_before_it_is_a_ticket(world: World, person: Person) -> None:
    at = world.clock.at
    answer = world.may_dial(person)
    entry = world.entry(answer["check"])
    assert answer["may_dial"] is True
    assert answer["log_index"] == entry.index
    assert answer["proof"]
    assert (entry.kind, entry.by.role, entry.body["reasons"]) == ("dial-checked/1", "vault", [])
    assert answer["valid_until"] == entry.body["valid_until"] == stamp(at + 15 * MINUTE)
    claims = jose.verify_jws(answer["ticket"], "consentry-dial+jwt", world.call("keys")["jwks"])
    assert claims == {
        "iss": world.vault.desk.keys.origin, "jti": answer["check"], "aud": world.agency.id, "sub": person.account,
        "channel": person.channels["voice"], "iat": at // SECOND, "exp": (at + 15 * MINUTE) // SECOND,
        "log_index": entry.index,
    }


def test_an_unknown_an_erased_and_anothers_account_get_one_answer(world: World, person: Person) -> None:
    other = world.borrower()
    world.account(other, agency=world.rival)
    gone = world.borrower()
    world.account(gone)
    world.append("erasure-requested/1", {"subject": gone.borrower, "role": "borrower", "borrower": gone.borrower},
                 Actor("borrower", gone.borrower))
    unknown = world.may_dial(person, account=new_id(bytes))
    answers = [unknown, world.may_dial(other), world.may_dial(gone), world.may_dial(person, channel="c" * 32),
               world.may_dial(person, channel=other.channels["voice"])]
    assert [said(one) for one in answers] == [{"may_dial": False, **BARE}] * 5
    for answer in answers:
        assert not {"borrower", "line", "lender"} & set(world.entry(answer["check"]).body)


def hold(world: World, person: Person) -> None:
    world.append("hold-placed/1", {"hold": (ident := new_id(lambda n: b"h" * n)), "borrower": person.borrower,
                                   "type": "attorney"}, world.lender, ident)


def closed(world: World, person: Person) -> None:
    world.append("account-changed/1", {"account": person.account, "borrower": person.borrower, "state": "closed",
                                       "as_of": "2026-11-05"}, world.lender)


def disputed(world: World, person: Person) -> None:
    world.append("channel-disputed/1", {"channel": person.channels["voice"], "borrower": person.borrower},
                 world.lender)


def doubted(world: World, person: Person) -> None:
    world.append("channel-disputed/1", {"channel": person.channels["voice"], "borrower": person.borrower},
                 world.agency)


def anothers_contact(world: World, person: Person) -> None:
    world.borrower(contact_number=person.number)


def suspended(world: World, person: Person) -> None:
    world.append("party-suspended/1", {"party": world.agency.id}, Actor("officer", world.officers[0].id))


def stopped(world: World, person: Person) -> None:
    world.append("releases-stopped/1", {}, Actor("officer", world.officers[0].id))


def offered(world: World, person: Person) -> None:
    world.append("callback-offered/1", {
        "borrower": person.borrower, "until": stamp(world.clock.at + 3 * DAY), "windows": ["15:00-16:00"],
        "channel": person.channels["voice"]}, Actor("borrower", person.borrower))


@pytest.mark.parametrize(("break_it", "code", "state"), [
    (hold, "hold-attorney", "paused"), (closed, "account-not-open", "not-eligible"),
    (disputed, "no-channel", "not-eligible"), (doubted, "no-channel", "not-eligible"),
    (anothers_contact, "line-is-contact", "not-eligible"), (suspended, "agency-suspended", "not-eligible"),
    (stopped, "releases-stopped", "unavailable"), (offered, "callback-offered", "callback"),
])
def test_whatever_bars_a_dial_refuses_it_and_no_more_is_said_than_a_lookup_says(
    world: World, person: Person, break_it: Callable[[World, Person], None], code: str, state: str,
) -> None:
    break_it(world, person)
    answer = world.may_dial(person)
    assert reasons(world, answer) == [code]
    assert (answer["may_dial"], answer["state"], "ticket" in answer) == (False, state, False)
    if state == "not-eligible":
        assert said(answer) == {"may_dial": False, **BARE}


def test_who_offered_to_be_called_back_is_called_then(world: World, person: Person) -> None:
    offered(world, person)
    refused = world.may_dial(person)
    assert refused["next"] == {"action": "call-borrower", "channel": person.channels["voice"]}
    assert refused["not_before"] == stamp(world.clock.at + 5 * HOUR)
    world.at(-20, "15:55")
    answer = world.may_dial(person)
    assert (answer["may_dial"], answer["valid_until"]) == (True, stamp(world.clock.at + 5 * MINUTE))


def test_the_asker_is_told_of_its_own_dials_and_when_to_come_back(world: World, person: Person) -> None:
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    began = parse_stamp(last_attempt(world).body["began_at"])
    answer = world.may_dial(person)
    assert said(answer) == {
        "may_dial": False, "state": "waiting", "missing": [{"code": "attempt-too-close"}], "next": {"action": "wait"},
        "not_before": stamp(began + 2 * HOUR),
    }
    world.clock.at = began + 2 * HOUR
    assert world.may_dial(person)["may_dial"]


def test_of_others_dials_nothing_shows(world: World, person: Person) -> None:
    mine = person.account
    world.account(person, agency=world.rival)
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    assert last_attempt(world).body["agency"] == world.rival.id
    answer = world.may_dial(person, account=mine)
    assert said(answer) == {"may_dial": False, **BARE}
    assert reasons(world, answer) == ["attempt-too-close"]


def test_in_the_night_the_morning_is_told(world: World, person: Person) -> None:
    world.at(-20, "22:30")
    answer = world.may_dial(person)
    assert answer["missing"] == [{"code": "outside-hours"}]
    world.at(-19, "08:00")
    assert answer["not_before"] == stamp(world.clock.at)


def test_whoever_asks_again_at_once_gets_the_same_check(world: World, person: Person) -> None:
    first, size = world.may_dial(person), world.vault.desk.log.size
    assert world.may_dial(person) == first
    assert world.vault.desk.log.size == size
    world.clock.at += 5 * MINUTE
    assert world.may_dial(person)["check"] != first["check"]
    hold(world, person)
    refused, size = world.may_dial(person), world.vault.desk.log.size
    world.clock.at += HOUR
    assert world.may_dial(person) == refused
    assert world.vault.desk.log.size == size


def test_the_id_of_a_refusal_does_not_tell_that_somebody_else_dialled(world: World, person: Person) -> None:
    mine = person.account
    world.account(person, agency=world.rival)
    theirs = person.account
    hold(world, person)
    refused = world.may_dial(person, account=mine)
    for hours in (1, 3):
        world.attempt(person, cause=NO_ANSWER, ring_seconds=30, account=theirs)
        again = world.may_dial(person, account=mine)
        assert {**again, "proof": None} == {**refused, "proof": None}, "whatever happened to the others"
        world.clock.at += hours * HOUR
    world.clock.at += DAY
    assert world.may_dial(person, account=mine)["check"] != refused["check"]


def test_a_bare_refusal_stands_for_a_day_however_soon_its_hidden_reasons_pass(world: World, person: Person) -> None:
    mine = person.account
    world.account(person, agency=world.rival)
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    bare = world.may_dial(person, account=mine)
    assert (said(bare), "not_before" in world.entry(bare["check"]).body) == ({"may_dial": False, **BARE}, True)
    world.clock.at += HOUR + 50 * MINUTE
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    world.clock.at += 20 * MINUTE   # the first passed: another stands
    assert world.may_dial(person, account=mine)["check"] == bare["check"]
    hold(world, person)
    shown = world.may_dial(person, account=mine)
    assert (shown["check"] == bare["check"]) == (said(shown) == said(bare))


# What a ticket is worth


def test_a_late_report_counts_with_a_ticket_older_than_the_dial(world: World, person: Person) -> None:
    ticket = world.may_dial(person)["ticket"]
    began = world.clock.at + MINUTE
    world.clock.at += 3 * HOUR
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=began, ticket=ticket)
    body = last_attempt(world).body
    assert (body["ticket"], body["account"], body["agency"]) == (
        world.entries("dial-checked/1")[-1].id, person.account, world.agency.id)
    assert world.lookup(person)["channels"][0]["counted"] == 1


def test_a_late_report_without_one_counts_nothing(world: World, person: Person) -> None:
    began = world.clock.at + MINUTE
    world.clock.at += 3 * HOUR
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=began, signed_at=stamp(began))
    assert world.lookup(person)["channels"][0]["counted"] == 0


def test_the_id_of_the_check_is_as_good_as_the_ticket(world: World, person: Person) -> None:
    check = world.may_dial(person)["check"]
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=world.clock.at + SECOND, ticket=check)
    assert last_attempt(world).body["ticket"] == check


def forged(world: World, person: Person, answer: dict[str, Any]) -> str:
    head, claims, signature = answer["ticket"].split(".")
    return f"{head}.{claims}.{signature[:-4]}AAAA"


def of_another_channel(world: World, person: Person, answer: dict[str, Any]) -> str:
    return str(world.may_dial(person, "sms")["ticket"])


def of_nobody(world: World, person: Person, answer: dict[str, Any]) -> str:
    return "f" * 32


def no_ticket(world: World, person: Person, answer: dict[str, Any]) -> str:
    return "not.a.ticket"


def a_release(world: World, person: Person, answer: dict[str, Any]) -> str:
    """Signed by the vault, but another kind of word."""
    claims = jose.verify_jws(answer["ticket"], jose.DIAL, world.call("keys")["jwks"])
    return world.vault.desk.keys.sign_jws(jose.RELEASE, claims)


def of_another_log(world: World, person: Person, answer: dict[str, Any]) -> str:
    """Signed with the same key, under another log's name."""
    claims = jose.verify_jws(answer["ticket"], jose.DIAL, world.call("keys")["jwks"])
    return world.vault.desk.keys.sign_jws(jose.DIAL, {**claims, "iss": "demo.invalid/another"})


def of_another_person(world: World, person: Person, answer: dict[str, Any]) -> str:
    other = world.borrower()
    world.account(other)
    return str(world.may_dial(other)["ticket"])


@pytest.mark.parametrize("spoil", [forged, of_another_channel, of_nobody, no_ticket, a_release, of_another_log,
                                   of_another_person])
def test_a_ticket_that_is_none_of_this_dial_leaves_the_attempt_as_without(
    world: World, person: Person, spoil: Callable[[World, Person, dict[str, Any]], str],
) -> None:
    ticket = spoil(world, person, world.may_dial(person))
    began = world.clock.at + SECOND
    place = {"at_ms": began, "account": person.account}
    assert world.match(person.number, ticket=ticket, **place) == world.match(person.number, **place)
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=began, ticket=ticket)
    assert "ticket" not in last_attempt(world).body


def test_a_dial_that_began_after_the_ticket_ended_or_before_it_was_given_has_none(
    world: World, person: Person,
) -> None:
    ticket, given = world.may_dial(person)["ticket"], world.clock.at
    for began, kept in ((given - 1, False), (given, True), (given + 15 * MINUTE - 1, True),
                        (given + 15 * MINUTE, False)):
        place = world.match(person.number, at_ms=began, ticket=ticket)
        assert ("ticket" in place, "account" in place) == (kept, kept)


def test_a_ticket_says_which_of_two_agencies_it_was(world: World, person: Person) -> None:
    world.account(person, agency=world.rival)
    assert "agency" not in world.match(person.number, at_ms=world.clock.at)
    ticket = world.may_dial(person, by=world.rival)["ticket"]
    place = world.match(person.number, at_ms=world.clock.at, ticket=ticket)
    assert (place["agency"], place["account"]) == (world.rival.id, person.account)


def test_an_entry_with_a_ticket_of_its_own_making_is_refused(world: World, person: Person) -> None:
    check = world.may_dial(person, "sms")["check"]
    body = world.attempt_body(person, cause=NO_ANSWER, ring_seconds=30)
    with pytest.raises(Exception, match="ticket"):
        world.vouch("attempt-recorded/2", {**body, "ticket": check})


# Who dials though told not to


def test_a_dial_against_a_refusal_is_unlawful_though_the_hours_and_the_caps_were_kept(
    world: World, person: Person,
) -> None:
    hold(world, person)
    world.may_dial(person)
    world.clock.at += 3 * HOUR
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    assert unlawful(world) == [last_attempt(world).id]
    assert world.lookup(person)["channels"][0]["flagged"] == 1


def test_a_reach_against_a_refusal_resets_all_the_same(world: World, person: Person) -> None:
    hold(world, person)
    world.may_dial(person)
    world.clock.at += MINUTE
    world.attempt(person, cause=ANSWERED)
    assert unlawful(world) == [last_attempt(world).id]
    assert last_attempt(world).body["class"] == "reached-person"
    assert not world.may_dial(person)["may_dial"]


def test_a_refusal_speaks_until_its_time_and_a_later_permit_ends_it(world: World, person: Person) -> None:
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    opens = parse_stamp(world.may_dial(person)["not_before"])
    world.clock.at = opens + 31 * SECOND
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=opens)
    assert unlawful(world) == []
    hold(world, person)
    world.may_dial(person)
    world.clock.at += DAY + MINUTE
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    assert unlawful(world) == []


def test_who_never_asked_is_not_flagged_for_a_hold(world: World, person: Person) -> None:
    hold(world, person)
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    assert unlawful(world) == []


# The auditor


def leaves(world: World) -> list[bytes]:
    return [data for _, data in world.vault.desk.log.leaves(0, world.vault.desk.log.size)]


def test_an_auditor_makes_every_check_again(world: World, person: Person) -> None:
    ticket = world.may_dial(person)["ticket"]
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=world.clock.at + SECOND, ticket=ticket)
    world.clock.at += MINUTE
    world.may_dial(person)
    world.may_dial(person, account="a" * 32)
    hold(world, person)
    world.may_dial(person)
    report = replay(leaves(world), *outcome_tables())
    assert report.ok, report.failure
    assert report.dial_checks == 4
    assert "and 4 dial checks made again" in str(report)


def lie(entry: Entry, **changes: Any) -> bytes:
    body = {name: one for name, one in {**entry.body, **changes}.items() if one is not None}
    return leaf(Draft(entry.id, entry.kind, entry.by, body), entry.at)


@pytest.mark.parametrize("changes", [
    {"may_dial": False}, {"reasons": ["outside-hours"]}, {"valid_until": stamp(0)}, {"not_before": stamp(0)},
    {"borrower": None}, {"line": None}, {"packs": []}, {"agency": "a" * 32}, {"check": "a" * 32}, {"rules": "1"},
    {"offsets": []}, {"channel": "c" * 32},
])
def test_a_check_that_says_otherwise_than_the_log_is_found(
    world: World, person: Person, changes: dict[str, Any],
) -> None:
    world.may_dial(person)
    check = world.entries("dial-checked/1")[0]
    assert replay([*leaves(world)[:check.index], lie(check, **changes)], *outcome_tables()).index == check.index


def test_a_ticket_that_permitted_something_else_is_found(world: World, person: Person) -> None:
    other = world.may_dial(person, "sms")["check"]
    ticket = world.may_dial(person)["ticket"]
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=world.clock.at + SECOND, ticket=ticket)
    said = world.entries("attempt-recorded/2")[-1]
    for changes in ({"ticket": other}, {"ticket": "f" * 32}):
        forged_entry = leaf(Draft(said.id, said.kind, said.by, {**said.body, **changes}), said.at)
        report = replay([*leaves(world)[:said.index], forged_entry], *outcome_tables())
        assert (report.index, report.failure) == (said.index, "its ticket is of no dial check that permitted it")
