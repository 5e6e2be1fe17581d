"""The web database: its pragmas, migrations, transactions, and projections that can be rebuilt."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from registry.errors import ConflictError, IntegrityError
from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, Entry
from registry.store import comparisons, limits, schema, tables
from registry.store.database import open_engine, writing
from registry.store.mirrors import METADATA, MIRRORS, OF_THE_LOG, Account, Channel, Contact
from registry.store.projections import APPLY
from registry.store.store import Store
from registry.usecases.writing import entry_of
from registry.web.factory import create_app
from registry.web.settings import WebSettings
from tests.databases import at, only_sqlite
from tests.web.demo import Demo
from tests.web.world import World

ACCOUNT, CONTACT = "a" * 32, "c" * 32
OWN: dict[str, Any] = {"id": CONTACT, "borrower": "b" * 32, "lender": "l", "place": 2, "updated_at": 1, "rank": 1,
                       "relation": "parent", "languages": [], "state": "usable"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(at(tmp_path / "web.db"))
    schema.upgrade(made)
    yield made
    made.dispose()


def entry(index: int, kind: str = "viewed/1", **body: Any) -> Entry:
    return Entry(index, 1_000 + index, Draft(f"{index:032x}", kind, Actor("web"), body))


@only_sqlite("PRAGMAs")
def test_every_connection_is_durable_and_forgets_what_is_deleted(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                 for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


@pytest.mark.parametrize("odd", ["zeroblob(6145)", "zeroblob(0)", "'words'", "5"])
@only_sqlite("its columns take nothing of another type; of a length the same Python decides")
def test_what_nobody_sealed_is_not_carried_along_with_the_values_beside_it(engine: Engine, odd: str) -> None:
    with_one_contact(engine)
    store = Store(engine)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO sealed_values (subject, name, blob) "
                                f"VALUES ('{CONTACT}', 'number', {odd}), ('{CONTACT}', 'name', x'01')"))
        connection.execute(text(f"INSERT INTO sealed_notes (commitment, blob) VALUES ('n', {odd}), ('m', x'01')"))
    assert store.offered(ACCOUNT, "contact")[0] == {CONTACT: {"name": b"\x01"}}
    assert store.blobs(CONTACT, ["number", "name"]) == {"name": b"\x01"}
    assert store.blobs_of([CONTACT]) == {CONTACT: {"name": b"\x01"}}
    assert store.notes(["n", "m"]) == {"m": b"\x01"}


def test_values_that_no_contact_has_are_not_carried_along_however_many_there_are(engine: Engine) -> None:
    with_one_contact(engine)
    store = Store(engine)
    store.keep_values([(CONTACT, "number", b"n"), *((CONTACT, f"odd-{n}", b"x") for n in range(100))])
    assert store.offered(ACCOUNT, "contact")[0] == {CONTACT: {"number": b"n"}}


def test_nor_those_of_a_contact_or_borrower_whose_id_is_none(engine: Engine) -> None:
    with_one_contact(engine)
    store = Store(engine)
    store.keep_values([("odd", "number", b"n"), ("odd", "channel", b"n"), (CONTACT, "number", b"n")])
    with writing(engine) as connection:
        connection.execute(insert(Contact).values({**OWN, "id": "odd"}))
        connection.execute(text("UPDATE contacts SET borrower = 'odd'"))
        connection.execute(text("UPDATE accounts SET borrower = 'odd'"))
        connection.execute(insert(Channel).values(
            id="channel", borrower="odd", medium="voice", use="personal", state="live", place=4, updated_at=1))
    assert store.offered(ACCOUNT, "contact")[0] == {CONTACT: {"number": b"n"}}
    assert store.offered(ACCOUNT, "borrower")[0] == {}


def with_one_contact(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(Account).values(
            id=ACCOUNT, borrower=OWN["borrower"], lender="l", place=1, updated_at=1, liability="principal",
            due_since="", balance_minor=1, currency="CNY", limitation_until="", state="open", as_of=""))
        connection.execute(insert(Contact).values(OWN))


@only_sqlite("PostgreSQL's counterpart is in test_store_postgresql.py")
def test_a_deleted_sealed_value_leaves_the_file(engine: Engine, tmp_path: Path) -> None:
    store, secret = Store(engine), b"sealed-value-to-forget-0123456789"
    store.keep_values([("s", "number", secret)])
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM sealed_values"))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret not in (tmp_path / "web.db").read_bytes()


def test_an_exception_of_the_database_shows_no_parameters(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError) as caught, writing(engine) as connection:
        connection.execute(text("INSERT INTO refs (id) VALUES (:id)"), {"id": "+8610000006666"})
    assert "+8610000006666" not in str(caught.value)


def test_the_models_are_what_the_migrations_make(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_going_back_and_forth_restores_the_shape(engine: Engine) -> None:
    before = sorted(inspect(engine).get_table_names())
    schema.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    schema.upgrade(engine)
    assert sorted(inspect(engine).get_table_names()) == before


def test_a_process_does_not_start_on_another_revision(tmp_path: Path) -> None:
    settings = WebSettings(at(tmp_path / "empty.db"), tmp_path / "v", tmp_path / "c", "http://localhost")
    with pytest.raises(IntegrityError, match="revision"):
        create_app(settings)


def test_settings_come_from_the_environment_and_back(tmp_path: Path) -> None:
    settings = WebSettings(
        str(tmp_path / "d"), tmp_path / "v", tmp_path / "c", "https://x", True, tmp_path / "demo.json")
    assert WebSettings.from_environment(settings.environment()) == settings
    variables = settings.environment()
    del variables["CONSENTRY_WEB_VAULT_SOCKET"]
    with pytest.raises(Exception, match="CONSENTRY_WEB_VAULT_SOCKET"):
        WebSettings.from_environment(variables)


def test_a_sealed_value_is_never_overwritten(engine: Engine) -> None:
    store = Store(engine)
    store.keep_values([("s", "number", b"first")])
    store.keep_values([("s", "number", b"second"), ("s", "name", b"name")])
    assert store.blobs("s", ["number", "name", "other"]) == {"number": b"first", "name": b"name"}


def test_a_ref_belongs_to_the_first_and_is_settled_once(engine: Engine) -> None:
    store = Store(engine)
    assert store.reserve_ref("lender", "borrower", "r", "a") == {"id": "a", "done": False, "key": None}
    assert store.reserve_ref("lender", "borrower", "r", "b")["id"] == "a"
    assert store.reserve_ref("lender", "account", "r", "c")["id"] == "c"
    assert store.reserve_ref("other", "borrower", "r", "d")["id"] == "d"
    assert [store.settle_ref("a", "k", []), store.settle_ref("a", "k", [])] == [True, False]
    assert store.reserve_ref("lender", "borrower", "r", "e") == {"id": "a", "done": True, "key": "k"}


def test_a_reservation_that_fails_halfway_changes_nothing(engine: Engine) -> None:
    store = Store(engine)
    store.reserve_ref("lender", "borrower", "r", "a")
    with pytest.raises(SQLAlchemyError):
        store.settle_ref("a", None, [("s", "number", None)])  # type: ignore[list-item]
    assert store.reserve_ref("lender", "borrower", "r", "b")["done"] is False


def test_entries_are_projected_in_order_once_and_without_a_gap(engine: Engine) -> None:
    store = Store(engine)
    assert store.cursor() == 0
    store.project([entry(0), entry(1)], 2)
    store.project([entry(0), entry(1), entry(2)], 3)
    assert store.cursor() == 3
    with pytest.raises(ConflictError):
        store.project([entry(4)], 5)
    assert store.cursor() == 3


def test_an_entry_that_cannot_be_projected_moves_nothing(engine: Engine) -> None:
    store = Store(engine)
    with pytest.raises(KeyError):
        store.project([entry(0), entry(1, "channel-added/1")], 2)
    assert store.cursor() == 0


def test_projections_name_only_kinds_that_exist() -> None:
    assert set(APPLY) <= set(KINDS)


def rows(store: Store) -> dict[str, list[dict[str, Any]]]:
    return {name: store.records(name, {}, limit=10_000) for name in MIRRORS}


@pytest.mark.parametrize("which", ["world", "demo"])
def test_projections_are_rebuilt_from_the_log_alone(which: str, world: World, demo: Demo) -> None:
    bench = world.bench if which == "world" else demo.bench
    if which == "world":
        world.someone()
    bench.settle()
    store = bench.store
    before, cursor = rows(store), store.cursor()
    assert any(before.values())
    store.forget_projections()
    assert not any(rows(store).values())
    while found := bench.vault.call("follow", {"after": store.cursor(), "limit": 500})["entries"]:
        store.project([entry_of(one) for one in found], found[-1]["index"] + 1)
    assert rows(store) == before
    assert store.cursor() == cursor


def test_a_write_during_a_rebuild_is_answered_as_what_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    store, project = type(world.bench.store), type(world.bench.store).project
    emptied = iter([True])

    def meanwhile(self: Store, entries: Any, cursor: int) -> None:
        if next(emptied, False):
            self.forget_projections()
        project(self, entries, cursor)

    monkeypatch.setattr(store, "project", meanwhile)
    made = world.lender.post("/v1/borrowers", world.borrower())
    assert made.status_code == 201, made.text
    assert world.lender.get(f"/v1/borrowers/{made.json['borrower']}").status_code == 200


def test_what_lives_only_in_sql_survives_a_rebuild(engine: Engine) -> None:
    own = {table.__tablename__ for module in (tables, limits, comparisons) for table in vars(module).values()
           if hasattr(table, "__tablename__")}
    assert own == set(METADATA.tables) - {table.__tablename__ for table in OF_THE_LOG}
    store = Store(engine)
    store.keep_values([("s", "number", b"sealed")])
    store.forget_projections()
    assert store.blobs("s", ["number"]) == {"number": b"sealed"}


@only_sqlite("a lock on the whole file")
def test_two_writers_wait_for_each_other(engine: Engine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "web.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, lambda: other.execute("COMMIT")).start()
    Store(engine).keep_values([("s", "number", b"waited")])
    assert Store(engine).blobs("s", ["number"]) == {"number": b"waited"}
    other.close()
