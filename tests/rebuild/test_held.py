"""What the web database holds is compared with the log: a row or value changed behind its back raises an alarm."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.model.alarms import MOST_DIFFERING
from registry.model.catalogue import KINDS
from registry.model.registering import REGISTERING
from registry.model.times import HOUR, SECOND
from registry.store.held import KEPT
from registry.web.store_watch import EVERY, REST, SHARE, SOON, STEP
from tests.databases import only_sqlite
from tests.rebuild.compared import Walk, change, found, web_of
from tests.rebuild.conftest import Web
from tests.world import Person, World


@pytest.fixture
def person(world: World) -> Person:
    person = world.borrower()
    world.account(person)
    return person


@pytest.fixture
def web(world: World, person: Person, tmp_path: Path) -> Iterator[Web]:
    with web_of(world, tmp_path / "web") as made:
        yield made


def test_what_the_vault_raises_alarms_about_is_what_the_web_database_compares() -> None:
    assert tuple(KEPT) == REGISTERING
    for kind, kept in KEPT.items():
        named = {*kept.members, *(digest for _, digest in kept.sealed)}
        assert named <= set(KINDS[kind].fields), kind


def test_what_is_as_the_log_says_raises_nothing(world: World, web: Web) -> None:
    assert found(world, web) == []


@pytest.mark.parametrize(("statement", "about"), [
    ("UPDATE sealed_values SET blob = (SELECT blob FROM sealed_values WHERE name = 'name' AND subject = :borrower) "
     "WHERE subject = :contact AND name = 'number'", "contact"),
    ("UPDATE contacts SET rank = 5", "contact"),
    ("UPDATE contacts SET place = place + 1", "contact"),
    ("UPDATE contacts SET borrower = :contact WHERE id = :contact", "contact"),
    ("DELETE FROM contacts", "contact"),
    ("UPDATE channels SET medium = 'sms' WHERE id = :channel", "channel"),
    ("UPDATE sealed_values SET blob = (SELECT blob FROM sealed_values WHERE name = 'name' AND subject = :borrower) "
     "WHERE name = :channel", "channel"),
    ("UPDATE borrowers SET lender = :contact", "borrower"),
    ("UPDATE accounts SET borrower = :contact", "account"),
    ("DELETE FROM accounts", "account"),
])
def test_a_row_changed_behind_its_back_raises_an_alarm_about_what_it_is_of(
    world: World, web: Web, person: Person, statement: str, about: str,
) -> None:
    known = {"borrower": person.borrower, "contact": person.contact, "channel": person.channels["voice"],
             "account": person.account}
    change(web, statement, **{name: one for name, one in known.items() if f":{name}" in statement})
    assert found(world, web) == [known[about]]


@only_sqlite("PostgreSQL's columns take nothing of another type")
@pytest.mark.parametrize("statement", [
    "UPDATE sealed_values SET blob = 'words' WHERE name = 'number' AND subject = :contact",
    "UPDATE sealed_values SET blob = 5 WHERE name = 'number' AND subject = :contact",
    "UPDATE contacts SET languages = '{' WHERE id = :contact",
    "UPDATE contacts SET lender = CAST(x'ff' AS TEXT) WHERE id = :contact",
])
def test_what_cannot_be_read_is_another_and_hides_nothing_behind_it(
    world: World, web: Web, person: Person, statement: str,
) -> None:
    behind = world.borrower()
    web.store.keep_values((*key, base64.b64decode(blob)) for key, blob in world.blobs.items())
    web.catch_up()
    change(web, statement, contact=person.contact)
    change(web, "UPDATE contacts SET rank = 5 WHERE id = :contact", contact=behind.contact)
    assert found(world, web) == [person.contact, behind.contact]


def test_put_right_and_closed_it_stays_closed(world: World, web: Web, person: Person) -> None:
    change(web, "UPDATE contacts SET rank = 5")
    assert found(world, web) == [person.contact]
    change(web, "UPDATE contacts SET rank = 1")
    (alarm,) = world.entries("alarm-raised/3")
    world.sign("alarm-closed/1", {"alarm": alarm.id})
    assert found(world, web) == [person.contact]


def test_a_value_that_is_gone_raises_an_alarm_once_it_should_have_come(
    world: World, web: Web, person: Person,
) -> None:
    change(web, "DELETE FROM sealed_values WHERE name = 'number'")
    assert found(world, web) == []
    world.clock.at += HOUR + SECOND
    assert found(world, web) == [person.contact]


def test_of_the_erased_no_value_is_missed(world: World, web: Web, person: Person) -> None:
    world.append("erasure-requested/1", {"subject": person.borrower, "role": "borrower", "borrower": person.borrower},
                 world.lender)
    world.clock.at += 73 * HOUR
    world.call("keep-house")
    web.catch_up()
    assert web.store.blobs(person.borrower, ["name"]) == {}
    world.clock.at += HOUR + SECOND
    assert found(world, web) == []


@pytest.mark.parametrize("row", ["contacts", "borrowers"])
def test_a_row_that_calls_somebody_erased_hides_no_value_that_was_changed(
    world: World, web: Web, person: Person, row: str,
) -> None:
    change(web, "UPDATE sealed_values SET blob = (SELECT blob FROM sealed_values WHERE name = 'name' AND "
                "subject = :borrower) WHERE name = 'number'", borrower=person.borrower)
    change(web, f"UPDATE {row} SET state = 'erased'")
    assert found(world, web) == [person.contact]


def test_nor_one_that_is_gone_however_many_are_erased_before_it(world: World, web: Web, person: Person) -> None:
    for _ in range(MOST_DIFFERING + 1):
        gone = world.borrower().borrower
        world.append("erasure-requested/1", {"subject": gone, "role": "borrower", "borrower": gone}, world.lender)
    last = world.borrower()
    world.clock.at += 73 * HOUR
    world.call("keep-house")
    web.store.keep_values((*key, base64.b64decode(blob)) for key, blob in world.blobs.items())
    web.catch_up()
    change(web, "DELETE FROM sealed_values WHERE subject = :contact", contact=last.contact)
    change(web, "UPDATE contacts SET state = 'erased' WHERE id = :contact", contact=last.contact)
    walk = Walk(world, web)
    for _ in range(len(world.entries()) // STEP + 1):
        walk.on(EVERY)
    raised = [one.body["about"] for one in world.entries("alarm-raised/3") if one.body["alarm"] == "store-differs"]
    assert raised == [last.contact]


def test_what_is_not_projected_yet_is_not_compared(world: World, web: Web) -> None:
    world.borrower()
    assert found(world, web) == []


def test_a_long_log_is_walked_in_steps_and_begun_again_after_a_rest(
    world: World, web: Web, person: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.web.store_watch.STEP", 8)
    walk, size = Walk(world, web), len(world.entries())
    walk.on(0)
    walk.on(EVERY - 1)
    assert [args["after"] for _, args in walk.asked] == [0]
    for _ in range(size // 8 + 1):
        walk.on(EVERY)
    assert [args["after"] for _, args in walk.asked] == [*range(0, size, 8)]
    walk.on(REST - EVERY)
    assert walk.asked[-1][1] == {"after": 0, "limit": 8}


def test_far_from_the_end_of_the_log_the_next_step_comes_soon_and_takes_a_tenth_of_the_time_at_most(
    world: World, web: Web, person: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = len(world.entries())
    monkeypatch.setattr("registry.web.store_watch.STEP", 2)
    monkeypatch.setattr("registry.web.store_watch.BEHIND", size - 6)
    walk = Walk(world, web)
    walk.on(0)
    walk.on(SOON - 1)
    assert len(walk.asked) == 1
    walk.on(1)
    assert len(walk.asked) == 2
    walk.takes = SECOND
    walk.on(SOON)
    assert len(walk.asked) == 3, "with no more than BEHIND left"
    walk.on(EVERY - SECOND - 1)
    assert len(walk.asked) == 3
    monkeypatch.setattr("registry.web.store_watch.BEHIND", 0)
    walk.on(1)
    assert len(walk.asked) == 4
    walk.on((SHARE - 1) * SECOND - 1)
    assert len(walk.asked) == 4
    walk.on(1)
    assert len(walk.asked) == 5


def test_a_walk_ends_where_the_log_did_when_it_began_however_fast_it_grows(
    world: World, web: Web, person: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.web.store_watch.STEP", 4)
    walk, size = Walk(world, web), len(world.entries())
    for _ in range(size // 4 + 1):
        walk.on(EVERY)
        world.borrower()
        web.catch_up()
    assert len(world.entries()) > size + 4 * (size // 4 + 1)
    walk.on(REST)
    places = [args["after"] for op, args in walk.asked if op == "follow"]
    assert places.count(0) == 2
    assert max(places) < size


def test_an_answer_cut_short_is_not_the_end_of_the_log(
    world: World, web: Web, person: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.vault.ops.reading.PART", 3_000)
    change(web, "DELETE FROM accounts")
    walk, size = Walk(world, web), len(world.entries())
    for _ in range(size):
        walk.on(EVERY)
    places = [args["after"] for op, args in walk.asked if op == "follow"]
    assert 0 < places[1] < size
    assert next(args["changed"] for op, args in walk.asked if op == "keep-house") == [person.account]


def test_a_vault_that_is_away_is_asked_again(world: World, web: Web, person: Person) -> None:
    change(web, "UPDATE contacts SET rank = 5")
    walk = Walk(world, web)
    walk.gone = True
    walk.on(0)
    walk.gone = False
    walk.on(EVERY)
    assert [op for op, _ in walk.asked] == ["follow", "keep-house"]
    assert walk.asked[0][1] == {"after": 0, "limit": STEP}
