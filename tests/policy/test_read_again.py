"""Readings that are kept say what reading afresh says, at every length of every story."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.model.times import DAY
from registry.policy import Ask, Facts, Readings, facts_from, gather, zones_of
from registry.policy.facts import readings as kept
from registry.policy.facts.notes import Notes
from tests.policy.test_persons import account, assigned, liable
from tests.policy.test_properties import STORIES
from tests.policy.world import OFFSET, PERSON, START, Case, Source, World, ident, other, when

ASKED: tuple[dict[str, Any], ...] = (
    {}, {"client": ident("rival")}, {"mode": "message"}, {"about": "borrower"}, {"account": ident("nobody's")},
    {"later": 3 * DAY}, {"purpose": "relay-message"}, {"offset": OFFSET - 60}, {"later": -2 * DAY}, {},
)


def facts(
    entries: list[Entry], case: Case, readings: Readings | None = None, *, later: int = 0, offset: int = OFFSET,
    **changes: str,
) -> Facts:
    source = Source.of(entries)
    history = gather(source, case.account)
    ask = Ask(ident("lookup"), case.account, ident("agency"), "A-17", "contact", "restore-contact", "number",
              dict.fromkeys(zones_of(history), offset))
    return facts_from(history, replace(ask, **changes), entries[-1].at + later, readings)


Logs = list[list[Entry]]    # as a source shows them, one after another


def grown(world: World) -> Logs:
    entries = world.log()
    return [entries[:length] for length in (len(entries) // 2, *range(len(entries) - 4, len(entries) + 1))]


def a_second_account() -> tuple[Logs, Case, str]:
    world = World()
    case = world.unreachable()
    second = account(world, case, "second", when(-30), balance_minor=7)
    world.place(other(case, account=second), when(-1))
    return grown(world), case, second


def an_assigned_account() -> tuple[Logs, Case, str]:
    world = World()
    case = world.unreachable()
    second = account(world, case, "second", when(-30))
    assigned(world, case, when(0, "09:20"))
    return grown(world), case, second


def somebody_else_liable() -> tuple[Logs, Case, str]:
    world = World()
    case = world.unreachable()
    second = account(world, case, "second", when(-30))
    guarantor = world.person("guarantor", channels=("email",))
    world.channel(when(-100), guarantor.borrower, "voice", "his", line=case.contact_line)
    liable(world, case, guarantor, when(0, "09:20"))
    return grown(world), case, second


def an_undone_tail() -> tuple[Logs, Case, str]:
    """The log is read again, and ends otherwise than it did: as long, shorter, longer."""
    world = World()
    case = world.unreachable()
    second = account(world, case, "second", when(-30))
    kept_so_far = world.log()
    undone = copy.deepcopy(kept_so_far[:-5])
    world.hold(case, "dispute", START)
    instead = [Entry(len(undone), START, world.log()[-1].draft)]
    return [kept_so_far, undone, [*undone, *instead], copy.deepcopy(kept_so_far), kept_so_far], case, second


@pytest.mark.parametrize("told", [a_second_account, an_assigned_account, somebody_else_liable, an_undone_tail])
def test_notes_that_are_kept_say_of_each_account_what_reading_afresh_says(
    told: Callable[[], tuple[Logs, Case, str]],
) -> None:
    logs, case, second = told()
    readings, said = Readings(), []
    for entries in logs:
        for about in (case.account, second):
            for changes in ASKED:
                asked = {"account": about, **changes}
                fresh = facts(entries, case, **asked)
                assert facts(entries, case, readings, **asked) == fresh
                if fresh not in said:
                    said.append(fresh)
    assert {one.ask.account for one in said if one.account is not None} == {case.account, second}
    assert len(said) > 2 * len(ASKED), "what was logged between two questions changed an answer"


def test_whoever_takes_an_entry_reads_no_question_the_last_one_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    case = world.unreachable()
    readings, entries = Readings(), world.log()
    facts(entries, case, readings)
    world.hold(case, "dispute", START)
    entries += [world.log()[-1]]
    for member in ("ask", "at", "directory"):
        def reads(notes: Notes, _: Entry, member: str = member) -> None:
            getattr(notes, member)

        monkeypatch.setitem(kept.HANDLERS, entries[-1].kind, reads)
        facts(entries[:-1], case, readings)
        with pytest.raises(AttributeError, match=member):
            facts(entries, case, readings)


@pytest.mark.parametrize("most", [2, kept.MOST_ENTRIES])
def test_readings_that_are_kept_say_what_reading_afresh_says(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_ENTRIES", most)
    attempts = 0
    for entries, case, _ in STORIES[::5]:
        readings = Readings()
        for length in (*range(len(entries) // 2, len(entries) + 1, 7), len(entries), len(entries) - 9, len(entries)):
            fresh = facts(entries[:length], case)
            assert facts(entries[:length], case, readings) == fresh
            attempts += len(fresh.attempts)
    assert attempts > 100


def test_notes_that_are_kept_say_the_same_whoever_asks_what_and_when() -> None:
    said = set()
    for entries, case, _ in STORIES[::9]:
        readings = Readings()
        for length in (len(entries) // 2, len(entries) - 3, len(entries)):
            for changes in ASKED:
                fresh = facts(entries[:length], case, **changes)
                assert facts(entries[:length], case, readings, **changes) == fresh
                said.add((fresh.account is None, bool(fresh.requests), fresh.offset, bool(fresh.consents)))
    assert len(said) > 4


def test_what_others_do_on_a_line_is_read_though_nothing_was_logged_of_the_person() -> None:
    world = World()
    case, another = world.unreachable(), world.person("another")
    readings, before = Readings(), world.log()
    line = {"line": case.contact_line, "contact": case.contact}
    told = facts(before, case, readings)
    assert not told.contacts[0].line.objected
    world.add(START, "objected/1", {**line, "borrower": another.borrower, "through": "link"})
    entries = [*before, world.log()[-1]]
    assert facts(entries, case, readings).contacts[0].line.objected
    assert facts(entries, case, readings) == facts(entries, case)
    shared = world.channel(START, another.borrower, "voice", "another-shared", line=case.lines["voice"])
    world.attempt(other(another, channels={"voice": shared}, lines={"voice": case.lines["voice"]}), START,
                  outcome=PERSON)
    entries += world.log()[len(entries):]
    assert facts(entries, case, readings) == facts(entries, case) != told


def test_another_history_of_the_same_person_is_read_from_its_beginning() -> None:
    entries, case, _ = STORIES[0]
    readings = Readings()
    told = facts(entries, case, readings)
    others = copy.deepcopy(entries)  # as after something was undone, and the log read again
    others = [one for one in others if one.kind != "attempt-recorded/2" or one.body["class"] == "no-answer"]
    assert facts(others, case, readings) == facts(others, case) != told
    assert facts(entries, case, readings) == told


def test_the_worst_of_two_reports_of_an_attempt_stands_whenever_it_comes() -> None:
    world = World()
    case = world.unreachable()
    first = next(one for one in world.log() if one.kind == "attempt-recorded/2")
    world.attempt(case, first.at, logged=START, outcome=PERSON, attempt=first.body["attempt"])
    entries, readings = world.log(), Readings()
    assert entries[-1].body["class"] == "reached-person"
    before = facts(entries[:-1], case, readings)
    after = facts(entries, case, readings)
    assert after == facts(entries, case)
    assert len(after.attempts) == len(before.attempts)
    assert [one.outcome for one in after.attempts] != [one.outcome for one in before.attempts]


def test_what_came_after_a_gap_is_read_again_when_the_gap_is_just_closed() -> None:
    world = World()
    case = world.agreed()
    readings, numbers = Readings(), (1, 3, 2)
    for place, seq in enumerate(numbers):
        world.attempt(case, when(-5, "09:30"), logged=when(-5, "09:40") + place, seq=seq)
    entries = world.log()
    lengths = [one.index + 1 for one in entries if one.kind in ATTEMPTS]
    told = [facts(entries[:length], case, readings) for length in lengths]
    assert told == [facts(entries[:length], case) for length in lengths]
    assert [[one.flaw for one in each.attempts] for each in told] == [
        [None], [None, "attempt-sequence-gap"], [None, None, None]]


def notes_of(readings: Readings, source: Source, borrower: str) -> Notes:
    return readings.of(borrower, source.histories([borrower])[borrower], source.attempts([borrower])[borrower])


@pytest.mark.parametrize(("room", "kept_both"), [(0, True), (-1, False)])
def test_whoever_was_asked_about_longest_ago_is_forgotten_first_and_only_for_want_of_room(
    room: int, kept_both: bool,
) -> None:
    world = World()
    people = [world.unreachable(name).borrower for name in ("first", "second")]
    source = Source.of(world.log())
    lengths = [one.count + one.tried.count for one in (notes_of(Readings(), source, who) for who in people)]
    readings = Readings(sum(lengths) + room)
    first, second = (notes_of(readings, source, who) for who in people)
    assert notes_of(readings, source, people[1]) is second
    assert (notes_of(readings, source, people[0]) is first) is kept_both
    assert (notes_of(readings, source, people[1]) is second) is kept_both


def test_a_history_longer_than_there_is_room_for_is_kept_alone() -> None:
    world, readings = World(), Readings(1)
    case = world.unreachable()
    source = Source.of(world.log())
    assert notes_of(readings, source, case.borrower) is notes_of(readings, source, case.borrower)


def test_whoever_is_forgotten_leaves_his_room_to_others() -> None:
    world = World()
    people = [world.unreachable("long").borrower, *(world.person(name).borrower for name in ("short", "shorter"))]
    source = Source.of(world.log())
    lengths = [one.count + one.tried.count for one in (notes_of(Readings(), source, who) for who in people)]
    readings = Readings(lengths[0] + lengths[1] - 1)
    _, second, third = (notes_of(readings, source, who) for who in people)
    assert lengths[0] > lengths[1] + lengths[2], "the two fit, where the long one is gone"
    assert notes_of(readings, source, people[1]) is second
    assert notes_of(readings, source, people[2]) is third


def test_whoever_is_asked_about_again_takes_no_more_room_than_before() -> None:
    world = World()
    people = [world.unreachable("long").borrower, *(world.person(name).borrower for name in ("short", "shorter"))]
    source = Source.of(world.log())
    readings = Readings(sum(one.count + one.tried.count for one in (
        notes_of(Readings(), source, who) for who in people)) - 1)
    first = notes_of(readings, source, people[0])
    for who in (people[1], people[1], people[2]):
        notes_of(readings, source, who)
    assert notes_of(readings, source, people[0]) is not first
