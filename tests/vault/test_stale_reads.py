"""Storage fails while the log is read again after a failure: nothing is answered from the half that was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from registry.errors import UnavailableError
from registry.model.entries import Actor
from tests.world import World


def test_what_only_reads_waits_until_the_whole_log_was_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch,
) -> None:
    officer = world.officers[0]
    draft = world.draft("pack-activated/1", {"name": "floor"}, Actor("officer", officer.id))
    signed = {**draft.value(), "auth": [officer.officer(draft.to_sign())]}
    store = type(world.vault.desk.log._store)
    everything, failing = store.everything, [True] * 3

    def half(self: object, start: int = 0) -> Iterator[tuple[int, bytes, int, bytes]]:
        rows = everything(self, start)  # type: ignore[arg-type]
        if failing:
            failing.pop()
            yield next(rows)
            raise sqlite3.OperationalError("disk I/O error")
        yield from rows

    monkeypatch.setattr(store, "everything", half)
    world.vault.desk.log.abandon()
    (answer,) = world.vault.round([("act-signers", {"entry": signed})])
    assert isinstance(answer, UnavailableError)
    assert answer.code == "log-unavailable"
    assert world.call("act-signers", entry=signed) == {"signers": [officer.id]}
