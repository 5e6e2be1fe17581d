"""Storage that failed, and fails again when the log is to be read anew: until that succeeds no history is read, for
what is in memory is of a log that the database has not."""

from __future__ import annotations

import pytest

from registry.errors import UnavailableError
from registry.vault.log import startup
from tests.vault_log.test_long_logs import fill, reopen
from tests.vault_log.world import World, an_id, life


def lose_a_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry about borrower 2 is undone, while the guard beside the database cannot be read."""
    def full() -> None:
        raise OSError("too many open files")

    with world.log.operation():
        world.log.append(life(world.fresh(), 2))
    with monkeypatch.context() as patch:
        patch.setattr(world.log._guard, "read", full)
        world.faults.point, world.faults.error = "inside-integrate", lambda: OSError("no space left")
        with pytest.raises(UnavailableError):
            world.log.commit()


def test_a_history_is_not_read_before_the_log_is_and_is_then_what_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch,
) -> None:
    (known,) = world.add(life(world.fresh(), 2))
    lose_a_round(world, monkeypatch)
    for read in (lambda: world.log.histories([an_id(2)]), lambda: world.log.attempts([an_id(2)]),
                 lambda: world.log.whole(an_id(2)), lambda: world.log.find(known.id),
                 lambda: world.log.entry(known.index)):
        with pytest.raises(UnavailableError) as refused:
            read()
        assert refused.value.code == "log-unavailable"
    world.log.recover()
    assert world.log.histories([an_id(2)]) == {an_id(2): (known,)}
    assert world.log.find(known.id) == known


def test_nor_is_a_long_log_compared_with_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "WHOLE", 30)
    reopen(world)
    fill(world, 60)
    world.log.keep_state(0)
    reopen(world, faults=world.faults)
    assert world.log.percent_checked < 100
    lose_a_round(world, monkeypatch)
    with pytest.raises(UnavailableError):
        world.log.find(world.observer.entries[9].id)
    world.log.recover()
    world.log.compare_rest(lambda: False)
    assert world.log.percent_checked == 100
