"""Any mixture of rounds, good and bad, leaves the log that a list would be."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import ConflictError
from registry.model.entries import Draft
from registry.vault.log import Log
from tests.deep import examples
from tests.vault_log.witness import WatchedKey, assert_no_fork, assert_whole
from tests.vault_log.world import Broken, World, an_id, life

# An operation: the numbers of the entries it appends (few, so that they repeat), and how it ends.
OPERATIONS = st.tuples(
    st.lists(st.integers(1, 30), max_size=4), st.sampled_from(["well", "well", "well", "badly", "in conflict"])
)
ROUNDS = st.lists(st.tuples(st.lists(OPERATIONS, max_size=3), st.booleans()), max_size=6)


def operate(log: Log, numbers: list[int], ending: str) -> list[Draft]:
    """The drafts of an operation that ended well; none otherwise."""
    drafts = [life(number, borrower=number % 3) for number in numbers]
    try:
        with log.operation():
            for draft in drafts:
                log.append(draft)
            if ending == "badly":
                raise Broken
            if ending == "in conflict":
                log.append(life(0))  # the genesis has this id
    except (Broken, ConflictError):
        return []
    return drafts


@settings(max_examples=examples(25), deadline=None)
@given(ROUNDS)
def test_a_log_is_the_list_of_what_ended_well(rounds: list[tuple[list[tuple[list[int], str]], bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        key = WatchedKey()
        world = World(Path(folder), key)
        expected = [an_id(0)]
        for operations, reopens in rounds:
            for numbers, ending in operations:
                for draft in operate(world.log, numbers, ending):
                    if draft.id not in expected:
                        expected.append(draft.id)
            world.log.commit()
            if reopens:
                world.reopen()
        assert [entry.id for entry in world.observer.entries] == expected
        assert_whole(world.log, world.observer)
        assert_no_fork(world.log, key.signed)
        world.log.close()
