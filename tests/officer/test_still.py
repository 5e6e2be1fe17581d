"""Where nobody knows how far the projections are, the pages of alarms say that they stand still, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.officer.desk import Officer, kinds, size
from tests.officer.test_alarms import raised
from tests.portal.visitor import by_link
from tests.web.world import World, make_world

SAID = "What is shown here stands still"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One of this file's own: its projections are spoilt."""
    with make_world(tmp_path_factory.mktemp("still")) as made:
        yield made


def moved(world: World, cursor: int) -> int:
    """Puts another cursor there, as somebody would who has the database; which it was."""
    with world.app.app_context(), world.app.extensions["sqlalchemy"].engine.begin() as connection:
        before = connection.scalar(text("SELECT cursor FROM progress"))
        connection.execute(text("UPDATE progress SET cursor = :cursor"), {"cursor": cursor})
    assert isinstance(before, int)
    return before


@pytest.mark.parametrize("cursor", [-1, 10**9])
def test_the_pages_of_alarms_say_that_they_stand_still_and_show_what_they_know(world: World, cursor: int) -> None:
    known = raised(world)
    desk, auditor = Officer(world, world.keys.officers[0], language="en"), by_link(world, "auditor", language="en")
    for reader, path in ((desk, "/officer/alarms"), (auditor, "/auditor/alarms")):
        reader.get(path)
        assert SAID not in reader.page
    before = moved(world, cursor)
    try:
        at = size(world)
        for reader, path in ((desk, "/officer/alarms"), (auditor, "/auditor/alarms")):
            reader.get(path)
            assert reader.status == 200
            assert SAID in reader.page, path
            assert "registry rebuild" in reader.page
        desk.get("/officer/alarms")
        assert known[:8] in desk.page
        assert kinds(world, at) == ["viewed/3"] * 3, "that they were read is in the log all the same"
    finally:
        moved(world, before)
    desk.get("/officer/alarms")
    assert SAID not in desk.page


def test_another_page_does_not_say_that_nothing_was_recorded(world: World) -> None:
    desk = Officer(world, world.keys.officers[0], language="en")
    desk.get("/officer/releases")
    before = moved(world, -1)
    try:
        at = size(world)
        desk.send("/officer/releases/stop")
        assert kinds(world, at) == ["releases-stopped/1"]
        assert desk.status == 503
        assert "may be recorded already" in desk.page
        assert "Nothing was recorded" not in desk.page
    finally:
        moved(world, before)
