"""What the web database does on PostgreSQL alone: sessions, locks, lost servers, writers beside each other.

They run whichever engine the suite runs on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from registry.errors import ConsentryError, UnavailableError
from registry.store import database, schema
from registry.store.database import open_engine, writing
from registry.store.store import Store
from tests import postgresql

pytestmark = postgresql.needs_postgresql


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql.fresh_database() as made:
        yield made


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = open_engine(url)
    schema.upgrade(made)
    yield made
    made.dispose()


def test_every_connection_to_a_server_is_durable_and_ends_what_takes_too_long(url: str) -> None:
    lax = make_url(url).update_query_dict({"options": "-c synchronous_commit=off"})
    made = open_engine(lax)
    with made.connect() as connection:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar()
                 for name in ("synchronous_commit", "statement_timeout", "lock_timeout", "application_name")}
    made.dispose()
    assert found == {"synchronous_commit": "on", "statement_timeout": "30s", "lock_timeout": "10s",
                     "application_name": "consentry"}


def test_a_lock_that_somebody_holds_too_long_is_answered_with_words(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 50)
    impatient = open_engine(engine.url)
    with engine.connect() as other, other.begin():
        other.execute(text("LOCK TABLE sealed_values"))
        with pytest.raises(UnavailableError) as refused:
            Store(impatient).keep_values([("s", "number", b"never")])
        assert refused.value.code == "storage-unavailable"
    impatient.dispose()


def test_connections_that_the_server_ended_are_made_again(engine: Engine) -> None:
    store = Store(engine)
    store.keep_values([("s", "number", b"kept")])
    for _ in range(2):
        other = open_engine(engine.url)
        with other.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"))
        other.dispose()
        assert store.blobs("s", ["number"]) == {"number": b"kept"}
        store.keep_values([("s", "name", b"too")])


def test_no_server_is_answered_with_words(tmp_path: Path) -> None:
    engine = open_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    for attempt in (lambda: Store(engine).cursor(), lambda: Store(engine).keep_values([]),
                    lambda: schema.upgrade(engine), lambda: schema.check_new(engine)):
        with pytest.raises(UnavailableError) as refused:
            attempt()
        assert refused.value.code == "storage-unavailable"


def test_a_full_disk_of_the_server_is_answered_with_words_and_keeps_nothing(engine: Engine) -> None:
    store = Store(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                                "$$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$"))
        connection.execute(text("CREATE TRIGGER full_disk AFTER INSERT ON sealed_values "
                                "FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"))
    with pytest.raises(UnavailableError) as refused:
        store.keep_values([("s", "number", b"too much")])
    assert refused.value.code == "storage-unavailable"
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM sealed_values")).scalar_one() == 0
        connection.execute(text("DROP TRIGGER full_disk ON sealed_values"))
    store.keep_values([("s", "number", b"there is room")])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sealed_values")).scalar_one() == 1


def test_a_database_in_another_encoding_is_refused() -> None:
    url = postgresql.create_encoded_otherwise()
    engine = open_engine(url)
    for attempt in (schema.upgrade, schema.check_new):
        with pytest.raises(ConsentryError, match="LC_COLLATE 'C'"):
            attempt(engine)
    engine.dispose()


def test_a_limit_holds_when_many_ask_at_once(engine: Engine) -> None:
    store = Store(engine)

    def put(one: int) -> bool:
        return store.put_callback(f"c-{one}", "dialler", 1, "a.b.c.d.e", counts=True, most=5)

    def tried(one: int) -> int:
        return store.tried("sign-in", "me", most=99, period=1_000, at=5, random=lambda size: bytes([one]) * size)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(put, range(40))) == 5
        list(pool.map(tried, range(40)))
        ids = set(pool.map(lambda one: store.reserve_ref("lender", "borrower", "r", f"{one:032x}")["id"], range(40)))
        assert len(ids) == 1
        firsts = pool.map(lambda one: store.settle_ref(next(iter(ids)), "k", [("s", f"{name}", b"v") for name in (
            range(9) if one % 2 else range(8, -1, -1))]), range(40))
        assert sum(firsts) == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT sum(count), count(*) FROM tried")).one() == (40, 1)
        assert connection.execute(text("SELECT count(*) FROM limit_keys")).scalar() == 1


def test_a_deleted_sealed_value_leaves_the_table_when_it_is_written_anew(engine: Engine, url: str) -> None:
    """VACUUM alone frees the place and leaves the bytes; they go with the file that VACUUM FULL replaces."""
    store, secret = Store(engine), b"sealed-value-to-forget-0123456789"
    store.keep_values([("s", "number", secret)])
    assert secret in files_of(url)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM sealed_values"))
    for _ in range(40):  # a row that somebody's snapshot may still see, autovacuum's too, is copied once more
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL sealed_values"))
        if secret not in files_of(url):
            break
        time.sleep(0.25)
    assert secret not in files_of(url)


def files_of(url: str) -> bytes:
    return b"".join(path.read_bytes() for path in postgresql.files(url).iterdir())
