"""courier.db: what an older courier wrote is opened and brought up to date; nothing in it is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from registry.courier import delivery_book
from registry.courier.database import MIGRATIONS, open_engine
from registry.courier.schema import metadata
from registry.courier.store import DATABASE, Store
from registry.errors import IntegrityError
from registry.migrating import config_of
from tests.courier.test_deliver import listed
from tests.courier.world import World

# The tables as the courier made them before there were revisions (its `PRAGMA user_version` was 1).
UNREVISED = """
CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE providers (provider VARCHAR NOT NULL, name VARCHAR NOT NULL, grade VARCHAR NOT NULL,
  commitment VARCHAR, public_key VARCHAR, entry_index INTEGER NOT NULL, PRIMARY KEY (provider));
CREATE INDEX providers_by_name ON providers (name);
CREATE TABLE accepted_gaps (provider VARCHAR NOT NULL, from_seq INTEGER NOT NULL, through_seq INTEGER NOT NULL,
  PRIMARY KEY (provider, from_seq, through_seq));
CREATE TABLE secrets (provider VARCHAR NOT NULL, secret VARCHAR NOT NULL, salt VARCHAR NOT NULL,
  PRIMARY KEY (provider));
CREATE TABLE attempts (provider VARCHAR NOT NULL, digest VARCHAR NOT NULL, attempt VARCHAR NOT NULL,
  reached BOOLEAN NOT NULL, PRIMARY KEY (provider, digest));
CREATE TABLE seqs (provider VARCHAR NOT NULL, seq INTEGER NOT NULL, attempt VARCHAR NOT NULL,
  PRIMARY KEY (provider, seq));
CREATE TABLE webhooks (provider VARCHAR NOT NULL, digest VARCHAR NOT NULL, fingerprint VARCHAR NOT NULL,
  wall INTEGER NOT NULL, drafts VARCHAR, PRIMARY KEY (provider, digest));
CREATE TABLE refused (n INTEGER NOT NULL, provider VARCHAR NOT NULL, webhook_id VARCHAR NOT NULL,
  why VARCHAR NOT NULL, wall INTEGER NOT NULL, PRIMARY KEY (n), UNIQUE (provider, webhook_id, why));
CREATE TABLE deliveries (delivery VARCHAR NOT NULL, entry_index INTEGER NOT NULL, template VARCHAR NOT NULL,
  channel VARCHAR NOT NULL, round INTEGER NOT NULL, subject VARCHAR NOT NULL, names VARCHAR NOT NULL,
  about VARCHAR NOT NULL, state VARCHAR NOT NULL, due_at INTEGER NOT NULL, retry_at INTEGER NOT NULL,
  tries INTEGER NOT NULL, why VARCHAR, drafts VARCHAR, PRIMARY KEY (delivery),
  UNIQUE (entry_index, template, channel, round));
CREATE INDEX deliveries_by_state ON deliveries (state);
PRAGMA user_version=1;
"""


def made_unrevised(world: World) -> None:
    """Puts the world's courier back to a database of before, with what it knew."""
    path = world.folder / "courier" / DATABASE
    world.store.close()
    path.rename(path.with_name("new.db"))
    with sqlite3.connect(path) as old:
        old.executescript(UNREVISED)
        old.execute("ATTACH ? AS new", (str(path.with_name("new.db")),))
        for (table,) in old.execute("SELECT name FROM main.sqlite_master WHERE type='table'").fetchall():
            names = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
    old.close()


def test_the_revisions_make_exactly_the_tables_that_the_courier_uses(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "courier.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_database_of_before_the_revisions_opens_and_its_messages_go_out(world: World) -> None:
    listed(world)
    world.courier.follow()
    made_unrevised(world)
    world.restart()
    with world.store.begin() as db:
        [one] = delivery_book.wanted(db, world.clock.now(), world.clock.wall(), 10)
        assert one.medium == "sms"
        assert db.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0007"
    assert world.deliver() == 1
    assert world.post(world.event()) == "recorded"


def test_a_database_of_before_with_finished_work_repeats_none_of_it(world: World) -> None:
    listed(world)
    world.deliver()
    world.post(world.event(), "msg_a")
    made_unrevised(world)
    world.restart()
    assert world.deliver() == 0
    assert world.post(world.event(), "msg_a") == "repeated"


def test_a_database_of_a_later_revision_is_not_touched(world: World) -> None:
    with world.store.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num='9999'"))
    world.store.close()
    with pytest.raises(IntegrityError):
        Store.open(world.folder / "courier")


def down_to_the_first(world: World) -> None:
    """Takes the world's courier.db back to revision 0001."""
    with world.store.begin() as db:
        command.downgrade(config_of(MIGRATIONS, connection=db), "0001")
    world.store.close()


def test_down_and_up_again_every_message_is_where_it_was(world: World) -> None:
    listed(world)
    world.deliver()
    listed(world)
    world.courier.follow()
    down_to_the_first(world)
    with sqlite3.connect(world.folder / "courier" / DATABASE) as old:
        assert "medium" not in {row[1] for row in old.execute("PRAGMA table_info(deliveries)")}
        assert old.execute("SELECT state FROM deliveries ORDER BY entry_index").fetchall() == [("done",), ("wanted",)]
    old.close()
    world.restart()
    assert world.deliver() == 1
    assert len(world.outbox.messages()) == 2


def test_there_is_no_way_down_while_a_message_is_being_handed_over(world: World) -> None:
    listed(world)
    world.courier.follow()
    with world.store.begin() as db:
        db.execute(text("UPDATE deliveries SET state='handing'"))
    with pytest.raises(RuntimeError, match="let the courier finish"):
        down_to_the_first(world)
