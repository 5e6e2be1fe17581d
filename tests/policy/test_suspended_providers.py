"""A provider that is not believed: what it said proves nothing, and still stands against a release (P2, P7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.catalogue.providers import RESUMED, SUSPENDED
from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.policy import (
    Readings,
    collector_view,
    decide,
    facts_from,
    gather,
    packs_for,
    restricted_since,
    zones_of,
)
from registry.policy.decide import believing
from registry.policy.facts.model import Facts
from registry.policy.parties import Provider, disbelieves
from registry.policy.timeline import timeline
from registry.policy.values import Ask
from tests.deep import examples
from tests.policy.test_properties import ASKED, STORIES, judged
from tests.policy.world import (
    FULL,
    GONE,
    MAILBOX,
    OFF,
    OFFSET,
    PERSON,
    START,
    Case,
    Source,
    World,
    ident,
    when,
)

OTHER = ident("another provider")


def suspend(world: World, at: int, since: int | None = None, provider: str | None = None) -> None:
    body = {"provider": provider or world.provider} | ({} if since is None else {"since": stamp(since)})
    world.add(at, SUSPENDED, body, Actor("officer", world.officer), [world.officer])


def resume(world: World, at: int, provider: str | None = None) -> None:
    world.add(at, RESUMED, {"provider": provider or world.provider}, Actor("officer", world.officer), [world.officer])


def facts_of(world: World, case: Case, at: int = START) -> Facts:
    return world.judge(case, at)[0]


def believed(world: World, case: Case, at: int = START) -> list[bool]:
    return [one.believed for one in facts_of(world, case, at).attempts]


# What is believed, and what is not.


def test_a_thief_invents_attempts_an_officer_suspends_since_yesterday_and_the_lookup_is_refused() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[:-1])
    world.texts(case)
    world.attempt(case, when(-9, "11:30"))                  # invented with the leaked secret
    world.notice(case, when(-9, "15:00"))
    world.attempt(case, when(-2, "09:30"))
    world.approve(case)
    assert world.ask(case).verdict == "permit"
    suspend(world, START - HOUR, since=when(-10, "20:00"))
    denied = world.ask(case)
    assert denied.verdict == "deny"
    assert {"attempt-not-attested", "attempts-too-few"} <= set(denied.codes)


@pytest.mark.parametrize(("since", "expected"), [
    (None, [True] * 3), (when(-5, "09:31"), [False] * 3), (when(-5, "09:31") + 1, [True, False, False]),
    (when(-3, "09:31"), [True, True, False]), (0, [False] * 3),
])
def test_attempts_are_not_believed_from_the_moment_on_that_the_officer_names(
    since: int | None, expected: list[bool],
) -> None:
    world = World()
    case = world.agreed()
    for day in (-5, -4, -3):
        world.attempt(case, when(day, "09:30"))
    suspend(world, START - HOUR, since)
    assert believed(world, case) == expected


def test_whatever_is_logged_while_a_provider_is_suspended_is_not_believed_also_after_it_is_taken_up_again() -> None:
    world = World()
    case = world.agreed()
    suspend(world, when(-6))
    world.attempt(case, when(-5, "09:30"))
    resume(world, when(-4))
    world.attempt(case, when(-3, "09:30"))
    assert believed(world, case, when(-5, "09:40")) == [False]
    assert believed(world, case) == [False, True]
    suspend(world, START - HOUR, since=when(-2))
    assert believed(world, case) == [False, True]
    suspend(world, START - MINUTE, since=when(-3, "09:00"))
    assert believed(world, case) == [False, False]


def test_a_moment_that_lies_ahead_is_the_moment_of_the_entry() -> None:
    provider = Provider("id", "name", "neutral", "B", "neutral", None, None, None)
    provider.suspend(7, 50, 90)
    assert (provider.suspended_at, provider.suspended_index) == (50, 7)
    assert [disbelieves(provider.doubts, at, 9) for at in (49, 50, 90)] == [False, True, True]
    provider.resume(12)
    assert (provider.suspended_at, provider.suspended_index) == (None, 7)
    assert [disbelieves(provider.doubts, 60, index) for index in (11, 12, 13)] == [True, False, False]


def test_another_providers_attempts_are_believed_all_the_same() -> None:
    world = World()
    case = world.agreed()
    world.add_provider(when(-100), OTHER, "neutral")
    world.attempt(case, when(-5, "09:30"), provider=OTHER)
    world.attempt(case, when(-4, "09:30"))
    suspend(world, START - HOUR, 0)
    assert believed(world, case) == [True, False]
    suspend(world, START - MINUTE, 0, provider=ident("nobody's account"))
    assert believed(world, case) == [True, False]


def test_a_sign_of_life_by_a_suspended_provider_counts() -> None:
    for during in (False, True):
        world = World()
        case = world.unreachable()
        suspend(world, START - 2 * HOUR, since=START - 2 * HOUR if during else START - DAY)
        world.attempt(case, START - (90 if during else 150) * MINUTE, outcome=PERSON)
        facts, decision = world.judge(case)
        assert not facts.attempts[-1].believed
        assert [one.index for one in facts.resets] == [facts.attempts[-1].index]
        assert "sign-of-life" in decision.codes


def test_a_mailbox_told_of_by_a_suspended_provider_still_makes_everybody_wait() -> None:
    world = World()
    case = world.unreachable()
    world.attempt(case, when(-1, "15:00"), outcome=MAILBOX)
    suspend(world, START - HOUR, since=when(-1))
    assert "reached-recently" in world.ask(case).codes


# Who asks, and who judges, is told.


def test_the_timeline_says_of_each_attempt_that_its_provider_is_not_believed() -> None:
    world = World()
    case = world.unreachable()
    suspend(world, START - HOUR, since=when(-11))
    facts, decision = world.judge(case)
    assert decision.params is not None
    told = timeline(facts, decision.params, START)
    assert [one.why for one in told if not one.attempt.believed] == ["provider-suspended"] * 3
    assert sum(1 for one in told if one.counts == "counted") == 6


def test_the_agency_learns_that_its_own_attempts_are_not_attested() -> None:
    world = World()
    case = world.unreachable()
    suspend(world, START - HOUR, since=when(-11))
    view = world.view(case)
    assert view["state"] == "trying"
    assert "attempt-not-attested" in [one["code"] for one in view["missing"]]


# Kept readings.


def test_what_was_read_before_is_read_again_once_its_provider_is_suspended_or_taken_up() -> None:
    world = World()
    case = world.unreachable()
    suspend(world, START - HOUR, since=when(-11))
    resume(world, START - MINUTE)
    source, readings = Source.of([]), Readings()
    asked: dict[str, Any] = {"lookup": ident("lookup"), "account": case.account, "client": world.agency,
                             "agent": "A-17", "about": "contact", "purpose": "restore-contact", "mode": "number"}
    for entry in world.log():
        grown = Source.of([one for one in world.log() if one.index <= entry.index])
        # One source that grows: the directory is its own, and the notes are gone on with.
        source = Source(grown.directory, grown.filed, grown.accounts)
        if source.borrower_of(case.account) is None:
            continue
        history = gather(source, case.account)
        ask = Ask(**asked, offsets=dict.fromkeys(zones_of(history), OFFSET))
        kept, anew = facts_from(history, ask, entry.at, readings), facts_from(history, ask, entry.at)
        assert kept == anew, entry.kind
    assert [one.believed for one in kept.attempts].count(False) == 3


# Between a permit and its opening.


@pytest.mark.parametrize(("since", "provider", "restricts"), [
    (None, None, False), (when(-3), None, True), (0, OTHER, False), (when(-2, "09:31"), None, True),
    (when(-2, "09:31") + 1, None, False),
])
def test_a_suspension_closes_a_permit_that_rests_on_what_is_not_believed_any_more(
    since: int | None, provider: str | None, restricts: bool,
) -> None:
    world = World()
    case = world.unreachable()
    world.add_provider(when(-100), OTHER, "neutral")
    place = len(world.log()) - 1
    suspend(world, START + MINUTE, since, provider)
    history = gather(Source.of(world.log()), case.account)
    assert restricted_since(history, place, world.agency) is restricts
    assert not restricted_since(history, place + 1, world.agency), "what came before the permit was weighed in it"
    resume(world, START + 2 * MINUTE)
    assert restricted_since(gather(Source.of(world.log()), case.account), place, world.agency) is restricts


# Tightening never loosens.


def test_where_what_was_not_believed_alone_stood_against_a_permit_it_still_does() -> None:
    """Every channel proven dead within two days is too short a span, whatever was tried before. Not to believe one
    bounce would make the person merely silent, and the older attempts enough."""
    world = World()
    case = world.agreed(channels=("voice", "post"), mobile=False)
    world.add_provider(when(-100), OTHER, "neutral")
    world.place(case)
    world.dials(case, outcome=OFF)
    world.notice(case, when(-9, "15:00"), ["post"])
    world.attempt(case, when(-6, "09:30"), outcome=GONE)
    world.attempt(case, when(-3, "09:30"), outcome=GONE, provider=OTHER)
    world.approve(case)
    assert "span-too-short" in world.ask(case).codes
    suspend(world, START - HOUR, 0, provider=OTHER)
    facts, denied = world.judge(case)
    assert denied.verdict == "deny"
    assert "span-too-short" in denied.codes
    view = collector_view(facts, denied, (), START)
    assert view == collector_view(facts, replace(denied, effort=None), (), START)
    assert (view["state"], view["missing"]) == ("not-eligible", []), "the agency's own effort lacks nothing"
    flawed = [one if one.believed else replace(one, believed=True, flaw="attempt-not-attested")
              for one in facts.attempts]
    without = replace(facts, attempts=tuple(flawed), weighings={})
    assert believing(without) is None
    packs = packs_for(Source.of(world.log()).directory, without, START)
    assert decide(without, packs, START).verdict == "permit", "what is merely unproven would have opened it"


def changed(draft: Draft, **members: Any) -> Draft:
    return Draft(draft.id, draft.kind, draft.by, {**draft.body, **members}, draft.auth)


def two_providers(entries: list[Entry], others: list[bool]) -> list[Entry]:
    """The log with some attempts by another provider, each provider's numbered as they came."""
    founded = next(one for one in entries if one.kind == "provider-registered/1")
    body = {**founded.body, "provider": OTHER, "name": "another"}
    drafts = [(one.at, one.draft) for one in entries]
    drafts.insert(founded.index + 1, (founded.at, Draft(OTHER, founded.kind, founded.by, body, founded.auth)))
    numbers: dict[str, int] = {}
    log, left = [], iter(others)
    for index, (at, draft) in enumerate(drafts):
        made = draft
        if draft.kind in ATTEMPTS:
            provider = OTHER if next(left) else draft.body["provider"]
            numbers[provider] = numbers.get(provider, 0) + 1
            made = changed(draft, provider=provider, seq=numbers[provider])
        log.append(Entry(index, at, made))
    return log


def inserted(log: list[Entry], at: int, draft: Draft) -> list[Entry]:
    """The log with one entry more, behind all that were logged until then."""
    place = sum(1 for one in log if one.at <= at)
    return [*log[:place], Entry(place, at, draft), *(Entry(one.index + 1, one.at, one.draft) for one in log[place:])]


@settings(max_examples=examples(150), deadline=None)
@given(some.data())
def test_suspending_any_provider_never_turns_a_refusal_into_a_permit(data: some.DataObject) -> None:
    entries, case, asked = data.draw(some.sampled_from(STORIES))
    asked = data.draw(some.sampled_from((asked, *ASKED)))
    attempts = sum(1 for one in entries if one.kind in ATTEMPTS)
    whole = data.draw(some.booleans())
    others = [False] * attempts if whole else data.draw(
        some.lists(some.booleans(), min_size=attempts, max_size=attempts))
    at = START if data.draw(some.booleans()) else data.draw(some.integers(START - 20 * DAY, START + 20 * DAY))
    log = [one for one in two_providers(entries, others) if one.at <= at]
    provider = data.draw(some.sampled_from(sorted({OTHER, *(one.body["provider"] for one in entries
                                                           if one.kind == "provider-registered/1")})))
    when_ = data.draw(some.integers(START - 30 * DAY, at).map(lambda one: max(one, log[0].at)))
    since = data.draw(some.none() | some.integers(0, when_))
    body = {"provider": provider} | ({} if since is None else {"since": stamp(since)})
    tightened = inserted(log, when_, Draft(ident("suspended"), SUSPENDED, Actor("officer", ident("officer")), body))
    before = judged(log, case, max(at, log[-1].at), **asked)
    after = judged(tightened, case, max(at, tightened[-1].at), **asked)
    assert (before.verdict, after.verdict) != ("deny", "permit")
    if data.draw(some.booleans()):
        later = Draft(ident("resumed"), RESUMED, Actor("officer", ident("officer")), {"provider": provider})
        resumed = judged(inserted(tightened, at, later), case, max(at, tightened[-1].at), **asked)
        assert resumed.verdict == after.verdict, "what was not believed does not come back"
