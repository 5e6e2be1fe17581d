"""From when on, why a notice does not count, what is doubted, what became of a call or message: each at its edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.model.times import DAY, HOUR, MINUTE
from registry.policy import own_view, packs_for
from registry.policy.applicable import Packs
from registry.policy.facts import brokered, cases
from registry.policy.facts.brokered import call_of
from registry.policy.facts.listed import Brokered, Relay
from registry.policy.facts.model import Callback, Notice, Reset
from registry.policy.facts.notes import Permit
from registry.policy.reasons import Reason
from registry.policy.rules import doubt, own
from registry.policy.rules.case import Case as Judged
from registry.policy.timeline import EARLY, OTHERS, STALE, noticed
from registry.policy.values import Decision
from registry.policy.when import Earliest, dated, earliest
from tests.policy.judged import attempt, judged, params_of, permitted, slot, tried
from tests.policy.world import START, Source, World, when

# When a bar ends by itself


def lacking(*reasons: Reason, **changes: Any) -> Earliest:
    """The earliest permit where these reasons alone stand against it."""
    case: Judged = judged(**changes)
    assert case.contact is not None
    facts = replace(case.facts, contacts=(case.contact,))
    decision = Decision("deny", reasons, case.contact.id, case.contact.line_id, None, None, None, (),
                        params=case.params, effort=case.effort)
    return earliest(facts, decision, case.at)


def ends(code: str, **changes: Any) -> int | None:
    """When the bar of that name ends, None where time does not end it."""
    found = lacking(Reason(code, 7, 9), **changes)
    waits = [one for one in found.waits if one.code == code]
    assert all((one.have, one.need) == (7, 9) for one in waits), "what is lacking is told along"
    return waits[0].not_before if waits else None


@pytest.mark.parametrize(("code", "changes", "end"), [
    ("line-cooldown", {"line": {"releases": (START - 9 * DAY, START - 2 * DAY)}, "params": {"line_cooldown_days": 5}},
     START + 3 * DAY),
    ("line-cooldown", {"line": {"releases": ()}}, None),
    ("line-cap", {"line": {"releases": (START - 20 * DAY, START - 9 * DAY, START - 2 * DAY)},
                  "params": {"line_releases_30d": 2}}, START + 21 * DAY),
    ("line-cap", {"line": {"releases": (START - 2 * DAY,), "conversations": 1},
                  "params": {"line_releases_30d": 1, "line_conversations_per_case": 2}}, START + 28 * DAY),
    ("line-cap", {"line": {"releases": (START - 2 * DAY,), "conversations": 2},
                  "params": {"line_releases_30d": 1, "line_conversations_per_case": 2}}, None),
    ("line-cap", {"line": {"releases": (START - 2 * DAY,)}, "params": {"line_releases_30d": 0}}, None),
    ("line-message-cap", {"line": {"messages": (START - 5 * DAY, START - DAY)},
                          "params": {"line_messages_30d": 1}}, START + 29 * DAY),
    ("line-message-cap", {"line": {"messages": (START - 5 * DAY, START - DAY)},
                          "params": {"line_messages_30d": 2}}, START + 25 * DAY),
    ("line-message-cap", {"line": {"messages": (START - DAY,)}, "params": {"line_messages_30d": 0}}, None),
    ("line-message-cap", {"line": {"messages": ()}, "params": {"line_messages_30d": 1}}, None),
    ("borrower-refuses", {"facts": {"declined_at": START - 3 * DAY}}, START + 27 * DAY),
    ("borrower-refuses", {"facts": {"declined_at": None}}, None),
    ("account-not-overdue-enough", {"account": {"due_since": judged().facts.today - 10},
                                    "params": {"min_days_past_due": 12}}, when(2, "00:00")),
])
def test_a_bar_that_ends_by_itself_says_when(code: str, changes: dict[str, Any], end: int | None) -> None:
    assert ends(code, **changes) == end


def test_a_bar_of_nobodys_line_has_no_end() -> None:
    case = judged(line={"releases": (START - DAY,)})
    decision = Decision("deny", (Reason("line-cooldown"),), None, None, None, None, None, (), params=case.params,
                        effort=case.effort)
    assert earliest(replace(case.facts, contacts=()), decision, START) == Earliest(None, (), ("line-cooldown",))


@pytest.mark.parametrize("code", ["attempts-too-few", "notice-missing", "notice-incomplete", "channels-incomplete"])
def test_what_is_still_to_be_tried_or_told_is_followed_by_the_grace_of_a_notice(code: str) -> None:
    found = lacking(Reason(code, 7, 9), params={"grace_days": 5})
    assert [(one.code, one.not_before) for one in found.waits] == [("notice-running", START + 5 * DAY)]
    assert (found.at, found.bars) == (START + 5 * DAY, ())


def test_what_only_a_request_lacks_is_cured_at_once() -> None:
    assert lacking(Reason("approval-missing")) == Earliest(START, (), ())


def test_after_a_sign_of_life_the_span_and_then_the_grace_are_to_pass() -> None:
    found = lacking(Reason("sign-of-life"), params={"span_days": 14, "grace_days": 5})
    assert [(one.code, one.not_before) for one in found.waits] == [
        ("span-too-short", START + 14 * DAY), ("notice-running", START + 19 * DAY)]
    assert (found.at, found.bars) == (START + 19 * DAY, ())


def test_stopped_releases_are_a_bar_that_no_time_ends() -> None:
    assert lacking(Reason("releases-stopped")) == Earliest(None, (), ("releases-stopped",))


def test_where_nothing_was_weighed_no_time_is_named() -> None:
    case = judged()
    denied = Decision("deny", (Reason("borrower-cap"),), None, None, None, None, None, (), params=case.params)
    assert case.facts.account is not None
    assert earliest(case.facts, denied, case.at) == Earliest(None, (), ("borrower-cap",))


def test_a_count_without_numbers_lacks_none() -> None:
    facts, at = tried(), 100 * DAY + 600 * MINUTE
    assert dated(Reason("days-too-few"), facts, params_of(), permitted().effort, at) == Reason("days-too-few")
    effort = judged(effort={"last_at": at - DAY}).effort
    params = params_of(borrower_hours=(480, 1260))
    assert dated(Reason("days-too-few", None, 2), facts, params, effort, at).not_before == 101 * DAY + 8 * HOUR


# Why a notice does not count


def why(notice: Notice, complete: int | None = 5, **changes: Any) -> str | None:
    case = judged(facts={"notices": (notice,), **changes.pop("facts", {})}, effort={"complete_index": complete},
                  params={"notice_max_age_days": 30}, **changes)
    ((told, reason),) = noticed(case.facts, case.params, case.effort, START)
    assert told is notice
    return reason


PLACED = permitted().facts.account.placed_at  # type: ignore[union-attr]
NOTICE = Notice(6, START - DAY, 0, "sms", True, True)


@pytest.mark.parametrize(("changes", "complete", "reason"), [
    ({}, 5, None), ({}, None, EARLY), ({}, 6, EARLY), ({"index": 5}, 5, EARLY),
    ({"at": START - 30 * DAY}, 5, None), ({"at": START - 30 * DAY - 1}, 5, STALE),
    ({"names_caller": False}, 5, OTHERS),
])
def test_why_a_notice_does_not_count(changes: dict[str, Any], complete: int | None, reason: str | None) -> None:
    assert why(replace(NOTICE, **changes), complete) == reason


@pytest.mark.parametrize(("placed", "reason"), [(START - DAY, None), (START - DAY + 1, OTHERS), (None, None)])
def test_a_notice_from_before_the_placement_names_another(placed: int | None, reason: str | None) -> None:
    assert why(NOTICE, account={"placed_at": placed}) == reason


def test_without_an_account_nobody_is_named() -> None:
    assert why(replace(NOTICE, names_caller=False), facts={"account": None}) is None


# Channels in doubt


GOOD, DOUBTED = slot(channel="good"), slot(channel="doubted", line="l-2", doubted=True)
REMOVED = slot("sms", channel="removed", registered=False, removed_at=START, doubted=True)


def of_slots(*slots: Any, **facts: Any) -> Judged:
    return judged(facts={"slots": slots, "attempts": (), **facts})


def test_nobody_is_given_a_channel_in_doubt() -> None:
    assert doubt.open_channels(of_slots(DOUBTED, GOOD, REMOVED)) == ("good",)
    assert doubt.no_channel(of_slots(GOOD, DOUBTED)) is None
    assert doubt.no_channel(of_slots(DOUBTED, REMOVED)) == Reason("no-channel")
    assert own.no_channel(of_slots(DOUBTED)) is None, "the first rules do not ask"


def test_without_doubt_it_is_as_ever() -> None:
    case = of_slots(GOOD, slot("sms"))
    assert doubt.open_channels(case) == own.open_channels(case) == ("good", "c-sms")


def test_a_doubted_line_of_a_contacts_bars_nothing_else() -> None:
    theirs = slot(channel="theirs", of_contact=True)
    assert doubt.line_is_contact(of_slots(theirs, GOOD)) is None
    assert doubt.line_is_contact(of_slots(theirs, DOUBTED)) == Reason("line-is-contact")
    assert doubt.line_is_contact(of_slots(replace(theirs, doubted=True))) is None


def test_attempts_keep_their_places_beside_a_channel_in_doubt() -> None:
    today = permitted().facts.today
    dials = tuple(attempt(today, 600 + number, slot=1) for number in range(3))
    full = {"attempts": dials}
    assert doubt.borrower_cap(of_slots(DOUBTED, GOOD, **full)) == Reason("borrower-cap")
    assert doubt.borrower_cap(of_slots(GOOD, DOUBTED, **full)) is None
    assert doubt.borrower_cap(of_slots(DOUBTED, **full)) is None, "there is no channel at all"


# What became of brokered calls, messages and approvals


class Noted:
    """As much of the notes as is asked."""

    def __init__(self, at: int, *permits: Permit) -> None:
        self.at, self.permits = at, {str(place): one for place, one in enumerate(permits)}
        self.ask = replace(permitted().facts.ask, account="a")


def permit(**changes: Any) -> Permit:
    values: dict[str, Any] = {"index": 1, "at": 100, "account": "a", "contact": "c", "approval": None, "mode": "call",
                              "expires_at": 200}
    made = Permit(**values)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(("changes", "at", "found"), [
    ({}, 150, Brokered(None, True)), ({}, 199, Brokered(None, True)), ({}, 200, Brokered(200, False)),
    ({"over_at": 150}, 150, Brokered(150, False)), ({"over_at": 150}, 149, Brokered(None, True)),
    ({"over_at": 300}, 250, Brokered(200, False)),
    ({"mode": "number"}, 150, Brokered()), ({"account": "b"}, 150, Brokered()), ({"contact": "d"}, 150, Brokered()),
    ({"at": 49}, 150, Brokered()), ({"at": 50}, 150, Brokered(None, True)), ({"back": True}, 150, Brokered()),
])
def test_a_call_of_the_case_connects_until_it_is_over(changes: dict[str, Any], at: int, found: Brokered) -> None:
    assert call_of(Noted(at, permit(**changes)), "c", 50) == found  # type: ignore[arg-type]


def test_of_several_calls_the_last_that_is_over_is_told() -> None:
    noted = Noted(190, permit(over_at=110), permit(over_at=120), permit())
    assert call_of(noted, "c", 50) == Brokered(120, True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("changes", "at", "found"), [
    ({}, 150, Relay(None, True, False)), ({}, 200, Relay(None, False, False)),
    ({"relayed_at": 120}, 150, Relay(120, False, False)), ({"back": True}, 150, Relay(None, False, False)),
    ({"relayed_at": 120, "cannot": True}, 150, Relay(120, False, True)),
    ({"mode": "call"}, 150, Relay()), ({"account": "b"}, 150, Relay()), ({"contact": "d"}, 150, Relay()),
    ({"at": 49}, 150, Relay()), ({"at": 50}, 150, Relay(None, True, False)),
])
def test_a_message_of_the_case_waits_until_it_is_sent(changes: dict[str, Any], at: int, found: Relay) -> None:
    made = permit(**{"mode": "message", **changes})
    assert cases.relay_of(Noted(at, made), "c", 50) == found  # type: ignore[arg-type]


def test_a_call_that_was_let_go_is_over_from_then_on_and_stays_so() -> None:
    notes = Noted(0, permit())
    for at in (110, 120):
        entry = type("Unbound", (), {"body": {"lookup": "0"}, "at": at})()
        brokered.HANDLERS["call-unbound/1"](notes, entry)  # type: ignore[arg-type]
    assert notes.permits["0"].over_at == 110
    brokered.HANDLERS["call-unbound/1"](notes, type("Other", (), {"body": {"lookup": "9"}, "at": 1})())  # type: ignore[arg-type]
    assert notes.permits["0"].over_at == 110


# An agency's own view


def own_next(**changes: Any) -> dict[str, Any]:
    case = judged(**changes)
    world = World()
    world.unreachable()
    packs: Packs = packs_for(Source.of(world.log()).directory, case.facts, START)
    assert case.contact is not None
    found: dict[str, Any] = own_view(case.facts, packs.of(case.contact.id), START)["effort"]
    return found


@pytest.mark.parametrize(("until", "action"), [(START, "call-borrower"), (START - 1, "look-up")])
def test_who_offers_to_be_called_is_called_while_the_offer_stands(until: int, action: str) -> None:
    assert own_next(facts={"callback": Callback(until, (), None, None)})["next"]["action"] == action


def test_a_hold_goes_before_a_callback() -> None:
    found = own_next(facts={"callback": Callback(START, (), None, None), "holds": frozenset({"dispute"})})
    assert found["next"] == {"action": "stop"}


def test_an_effort_that_was_reset_lacks_what_it_lacks_with_numbers() -> None:
    last = permitted().facts.attempts[-1]
    me = permitted().facts.ask.client
    found = own_next(facts={"resets": (Reset(last.index, last.at, 0, me),)})
    assert found["state"] == "trying"
    missing = {one["code"]: (one.get("have"), one.get("need")) for one in found["missing"]}
    assert missing["attempts-too-few"] == (0, 8)
