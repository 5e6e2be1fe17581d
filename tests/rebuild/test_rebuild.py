"""Projections are dropped and made again from the log, byte for byte; what is only in SQL is never touched."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from registry.errors import ConflictError, UnavailableError
from registry.model.entries import Entry
from registry.store import rebuilding
from registry.store.database import open_engine, writing
from registry.store.mirrors import METADATA, MIRRORS
from registry.store.projections import APPLY
from registry.store.rebuilding import TABLES, rebuild
from tests.rebuild.conftest import Web, of_the_log
from tests.world import World


def again(web: Web, done: Callable[[int], None] = lambda count: None) -> dict[str, int]:
    return rebuild(web.engine, web.folder, web.follow, done)


def left_aside(web: Web) -> bool:
    """Whether something half made lies beside: a file, or a schema."""
    if web.engine.dialect.name == "sqlite":
        return bool(list(web.folder.glob("rebuilding.db*")))
    return "rebuilding" in inspect(web.engine).get_schema_names()


def spoil(web: Web, *statements: str) -> None:
    with writing(web.engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_the_history_is_long_and_mixed(lived: World, web: Web) -> None:
    kinds = {entry.kind for entry in lived.entries()}
    assert len(lived.entries()) > 400
    assert len(kinds & set(APPLY)) >= 18, sorted(set(APPLY) - kinds)
    dump = web.dump()
    filled = {name for name, rows in dump.items() if rows}
    assert filled >= set(TABLES) - {"pack_activations"}
    assert filled >= set(METADATA.tables) - set(TABLES), "something is in every table that is only in SQL"


def test_a_rebuild_gives_the_same_bytes(web: Web) -> None:
    before, heard = web.dump(), []
    rows = again(web, heard.append)
    assert web.dump() == before
    assert rows == {name: len(before[MIRRORS[name].__tablename__]) for name in MIRRORS}
    assert heard == sorted(heard)
    assert heard[-1] == web.store.cursor()


SPOILED = {
    "rows are gone": ["DELETE FROM borrowers", "DELETE FROM consents WHERE state = 'given'"],
    "states are wrong": ["UPDATE contacts SET state = 'usable'", "UPDATE lookups SET verdict = 'permit'",
                         "UPDATE accounts SET balance_minor = balance_minor + 1"],
    "rows are nobody's": ["INSERT INTO parties (id, place, updated_at, role, name, state) "
                          "VALUES ('x', 0, 0, 'agency', 'Invented', 'active')"],
    "places are moved": ["UPDATE channels SET place = place + 7, updated_at = 0"],
    "the cursor is ahead": ["UPDATE progress SET cursor = cursor + 1000"],
    "the cursor is behind": ["UPDATE progress SET cursor = 3"],
    "the cursor is gone": ["DELETE FROM progress"],
    "the cursor is there twice": ["INSERT INTO progress (id, cursor) VALUES (2, 5)"],
    "a table is gone": ["DROP TABLE holds", "DROP TABLE progress"],
    "an index is gone": ["DROP INDEX lookups_by_client"],
    "a column too many": ["ALTER TABLE approvals ADD COLUMN invented VARCHAR"],
    "nothing is left": [f"DELETE FROM {name}" for name in TABLES],
}


@pytest.mark.parametrize("how", sorted(SPOILED))
def test_whatever_was_spoiled_is_made_good(web: Web, how: str) -> None:
    before = web.dump()
    spoil(web, *SPOILED[how])
    with suppress(DBAPIError):  # a table that is gone cannot be read
        assert web.dump() != before
    again(web)
    assert web.dump() == before


def test_what_is_only_in_sql_is_never_touched(web: Web) -> None:
    own = [name for name in METADATA.tables if name not in TABLES]
    spoil(web, "UPDATE refs SET key = 'another'", "DELETE FROM act_drafts", "DELETE FROM borrowers")
    before = web.dump()
    again(web)
    after = web.dump()
    assert {name: after[name] for name in own} == {name: before[name] for name in own}
    assert after["borrowers"] != before["borrowers"]


def test_what_is_logged_during_a_rebuild_is_in_it(lived: World, web: Web) -> None:
    """Entries come, and are projected by the pump, after the rebuild has read the last one it knew of."""
    entries = web.follow(0)
    while more := web.follow(entries[-1].index + 1):
        entries = [*entries, *more]
    known, late = entries[:-20], entries[-20:]
    calls = iter([known, [], late, []])

    def follow(after: int) -> Sequence[Entry]:
        return next(calls)

    before = web.dump()
    rebuild(web.engine, web.folder, follow, lambda count: None)
    assert web.dump() == before


def test_a_log_that_stops_answering_changes_nothing(web: Web) -> None:
    before = web.dump()
    answers = iter([web.follow(0), web.follow(100)])

    def follow(after: int) -> Sequence[Entry]:
        try:
            return next(answers)
        except StopIteration:
            raise UnavailableError("gone") from None

    for count in (2, 1, 0):
        with pytest.raises(UnavailableError):
            rebuild(web.engine, web.folder, follow, lambda count: None)
        assert web.dump() == before, count
    assert not left_aside(web)


def test_two_rebuilds_do_not_run_at_once(web: Web) -> None:
    def second(count: int) -> None:
        with pytest.raises(ConflictError) as refused:
            again(web)
        assert refused.value.code == "rebuild-running"

    again(web, second)
    again(web)


# Killed


def killed_in_a_child(web: Web, setup: Callable[[], Callable[[int], None]]) -> None:
    """Runs a rebuild in a process of its own, which kills itself. Fails unless it was killed."""
    web.engine.dispose()  # no connection may cross the fork
    pid = os.fork()
    if pid == 0:
        try:
            engine = open_engine(web.engine.url)
            rebuild(engine, web.folder, web.follow, setup())
        finally:
            os._exit(7)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def die(*_: object) -> None:
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def while_reading() -> Callable[[int], None]:
    return lambda count: die() if count > 250 else None


def after(table: int) -> Callable[[], Callable[[int], None]]:
    """Dies in the last transaction, when so many tables have been replaced."""
    def setup() -> Callable[[int], None]:
        replace, places = rebuilding._replace, iter(range(len(TABLES)))

        def replaced(connection: object, name: str) -> None:
            replace(connection, name)  # type: ignore[arg-type]
            if next(places) == table:
                die()

        rebuilding._replace = replaced
        return lambda count: None
    return setup


def before_it_commits() -> Callable[[int], None]:
    advance = rebuilding.advance

    def advanced(*args: object) -> int:
        advance(*args)  # type: ignore[arg-type]
        die()
        return 0

    rebuilding.advance = advanced
    return lambda count: None


@pytest.mark.parametrize("when", [
    while_reading, after(0), after(7), after(len(TABLES) - 1), before_it_commits,
], ids=["while reading", "one table", "eight tables", "all tables", "before it commits"])
def test_killed_in_the_middle_nothing_has_changed_and_it_can_be_run_again(
    web: Web, when: Callable[[], Callable[[int], None]]
) -> None:
    right = web.dump()
    spoil(web, "DELETE FROM accounts", "UPDATE contacts SET state = 'usable'")
    spoiled = web.dump()
    killed_in_a_child(web, when)
    assert left_aside(web)
    assert web.dump() == spoiled
    again(web)
    assert web.dump() == right
    assert of_the_log(right).keys() == set(TABLES)
    assert not left_aside(web)
