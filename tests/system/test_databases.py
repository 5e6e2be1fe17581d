"""`init --web-database --vault-database`: which URLs are taken, and what is said of those that are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from registry.databases import check_database
from registry.errors import ConsentryError
from registry.settings import Settings, SettingsError, check_databases, load
from registry.store.database import open_engine
from tests import postgresql
from tests.system.world import registry

REFUSED = {
    "a password": ("postgresql+psycopg://me:hunter2@db/web", "pgpass"),
    "a password behind the question mark": ("postgresql+psycopg://me@db/web?password=hunter2", "pgpass"),
    "a password of a key": ("postgresql+psycopg://me@db/web?sslpassword=hunter2", "pgpass"),
    "another driver": ("postgresql://me@db/web", "postgresql+psycopg://"),
    "another engine": ("mysql://me@db/web", "postgresql+psycopg://"),
    "no URL": ("web.db", "no URL"),
    "no database": ("postgresql+psycopg://me@db", "names no database"),
    "a relative path": ("sqlite:///web.db", "absolute path"),
}
TAKEN = (
    "postgresql+psycopg://me@db/web", "postgresql+psycopg:///?service=consentry", "sqlite:////srv/web.db",
    "postgresql+psycopg://me@/web?host=a:5432&host=b:5432&target_session_attrs=read-write",
)


@pytest.mark.parametrize("name", REFUSED)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(name: str) -> None:
    url, words = REFUSED[name]
    with pytest.raises(ConsentryError, match="web_database") as refused:
        check_database(url, "web_database")
    assert refused.value.code == "settings"
    assert words in refused.value.detail
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", TAKEN)
def test_a_url_without_a_password_is_taken(url: str) -> None:
    assert check_database(url, "web_database") == url


def test_web_tier_and_vault_have_databases_of_their_own() -> None:
    with pytest.raises(SettingsError, match="must differ"):
        check_databases(TAKEN[0], TAKEN[0])


def test_settings_keep_the_urls_and_are_without_them_what_they_were(tmp_path: Path) -> None:
    made = Settings(tmp_path, "log.example.com/one", False, tmp_path / "kek", "https://log.example.com")
    made.save()
    assert "database" not in (tmp_path / "consentry.json").read_text("utf-8")
    assert load(tmp_path) == made
    assert load(tmp_path).web_url == f"sqlite:///{tmp_path}/web/web.db"
    both = Settings(tmp_path, "log.example.com/one", False, tmp_path / "kek", "https://log.example.com", *TAKEN[:2])
    both.save()
    assert load(tmp_path) == both
    assert load(tmp_path).web_url == TAKEN[0]
    value = json.loads((tmp_path / "consentry.json").read_text("utf-8"))
    (tmp_path / "consentry.json").write_text(json.dumps(value | {"web_database": REFUSED["a password"][0]}))
    with pytest.raises(ConsentryError, match="pgpass"):
        load(tmp_path)


# `init`


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql.fresh_database() as made:
        yield made


def init(folder: Path, url: str) -> tuple[int, str]:
    registry("officer", "keygen", str(folder / "officer"), "--public", str(folder / "officer.pub"))
    done = registry("init", "--data", str(folder / "data"), "--origin", "log.example.com/one", "--key-file",
                    str(folder / "kek"), "--officer", str(folder / "officer.pub"), "--web-database", url)
    return done.returncode, done.stderr


@postgresql.needs_postgresql
def test_init_makes_the_tables_on_the_server_and_no_file(url: str, tmp_path: Path) -> None:
    assert init(tmp_path, url) == (0, "")
    assert load(tmp_path / "data").web_database == url
    assert not (tmp_path / "data" / "web" / "web.db").exists()
    engine = open_engine(url)
    assert "sealed_values" in inspect(engine).get_table_names()
    engine.dispose()


@postgresql.needs_postgresql
def test_init_refuses_a_database_that_is_in_use_and_leaves_nothing_behind(url: str, tmp_path: Path) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE anybodys (id int)")
    engine.dispose()
    code, said = init(tmp_path, url)
    assert (code, said.count("\n")) == (1, 1)
    assert "not empty" in said
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "kek").exists()


def test_init_says_so_where_no_server_answers(tmp_path: Path) -> None:
    code, said = init(tmp_path, f"postgresql+psycopg://me@/web?host={tmp_path}")
    assert (code, said.count("\n")) == (1, 1)
    assert "cannot be" in said
    assert not (tmp_path / "data").exists()
