"""Histories kept in memory say what the database says, whatever was appended, refused, broken or forgotten."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import ConsentryError
from registry.model.entries import leaf
from registry.vault.log import kept
from tests.deep import examples
from tests.vault_log.world import Broken, World, account, an_id, life

BORROWERS = [an_id(number) for number in range(4)]
POINTS = ["received", "inside-integrate", "integrated", "signed"]


@contextmanager
def a_world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        yield world
        world.log.close()


def as_stored(world: World) -> dict[str, list[str]]:
    """What the database says, by the leaves themselves."""
    found: dict[str, list[str]] = {one: [] for one in BORROWERS}
    for index in range(1, world.log.size):
        entry = world.log.entry(index)
        assert entry is not None
        found[entry.body["borrower"]].append(entry.id)
    return found


def as_read(world: World) -> dict[str, list[str]]:
    return {one: [entry.id for entry in entries] for one, entries in world.log.histories(BORROWERS).items()}


def refuse(world: World, borrower: int) -> None:
    """An operation that appends, looks, and fails: others in the round stand."""
    with suppress(ZeroDivisionError), world.log.operation():
        world.log.append(life(world.fresh(), borrower))
        as_read(world)
        raise ZeroDivisionError


def act(world: World, what: str, borrower: int) -> None:
    if what == "append":
        with world.log.operation():
            world.log.append(life(world.fresh(), borrower))
    elif what == "refuse":
        refuse(world, borrower)
    elif what == "abandon":
        world.log.abandon()
    elif what == "commit":
        world.log.commit()
    else:
        world.faults.point = what
        with suppress(Broken, ConsentryError):
            world.add(life(world.fresh(), borrower))
        world.faults.point = None


@settings(max_examples=examples(60))
@given(acts=st.lists(st.tuples(
    st.sampled_from(["append", "append", "refuse", "abandon", "commit", *POINTS]), st.integers(0, 3)
), max_size=14), few=st.booleans())
def test_what_is_kept_is_what_is_stored_after_any_acts(acts: list[tuple[str, int]], few: bool) -> None:
    with pytest.MonkeyPatch.context() as patch, a_world() as world:
        if few:
            patch.setattr(kept, "MOST_ENTRIES", 2)  # so that little is kept, and what came first goes again and again
        for what, borrower in acts:
            act(world, what, borrower)
            assert as_read(world) == as_stored(world)


def whole(hashes: Mapping[int, bytes]) -> Mapping[int, bytes]:
    raise AssertionError(f"these were filed whole: {hashes}")


def test_a_history_asked_for_again_is_not_read_again() -> None:
    with a_world() as world:
        world.add(life(5, borrower=1))
        first = world.log.histories([an_id(1)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world.log, "_store", None)  # the database is out of reach
            assert world.log.histories([an_id(1)]) == first


def test_an_entry_filed_under_two_ids_is_decoded_once() -> None:
    with a_world() as world:
        world.add(life(5, borrower=1))
        index = world.log.size - 1
        row = world.log._store.by_index(index)
        assert row is not None
        found = kept.Kept().take([b"a", b"b"], [(b"a", *row), (b"b", *row)], whole)
        assert found[b"a"].entries[0] is found[b"b"].entries[0]


def test_what_was_read_longest_ago_goes_first() -> None:
    row = (0, leaf(life(5, borrower=1), 0))
    memory = kept.Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "MOST_ENTRIES", 4)  # of two histories with an entry each
        for index, subject in enumerate([b"a", b"b", b"c"]):
            memory.take([subject], [(subject, index, *row)], whole)
    assert memory.get(b"a") is None
    assert [len((memory.get(one) or kept.Past()).entries) for one in (b"b", b"c")] == [1, 1]


def test_entries_of_some_kinds_are_those_among_all_the_entries() -> None:
    with a_world() as world:
        world.add(life(5, borrower=1), account(6, borrower=1), life(7, borrower=2), account(8, borrower=2))
        every = [entry for index in range(world.log.size) if (entry := world.log.entry(index)) is not None]
        opened = world.log.entries_where(lambda kind, _: kind == "account-opened/1", 0, world.log.size)
        assert list(opened) == [every[2], every[4]]
        early = world.log.entries_where(lambda kind, _: kind in ("sign-of-life/1", "genesis/1"), 1, 3)
        assert list(early) == [every[1]]
