"""Readings that are remembered say what reading afresh says, at every length of every story."""

from __future__ import annotations

import copy

import pytest

from registry.model.entries import Entry
from registry.policy import Ask, Facts, facts_from, gather, zones_of
from registry.policy.facts import life
from tests.policy.test_properties import STORIES
from tests.policy.world import OFFSET, Case, Source, ident


def facts(entries: list[Entry], case: Case) -> Facts:
    source = Source.of(entries)
    history = gather(source, case.account)
    ask = Ask(ident("lookup"), case.account, ident("agency"), "A-17", "contact", "restore-contact", "number",
              dict.fromkeys(zones_of(history), OFFSET))
    return facts_from(history, ask, entries[-1].at)


def shortened(entries: list[Entry]) -> list[list[Entry]]:
    """The story as it stood after each of its last acts, and then the whole again."""
    return [*(entries[:length] for length in range(len(entries) // 2, len(entries), 20)), entries]


@pytest.mark.parametrize("most", [2, life.MOST_READ])
def test_a_remembered_reading_is_a_fresh_one(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "MOST_READ", most)
    attempts = 0
    for entries, case, _ in STORIES[::5]:
        for told in shortened(entries):
            fresh = facts(copy.deepcopy(told), case)  # other objects: nothing of them was read before
            assert facts(told, case) == fresh
            attempts += len(fresh.attempts)
    assert attempts > 100
