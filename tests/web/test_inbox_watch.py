"""A report that waits is told of to the vault, seldom, and also when nobody looks anybody up."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import UnavailableError
from registry.model.times import SECOND
from registry.web.inbox_watch import EVERY, PATIENCE, InboxWatch


class Waiting:
    """A web database in which a report came at a time, or none; and a vault that writes down what it is told."""

    def __init__(self, oldest: int | None) -> None:
        self.oldest, self.asked = oldest, 0
        self.told: list[dict[str, Any]] = []
        self.gone = False

    def offered(self, _account: str, _about: str) -> tuple[dict[str, Any], int | None]:
        self.asked += 1
        return {}, self.oldest

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        if self.gone:
            raise UnavailableError("not there")
        self.told.append({"op": op, **args})
        return {"entries": []}


def looks(waiting: Waiting, *times: int) -> list[dict[str, Any]]:
    clock = iter(times)
    watch = InboxWatch(waiting, waiting, lambda: next(clock))
    for _ in times:
        watch.look()
    return waiting.told


START = 1_790_000_000_000


def test_what_waits_longer_than_openings_go_on_is_told_with_how_long() -> None:
    assert looks(Waiting(START), START + PATIENCE + 1) == [{"op": "keep-house", "inbox_ms": PATIENCE + 1}]


@pytest.mark.parametrize("oldest", [None, START])
def test_an_empty_or_a_fresh_inbox_is_not_worth_a_round(oldest: int | None) -> None:
    assert looks(Waiting(oldest), START + PATIENCE) == []


def test_it_looks_only_so_often() -> None:
    waiting = Waiting(START)
    looks(waiting, *(START + 60 * SECOND + step for step in range(0, EVERY, 100)))
    assert (waiting.asked, len(waiting.told)) == (1, 1)


def test_a_vault_that_is_away_is_told_the_next_time() -> None:
    waiting = Waiting(START)
    waiting.gone = True
    clock = [START + 60 * SECOND]
    watch = InboxWatch(waiting, waiting, lambda: clock[0])
    watch.look()
    waiting.gone = False
    clock[0] += EVERY
    watch.look()
    assert [one["inbox_ms"] for one in waiting.told] == [60 * SECOND + EVERY]
