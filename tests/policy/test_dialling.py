"""May this channel be dialled now? The same rules that judge the dial afterwards, told as an agency may know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.model.times import DAY, HOUR, MINUTE, local_day, local_minute, parse_stamp, stamp
from registry.policy import Ask, DialAnswer, facts_from, gather, may_dial, packs_for, zones_of
from registry.policy.applicable import Packs
from registry.policy.dials import judge_dials
from registry.policy.facts.model import Attempt, Callback, Facts, Slot
from registry.policy.rules import RULE_SETS, VERSION_2
from tests.deep import examples
from tests.policy.curve import BEHIND, BEHIND_OFFSET, OFFSET, START, Life, Story
from tests.policy.judged import attempt, permitted, slot

ME = permitted().facts.ask.client
D = 20_000                      # a day; minutes and days are UTC here
VOICE, MAIL = slot(), slot("email")
BARE = {"state": "not-eligible", "missing": [], "next": {"action": "stop"}}


def at(minute: int = 600, day: int = D) -> int:
    return day * DAY + minute * MINUTE


def mine(minute: int, day: int = D, **changes: Any) -> Attempt:
    return attempt(day, minute, agency=ME, **changes)


def theirs(minute: int, day: int = D, **changes: Any) -> Attempt:
    return attempt(day, minute, agency="another", **changes)


def asked(
    *attempts: Attempt, now: int = at(), channel: str = VOICE.channel, slots: tuple[Slot, ...] = (VOICE, MAIL),
    params: Mapping[str, Any] | None = None, **changes: Any,
) -> DialAnswer:
    """The answer about a borrower for whom nothing bars a dial, by floor and cn, with those things changed."""
    case = permitted()
    assert case.facts.account is not None
    account = replace(case.facts.account, due_since=D - 70, limitation_until=D + 900, **changes.pop("account", {}))
    facts: Facts = replace(
        case.facts, **{"at": now, "slots": slots, "attempts": attempts, "offset": 0, "today": now // DAY,
                       "account": account, **changes})
    values = {"min_gap_minutes": 120, "max_dials_per_number_day": 3, "max_dials_7d": 7, "max_conversations_day": 1,
              "borrower_hours": (480, 1260), **(params or {})}
    effective = replace(case.effective, params=replace(case.params, **values))
    return may_dial(facts, channel, Packs(replace(case.applied, effective=effective), {}), now)


def test_nothing_bars_it() -> None:
    answer = asked()
    assert (answer.may_dial, answer.mine, answer.codes, answer.line) == (True, True, (), VOICE.line)
    assert (answer.valid_until, answer.not_before, answer.view) == (at(615), None, {})


# Hours.


@pytest.mark.parametrize(("minute", "opens"), [
    (480, None), (1259, None), (479, at(480)), (1260, at(480, D + 1)), (0, at(480)), (1439, at(480, D + 1)),
])
def test_a_dial_is_made_in_the_lawful_hours(minute: int, opens: int | None) -> None:
    answer = asked(now=at(minute))
    assert (answer.may_dial, answer.not_before) == (opens is None, opens)
    if opens is not None:
        assert answer.view == {"state": "waiting", "missing": [{"code": "outside-hours"}],
                               "next": {"action": "wait"}, "not_before": stamp(opens)}


@pytest.mark.parametrize(("minute", "end"), [(1244, 1259), (1245, 1260), (1250, 1260), (1259, 1260)])
def test_a_ticket_ends_with_the_hours(minute: int, end: int) -> None:
    assert asked(now=at(minute)).valid_until == at(end)


def test_the_hours_hold_in_every_zone_of_the_line() -> None:
    far = (replace(VOICE, offsets=(-180,)),)
    answer = asked(now=at(600), slots=far)
    assert (answer.codes, answer.not_before) == (("outside-hours",), at(660))
    assert asked(now=at(660), slots=far).may_dial
    assert asked(now=at(660), slots=(replace(VOICE, offsets=(595,)),)).valid_until == at(665)
    never = asked(now=at(600), slots=(replace(VOICE, offsets=(720,)),), params={"borrower_hours": (540, 900)})
    assert (never.codes, never.not_before, "not_before" in never.view) == (("outside-hours",), None, False)


# Caps and distance.


@pytest.mark.parametrize(("attempts", "code", "opens"), [
    ((mine(500),), "attempt-too-close", at(620)),
    ((mine(480),), None, None),
    ((mine(481),), "attempt-too-close", at(601)),
    ((mine(590, medium="email", outcome="delivered"),), None, None),
    ((mine(590, medium="email", outcome="not-alerted"),), "attempt-too-close", at(710)),
    (tuple(mine(480 + 20 * one) for one in range(3)), "borrower-cap", at(480, D + 1)),
    (tuple(mine(600, D - 1 - one) for one in range(6)), None, None),
    ((*(mine(600, D - one) for one in range(1, 7)), mine(480)), "borrower-cap", at(480, D + 1)),
    ((mine(480, outcome="reached-person"),), "borrower-cap", at(480, D + 1)),
    ((mine(600, D - 1, outcome="reached-person"),), None, None),
])
def test_caps_and_distance_are_those_that_judge_attempts(
    attempts: tuple[Attempt, ...], code: str | None, opens: int | None,
) -> None:
    answer = asked(*attempts, params={"min_gap_minutes": 10} if code == "borrower-cap" else None)
    if code == "borrower-cap":
        assert answer.codes == (code,)
    assert (answer.may_dial, answer.not_before) == (code is None, opens)
    if code is not None and opens is not None:
        assert (answer.view["state"], answer.view["missing"], answer.view["not_before"]) == (
            "waiting", [{"code": code}], stamp(opens))


def test_a_text_is_bound_by_the_hours_alone() -> None:
    full = tuple(mine(480 + 20 * one) for one in range(3))
    assert asked(*full, channel=MAIL.channel).may_dial
    assert asked(*full, channel=MAIL.channel, now=at(300)).codes == ("outside-hours",)


@pytest.mark.parametrize("attempts", [
    (theirs(550),), tuple(theirs(480 + 20 * one) for one in range(3)), (theirs(480, outcome="reached-person"),),
])
def test_what_others_dialled_shows_only_as_a_bare_no(attempts: tuple[Attempt, ...]) -> None:
    answer = asked(*attempts)
    assert not answer.may_dial
    assert answer.not_before is not None
    assert answer.view == BARE


def test_where_its_own_dials_bar_it_too_it_is_told_of_these_alone() -> None:
    answer = asked(mine(500), theirs(590))
    assert answer.not_before == at(710)
    assert answer.view["not_before"] == stamp(at(620))


def test_with_a_cap_of_nought_no_time_is_told() -> None:
    answer = asked(params={"max_dials_7d": 0})
    assert (answer.codes, answer.not_before, answer.view) == (
        ("borrower-cap",), None, {"state": "waiting", "missing": [{"code": "borrower-cap"}],
                                  "next": {"action": "wait"}})


# Whose line, and what the borrower wants.


@pytest.mark.parametrize(("changes", "code"), [
    ({"uses": ((0, "work", False),)}, "no-channel"), ({"uses": ((0, "shared", False),)}, "no-channel"),
    ({"registered": False}, "no-channel"), ({"medium": "post"}, "no-channel"), ({"doubted": True}, "no-channel"),
    ({"registered": False, "removed_at": at() - 91 * DAY}, "no-channel"),
    ({"registered": False, "removed_at": at() - 89 * DAY}, None),
    ({"of_contact": True}, "line-is-contact"), ({"alone": False}, None),
])
def test_only_the_borrowers_own_personal_lines_are_dialled(changes: dict[str, Any], code: str | None) -> None:
    answer = asked(slots=(replace(VOICE, **changes),))
    assert answer.codes == (() if code is None else (code,))
    assert answer.view == ({} if code is None else BARE)


def test_a_channel_that_is_not_there_is_told_as_an_account_that_is_not() -> None:
    answer = asked(channel="c-unheard-of")
    assert (answer.may_dial, answer.mine, answer.codes, answer.line, answer.view) == (
        False, False, ("no-channel",), None, BARE)
    assert asked(account={"placed_at": None}).codes == ("account-not-placed",)
    assert asked(account={"placed_at": None}).view == BARE


def offer(**changes: Any) -> Callback:
    return replace(Callback(at(0, D + 2), ("15:00-16:00",), None, None), **changes)


@pytest.mark.parametrize(("callback", "now", "may"), [
    (offer(), at(899), False), (offer(), at(900), True), (offer(), at(959), True), (offer(), at(960), False),
    (offer(channel=VOICE.channel), at(900), True), (offer(channel=MAIL.channel), at(900), False),
    (offer(windows=()), at(600), True), (offer(until=at(599)), at(600), True),
    (offer(windows=("06:00-07:00",)), at(390), False),      # never in unlawful hours, whoever asks for it
])
def test_who_offers_to_be_called_is_called_then_and_there(callback: Callback, now: int, may: bool) -> None:
    answer = asked(callback=callback, now=now)
    assert answer.may_dial is may
    if not may and answer.codes == ("callback-offered",):
        assert (answer.view["state"], answer.view["next"]["action"]) == ("callback", "call-borrower")


def test_the_next_window_is_told_and_a_ticket_ends_with_it() -> None:
    assert asked(callback=offer()).view["not_before"] == stamp(at(900))
    assert asked(callback=offer(), now=at(960)).view["not_before"] == stamp(at(900, D + 1))
    assert "not_before" not in asked(callback=offer(until=at(961)), now=at(960)).view
    assert asked(callback=offer(), now=at(950)).valid_until == at(960)


def test_a_channel_that_the_borrower_names_may_be_the_one_at_work() -> None:
    work = replace(VOICE, uses=((0, "work", False),))
    assert asked(slots=(work,), callback=offer(channel=work.channel, windows=())).may_dial
    assert not asked(slots=(work,), callback=offer(windows=())).may_dial


def test_an_address_for_post_is_not_dialled_though_the_borrower_names_it() -> None:
    post = slot("post")
    assert asked(slots=(post,), channel=post.channel, callback=offer(channel=post.channel, windows=())).codes == (
        "no-channel",)


def test_every_reason_is_told_those_of_the_account_and_those_of_the_holds() -> None:
    assert set(asked(account={"state": "paid"}, holds=("dispute",)).codes) == {"account-not-open", "hold-dispute"}


def test_what_does_not_pass_has_no_time_beside_what_does() -> None:
    answer = asked(now=at(479), holds=("dispute",))
    assert (set(answer.codes), answer.not_before) == ({"hold-dispute", "outside-hours"}, None)
    assert "not_before" not in answer.view


def test_the_distance_is_kept_from_dials_and_not_from_texts_in_between() -> None:
    text = mine(599, medium="sms", outcome="delivered")
    assert asked(mine(590), text).not_before == at(710)
    assert asked(text).may_dial


def test_a_cap_of_the_day_ends_with_the_day_where_the_borrower_lives() -> None:
    far = {"offset": 480, "today": (at() + 480 * MINUTE) // DAY}
    dials = tuple(replace(one, minute=one.minute + 480, earliest=one.minute + 480, latest=one.minute + 480)
                  for one in (mine(10), mine(200), mine(400)))
    answer = asked(*dials, **far)
    assert answer.codes == ("borrower-cap",)
    # Midnight there is 16:00 UTC of the day; the lawful hours begin eight hours later.
    assert answer.not_before == at(0, D + 1)


def test_what_the_entry_says_of_an_answer() -> None:
    permit, refusal = asked(), asked(now=at(479))
    packs = [one.value() for one in permit.packs]
    assert permit.members("b", "l") == {
        "may_dial": True, "reasons": [], "packs": packs, "borrower": "b", "lender": "l", "line": VOICE.line,
        "not_before": None, "valid_until": stamp(at(615)),
    }
    assert refusal.members("b", "l") == {
        "may_dial": False, "reasons": ["outside-hours"], "packs": packs, "borrower": "b", "lender": "l",
        "line": VOICE.line, "not_before": stamp(at(480)), "valid_until": None,
    }
    foreign = asked(account={"placed_at": None}).members("b", "l")
    assert (foreign["borrower"], foreign["lender"], foreign["line"]) == (None, None, None)


@pytest.mark.parametrize(("until", "may"), [(at(599), True), (at(600), False)])
def test_an_offer_holds_until_its_last_moment(until: int, may: bool) -> None:
    assert asked(callback=offer(until=until)).may_dial is may


# Properties.


def dials() -> st.SearchStrategy[list[Attempt]]:
    one = st.builds(
        lambda day, minute, who, outcome, medium, place: attempt(
            D - day, minute, outcome, agency=who, medium=medium, slot=place),
        st.integers(0, 8), st.integers(0, 1439), st.sampled_from((ME, "another", None)),
        st.sampled_from(("no-answer", "busy", "reached-person", "not-alerted", "voicemail")),
        st.sampled_from(("voice", "voice", "sms")), st.integers(-1, 1),
    )
    return st.lists(one, max_size=9, unique_by=lambda made: made.index)


@settings(max_examples=examples(150), deadline=None)
@given(dials(), st.integers(0, 1439))
def test_what_is_permitted_is_no_fault_afterwards_and_what_is_refused_is_one(
    before: list[Attempt], minute: int,
) -> None:
    known = [one for one in before if one.began <= at(minute)]
    answer = asked(*known, now=at(minute))
    made = attempt(D, minute, "unknown", agency=ME, index=10**9)
    unlawful, close = judge_dials([*known, made], replace(permitted().params, **{
        "min_gap_minutes": 120, "max_dials_per_number_day": 3, "max_dials_7d": 7, "max_conversations_day": 1,
        "borrower_hours": (480, 1260)}))
    assert answer.may_dial is not (10**9 in unlawful | close)


@settings(max_examples=examples(100), deadline=None)
@given(dials(), dials(), st.integers(0, 1439))
def test_another_attempt_never_permits(before: list[Attempt], more: list[Attempt], minute: int) -> None:
    known = {one.index for one in before}
    added = [*before, *(one for one in more if one.index not in known)]
    assert asked(*before, now=at(minute)).may_dial or not asked(*added, now=at(minute)).may_dial


@settings(max_examples=examples(60), deadline=None)
@given(dials(), st.integers(0, 1439), st.sampled_from([
    {"grade": -1}, {"flaw": "attempt-not-attested"}, {"refused": True}, {"ring": -1}, {"logged_day": 0},
]))
def test_how_well_an_attempt_is_attested_changes_no_answer(
    before: list[Attempt], minute: int, changes: dict[str, Any],
) -> None:
    worse = [replace(one, **changes) for one in before]
    assert asked(*before, now=at(minute)) == asked(*worse, now=at(minute))


@settings(max_examples=examples(100), deadline=None)
@given(dials(), st.integers(0, 1439))
def test_at_the_time_that_is_told_the_dial_is_permitted(before: list[Attempt], minute: int) -> None:
    known = [one for one in before if one.began <= at(minute)]
    answer = asked(*known, now=at(minute))
    if answer.not_before is not None:
        assert asked(*known, now=answer.not_before).may_dial
        assert not asked(*known, now=answer.not_before - MINUTE).may_dial or answer.not_before - MINUTE < at(minute)


@settings(max_examples=examples(100), deadline=None)
@given(dials(), st.integers(480, 1259))
def test_of_others_dials_an_agency_learns_no_time(before: list[Attempt], minute: int) -> None:
    known = [one for one in before if one.began <= at(minute)]
    own = asked(*(one for one in known if one.agency == ME), now=at(minute))
    whole = asked(*known, now=at(minute))
    assert whole.view == (own.view or ({} if whole.may_dial else BARE))


def test_without_rules_there_is_no_dial() -> None:
    case = permitted()
    packs = Packs(case.applied, {})
    channel = case.facts.slots[0].channel
    assert may_dial(case.facts, channel, packs, START).may_dial
    assert not may_dial(case.facts, channel, packs, START, RULE_SETS["1"]).may_dial
    for name in ("dial", "dial_line"):
        assert replace(VERSION_2, **{name: ()}) != VERSION_2
    assert not may_dial(case.facts, channel, packs, START, replace(VERSION_2, dial=())).may_dial
    assert not may_dial(case.facts, channel, Packs(replace(case.applied, effective=None), {}), START).may_dial


# The lookup's `next` and the dial check agree.


class Checked(Life):
    """A life in which whoever dials asks first, at the very moment that the lookup named."""

    def __init__(self, story: Story, seed: int) -> None:
        self.checked = 0
        super().__init__(story, seed)

    def _follow(self, view: Mapping[str, Any], now: int) -> int:
        step = view["next"]
        if step["action"] == "dial" and "channel" in step:
            due = max(now, parse_stamp(step["not_before"]) if "not_before" in step else now)
            answer = self._may_dial(step["channel"], due)
            assert answer.may_dial, (answer.codes, stamp(due))
            self.checked += 1
        return super()._follow(view, now)

    def _may_dial(self, channel: str, due: int) -> DialAnswer:
        self.catch_up()
        history = gather(self.source, self.case.account)
        offsets = {zone: BEHIND_OFFSET if zone == BEHIND else OFFSET for zone in zones_of(history)}
        facts = facts_from(history, Ask("", self.case.account, self.agency, "", "dial", "", "", offsets), due)
        return may_dial(facts, channel, packs_for(self.source.directory, facts, due), due)


@pytest.mark.parametrize("story", [
    Story("floor"), Story("cn"), Story("cn", busy=0.3), Story("us", answers_on=3), Story("us", far=True),
], ids=str)
def test_who_follows_next_is_never_refused_by_the_dial_check(story: Story) -> None:
    life = Checked(story, 1)
    life.run()
    assert life.checked > 5


def test_local_time_is_local() -> None:
    """The cases above are in UTC: one that is not."""
    now = at(60)    # nine in the morning in Shanghai
    assert (local_day(now, OFFSET), local_minute(now, OFFSET)) == (D, 540)
    assert asked(now=now, offset=OFFSET).may_dial
    assert asked(now=now + 12 * HOUR, offset=OFFSET).not_before == at(480, D + 1) - OFFSET * MINUTE
