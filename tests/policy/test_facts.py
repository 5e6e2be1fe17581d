"""What the entries of one history come to, fact by fact: who did what, from when, until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from registry.model.catalogue.evidence import ATTEMPTS, SHOWS_LIFE
from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY, MINUTE, SECOND, date_of, local_day, stamp
from registry.policy import Facts, gather, zones_of
from registry.policy.facts.listed import Relay
from registry.policy.facts.model import Callback, Reset
from registry.policy.history import HARMLESS_OUTCOMES, may_restrict, paid, restricts
from tests.policy.world import (
    DECLINED,
    HOUSEHOLD,
    MAILBOX,
    OFFSET,
    PERSON,
    RANG,
    START,
    ZONE,
    Case,
    Source,
    World,
    ident,
    other,
    when,
)

NOW = START - MINUTE
BORROWER = "borrower"


def read(world: World, case: Case, at: int = START, **asked: Any) -> Facts:
    return world.judge(case, at, **asked)[0]


def signs(world: World, case: Case) -> list[int]:
    """Times of the signs of life that no attempt brought about."""
    return [one.at for one in read(world, case).resets if one.agency is None]


def changes(world: World, case: Case, **body: Any) -> None:
    world.add(NOW, "account-changed/1", {
        "account": case.account, "borrower": case.borrower, "as_of": "2026-06-01", **body,
    })


# Signs of life.


def test_a_sign_of_life_is_at_its_entry_and_bars_nothing_after() -> None:
    world = World()
    case = world.agreed()
    world.add(NOW, "sign-of-life/1", {"borrower": case.borrower, "source": "login"})
    (found,) = read(world, case).resets
    assert found == Reset(len(world.log()) - 1, NOW, 0, None)


@pytest.mark.parametrize(("body", "alive"), [
    ({"balance_minor": 99_999}, True), ({"balance_minor": 100_000}, False), ({"balance_minor": 100_001}, False),
    ({"state": "paid"}, True), ({"state": "closed"}, False), ({"state": "open"}, False),
])
def test_who_pays_shows_life_on_whatever_account(body: dict[str, Any], alive: bool) -> None:
    for account in (None, ident("second account")):
        world = World()
        case = world.agreed()
        if account is not None:
            world.add(when(-100), "account-opened/1", {
                "account": account, "borrower": case.borrower, "lender": world.lender, "liability": "principal",
                "due_since": "2026-01-01", "balance_minor": 100_000, "currency": "CNY",
                "limitation_until": "2030-01-01", "state": "open", "as_of": "2026-02-01",
            })
        changes(world, other(case, account=account or case.account), **body)
        assert signs(world, case) == ([NOW] if alive else [])
        found = read(world, case).account
        assert found is not None
        assert (found.balance_minor, found.state) == (
            (100_000, "open") if account else (body.get("balance_minor", 100_000), body.get("state", "open"))
        )


@pytest.mark.parametrize(("giver", "role", "assurance", "alive"), [
    (BORROWER, BORROWER, "recorded", True), (BORROWER, BORROWER, "code", True), (BORROWER, "lender", "code", True),
    (BORROWER, "lender", "recorded", False), ("contact", "contact", "code", False),
])
def test_who_consents_by_himself_shows_life_and_a_recorded_paper_does_not(
    giver: str, role: str, assurance: str, alive: bool,
) -> None:
    world = World()
    case = world.person()
    world.consent(case, giver, NOW, assurance=assurance, by=Actor(role, ident(role)))
    assert signs(world, case) == ([NOW] if alive else [])


@pytest.mark.parametrize(("giver", "role", "through", "alive"), [
    (BORROWER, BORROWER, "portal", True), (BORROWER, "lender", "portal", True), (BORROWER, "lender", "link", True),
    (BORROWER, "lender", "lender", False), ("contact", "contact", "link", False),
])
def test_who_withdraws_by_himself_shows_life_and_whom_the_lender_speaks_for_does_not(
    giver: str, role: str, through: str, alive: bool,
) -> None:
    world = World()
    case = world.agreed()
    extra = {"contact": case.contact} if giver == "contact" else {}
    world.add(NOW, "consent-withdrawn/1", {
        "consent": ident(f"b-{giver}-consent-{when(-120)}"), "giver": giver, "borrower": case.borrower,
        "act": "withdrawn", "through": through, **extra,
    }, Actor(role, ident(role)))
    assert signs(world, case) == ([NOW] if alive else [])


@pytest.mark.parametrize(("outcome", "until"), [(PERSON, 0), (DECLINED, when(-5) + MINUTE + 30 * DAY)])
def test_a_reach_resets_and_a_refusal_bars_for_thirty_days(outcome: dict[str, Any], until: int) -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5), outcome=outcome)
    (found,) = read(world, case).resets
    assert (found.at, found.until, found.agency) == (when(-5) + MINUTE, until, world.agency)
    assert read(world, case).declined_at == (when(-5) + MINUTE if until else None)


@pytest.mark.parametrize("outcome", [RANG, HOUSEHOLD, MAILBOX])
def test_what_reaches_nobody_resets_nothing_and_whoever_calls_in_does(outcome: dict[str, Any]) -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5), outcome=outcome)
    assert read(world, case).resets == ()
    world.attempt(case, when(-4), outcome=outcome, direction="inbound")
    (found,) = read(world, case).resets
    assert (found.at, found.until) == (when(-4) + MINUTE, 0)
    assert len(read(world, case).attempts) == 1


# Approvals.


def test_an_approval_counts_each_officer_once_and_is_as_old_as_the_last_signature() -> None:
    world = World()
    case = world.agreed()
    approval = world.approve(case, when(-1))
    first = ident("first officer")

    def gives(at: int, by: str, *signers: str) -> None:
        world.add(at, "approval-given/1", {"approval": approval, "borrower": case.borrower}, Actor("officer", by),
                  signers)

    def given() -> tuple[int | None, int]:
        (one,) = read(world, case).requests
        return one.given_at, one.approvers

    assert given() == (when(-1), 1)
    gives(when(-1, "11:00"), first, world.officer)
    assert given() == (when(-1, "11:00"), 1)
    gives(when(-1, "12:00"), first)
    assert given() == (when(-1, "12:00"), 2)
    gives(when(-1, "13:00"), first, world.officer, ident("third officer"))
    assert given() == (when(-1, "13:00"), 3)
    gives(when(-1, "13:30"), world.officer, first)
    assert given() == (when(-1, "13:30"), 3)
    world.add(when(-1, "14:00"), "approval-given/1", {"approval": ident("x"), "borrower": case.borrower},
              Actor("officer", ident("y")), [ident("y")])
    assert given() == (when(-1, "13:30"), 3)
    world.approve(case, when(-1, "15:00"))
    assert [one.approvers for one in read(world, case).requests] == [3, 1]


def test_a_request_is_of_exactly_what_is_asked_and_says_what_became_of_it() -> None:
    world = World()
    case = world.agreed()
    approval = world.approve(case, when(-1))
    (one,) = read(world, case).requests
    assert (one.id, one.contact, one.requested_at) == (approval, case.contact, when(-1) - MINUTE)
    assert (one.refused, one.consumed) == (False, False)
    assert read(world, case, mode="message").requests == ()
    lookup = world.permit(case, NOW, approval)
    assert [one.consumed for one in read(world, case).requests] == [True]
    world.refuse_opening(case, lookup, NOW + SECOND)
    assert [one.consumed for one in read(world, case).requests] == [False]
    world.add(NOW + SECOND, "approval-refused/1", {
        "approval": approval, "borrower": case.borrower,
    }, Actor("officer", world.officer), [world.officer])
    assert [one.refused for one in read(world, case).requests] == [True]


# Refusals.


def test_a_contact_who_refused_has_until_he_himself_consents() -> None:
    world = World()
    case = world.agreed()
    given = ident(f"b-contact-consent-{when(-120)}")

    def refused() -> bool:
        (contact,) = read(world, case).contacts
        return contact.refused

    assert refused() is False
    world.withdraw(case, "contact", given, when(-9))
    assert refused() is False
    world.withdraw(case, "contact", given, when(-8), act="refused")
    assert refused() is True
    world.consent(case, "borrower", when(-7), contact=case.contact)
    assert refused() is True
    world.consent(case, "contact", when(-6))
    assert refused() is False
    world.withdraw(case, "borrower", ident(f"b-borrower-consent-{when(-120)}"), when(-5), act="refused")
    assert refused() is False


# Callback, holds.


def test_an_offer_is_read_whole_and_ends_with_its_moment() -> None:
    world = World()
    case = world.agreed()
    world.add(NOW, "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(START), "windows": ["18:00-20:00"], "language": "en",
        "channel": case.channels["voice"],
    }, Actor("borrower", case.borrower))
    offer = Callback(START, ("18:00-20:00",), case.channels["voice"], "en")
    found = read(world, case, START).callback
    assert found == offer
    assert isinstance(found.until, int)
    assert read(world, case, START + 1).callback is None
    world.add(NOW + 1, "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(START), "windows": ["08:00-09:00"],
    }, Actor("agency", world.agency))
    assert read(world, case, START).callback == Callback(START, ("08:00-09:00",), None, None)


def test_lifting_a_hold_that_nobody_placed_changes_nothing() -> None:
    world = World()
    case = world.agreed()
    hold = world.hold(case, "dispute", NOW)
    for one, left in ((ident("unheard-of"), ("dispute",)), (hold, ())):
        world.add(NOW + 1, "hold-lifted/1", {"hold": one, "borrower": case.borrower},
                  Actor("officer", world.officer), [world.officer])
        assert read(world, case).holds == left


# Notices.


def noticed(world: World, case: Case) -> list[bool]:
    """Of each notice sent, whether it named the agency that asks."""
    return [one.names_caller for one in read(world, case).notices]


def recall(world: World, case: Case, placement: str, at: int) -> None:
    world.add(at, "recalled/1", {"placement": placement, "account": case.account, "borrower": case.borrower})


def test_a_notice_that_the_lender_asked_for_names_whoever_was_placed_when_it_was_asked() -> None:
    for placed, recalled, named in (
        (-9, None, True), (-7, None, False), (-9, -8.5, False), (-9, -7, True),
    ):
        world = World()
        case = world.agreed()
        placement = world.place(case, when(placed))
        if recalled is not None:
            recall(world, case, placement, when(0) + int(recalled * DAY))
        world.notice(case, when(-8), ["sms"], by_lender=True)
        assert noticed(world, case) == [named], (placed, recalled)


def test_a_notice_names_the_agency_that_it_was_asked_for() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.notice(case, when(-8), ["sms"], agency=world.rival)
    world.notice(case, when(-7), ["sms"])
    assert noticed(world, case) == [False, True]


def test_a_notice_nobody_asked_for_or_on_no_channel_is_passed_over_and_the_next_is_read() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    notice = ident("asked for")
    world.add(when(-8), "notice-requested/1", {"notice": notice, "account": case.account, "borrower": case.borrower})
    for place, (which, channel) in enumerate((
        (ident("never asked for"), case.channels["sms"]), (notice, ident("no such channel")),
        (notice, case.channels["sms"]),
    )):
        world.add(when(-7) + place, "notice-sent/1", {
            "notice": which, "account": case.account, "borrower": case.borrower, "channel": channel, "medium": "sms",
            "language": "zh", "opened": ident("opened"),
        }, Actor("courier"))
    (found,) = read(world, case).notices
    assert (found.at, found.medium, found.names_caller, found.delivered) == (when(-7) + 2, "sms", True, False)
    assert read(world, case).slots[found.slot].channel == case.channels["sms"]


def test_the_latest_of_several_placements_in_force_is_told_and_a_recalled_one_is_not() -> None:
    world = World()
    case = world.agreed()
    world.place(case, when(-39))
    last = world.place(case, when(-20))
    world.place(case, when(-10), agency=world.rival)

    def placed() -> int | None:
        account = read(world, case).account
        assert account is not None
        return account.placed_at

    assert placed() == when(-20)
    recall(world, case, last, when(-5))
    recall(world, case, last, when(-4))
    assert placed() == when(-39)


def test_a_placement_is_in_force_from_its_first_local_day_through_its_last() -> None:
    for first, until, in_force in ((0, 0, True), (0, 60, True), (-39, 0, True), (-39, -1, False), (1, 60, False)):
        world = World()
        case = world.agreed()
        today = local_day(START, OFFSET)
        world.add(when(-40), "placed/1", {
            "placement": ident("p"), "account": case.account, "borrower": case.borrower, "lender": world.lender,
            "agency": world.agency, "from": date_of(today + first), "until": date_of(today + until),
        })
        account = read(world, case).account
        assert account is not None
        assert (account.placed_at is not None) is in_force, (first, until)


# Relayed messages.


def relay(world: World, case: Case, at: int = START) -> Relay:
    (contact,) = read(world, case, at).contacts
    return contact.relay


def test_a_message_is_on_its_way_until_it_is_relayed_given_back_or_expired() -> None:
    world = World()
    case = world.agreed()
    assert relay(world, case) == Relay(None, False, False)
    lookup = world.message(case, NOW, relayed=False)
    assert relay(world, case) == Relay(None, True, False)
    assert relay(world, case, NOW + DAY - 1).queued is True
    assert relay(world, case, NOW + DAY).queued is False
    world.refuse_opening(case, lookup, NOW + SECOND)
    assert relay(world, case).queued is False


def test_the_first_message_relayed_in_this_case_is_told_and_a_number_is_none() -> None:
    world = World()
    case = world.agreed()
    for day in (-9, -5):
        lookup = world.message(case, when(day))
        world.add(when(day) + 2 * MINUTE, "message-relayed/1", {
            "lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
            "opened": ident("opened"), "language": "zh", "script_sha256": "0" * 64,
        }, Actor("courier"))
    world.permit(case, when(-12))
    assert relay(world, case) == Relay(when(-9) + MINUTE, False, False)
    world.answer(case, lookup, NOW, "will-relay")
    assert relay(world, case).cannot is False
    world.answer(case, lookup, NOW + 1, "cannot")
    assert relay(world, case).cannot is True


def test_a_case_begins_with_the_first_local_moment_of_the_day_it_is_due_since() -> None:
    begins = when(-70, "00:00")
    for at, told in ((begins - 1, None), (begins, begins + MINUTE)):
        world = World()
        case = world.agreed()
        world.message(case, at)
        assert relay(world, case).first_at == told


# Histories.


def entry(kind: str, **body: Any) -> Entry:
    return Entry(5, START, Draft(ident("e"), kind, Actor("lender"), body, ()))


def test_the_history_of_an_unknown_account_is_empty_and_of_a_known_one_has_every_line() -> None:
    world = World()
    case = world.person()
    source = Source.of(world.log())
    nothing = gather(source, ident("unheard-of"))
    assert (nothing.account, nothing.borrower, nothing.entries, nothing.lines) == (
        ident("unheard-of"), None, (), {},
    )
    known = gather(source, case.account)
    assert (known.account, known.borrower) == (case.account, case.borrower)
    assert set(known.lines) == {*case.lines.values(), case.contact_line}
    empty = Source(source.directory, {}, source.accounts)
    assert list(gather(empty, case.account).entries) == []
    assert gather(empty, case.account).lines == {}


class Silent(Source):
    """Files nothing, and counts how often it is asked."""

    def histories(self, ids: Collection[str]) -> dict[str, Sequence[Entry]]:
        ASKED.append(list(ids))
        return {}


ASKED: list[list[str]] = []


def test_a_borrower_of_whom_nothing_is_filed_has_an_empty_history_and_no_line_is_read() -> None:
    world = World()
    case = world.person()
    source = Source.of(world.log())
    ASKED.clear()
    history = gather(Silent(source.directory, {}, source.accounts), case.account)
    assert (history.borrower, history.entries, history.lines) == (case.borrower, (), {})
    assert [[case.borrower]] == ASKED


def test_offsets_are_asked_of_the_residence_and_of_every_line() -> None:
    far = {"zones": ["Asia/Urumqi"]}
    world = World()
    case = world.person(channels=("email",))
    assert zones_of(gather(Source.of(world.log()), case.account)) == {ZONE}
    world.channel(when(-1), case.borrower, "voice", "far", **far)
    assert zones_of(gather(Source.of(world.log()), case.account)) == {ZONE, "Asia/Urumqi"}
    alone = [one for one in world.log() if one.kind == "borrower-registered/1"]
    source = Source.of(world.log())
    history = gather(Source(source.directory, {case.borrower: alone}, source.accounts), case.account)
    assert zones_of(history) == {ZONE}


@pytest.mark.parametrize(("one", "restricting"), [
    *((entry(kind, direction="outbound", **{"class": name}), True)
      for kind in ATTEMPTS for name in sorted(SHOWS_LIFE)),
    *((entry(kind, direction="outbound", **{"class": name}), False) for kind in ATTEMPTS
      for name in ("no-answer", "busy", "delivered", "unknown")),
    *((entry(kind, direction="inbound", **{"class": "no-answer"}), True) for kind in ATTEMPTS),
    (entry("attempt-recorded/2", direction="outbound", line="l" * 32, **{"class": "reached-person"}), False),
    (entry("attempt-recorded/2", direction="outbound", line="l" * 32, borrower="b" * 32,
           **{"class": "reached-person"}), True),
    (entry("attempt-recorded/1", direction="outbound", line="l" * 32, **{"class": "reached-person"}), True),
    *((entry("outcome-reported/1", outcome=name), False) for name in sorted(HARMLESS_OUTCOMES)),
    *((entry("outcome-reported/1", outcome=name), True) for name in ("refused", "minor", "distress", "other")),
    *((entry("message-answered/1", answer=name), name in ("not-me", "never"))
      for name in ("will-relay", "cannot", "replied", "not-me", "never")),
    *((entry("use-answered/1", answer=name), name in ("not-me", "never"))
      for name in ("will-relay", "cannot", "gave-channel", "not-me", "never")),
    *((entry("visit-reported/1", outcome=name), name in ("met", "refused", "deceased", "distress"))
      for name in ("met", "not-home", "moved", "wrong-address", "refused", "deceased", "distress")),
    (entry("call-recorded/1", stop=True), True), (entry("call-recorded/1", stop=False), False),
    (entry("complaint-filed/1"), True), (entry("complaint-settled/1"), False),
    *((entry("account-changed/1", state=name), name != "open") for name in ("open", "paid", "closed")),
    (entry("account-changed/1", due_since="2026-01-01"), True),
    (entry("account-changed/1", limitation_until="2026-01-01"), True),
    (entry("account-changed/1", balance_minor=1), False),
    (entry("objected/1"), True), (entry("consent-given/1"), False), (entry("hold-placed/1"), True),
])
def test_an_entry_restricts_by_what_it_says(one: Entry, restricting: bool) -> None:
    assert restricts(one) is restricting
    assert may_restrict(one) is (restricting or one.kind == "account-changed/1")


def test_a_balance_falls_below_what_was_last_told_of_this_account() -> None:
    def change(account: str, balance: int, kind: str = "account-changed/1") -> bool:
        return paid(entry(kind, account=account, balance_minor=balance), balances)

    balances: dict[str, int] = {}
    assert change("a", 10, "account-opened/1") is False
    assert [change("a", balance) for balance in (10, 11, 10, 0, 0)] == [False, False, True, True, False]
    assert change("never opened", 0) is False
    assert change("a", 5, "account-opened/1") is False
    assert change("a", 1, "account-opened/1") is False
    assert paid(entry("account-changed/1", account="a", state="open"), balances) is False
    assert paid(entry("hold-placed/1", account="a", balance_minor=0), balances) is False
    assert balances == {"a": 1, "never opened": 0}
