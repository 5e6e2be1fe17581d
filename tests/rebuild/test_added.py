"""Rows that somebody added to the web database: no entry made them, and an alarm says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, text

from registry.cli.refill import refill
from registry.model.alarms import DIFFERS, MOST_DIFFERING
from registry.model.entries import Entry
from registry.usecases.ports import Ports
from registry.web.state import State
from registry.web.store_watch import EVERY, REST, STEP
from tests.databases import only_sqlite
from tests.rebuild.compared import Walk, change, web_of
from tests.rebuild.conftest import Web
from tests.world import Person, World

FAR = 1_000_000


@pytest.fixture
def person(world: World) -> Person:
    person = world.borrower()
    world.account(person)
    return person


@pytest.fixture
def compared(world: World, person: Person, tmp_path: Path) -> Iterator[Web]:
    with web_of(world, tmp_path / "web") as made:
        yield made


def raised(world: World, web: Web) -> list[tuple[str | None, int | None]]:
    """(about, count) of the alarms after one walk along the whole log."""
    Walk(world, web).watch.look()
    return [(one.body.get("about"), one.body.get("count")) for one in alarms(world)]


def alarms(world: World) -> list[Entry]:
    return [one for one in world.entries("alarm-raised/3") if one.body["alarm"] == DIFFERS]


def copy(web: Web, table: str, ident: str, **changes: object) -> None:
    """Adds a row that is like one of the table's, but for its id and these."""
    with web.engine.connect() as connection:
        row = dict(connection.execute(text(f"SELECT * FROM {table} LIMIT 1")).one()._mapping)
    plain = {name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()}
    new = plain | {"id": ident} | changes
    change(web, f"INSERT INTO {table} ({', '.join(new)}) VALUES ({', '.join(f':{name}' for name in new)})", **new)


@pytest.mark.parametrize("place", [-1, 0, 1, FAR])
@pytest.mark.parametrize("table", ["contacts", "channels", "accounts"])
def test_an_added_row_raises_an_alarm_about_the_borrower_whom_it_names(
    world: World, compared: Web, person: Person, table: str, place: int,
) -> None:
    for number in range(3):
        copy(compared, table, f"{number:032x}", place=place)
    assert raised(world, compared) == [(person.borrower, None)]
    assert raised(world, compared) == [(person.borrower, None)], "once, while it is open"


def test_one_at_the_place_of_an_entry_that_made_such_a_row_does_too(
    world: World, compared: Web, person: Person,
) -> None:
    copy(compared, "contacts", "0" * 32)
    assert raised(world, compared) == [(person.borrower, None)]


@pytest.mark.parametrize("borrower", ["0" * 32, "nobody", ""])
def test_where_they_name_nobody_who_is_registered_it_says_how_many(
    world: World, compared: Web, borrower: str,
) -> None:
    for number in range(3):
        copy(compared, "accounts", f"{number:032x}", borrower=borrower, place=-1)
    assert raised(world, compared) == [(None, 3)]


def test_those_that_name_only_who_is_erased_are_counted_too(world: World, compared: Web, person: Person) -> None:
    world.append("erasure-requested/1", {"subject": person.borrower, "role": "borrower", "borrower": person.borrower},
                 world.lender)
    copy(compared, "contacts", "0" * 32, place=-1)
    assert raised(world, compared) == [(None, 1)]
    assert raised(world, compared) == [(None, 1)], "once, while it is open"


def test_a_borrower_who_was_added_is_counted_whoever_is_said_to_be_hers(world: World, compared: Web) -> None:
    copy(compared, "borrowers", "0" * 32, place=FAR)
    copy(compared, "contacts", "1" * 32, borrower="0" * 32, place=FAR)
    assert raised(world, compared) == [(None, 2)]


def test_a_sealed_value_of_a_name_that_nothing_has_raises_one_about_whom_it_is_kept_with(
    world: World, compared: Web, person: Person,
) -> None:
    compared.store.keep_values((person.contact, f"odd-{number}", b"x") for number in range(100))
    assert raised(world, compared) == [(person.contact, None)]


def test_so_many_that_an_alarm_each_is_too_many_are_twenty(world: World, compared: Web) -> None:
    people = [world.borrower() for _ in range(MOST_DIFFERING + 2)]
    compared.catch_up()
    for number, one in enumerate(people):
        copy(compared, "accounts", f"{number:032x}", borrower=one.borrower, place=-1)
    copy(compared, "accounts", "f" * 32, borrower="nobody", place=0)
    raised(world, compared)
    assert len(alarms(world)) == MOST_DIFFERING


@only_sqlite("PostgreSQL's columns take nothing of another type")
@pytest.mark.parametrize("members", [
    {"place": "words"}, {"place": 1.5}, {"borrower": b"\xff"}, {"place": b"\xff", "borrower": b"\xff"},
])
def test_what_cannot_be_read_is_counted(world: World, compared: Web, members: dict[str, object]) -> None:
    copy(compared, "accounts", "0" * 32, **{"borrower": "nobody", "place": -1} | members)
    assert raised(world, compared) == [(None, 1)]


def test_all_that_people_do_makes_no_row_that_is_said_to_be_added(web: Web) -> None:
    entries, place = list(web.follow(0)), 0
    while entries:
        assert (web.store.added(place, entries).rows, place) == (0, place)
        place = entries[-1].index + 1
        entries = list(web.follow(place))
    assert place > STEP
    assert web.store.added_beyond().rows == 0


def test_a_walk_of_many_steps_finds_each_once(
    world: World, compared: Web, person: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.web.store_watch.STEP", 4)
    size = len(world.entries())
    for place in (0, 3, 4, size - 1):
        copy(compared, "accounts", f"{place:032x}", borrower="nobody", place=place)
    walk = Walk(world, compared)
    for _ in range(size // 4 + 1):
        walk.on(EVERY)
    told = [args["added"]["rows"] for op, args in walk.asked if op == "keep-house"]
    assert told == [2, 1, 1]
    walk.on(REST)
    assert len(alarms(world)) == 1


@only_sqlite("PostgreSQL's columns take nothing of another type")
@pytest.mark.parametrize("cursor", ["'x'", "x'ff'", "1.5", "-1"])
def test_a_cursor_that_is_none_raises_one_and_the_next_start_mends_it(
    world: World, compared: Web, cursor: str,
) -> None:
    change(compared, f"UPDATE progress SET cursor = {cursor}")
    assert raised(world, compared) == [(None, 1)]
    ports = Ports(world.vault, world.vault, compared.store, os.urandom, lambda: 0, "")
    lag = {one.name: one.samples[0].value for one in State(ports).collect()}["consentry_pump_lag_entries"]
    assert lag == len(world.entries()), "all of it, as far as anybody knows"
    assert refill(compared.engine, compared.folder, compared.follow, Event())
    assert compared.store.cursor() == len(world.entries()) > 0


def test_so_does_one_beyond_the_end_of_the_log(world: World, compared: Web) -> None:
    change(compared, "UPDATE progress SET cursor = cursor + 1")
    assert raised(world, compared) == [(None, 1)]


def test_and_one_that_was_set_back(world: World, compared: Web, person: Person) -> None:
    change(compared, "UPDATE progress SET cursor = 1")
    assert raised(world, compared) == [(person.borrower, None)]


@only_sqlite("its plans; PostgreSQL's follow what it counted")
def test_a_step_looks_its_rows_up_by_their_place_however_many_there_are(
    world: World, compared: Web, person: Person,
) -> None:
    """Or a walk would cost rows times entries."""
    asked = list[str]()

    def listen(*of: Any) -> None:
        asked.append(of[2])

    event.listen(compared.engine, "before_cursor_execute", listen)
    store = compared.store
    assert store.added(0, world.entries()).rows + store.added_beyond().rows == 0
    event.remove(compared.engine, "before_cursor_execute", listen)
    plans = list[str]()
    with compared.engine.connect() as connection:
        for statement in (one for one in asked if one.startswith("SELECT")):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?"))
            plans += [row.detail for row in rows]
    scanned = [one for one in plans if one.startswith("SCAN") and "progress" not in one and "CONSTANT" not in one]
    assert (scanned, len(plans) > 8) == ([], True), plans
