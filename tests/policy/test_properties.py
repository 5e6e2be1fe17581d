"""`decide` is total and deterministic, and permits nothing with any one condition broken."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from registry.model.entries import Entry
from registry.model.times import DAY, HOUR, MINUTE
from registry.policy import CLASS_OF, Ask, Decision, collector_view, decide, facts_from, gather, packs_for, zones_of
from registry.policy.reasons import RANK
from tests.deep import examples
from tests.policy import modes
from tests.policy.test_eleven_borrowers import ELEVEN
from tests.policy.test_rules_on_people import ALONE
from tests.policy.test_tricks import TRICKS
from tests.policy.world import OFFSET, START, Case, Source, World, ident

SYSTEM_FREE = {"feed-stale", "releases-stopped"}


def judged(entries: list[Entry], case: Case, at: int, **changes: Any) -> Decision:
    asked = {"lookup": ident("lookup"), "account": case.account, "client": ident("agency"), "agent": "A-17",
             "about": "contact", "purpose": "restore-contact", "mode": "number", **changes}
    source = Source.of(entries)
    history = gather(source, asked["account"])
    facts = facts_from(history, Ask(**asked, offsets=dict.fromkeys(zones_of(history), OFFSET)), at)
    decision = decide(facts, packs_for(source.directory, facts, at), at)
    assert decision == decide(facts, packs_for(source.directory, facts, at), at)
    if decision.verdict == "deny":
        view = collector_view(facts, decision, (), at)
        said = {"errors"} if view["state"] == "fix-request" and "errors" in view else set()
        assert set(view) == {"state", "missing", "channels", "next", *said}
        assert view == collector_view(facts, dataclasses.replace(decision, effort=None), (), at), "weighed alone"
        if view["state"] in ("not-eligible", "paused", "stopped", "callback"):
            assert view["missing"] == []
    return decision


def stories() -> list[tuple[list[Entry], Case, dict[str, str]]]:
    """Every story that some test here tells, and what is asked otherwise than for a contact's number."""
    told: list[tuple[World, Case, dict[str, str]]] = []
    for build, _, _ in ELEVEN.values():
        world = World()
        told.append((world, build(world), {}))
    for trick, _ in TRICKS:
        world = World()
        told.append((world, trick(world), {}))
    for _, change, _ in ALONE:
        world = World()
        case = world.unreachable()
        change(world, case)
        told.append((world, case, {}))
    for _, begin, asked, _ in modes.STORIES:
        world = World()
        told.append((world, begin(world), asked))
    return [(world.log(), case, asked) for world, case, asked in told]


STORIES = stories()
ASKED: list[dict[str, str]] = [{}, modes.MESSAGE, modes.OWN, {"mode": "call"}, {**modes.OWN, "mode": "message"}]


@settings(max_examples=examples(150), deadline=None)
@given(some.data())
def test_whatever_entries_are_left_out_or_come_in_another_order_there_is_one_well_formed_answer(
    data: some.DataObject,
) -> None:
    entries, case, asked = data.draw(some.sampled_from(STORIES))
    asked = data.draw(some.sampled_from((asked, *ASKED)))
    keep = data.draw(some.lists(some.booleans(), min_size=len(entries), max_size=len(entries)))
    order = list(range(1, len(entries)))
    if data.draw(some.booleans()):
        random.Random(data.draw(some.integers(0, 2**32))).shuffle(order)
    drafts = [entries[place].draft for place in order if keep[place]]
    times = sorted(entries[place].at for place in order if keep[place])
    pairs = enumerate(zip(times, drafts, strict=True), 1)
    log = [entries[0], *(Entry(index, logged, draft) for index, (logged, draft) in pairs)]
    at = data.draw(some.integers(START - 40 * DAY, START + 40 * DAY))
    log = [one for one in log if one.at <= at]
    decision = judged(log, case, max(at, log[-1].at), **asked)
    ranks = [RANK[code] for code in decision.codes]
    assert ranks == sorted(set(ranks))
    assert (decision.verdict == "permit") == (not decision.reasons)
    assert all(CLASS_OF[code] != "system" or code in SYSTEM_FREE for code in decision.codes)
    if decision.verdict == "permit":
        assert decision.obligations is not None
        assert decision.expires_at is not None
        assert bool(decision.channels) == (asked.get("about") == "borrower")
        _soundly_permitted(log, decision, asked.get("mode", "number"))


def _soundly_permitted(log: list[Entry], decision: Decision, mode: str) -> None:
    """Read from the entries by somebody who knows no rule: both agreed to this mode; no line is a contact's."""
    if decision.channels:
        lines = {one.body["channel"]: one.body["line"] for one in log if one.kind == "channel-added/1"}
        contacts = {one.body["line"] for one in log if one.kind == "contact-registered/1"}
        assert not contacts & {lines[channel] for channel in decision.channels}
        assert (decision.contact, decision.line) == (None, None)
        return
    consents = [one.body for one in log if one.kind == "consent-given/1" and mode in one.body["scope"]["modes"]]
    assert any(one["giver"] == "borrower" for one in consents)
    assert any(one["giver"] == "contact" and one["line"] == decision.line for one in consents)


SOME_MODES = some.lists(some.sampled_from(("message", "call", "number")), min_size=1, max_size=3, unique=True)


@settings(max_examples=examples(40), deadline=None)
@given(SOME_MODES, SOME_MODES, some.sampled_from(("message", "call", "number")))
def test_a_mode_is_permitted_exactly_where_it_is_built_and_both_agreed_to_it(
    borrower: list[str], contact: list[str], asked: str,
) -> None:
    world = World()
    case = modes.ready(world, borrower=borrower, contact=contact)
    permitted = judged(world.log(), case, START, mode=asked).verdict == "permit"
    assert permitted == (asked != "call" and asked in borrower and asked in contact)


@settings(max_examples=examples(40), deadline=None)
@given(some.sets(some.sampled_from(("voice", "email", "app"))), some.booleans())
def test_exactly_the_lines_that_are_nobodys_contacts_are_the_borrowers_to_give(taken: set[str], post: bool) -> None:
    world = World()
    case = modes.overdue(world, 20, channels=("voice", "email", "app", *(("post",) if post else ())))
    for medium in sorted(taken):
        modes.shares_a_line_as_contact(world, case, medium)
    decision = judged(world.log(), case, START, **modes.OWN)
    left = [case.channels[medium] for medium in ("voice", "email", "app") if medium not in taken]
    assert decision.channels == tuple(left)
    assert decision.codes == (() if left else ("line-is-contact",))


NEEDED = (
    "borrower-registered/1", "account-opened/1", "contact-registered/1", "contact-informed/1", "placed/1",
    "agency-approved/1", "party-registered/1", "provider-registered/1", "approval-requested/1", "approval-given/1",
    "notice-requested/1", "notice-sent/1", "notice-receipt/1", "feed-complete/1", "attempt-recorded/2",
    "consent-given/1",
)


@pytest.mark.parametrize("kind", NEEDED)
def test_without_one_kind_of_entry_there_is_no_permit(kind: str) -> None:
    world = World()
    case = world.unreachable()
    entries = [one for one in world.log() if one.kind != kind]
    assert judged(entries, case, START).verdict == "deny"


def test_leaving_out_any_one_entry_never_makes_a_refusal_of_effort_or_consent_into_a_permit() -> None:
    world = World()
    case = world.unreachable(approved=False)
    entries = world.log()
    for place in range(1, len(entries)):
        assert judged(entries[:place] + entries[place + 1:], case, START).verdict == "deny"


FIELDS: list[tuple[str, Callable[[Any], Any]]] = [
    ("stopped", lambda _: True),
    ("borrower", lambda _: None),
    ("account", lambda old: dataclasses.replace(old, placed_at=None)),
    ("account", lambda old: dataclasses.replace(old, state="paid")),
    ("account", lambda old: dataclasses.replace(old, limitation_until=0)),
    ("account", lambda old: dataclasses.replace(old, due_since=old.due_since + 11)),
    ("account", lambda old: dataclasses.replace(old, lender=ident("another"))),
    ("feeds_through", lambda _: None),
    ("slots", lambda _: ()),
    ("attempts", lambda _: ()),
    ("attempts", lambda old: old[2:]),
    ("attempts", lambda old: tuple(dataclasses.replace(one, grade=-1) for one in old)),
    ("attempts", lambda old: tuple(dataclasses.replace(one, flaw="attempt-not-attested") for one in old)),
    ("attempts", lambda old: tuple(dataclasses.replace(one, outcome="unknown") for one in old)),
    ("attempts", lambda old: tuple(dataclasses.replace(one, outcome="never-heard-of") for one in old)),
    ("declined_at", lambda _: START - DAY),
    ("notices", lambda _: ()),
    ("notices", lambda old: tuple(dataclasses.replace(one, delivered=False) for one in old)),
    ("notices", lambda old: tuple(dataclasses.replace(one, names_caller=False) for one in old)),
    ("holds", lambda _: ("complaint",)),
    ("consents", lambda _: ()),
    ("consents", lambda old: tuple(dataclasses.replace(one, ended=True) for one in old)),
    ("contacts", lambda _: ()),
    ("requests", lambda _: ()),
    ("requests", lambda old: tuple(dataclasses.replace(one, approvers=0) for one in old)),
    ("requests", lambda old: tuple(dataclasses.replace(one, consumed=True) for one in old)),
    ("requests", lambda old: tuple(dataclasses.replace(one, refused=True) for one in old)),
    *(
        ("contacts", lambda old, name=name, value=value: tuple(  # type: ignore[misc]
            dataclasses.replace(one, **{name: value}) for one in old
        ))
        for name, value in (
            ("informed", False), ("erased", True), ("is_borrower", True), ("consents", ()), ("clocks", ()),
            ("languages", ("ug",)), ("line_id", ident("another")),
        )
    ),
    *(
        ("contacts", lambda old, name=name, value=value: tuple(  # type: ignore[misc]
            dataclasses.replace(one, line=dataclasses.replace(one.line, **{name: value})) for one in old
        ))
        for name, value in (
            ("objected", True), ("minor", True), ("wrong_person", True), ("dead", True),
            ("releases", (START - HOUR,)), ("conversations", 1),
        )
    ),
    *(
        ("caller", lambda old, name=name, value=value: dataclasses.replace(old, **{name: value}))  # type: ignore[misc]
        for name, value in (
            ("is_agency", False), ("has_key", False), ("suspended", True), ("approval", None),
            ("oldest_open_permit", START - 3 * DAY), ("releases_today", 20),
        )
    ),
]


@pytest.mark.parametrize(("name", "change"), FIELDS)
def test_with_any_one_fact_broken_there_is_no_permit(name: str, change: Callable[[Any], Any]) -> None:
    world = World()
    case = world.unreachable()
    source = Source.of(world.log())
    facts, decision = world.judge(case)
    packs = packs_for(source.directory, facts, START)
    assert decision.verdict == "permit"
    broken = dataclasses.replace(facts, **{name: change(getattr(facts, name))})
    assert decide(broken, packs, START).verdict == "deny"


OWN_FIELDS: list[tuple[str, Callable[[Any], Any]]] = [
    ("stopped", lambda _: True), ("borrower", lambda _: None), ("slots", lambda _: ()),
    ("slots", lambda old: tuple(dataclasses.replace(one, of_contact=True) for one in old)),
    ("slots", lambda old: tuple(dataclasses.replace(one, registered=False, removed_at=None) for one in old)),
    ("slots", lambda old: tuple(dataclasses.replace(one, uses=((0, "work", False),)) for one in old)),
    ("account", lambda old: dataclasses.replace(old, placed_at=None)),
    ("account", lambda old: dataclasses.replace(old, state="closed")),
    ("account", lambda old: dataclasses.replace(old, limitation_until=0)),
    ("account", lambda old: dataclasses.replace(old, due_since=old.due_since + 70)),
    ("holds", lambda _: ("complaint",)), ("offset", lambda old: old + 660),
    *(
        ("caller", lambda old, name=name, value=value: dataclasses.replace(old, **{name: value}))  # type: ignore[misc]
        for name, value in (
            ("is_agency", False), ("has_key", False), ("suspended", True), ("approval", None),
            ("oldest_open_permit", START - 3 * DAY),
        )
    ),
]


@pytest.mark.parametrize(("name", "change"), FIELDS)
def test_with_any_one_fact_broken_there_is_no_message(name: str, change: Callable[[Any], Any]) -> None:
    world = World()
    case = modes.ready(world)
    source = Source.of(world.log())
    facts, decision = world.judge(case, **modes.MESSAGE)
    packs = packs_for(source.directory, facts, START)
    assert decision.verdict == "permit"
    broken = dataclasses.replace(facts, **{name: change(getattr(facts, name))})
    lines = [(one.line.releases, one.line.conversations) for one in broken.contacts]
    # What left the line as a number, or was said on it, is no matter to a message.
    numbers_alone = broken.contacts != facts.contacts and lines != [((), 0)] * len(lines)
    assert decide(broken, packs, START).verdict == ("permit" if numbers_alone else "deny")


@pytest.mark.parametrize(("name", "change"), OWN_FIELDS)
def test_with_any_one_fact_broken_the_borrowers_channels_stay_closed(
    name: str, change: Callable[[Any], Any],
) -> None:
    world = World()
    case = modes.ready(world)
    source = Source.of(world.log())
    facts, decision = world.judge(case, **modes.OWN)
    packs = packs_for(source.directory, facts, START)
    assert decision.verdict == "permit"
    broken = dataclasses.replace(facts, **{name: change(getattr(facts, name))})
    denied = decide(broken, packs, START)
    assert (denied.verdict, denied.channels) == ("deny", ())


def test_every_millisecond_later_is_judged_by_the_moment_alone() -> None:
    world = World()
    case = world.unreachable()
    answers = {at: world.ask(case, START + at) for at in (0, 1, MINUTE)}
    assert {one.verdict for one in answers.values()} == {"permit"}
    assert answers[MINUTE].expires_at == START + MINUTE + DAY
