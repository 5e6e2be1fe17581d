"""Old decisions are looked at without keeping the vault: the log is read part by part, and each part once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from registry.errors import ConflictError
from registry.model.entries import Entry
from registry.policy.directory import FOLDED, Directory
from registry.vault.pasts import Pasts, folds
from tests.world import World


class Counting:
    """A log that counts how many entries each question reads."""

    def __init__(self, world: World) -> None:
        self.log, self.reads = world.vault.desk.log, [0]

    def entries_where(self, wanted: Callable[[str, bytes], bool], start: int, end: int) -> Iterator[Entry]:
        self.reads[-1] += max(0, end - start)
        return self.log.entries_where(wanted, start, end)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A log with permits, denials and all that the directory folds of them."""
    world = World(tmp_path_factory.mktemp("pasts"))
    people = world.unreachables(2)
    for person in people:
        world.lookup(person)
        world.lookup(person)
    return world


def asked(pasts: Pasts, log: Counting, index: int) -> Directory:
    """As a use case asks: again and again."""
    for _ in range(1_000):
        log.reads.append(0)
        try:
            return pasts.before(log, index)
        except ConflictError as error:
            if error.code != "past-unread":
                raise
    raise AssertionError("no end of asking")


def expected(world: World, index: int) -> Directory:
    directory = Directory()
    for entry in world.entries()[:index]:
        if entry.kind in FOLDED:
            directory.fold(entry)
    return directory


def same(one: Directory, other: Directory) -> bool:
    members = ("parties", "approvals", "feeds", "open_permits", "_releases", "officers", "stopped", "origin")
    return all(getattr(one, name) == getattr(other, name) for name in members) and {
        name: (each.sequence.through, each.sequence.highest) for name, each in one.providers.items()} == {
        name: (each.sequence.through, each.sequence.highest) for name, each in other.providers.items()}


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_the_directory_is_as_it_stood_whatever_was_asked_before(lived: World, step: int) -> None:
    pasts, log, size = Pasts(step), Counting(lived), len(lived.entries())
    for index in (size, 0, size // 2, size // 2 + 1, 3, size - 1, step, size // 3):
        if index <= size:
            assert same(asked(pasts, log, index), expected(lived, index)), index
    assert max(log.reads) <= step


def test_two_who_ask_in_turn_both_get_their_answer(lived: World) -> None:
    pasts, log, size = Pasts(10), Counting(lived), len(lived.entries())
    wanted = [size - 1, size // 2]
    for which in itertools.islice(itertools.cycle((0, 1)), 4 * size):
        if which < len(wanted):
            try:
                found = pasts.before(log, wanted[which])
            except ConflictError:
                continue
            assert same(found, expected(lived, wanted[which]))
            wanted.pop(which)
    assert wanted == []


def test_what_was_read_once_is_not_read_from_the_beginning_again(lived: World) -> None:
    pasts, log, size = Pasts(20), Counting(lived), len(lived.entries())
    asked(pasts, log, size)
    first = sum(log.reads)
    assert first == size
    asked(pasts, log, 45)
    asked(pasts, log, size)
    assert sum(log.reads) - first <= 2 * 20


def test_denied_lookups_are_passed_over_undecoded_and_change_nothing(lived: World) -> None:
    log = lived.vault.desk.log
    decided = [(kind, data) for kind, data in kinds(log) if kind == "lookup-decided/1"]
    assert {folds(kind, data) for kind, data in decided} == {True, False}
    for entry in lived.entries("lookup-decided/1"):
        if entry.body["verdict"] == "deny":
            before, after = Directory(), Directory()
            after.fold(entry)
            assert same(before, after)


def kinds(log: object) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []

    def note(kind: str, data: bytes) -> bool:
        found.append((kind, data))
        return False

    assert list(log.entries_where(note, 0, log.size)) == []  # type: ignore[attr-defined]
    return found
