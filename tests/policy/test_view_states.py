"""Each state of the collector's view, whole: what was refused, what is shown of it, what to do next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.model.times import DAY, HOUR, MINUTE, local_day, stamp
from registry.policy import account_view, collector_view
from registry.policy.facts.model import Callback, Facts, Notice
from registry.policy.reasons import Reason, in_order
from registry.policy.values import Decision
from tests.policy.judged import attempt, judged, params_of, permitted, slot, tried
from tests.policy.world import OFFSET, START

FACTS = permitted().facts
ME = FACTS.ask.client
SOON = START + 2 * HOUR


def view(*reasons: Reason | str, facts: Facts = FACTS, system: tuple[str, ...] = (), at: int = START,
         **params: Any) -> dict[str, Any]:
    """Without the channels."""
    given = tuple(Reason(one) if isinstance(one, str) else one for one in reasons)
    denied = Decision("deny", given, None, None, None, None, None, (), params=params_of(**params))
    whole = collector_view(facts, denied, system, at)
    assert list(whole) == ["state", "missing", "channels", "next"]
    return {key: value for key, value in whole.items() if key != "channels"}


def state(name: str, action: str, *missing: dict[str, Any], **following: Any) -> dict[str, Any]:
    return {"state": name, "missing": list(missing), "next": {"action": action, **following}}


NOT_ELIGIBLE = state("not-eligible", "stop")


def untried(*attempts: Any, **changes: Any) -> Facts:
    """An agency placed with an account of which only these attempts were made."""
    return replace(tried(*attempts), **changes)


@pytest.mark.parametrize(("reasons", "shown"), [
    ((Reason("notice-missing", 0, 2),), state("notice-needed", "send", {"code": "notice-missing", "have": 0,
                                                                        "need": 2})),
    ((Reason("notice-incomplete", 1, 2),), state("notice-needed", "send", {"code": "notice-incomplete", "have": 1,
                                                                           "need": 2})),
    ((Reason("outside-hours", not_before=SOON),), state("waiting", "wait", {
        "code": "outside-hours", "not_before": stamp(SOON)}, not_before=stamp(SOON))),
    ((Reason("outside-hours"),), state("waiting", "wait", {"code": "outside-hours"})),
    ((Reason("approval-missing", 0, 1),), state("approval-needed", "ask-approval", {
        "code": "approval-missing", "have": 0, "need": 1})),
    ((Reason("outside-hours"), Reason("approval-missing", 0, 1)), state("waiting", "wait", {
        "code": "outside-hours"}, {"code": "approval-missing", "have": 0, "need": 1})),
    ((), NOT_ELIGIBLE), (("reached-recently",), NOT_ELIGIBLE), (("attempts-too-few",), NOT_ELIGIBLE),
    (("attempt-unlawful",), NOT_ELIGIBLE), (("contact-objected",), NOT_ELIGIBLE),
    (("contact-objected", "notice-missing"), NOT_ELIGIBLE),
    (("purpose-not-allowed",), state("fix-request", "stop", {"code": "purpose-not-allowed"})),
    (("mode-not-allowed", "contact-objected"), state("fix-request", "stop", {"code": "mode-not-allowed"})),
    (("key-revoked", "outcome-overdue"), state("fix-request", "report-outcome", {"code": "key-revoked"},
                                               {"code": "outcome-overdue"})),
    (("feed-stale",), state("unavailable", "ask-lender", {"code": "feed-stale"})),
    (("releases-stopped", "key-revoked"), state("unavailable", "wait", {"code": "releases-stopped"})),
    (("hold-dispute", "contact-objected"), state("paused", "stop")),
    (("hold-dispute", "hold-cease"), state("stopped", "stop")),
    (("callback-offered", "contact-objected"), state("callback", "call-borrower")),
    (("callback-offered", "hold-dispute"), state("paused", "stop")),
])
def test_each_refusal_is_one_state(reasons: tuple[Reason | str, ...], shown: dict[str, Any]) -> None:
    assert view(*reasons) == shown


def test_system_codes_are_shown_in_the_fixed_order_each_once() -> None:
    assert view("feed-stale", system=("vault-unavailable", "log-unavailable", "feed-stale")) == state(
        "unavailable", "ask-lender", {"code": "log-unavailable"}, {"code": "vault-unavailable"},
        {"code": "feed-stale"},
    )


def test_an_offer_names_its_channel_where_it_has_one() -> None:
    for channel, following in ((None, {}), ("c", {"channel": "c"})):
        facts = replace(FACTS, callback=Callback(START, (), channel, None))
        assert view("callback-offered", facts=facts) == state("callback", "call-borrower", **following)


def test_what_its_own_attempts_lack_is_shown_in_its_own_numbers_with_their_flaws() -> None:
    day = START // DAY - 3
    night = attempt(day, 300, agency=ME)
    facts = untried(attempt(day, 600, agency=ME), night)
    shown = view("attempts-too-few", "attempt-unlawful", facts=facts, min_attempts=3, min_days=1, span_days=0,
                 min_dayparts=1, per_line_counted=1, max_staleness_days=60)
    assert shown["state"] == "trying"
    assert shown["missing"] == [{"code": "attempts-too-few", "have": 1, "need": 3}, {"code": "attempt-unlawful"}]
    assert shown["next"] == {"action": "dial", "channel": "c-voice", **(
        {"not_before": shown["next"]["not_before"]} if "not_before" in shown["next"] else {}
    )}
    assert view("days-too-few", facts=facts, min_attempts=3)["missing"][0]["code"] == "channels-incomplete"
    assert view("notice-missing", facts=facts, min_attempts=3) == state("notice-needed", "send",
                                                                      {"code": "notice-missing"})


def test_one_notice_is_sent_a_day_so_the_next_waits_for_the_borrowers_midnight() -> None:
    midnight = local_day(START, OFFSET) * DAY - OFFSET * MINUTE
    for sent, told in ((midnight - 1, {}), (midnight, {"not_before": stamp(midnight + DAY)}),
                       (START, {"not_before": stamp(midnight + DAY)})):
        facts = replace(FACTS, notices=(Notice(1, sent, 0, "sms", True, False),))
        assert view("notice-incomplete", facts=facts)["next"] == {"action": "send", **told}


def test_a_permit_that_lapsed_sends_the_agency_back_to_dialling() -> None:
    shown = view("permit-expired")
    assert (shown["state"], shown["missing"]) == ("trying", [{"code": "permit-expired"}])
    assert shown["next"]["action"] == "dial"
    assert shown["next"]["channel"] in {one.channel for one in FACTS.slots}


def test_its_own_mailbox_is_waited_for_and_shown_and_anothers_is_not() -> None:
    day = START // DAY - 1
    mailbox = attempt(day, 600, "voicemail", agency=ME)
    until = mailbox.at + 2 * DAY
    own = view("reached-recently", facts=untried(mailbox), cooling_days=2)
    assert own == state("waiting", "wait", {"code": "reached-recently", "not_before": stamp(until)},
                        not_before=stamp(until))
    rivals = untried(attempt(day, 600, "voicemail", agency="rival"))
    assert view("reached-recently", facts=rivals, cooling_days=2) == NOT_ELIGIBLE


def test_while_the_notice_runs_its_end_or_the_next_dial_comes_first() -> None:
    running = Reason("notice-running", not_before=SOON)
    missing = {"code": "notice-running", "not_before": stamp(SOON)}
    assert view(running, facts=untried()) == state("notice-running", "wait", missing, not_before=stamp(SOON))
    assert view("notice-running", facts=untried()) == state("notice-running", "wait", {"code": "notice-running"})
    last = attempt(START // DAY - 5, 600, agency=ME)
    for days, due in ((6, last.at + 4 * DAY), (7, last.at + 5 * DAY)):
        shown = view(running, facts=untried(last), at=due - 1, max_staleness_days=days)
        assert shown["next"] == {"action": "wait", "not_before": stamp(min(due, SOON))}
        later = view(running, facts=untried(last), at=due, max_staleness_days=days)
        assert (later["state"], later["missing"]) == ("notice-running", [missing])
        assert later["next"]["action"] == "dial"
        assert later["next"]["channel"] == "c-voice"
    night = view(running, facts=untried(last), at=last.at + 4 * DAY + 14 * HOUR, max_staleness_days=6)
    afternoon = stamp(last.at + 5 * DAY + 2 * HOUR)     # the morning was tried
    assert night["next"] == {"action": "dial", "channel": "c-voice", "not_before": afternoon}


def test_channels_are_shown_with_what_the_agency_itself_did_on_each() -> None:
    day = START // DAY - 3
    dials = [attempt(day, 300, agency=ME), attempt(day, 600, agency=ME), attempt(day, 900, agency="rival")]
    facts = replace(tried(*dials, slots=(slot(), slot("email"))))
    denied = Decision("deny", (), None, None, None, None, None, (), params=params_of(per_line_counted=1))
    assert collector_view(facts, denied, (), START)["channels"] == [
        {"channel": "c-voice", "medium": "voice", "counted": 1, "covered": True, "flagged": 1,
         "last_at": stamp(dials[1].at)},
        {"channel": "c-email", "medium": "email", "counted": 0, "covered": False, "flagged": 0, "last_at": None},
    ]


@pytest.mark.parametrize("facts", [
    replace(FACTS, account=None), judged(account={"placed_at": None}).facts,
])
def test_of_an_account_that_is_not_the_agencys_only_what_the_agency_owes_is_shown(facts: Facts) -> None:
    hidden = ("account-not-placed", "purpose-not-allowed", "feed-stale", "agency-suspended", "hold-dispute")
    assert view(*hidden, facts=facts) == NOT_ELIGIBLE
    assert view(*hidden, "outcome-overdue", facts=facts) == state("fix-request", "report-outcome",
                                                                 {"code": "outcome-overdue"})
    assert view(*hidden, "key-revoked", facts=facts) == state("fix-request", "stop", {"code": "key-revoked"})
    assert view(*hidden, "releases-stopped", facts=facts) == state("unavailable", "wait",
                                                                  {"code": "releases-stopped"})
    assert view(*hidden, facts=facts, system=("inbox-waiting",)) == state("unavailable", "wait",
                                                                         {"code": "inbox-waiting"})


def test_without_packs_in_force_nothing_of_the_account_is_shown() -> None:
    denied = Decision("deny", (Reason("pack-missing"),), None, None, None, None, None, ())
    assert collector_view(FACTS, denied, (), START) == {**NOT_ELIGIBLE, "channels": []}


@pytest.mark.parametrize(("changes", "collection"), [
    ({}, "allowed"), ({"holds": ("dispute",)}, "paused"), ({"holds": ("dispute", "cease")}, "stopped"),
    ({"account": None}, "stopped"), ({"account": judged(account={"state": "paid"}).facts.account}, "stopped"),
])
def test_an_account_may_be_collected_unless_it_is_held_or_closed(changes: dict[str, Any], collection: str) -> None:
    assert account_view(replace(FACTS, **changes), START) == {"collection": collection}


def test_an_open_offer_is_shown_whole_to_its_last_moment() -> None:
    facts = replace(FACTS, callback=Callback(START, ("18:00-20:00",), "c", "zh"))
    assert account_view(facts, START) == {"collection": "allowed", "callback": {
        "until": stamp(START), "windows": ["18:00-20:00"], "channel": "c", "language": "zh",
    }}
    assert account_view(facts, START + 1) == {"collection": "allowed"}
    bare = replace(FACTS, callback=Callback(START, (), None, None))
    assert account_view(bare, START)["callback"] == {"until": stamp(START), "windows": []}


def test_several_reasons_are_in_the_fixed_order_and_the_first_of_a_code_stands() -> None:
    one, two = Reason("attempts-too-few", 1, 8), Reason("attempts-too-few", 2, 8)
    last, first = Reason("approval-missing"), Reason("feed-stale")
    assert in_order([last, one, first, two]) == (first, one, last)
    assert in_order([]) == ()
    assert in_order([last]) == (last,)
    assert in_order([last, first]) == (first, last)
