"""The web tier keeps no sealed value of whom the log calls erased, however it comes to know."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.model.times import HOUR
from registry.store import schema
from registry.store.database import open_engine
from registry.store.rebuilding import rebuild
from tests.databases import at
from tests.rebuild.conftest import Web
from tests.world import Person, World


@pytest.fixture
def web(world: World, tmp_path: Path) -> Iterator[Web]:
    (tmp_path / "web").mkdir()
    engine = open_engine(at(tmp_path / "web" / "web.db"))
    schema.upgrade(engine)
    yield Web(engine, tmp_path / "web", lambda after: world.entries()[after:])
    engine.dispose()


def erased(world: World, web: Web) -> tuple[Person, Person]:
    """Two borrowers with their sealed values; the first erased in the log, the web tier does not know yet."""
    gone, kept = world.borrower(), world.borrower()
    web.store.keep_values((*key, base64.b64decode(blob)) for key, blob in world.blobs.items())
    web.catch_up()
    world.append("erasure-requested/1", {"subject": gone.borrower, "role": "borrower", "borrower": gone.borrower},
                 world.lender)
    world.clock.at += 73 * HOUR
    world.call("keep-house")
    return gone, kept


def assert_forgotten(web: Web, gone: Person, kept: Person) -> None:
    values = web.store.blobs_of((gone.borrower, gone.contact, kept.borrower, kept.contact))
    assert set(values) == {kept.borrower, kept.contact}


def test_the_sealed_values_go_when_the_entry_is_followed(world: World, web: Web) -> None:
    gone, kept = erased(world, web)
    web.catch_up()
    assert_forgotten(web, gone, kept)
    assert web.store.record("borrowers", gone.borrower)["state"] == "erased"  # type: ignore[index]


def test_the_sealed_values_go_with_a_rebuild_too(world: World, web: Web) -> None:
    gone, kept = erased(world, web)
    rebuild(web.engine, web.folder, web.follow, lambda _: None)
    assert_forgotten(web, gone, kept)


def test_values_from_an_older_copy_go_with_the_next_rebuild(world: World, web: Web) -> None:
    gone, kept = erased(world, web)
    web.catch_up()
    web.store.keep_values((*key, base64.b64decode(blob)) for key, blob in world.blobs.items())
    rebuild(web.engine, web.folder, web.follow, lambda _: None)
    assert_forgotten(web, gone, kept)


def test_whatever_is_still_said_of_the_erased_they_stay_erased(world: World, web: Web) -> None:
    gone, _ = erased(world, web)
    world.append("erasure-requested/1", {"subject": gone.borrower, "role": "borrower", "borrower": gone.borrower},
                 world.lender)
    web.catch_up()
    assert web.store.record("borrowers", gone.borrower)["state"] == "erased"  # type: ignore[index]
