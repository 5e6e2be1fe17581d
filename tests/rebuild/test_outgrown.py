"""A database of an earlier version is filled by itself: `up` rebuilds what the mirrors have learnt to hold since."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

from sqlalchemy import text

from registry.cli.refill import refill
from registry.errors import UnavailableError
from registry.model.entries import Entry
from registry.store.database import writing
from tests.rebuild.conftest import Web


def as_before_the_upgrade(web: Web) -> None:
    """What revision 0005 finds in rows that were there."""
    with writing(web.engine) as connection:
        for statement in ("UPDATE progress SET shape = 1", "UPDATE lookups SET reasons = NULL, decided_at = NULL",
                          "UPDATE consents SET scope = NULL", "DELETE FROM lookup_days", "DELETE FROM sign_ins"):
            connection.execute(text(statement))


def test_outgrown_projections_are_made_again(web: Web) -> None:
    before = web.dump()
    assert not web.store.outgrown()
    as_before_the_upgrade(web)
    assert web.store.outgrown()
    assert refill(web.engine, web.folder, web.follow, Event())
    assert not web.store.outgrown()
    assert web.dump() == before


def test_projections_of_this_version_are_left_alone(web: Web) -> None:
    def follow(after: int) -> Sequence[Entry]:
        raise AssertionError("nothing is to be read")

    assert refill(web.engine, web.folder, follow, Event())


def test_a_vault_that_does_not_answer_yet_is_asked_again(web: Web) -> None:
    silent = iter([True, True])

    def follow(after: int) -> Sequence[Entry]:
        if next(silent, False):
            raise UnavailableError("not yet")
        return web.follow(after)

    before = web.dump()
    as_before_the_upgrade(web)
    assert refill(web.engine, web.folder, follow, Event(), again=0.001)
    assert web.dump() == before


def test_who_is_stopped_meanwhile_has_changed_nothing(web: Web) -> None:
    def follow(after: int) -> Sequence[Entry]:
        raise UnavailableError("not yet")

    as_before_the_upgrade(web)
    before, stop = web.dump(), Event()
    stop.set()
    assert not refill(web.engine, web.folder, follow, stop)
    assert web.dump() == before
