"""Each rule by itself, at its edge: the last value that passes, the first that does not, and what is then said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.model.times import DAY, HOUR, MINUTE
from registry.policy import Decision, decide
from registry.policy.applicable import Applied, Packs
from registry.policy.effort import SlotEffort
from registry.policy.facts.listed import Consent, Relay
from registry.policy.facts.model import Callback, Notice, Request, Reset
from registry.policy.reasons import Reason
from registry.policy.rules import (
    account,
    approval,
    asked,
    caller,
    consent,
    contact,
    effort,
    gentle,
    line,
    notice,
    own,
)
from registry.policy.rules import telling as t
from registry.policy.rules.case import Case
from registry.policy.weighing import weigh
from tests.policy import judged as j
from tests.policy.judged import attempt, consent_of, judged, permitted, slot, tried
from tests.policy.world import START

TODAY = permitted().facts.today
NO_ACCOUNT: dict[str, Any] = {"facts": {"account": None}}
NOBODY: dict[str, Any] = {"contact": None}
WAIT = START + 5 * HOUR


def said(code: str, have: int | None = None, need: int | None = None, *, until: int | None = None) -> Reason:
    return Reason(code, have, need, until)


def given(giver: str, one: Consent) -> dict[str, Any]:
    """That this is the only consent of the giver's."""
    return {"facts" if giver == "borrower" else "contact": {"consents": (one,)}}


def offered() -> Callback:
    return Callback(START, (), None, None)


RULES: list[tuple[Any, dict[str, Any], Reason | None]] = [
    (account.feed_stale, {"facts": {"feeds_through": START - 6 * HOUR}, "params": {"max_feed_age_hours": 6}}, None),
    (account.feed_stale, {"facts": {"feeds_through": START - 6 * HOUR - 1}, "params": {"max_feed_age_hours": 6}},
     said("feed-stale")),
    (account.feed_stale, {"facts": {"feeds_through": None}}, said("feed-stale")),
    (account.not_placed, {}, None),
    (account.not_placed, NO_ACCOUNT, said("account-not-placed")),
    (account.not_placed, {"account": {"placed_at": None}}, said("account-not-placed")),
    (account.not_open, {}, None),
    (account.not_open, NO_ACCOUNT, said("account-not-open")),
    (account.not_open, {"account": {"state": "paid"}}, said("account-not-open")),
    (account.not_overdue_enough, {"account": {"due_since": TODAY - 30}, "params": {"min_days_past_due": 30}}, None),
    (account.not_overdue_enough, {"account": {"due_since": TODAY - 29}, "params": {"min_days_past_due": 30}},
     said("account-not-overdue-enough", 29, 30)),
    (account.not_overdue_enough, NO_ACCOUNT, None),
    (account.balance_too_small, {"account": {"balance_minor": 500}, "params": {"min_balance_minor": 500}}, None),
    (account.balance_too_small, {"account": {"balance_minor": 499}, "params": {"min_balance_minor": 500}},
     said("account-balance-too-small", 499, 500)),
    (account.balance_too_small, NO_ACCOUNT, None),
    (account.time_barred, {"account": {"limitation_until": TODAY}}, None),
    (account.time_barred, {"account": {"limitation_until": TODAY - 1}}, said("account-time-barred")),
    (account.time_barred, NO_ACCOUNT, None),
    (account.callback_offered, {}, None),
    (account.callback_offered, {"facts": {"callback": offered()}}, said("callback-offered")),
    (asked.pack_forbids, {"params": {"third_party": frozenset({"guarantor-consenting"})}}, said("pack-forbids")),
    (asked.pack_forbids, {}, None),
    (asked.pack_conflict, {"effective": {"conflicts": ("hours.borrower",)}}, said("pack-conflict")),
    (asked.purpose_not_allowed, {"ask": {"about": "visit"}}, said("purpose-not-allowed")),
    (asked.mode_not_allowed, {"params": {"release_modes": frozenset({"message"})}}, said("mode-not-allowed")),
    (asked.mode_not_allowed, {"ask": {"mode": "message"}}, None),
    (caller.outcome_overdue, {"caller": {"oldest_open_permit": START - 48 * HOUR}}, None),
    (caller.outcome_overdue, {"caller": {"oldest_open_permit": START - 48 * HOUR - 1}}, said("outcome-overdue")),
    (caller.collector_alarm, {"caller": {"releases_today": 19}, "params": {"collector_day_releases": 20}}, None),
    (caller.collector_alarm, {"caller": {"releases_today": 20}, "params": {"collector_day_releases": 20}},
     said("collector-alarm")),
    (caller.agency_not_approved, {"caller": {"approval": None}}, said("agency-not-approved")),
    (caller.agency_approval_lapsed, {"caller": {"approval": None}}, None),
    (caller.agency_approval_lapsed, {"caller": {"approval": j.approval(until=START)}}, None),
    (caller.agency_approval_lapsed, {"caller": {"approval": j.approval(until=START - 1)}},
     said("agency-approval-lapsed")),
    (caller.agency_approval_lapsed, {"caller": {"approval": j.approval(given_at=START - 9 * DAY, until=START + DAY)},
                                     "params": {"agency_approval_days": 9}}, None),
    (caller.agency_approval_lapsed, {"caller": {"approval": j.approval(given_at=START - 9 * DAY - 1,
                                                                       until=START + DAY)},
                                     "params": {"agency_approval_days": 9}}, said("agency-approval-lapsed")),
    (contact.no_contact, NOBODY, said("no-contact")),
    (contact.no_contact, {}, None),
    (contact.not_informed, {"contact": {"informed": False}}, said("contact-not-informed")),
    (contact.not_informed, {"contact": {"informed": False}, "params": {"contact_inform": False}}, None),
    (contact.not_informed, NOBODY, None),
    (contact.refused, {"contact": {"refused": True, "consents": ()}}, said("contact-refused")),
    (contact.refused, {"contact": {"refused": True}}, None),
    (contact.refused, {"contact": {"refused": True, "consents": (consent_of("contact", ended=True),)}},
     said("contact-refused")),
    (contact.refused, NOBODY, None),
    (contact.erased, {"contact": {"erased": True}}, said("contact-erased")),
    (contact.erased, NOBODY, None),
    (contact.is_borrower, {"contact": {"is_borrower": True}}, said("contact-is-borrower")),
    (contact.is_borrower, NOBODY, None),
    *((rule, {"line": {name: True}}, said(code)) for rule, name, code in (
        (line.objected, "objected", "contact-objected"), (line.minor, "minor", "contact-minor"),
        (line.wrong_person, "wrong_person", "contact-wrong-person"), (line.dead, "dead", "contact-line-dead"),
    )),
    *((rule, NOBODY, None) for rule in (
        line.objected, line.minor, line.wrong_person, line.dead, line.cap, line.case_cap, line.cooldown,
    )),
    (line.message_cap, {"contact": None, "ask": {"mode": "message"}}, None),
    (line.cap, {"line": {"releases": (START - 30 * DAY,)}, "params": {"line_releases_30d": 1}}, None),
    (line.cap, {"line": {"releases": (START - 30 * DAY + 1,)}, "params": {"line_releases_30d": 1}}, said("line-cap")),
    (line.cap, {"line": {"releases": (START - DAY,)}, "params": {"line_releases_30d": 2}}, None),
    (line.cap, {"line": {"releases": (START - DAY, START)}, "params": {"line_releases_30d": 2}}, said("line-cap")),
    (line.cap, {"line": {"conversations": 1}, "params": {"line_conversations_per_case": 2}}, None),
    (line.cap, {"line": {"conversations": 2}, "params": {"line_conversations_per_case": 2}}, said("line-cap")),
    (line.cap, {"line": {"conversations": 9}, "ask": {"mode": "message"}}, None),
    (line.message_cap, {"line": {"messages": (START - 30 * DAY,)}, "ask": {"mode": "message"},
                        "params": {"line_messages_30d": 1}}, None),
    (line.message_cap, {"line": {"messages": (START - 30 * DAY + 1,)}, "ask": {"mode": "message"},
                        "params": {"line_messages_30d": 1}}, said("line-message-cap")),
    (line.message_cap, {"line": {"messages": (START, START)}, "ask": {"mode": "message"},
                        "params": {"line_messages_30d": 3}}, None),
    (line.case_cap, {"facts": {"case_contacts": frozenset("ab")}, "params": {"case_contacts": 3}}, None),
    (line.case_cap, {"facts": {"case_contacts": frozenset("abc")}, "params": {"case_contacts": 3}}, said("case-cap")),
    (line.cooldown, {"line": {"releases": (START - 9 * DAY, START - 20 * DAY)}, "params": {"line_cooldown_days": 9}},
     None),
    (line.cooldown, {"line": {"releases": (START - 20 * DAY, START - 9 * DAY + 1)},
                     "params": {"line_cooldown_days": 9}}, said("line-cooldown")),
    (effort.no_channel, {"effort": {"slots": ()}}, said("no-channel")),
    (effort.attempts_too_few, {"effort": {"attempts": 7}, "params": {"min_attempts": 8}},
     said("attempts-too-few", 7, 8)),
    (effort.attempts_too_few, {"effort": {"attempts": 8}, "params": {"min_attempts": 8}}, None),
    (effort.days_too_few, {"effort": {"days": 5}, "params": {"min_days": 6}}, said("days-too-few", 5, 6)),
    (effort.days_too_few, {"effort": {"days": 6}, "params": {"min_days": 6}}, None),
    (effort.dayparts_too_few, {"effort": {"dayparts": 2}, "params": {"min_dayparts": 3}},
     said("dayparts-too-few", 2, 3)),
    (effort.dayparts_too_few, {"effort": {"dayparts": 3}, "params": {"min_dayparts": 3}}, None),
    (effort.span_too_short, {"effort": {"span": 13}, "params": {"span_days": 14}}, said("span-too-short", 13, 14)),
    (effort.span_too_short, {"effort": {"span": 14}, "params": {"span_days": 14}}, None),
    *((rule, {"effort": {name: 0, "waived": True}}, None) for rule, name in (
        (effort.attempts_too_few, "attempts"), (effort.days_too_few, "days"), (effort.dayparts_too_few, "dayparts"),
    )),
    (effort.span_too_short, {"effort": {"span": 0, "waived": True}, "params": {"span_days": 14}},
     said("span-too-short", 0, 14)),
    (effort.attempts_stale, {"effort": {"last_at": START - 10 * DAY}, "params": {"max_staleness_days": 10}}, None),
    (effort.attempts_stale, {"effort": {"last_at": START - 10 * DAY - 1}, "params": {"max_staleness_days": 10}},
     said("attempts-stale")),
    (effort.attempts_stale, {"effort": {"last_at": None}}, None),
    (effort.reached_recently, {"effort": {"blocked_until": WAIT}}, said("reached-recently", until=WAIT)),
    (effort.reached_recently, {}, None),
    (effort.borrower_refuses, {"facts": {"declined_at": START - 30 * DAY + 1}}, said("borrower-refuses")),
    (effort.borrower_refuses, {"facts": {"declined_at": START - 30 * DAY}}, None),
    (effort.only_unresponsive, {"params": {"min_grade": 1}}, said("only-unresponsive")),
    (effort.only_unresponsive, {"params": {"min_grade": 0}}, None),
    (gentle.less_intrusive_first, {"params": {"message_first": True}, "contact": {"relay": Relay(cannot=True)}},
     None),
    (own.not_overdue, NO_ACCOUNT, None),
    (own.not_overdue, {"account": {"due_since": TODAY}}, said("account-not-overdue-enough", 0, 1)),
    (own.not_overdue, {"account": {"due_since": TODAY - 1}}, None),
    (t.script_missing, NOBODY, None),
    (t.language_missing, NOBODY, None),
    (t.outside_hours, NOBODY, None),
    (t.outside_hours, {"contact": {"clocks": ()}}, said("outside-hours")),
    (approval.approval_missing, {"params": {"release_approvals": 2}}, said("approval-missing", 0, 2)),
    (approval.approval_missing, {"params": {"release_approvals": 0, "unresponsive_approvals": 0}}, None),
]


@pytest.mark.parametrize(("rule", "changes", "reason"), RULES)
def test_a_rule_says_exactly_this_at_its_edge(rule: Any, changes: dict[str, Any], reason: Reason | None) -> None:
    assert rule(judged(**changes)) == reason


# Approvals.


def request(**changes: Any) -> Request:
    (found,) = [one for one in permitted().facts.requests if one.given_at is not None]
    values = {name: getattr(found, name) for name in Request.__slots__}
    return Request(**{**values, **changes})


def with_requests(*requests: Request, **changes: Any) -> Case:
    return judged(facts={"requests": requests}, **changes)


def test_the_oldest_approval_that_will_do_is_consumed() -> None:
    first, second = request(id="first"), request(id="second")
    assert approval.valid_approval(with_requests(first, second)) == "first"
    for spoilt in (
        request(id="x", consumed=True), request(id="x", refused=True), request(id="x", contact="another"),
        request(id="x", approvers=0), request(id="x", given_at=None), request(id="x", given_at=START - DAY - 1),
    ):
        assert approval.valid_approval(with_requests(spoilt, second)) == "second"
        assert approval.valid_approval(with_requests(spoilt)) is None
    assert approval.valid_approval(with_requests(request(id="x", given_at=START - DAY))) == "x"


def test_no_approval_is_consumed_where_none_is_needed_or_nobody_listed() -> None:
    assert approval.valid_approval(with_requests(request(), params={
        "release_approvals": 0, "unresponsive_approvals": 0,
    })) is None
    assert approval.valid_approval(with_requests(request(), contact=None)) is None
    assert approval.open_request(with_requests(request(approvers=0), contact=None)) is None


def test_a_request_waits_a_day_for_the_officers_it_still_lacks() -> None:
    two = {"release_approvals": 2}
    waiting = request(id="waiting", approvers=1, requested_at=START - DAY)
    assert approval.open_request(with_requests(request(consumed=True), waiting, params=two)) == "waiting"
    late = request(approvers=1, requested_at=START - DAY - 1)
    assert approval.open_request(with_requests(late, params=two)) is None
    assert approval.open_request(with_requests(request(approvers=2), params=two)) is None
    assert approval.open_request(with_requests(request(approvers=1, refused=True), params=two)) is None


@pytest.mark.parametrize(("mode", "dead", "number", "unresponsive", "needed"), [
    ("number", False, 1, 2, 2), ("number", False, 2, 1, 2), ("number", True, 1, 2, 1), ("number", True, 0, 2, 0),
    ("message", False, 2, 1, 1), ("message", False, 2, 0, 0), ("message", True, 2, 2, 0),
])
def test_a_number_needs_the_larger_of_two_approvals_and_a_message_what_grade_b_needs(
    mode: str, dead: bool, number: int, unresponsive: int, needed: int,
) -> None:
    case = lines(dead=(dead,), ask={"mode": mode}, facts={"requests": ()}, params={
        "release_approvals": number, "unresponsive_approvals": unresponsive,
    })
    assert approval.needed(case) == needed
    assert approval.approval_missing(case) == (None if not needed else said("approval-missing", 0, needed))


# Channels proven dead.


def lines(dead: tuple[bool, ...], media: tuple[str, ...] = ("voice", "email", "app"), registered: bool = True,
          **changes: Any) -> Case:
    """One slot each; those beyond `dead` were not weighed."""
    slots = tuple(slot(medium, registered=registered or place == 0) for place, medium in enumerate(media))
    weighed = tuple(SlotEffort(place, 0, 0, one, one, 0, None) for place, one in enumerate(dead))
    facts = {**changes.pop("facts", {}), "slots": slots[:max(len(dead), changes.pop("slots", 0))]}
    return judged(facts=facts, effort={"slots": weighed}, **changes)


def test_grade_a_is_every_channel_proven_dead() -> None:
    assert effort.undeliverable(lines(dead=(True, True))) is True
    assert effort.undeliverable(lines(dead=(True, False))) is False
    assert effort.undeliverable(lines(dead=(False, False))) is False
    assert effort.undeliverable(lines(dead=())) is False


def test_a_channel_of_another_use_counts_for_grade_a_but_no_address_for_post_and_nothing_removed() -> None:
    assert effort.undeliverable(lines(dead=(True,), slots=2)) is False
    assert effort.undeliverable(lines(dead=(True,), media=("voice", "post"), slots=2)) is True
    assert effort.undeliverable(lines(dead=(True,), slots=2, registered=False)) is True
    assert effort.only_unresponsive(lines(dead=(True,), params={"min_grade": 1})) is None


def test_channels_are_incomplete_until_every_one_is_covered() -> None:
    assert effort.channels_incomplete(lines(dead=(True, False, True))) == said("channels-incomplete", 2, 3)
    assert effort.channels_incomplete(lines(dead=(True, True))) is None


def test_flaws_are_told_only_where_a_count_is_short() -> None:
    flawed = {"flaws": frozenset({"attempt-unlawful"})}
    assert list(effort.flawed_attempts(judged(effort=flawed))) == []
    assert list(effort.flawed_attempts(judged(effort={**flawed, "days": 0}))) == [said("attempt-unlawful")]
    assert list(effort.flawed_attempts(judged(effort={"days": 0}))) == []


def test_an_agencys_own_effort_is_of_its_own_attempts_since_what_it_saw_itself() -> None:
    me = permitted().facts.ask.client
    mine, rivals = attempt(90, agency=me), attempt(91, agency="rival")
    facts = tried(attempt(1, index=0, agency=me), mine, rivals, slots=(slot(alone=False),))
    at = 95 * DAY
    wide = j.params_of(window_days=100)
    assert effort.own_effort(facts, wide, at).attempts == 2
    others = tuple(Reset(mine.index, mine.at, 0, agency) for agency in ("rival", None))
    assert effort.own_effort(replace(facts, resets=others), wide, at).attempts == 2
    for reset in (Reset(mine.index, mine.at, 0, me), Reset(0, 0, mine.at + 1, me)):
        assert effort.own_effort(replace(facts, resets=(reset,)), wide, at).attempts == 0
    both = (Reset(0, 0, 0, me), Reset(0, 0, mine.at, "rival"))
    assert effort.own_effort(replace(facts, resets=both), wide, at).attempts == 1


def test_the_effort_of_all_is_an_agencys_own_only_where_nothing_of_others_is_in_it() -> None:
    me, at, wide = permitted().facts.ask.client, 95 * DAY, j.params_of(window_days=100)
    mine, rivals = attempt(90, agency=me), attempt(91, agency="rival")
    seen = (Reset(0, 0, 0, me),)
    alone = replace(tried(mine, slots=(slot(),)), resets=seen)
    of_all = weigh(alone, wide, at, alone.attempts, (0, 0))
    assert effort.own_effort(alone, wide, at, of_all) is of_all
    for other in (
        replace(alone, attempts=(mine, rivals)), replace(alone, slots=(slot(alone=False),)),
        replace(alone, resets=(*seen, Reset(1, 0, 0, "rival"))),
    ):
        assert effort.own_effort(other, wide, at, of_all) is not of_all


# Hours.


@pytest.mark.parametrize(("minute", "opens"), [(480, 0), (479, 1), (0, 480), (1199, 0), (1200, 720), (1439, 481)])
def test_a_window_opens_with_its_minute_today_or_tomorrow(minute: int, opens: int) -> None:
    now = 7 * DAY + minute * MINUTE
    assert t.opens_at(now, minute, 480, 1200) == now + opens * MINUTE
    late = t.opens_at(now + 1, minute, 480, 1200)
    assert late == (now + opens * MINUTE if opens else now + 1)


def test_of_several_zones_the_last_to_open_tells_when() -> None:
    clocks = (("a", 479, 0), ("b", 470, 0), ("c", 600, 0))
    case = judged(contact={"clocks": clocks}, params={"third_party_hours": (480, 1200)})
    floor = START - START % MINUTE
    assert t.outside_hours(case) == said("outside-hours", until=floor + 10 * MINUTE)
    never = judged(contact={"clocks": clocks}, params={"third_party_hours": (600, 600)})
    assert t.outside_hours(never) == said("outside-hours")
    edges = judged(contact={"clocks": (("a", 480, 0), ("b", 1199, 0))}, params={"third_party_hours": (480, 1200)})
    assert t.outside_hours(edges) is None
    shut = judged(contact={"clocks": (("a", 480, 0), ("b", 1200, 0))}, params={"third_party_hours": (480, 1200)})
    assert t.outside_hours(shut) is not None


def test_hours_of_consents_in_force_narrow_the_window_and_of_another_line_or_ended_do_not() -> None:
    def window(giver: str, **changes: Any) -> tuple[int, int]:
        one = consent_of(giver, **changes)
        return t.call_window(judged(params={"third_party_hours": (480, 1200)}, **given(giver, one)))

    assert window("borrower", hours=(540, 1300)) == (540, 1200)
    assert window("contact", hours=(400, 1000)) == (480, 1000)
    assert window("contact", hours=(540, 1000), ended=True) == (480, 1200)
    assert window("borrower", hours=(540, 1000), ended=True) == (480, 1200)
    assert window("contact", hours=(540, 1000), line="another") == (480, 1200)
    assert t.call_window(judged(contact=None, params={"third_party_hours": (480, 1200)})) == (480, 1200)


# The borrower's own channels.


def dialled(*dials: Any, params: dict[str, Any] | None = None, slots: Any = None, **changes: Any) -> Case:
    return judged(facts={"attempts": dials, "slots": slots or (slot(), slot("voice", channel="c-second")),
                         "offset": 0, **changes}, params=params or {})


def test_a_telephone_at_its_cap_today_is_left_out_and_another_is_given() -> None:
    two = [attempt(TODAY, minute) for minute in (500, 600)]
    most = {"max_dials_per_number_day": 2, "max_dials_7d": 9, "max_conversations_day": 9}
    assert own.open_channels(dialled(*two, params=most)) == ("c-second",)
    assert own.open_channels(dialled(*two[:1], params=most)) == ("c-voice", "c-second")
    assert own.open_channels(dialled(*two[:1], attempt(TODAY - 1), params=most)) == ("c-voice", "c-second")
    assert own.open_channels(dialled(*two[:1], attempt(TODAY, 700, medium="sms"), params=most)) != ("c-second",)


def test_the_week_and_the_talks_of_today_close_every_telephone_and_no_text_channel() -> None:
    most = {"max_dials_per_number_day": 9, "max_dials_7d": 2, "max_conversations_day": 1}
    mail = (slot(), slot("email"))
    for dials in ((attempt(TODAY), attempt(TODAY - 6)), (attempt(TODAY, outcome="reached-person"),)):
        assert own.open_channels(dialled(*dials, params=most)) == ()
        assert own.borrower_cap(dialled(*dials, params=most)) == said("borrower-cap")
        assert own.open_channels(dialled(*dials, params=most, slots=mail)) == ("c-email",)
        assert own.borrower_cap(dialled(*dials, params=most, slots=mail)) is None
    second = {**most, "max_dials_7d": 9, "max_conversations_day": 2}
    talk = attempt(TODAY, outcome="reached-person")
    assert own.open_channels(dialled(talk, params=second)) == ("c-voice", "c-second")
    assert own.open_channels(dialled(talk, talk, params=second)) == ()
    for dials in ((attempt(TODAY), attempt(TODAY - 7)), (attempt(TODAY - 1, outcome="reached-person"),)):
        assert own.open_channels(dialled(*dials, params=most)) == ("c-voice", "c-second")


@pytest.mark.parametrize(("minute", "opens"), [(479, 480), (480, None), (1259, None), (1260, 480 + 1440)])
def test_the_borrower_is_called_in_his_own_hours(minute: int, opens: int | None) -> None:
    at = TODAY * DAY + minute * MINUTE
    case = judged(facts={"offset": 0}, params={"borrower_hours": (480, 1260)}, at=at)
    until = None if opens is None else TODAY * DAY + opens * MINUTE
    assert own.outside_hours(case) == (None if until is None else said("outside-hours", until=until))
    never = judged(facts={"offset": 0}, params={"borrower_hours": (900, 900)}, at=at)
    assert own.outside_hours(never) == said("outside-hours")


# Consents.


def test_both_consents_cover_a_mode_only_where_nobody_refused() -> None:
    assert consent.both_cover(permitted(), "message") is True
    assert consent.both_cover(permitted(), "call") is False
    ended = (consent_of("contact", ended=True),)
    assert consent.both_cover(judged(contact={"refused": True, "consents": ended}), "number") is False
    assert consent.both_cover(judged(contact={"refused": True}), "number") is True
    only_one = consent_of("contact", modes=frozenset({"number"}))
    assert consent.both_cover(judged(contact={"consents": (only_one,)}), "message") is False


def test_of_several_flawed_consents_the_best_is_told_and_of_equals_the_latest() -> None:
    def told(*consents: Any) -> list[str]:
        return [one.code for one in consent.borrower_consent(judged(facts={"consents": consents}))]

    late, narrow = consent_of("borrower", expires_at=START - 1), consent_of("borrower", modes=frozenset())
    both = consent_of("borrower", expires_at=START - 1, modes=frozenset())
    assert told(late, narrow) == ["borrower-consent-scope"]
    assert told(narrow, late) == ["borrower-consent-expired"]
    assert told(narrow, both) == ["borrower-consent-scope"]
    assert told(both) == ["borrower-consent-expired", "borrower-consent-scope"]
    assert told(late, consent_of("borrower")) == told(consent_of("borrower"), late) == []
    assert told(consent_of("borrower", ended=True)) == ["borrower-consent-withdrawn"]
    assert told() == ["borrower-consent-absent"]


@pytest.mark.parametrize(("changes", "params", "code"), [
    ({"expires_at": START}, {}, None),
    ({"expires_at": START - 1}, {}, "expired"),
    ({"at": START - 9 * DAY}, {"consent_max_age_days": 9}, None),
    ({"at": START - 9 * DAY - 1}, {"consent_max_age_days": 9}, "expired"),
    ({"uses": 1, "max_uses": 2}, {}, None),
    ({"uses": 2, "max_uses": 2}, {}, "scope"),
    ({"account": "another"}, {}, "scope"),
    ({"assurance": 1}, {"borrower_assurance": 1, "contact_assurance": 1}, None),
    ({"assurance": 0}, {"borrower_assurance": 1, "contact_assurance": 1}, "assurance"),
])
@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_a_consent_holds_to_its_last_moment_its_last_use_and_its_least_assurance(
    giver: str, changes: dict[str, Any], params: dict[str, Any], code: str | None,
) -> None:
    one = consent_of(giver, **changes)
    rule = consent.borrower_consent if giver == "borrower" else consent.contact_consent
    found = [reason.code for reason in rule(judged(params=params, **given(giver, one)))]
    assert found == ([] if code is None else [f"{giver}-consent-{code}"])


def test_a_pack_that_asks_for_no_consent_asks_for_none() -> None:
    assert list(consent.borrower_consent(judged(facts={"consents": ()}, params={"borrower_consent": False}))) == []
    assert list(consent.contact_consent(judged(contact={"consents": ()}, params={"contact_consent": False}))) == []
    assert list(consent.contact_consent(judged(contact=None))) == []
    assert list(consent.contact_consent(judged(contact={"consents": (), "refused": True}))) == []


# The notice.


def test_a_notice_is_young_enough_to_its_last_millisecond_and_of_this_placement() -> None:
    case = permitted()
    sent = case.facts.notices
    last = max(one.at for one in sent)
    assert list(notice.notice_given(judged(at=last + 30 * DAY, params={"notice_max_age_days": 30}))) == []
    first = min(one.at for one in sent)
    old = list(notice.notice_given(judged(at=first + 30 * DAY + 1, params={"notice_max_age_days": 30})))
    assert [one.code for one in old] in (["notice-missing"], ["notice-incomplete"])
    assert list(notice.notice_given(judged(account={"placed_at": first}))) == []
    assert list(notice.notice_given(judged(account={"placed_at": last + 1}))) == [
        said("notice-missing", 0, len(notice.needed_channels(case))),
    ]


def test_a_notice_is_waited_for_to_the_end_of_its_grace() -> None:
    last = max(one.at for one in permitted().facts.notices)
    over = last + 7 * DAY
    assert list(notice.notice_given(judged(at=over, params={"grace_days": 7}))) == []
    assert list(notice.notice_given(judged(at=over - 1, params={"grace_days": 7}))) == [
        said("notice-running", until=over),
    ]


def test_without_an_effort_complete_before_it_or_an_account_there_is_no_notice() -> None:
    needed = len(notice.needed_channels(permitted()))
    missing = [said("notice-missing", 0, needed)]
    sent = permitted().facts.notices
    first = min(one.index for one in sent)
    assert list(notice.notice_given(judged(effort={"complete_index": None}))) == missing
    assert list(notice.notice_given(judged(effort={"complete_index": max(one.index for one in sent)}))) == missing
    assert list(notice.notice_given(judged(effort={"complete_index": first - 1}))) == []
    assert list(notice.notice_given(judged(effort={"complete_index": first}))) == [
        said("notice-incomplete", needed - 1, needed),
    ]
    assert list(notice.notice_given(judged(facts={"account": None}))) == missing
    silent = tuple(replace(one, delivered=False) for one in sent)
    assert list(notice.notice_given(judged(facts={"notices": silent}))) == [
        said("notice-incomplete", needed, needed),
    ]
    unnamed = tuple(replace(one, names_caller=False) for one in sent)
    assert list(notice.notice_given(judged(facts={"notices": unnamed}))) == missing
    assert list(notice.notice_given(judged(facts={"notices": unnamed}, account={"placed_at": None}))) == []


def letters(*arrived: int | None, **changes: Any) -> Case:
    """A borrower with one address and nothing else; a letter each, delivered (or not) at that moment."""
    sent = tuple(Notice(10_000 + place, START if at is None else at, 0, "post", True, at is not None)
                 for place, at in enumerate(arrived))
    return judged(facts={"slots": (slot("post", **changes),), "notices": sent}, effort={"slots": ()},
                  params={"grace_days": 7, "lookback_days": 90})


def test_where_nothing_carries_text_one_letter_that_arrived_is_the_notice() -> None:
    assert list(notice.notice_given(letters(START - 7 * DAY))) == []
    assert list(notice.notice_given(letters(START - 8 * DAY, START - DAY))) == []
    assert list(notice.notice_given(letters(START - 7 * DAY + 1))) == [said("notice-running", until=START + 1)]
    assert list(notice.notice_given(letters(None))) == [said("notice-incomplete", 0, 1)]
    assert list(notice.notice_given(letters())) == [said("notice-missing", 0, 1)]


def test_a_letter_to_an_address_that_is_not_personal_or_long_removed_is_no_notice() -> None:
    impossible = [said("notice-impossible")]
    assert list(notice.notice_given(letters(START - 8 * DAY, uses=((0, "work", False),)))) == impossible
    changed = ((0, "personal", False), (START - 90 * DAY, "work", False))
    assert list(notice.notice_given(letters(START - 8 * DAY, uses=changed))) == impossible
    lately = ((0, "personal", False), (START - 90 * DAY + 1, "work", False))
    assert list(notice.notice_given(letters(START - 8 * DAY, uses=lately))) == []
    gone = {"registered": False, "removed_at": START - 90 * DAY}
    assert list(notice.notice_given(letters(START - 8 * DAY, **gone))) == impossible
    kept = {"registered": False, "removed_at": START - 90 * DAY + 1}
    assert list(notice.notice_given(letters(START - 8 * DAY, **kept))) == []


def test_a_consent_for_another_contact_is_none_for_this_one() -> None:
    def told(named: str | None, **changes: Any) -> list[str]:
        case = judged(facts={"consents": (consent_of("borrower", contact=named),)}, **changes)
        return [one.code for one in consent.borrower_consent(case)]

    mine = permitted().contact
    assert mine is not None
    assert told(None) == told(mine.id) == told("another", contact=None) == []
    assert told("another") == ["borrower-consent-absent"]


def test_a_contact_who_was_never_asked_has_not_refused() -> None:
    unasked = {"contact": {"consents": ()}, "params": {"contact_consent": False}}
    assert consent.both_cover(judged(**unasked), "number") is True
    assert consent.both_cover(judged(contact=None), "number") is True


@pytest.mark.parametrize(("languages", "words"), [
    (("zh",), "Z"), (("zh-CN",), "Z"), (("ZH-cn",), "Z"), (("EN",), "E"), (("xx", "en"), "E"), (("en", "zh"), "E"),
    (("pt-BR",), "P"), (("pt-PT", "zh"), "Z"), (("xx",), None), ((), None),
])
def test_the_words_are_in_the_first_language_that_the_pack_speaks(languages: tuple[str, ...], words: str | None,
                                                                  ) -> None:
    scripts = {"restore-contact": {"zh": "Z", "en": "E", "pt-br": "P"}}
    case = judged(contact={"languages": languages}, effective={"scripts": scripts, "messages": {}})
    assert t.script_of(case, "number") == words
    assert t.language_missing(case) == (None if words else said("language-missing"))
    assert t.script_missing(case) is None
    mute = judged(contact={"languages": languages}, effective={"scripts": {}, "messages": scripts})
    assert (t.script_missing(mute), t.language_missing(mute)) == (said("script-missing"), None)
    assert t.script_of(mute, "message") == words


def test_times_are_whole_milliseconds() -> None:
    assert isinstance(t.opens_at(START, 1300, 480, 1200), int)


# What is said of an account that is not there, or where no pack is in force.


def test_without_a_floor_everything_is_refused_and_nothing_else_said() -> None:
    decision = decide(permitted().facts, Packs(Applied(None, ("floor",)), {}), START)
    assert decision == Decision("deny", (said("pack-missing"),), None, None, None, None, None, ())
    assert decision.params is None


def test_of_an_unknown_account_the_agency_hears_what_it_owes_and_what_it_is() -> None:
    case = permitted()
    packs = Packs(case.applied, {})

    def codes(about: str, **owed: Any) -> tuple[str, ...]:
        facts = judged(facts={"borrower": None, "account": None}, caller=owed, ask={"about": about}).facts
        return decide(facts, packs, START).codes

    for about in ("contact", "borrower"):
        assert codes(about) == ("account-not-placed",)
        assert codes(about, oldest_open_permit=START - 48 * HOUR) == ("account-not-placed",)
        assert codes(about, oldest_open_permit=START - 49 * HOUR) == ("outcome-overdue", "account-not-placed")
        assert codes(about, suspended=True) == ("agency-suspended", "account-not-placed")
        assert codes(about, has_key=False) == ("key-revoked", "account-not-placed")
    assert codes("contact", releases_today=1000) == ("collector-alarm", "account-not-placed")
    assert codes("borrower", releases_today=1000) == ("account-not-placed",)


def decided(**changes: Any) -> Decision:
    case = judged(**changes)
    contacts = () if case.contact is None else (case.contact,)
    applied = replace(case.applied, effective=replace(case.effective, params=case.params))
    packs = Packs(applied, {one.id: applied for one in contacts})
    return decide(replace(case.facts, contacts=contacts), packs, START)


def test_a_decision_names_whom_it_judged_and_by_which_values() -> None:
    mine = permitted().contact
    assert mine is not None
    permit = decided()
    assert (permit.verdict, permit.contact, permit.line) == ("permit", mine.id, mine.line_id)
    assert permit.params == permitted().params
    deny = decided(line={"objected": True})
    assert (deny.verdict, deny.contact, deny.line) == ("deny", mine.id, mine.line_id)
    assert (deny.codes, deny.params, deny.packs) == (("contact-objected",), permitted().params, permit.packs)
    nobody = decided(contact=None)
    assert (nobody.contact, nobody.line, nobody.codes[0]) == (None, None, "no-contact")
    channels = decided(ask={"about": "borrower", "purpose": "contact-borrower"})
    assert (channels.verdict, channels.contact, channels.line, channels.approval) == ("permit", None, None, None)
    assert channels.params == permitted().params


def test_an_open_request_is_named_only_where_nothing_but_the_approval_is_missing() -> None:
    waiting = {"facts": {"requests": (request(id="waiting", approvers=0, requested_at=START - HOUR),)}}
    alone = decided(**waiting)
    assert (alone.codes, alone.approval, alone.lacks_only_approval) == (("approval-missing",), "waiting", True)
    both = decided(**waiting, line={"objected": True})
    assert (both.codes, both.approval, both.lacks_only_approval) == (("contact-objected", "approval-missing"), None,
                                                                    False)
