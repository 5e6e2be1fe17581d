"""keys.db: durable, scrubbed, and without a secret in clear."""

import os
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, select

from registry.errors import IntegrityError, MalformedError, UnauthorizedError, UnavailableError
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.keys.store import LINES, METADATA, MIGRATIONS
from tests.vault_engine import edit, lose_transaction, sqlite_only

from .conftest import BORROWER, CONTACT, NUMBER, ORIGIN


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_the_database_is_durable_and_scrubs_what_is_deleted(folder: Path) -> None:
    store = SqliteKeyStore(folder, create=True)
    pragmas = {name: store._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
               for name in ("secure_delete", "journal_mode", "synchronous")}
    assert pragmas == {"secure_delete": 1, "journal_mode": "wal", "synchronous": 2}
    store.close()


@sqlite_only
def test_only_the_owner_may_read_the_files(keyring: Keyring, folder: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(folder: Path) -> None:
    SqliteKeyStore(folder, create=True).close()
    with create_engine(f"sqlite:///{folder / 'keys.db'}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_migrations_can_be_undone_and_done_again(folder: Path) -> None:
    store = SqliteKeyStore(folder, create=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = store._connection
    command.downgrade(config, "base")
    tables = store._connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    assert tables == ["alembic_version"]
    command.upgrade(config, "head")
    store.close()


def test_no_number_code_token_or_key_is_in_the_files(keyring: Keyring, folder: Path) -> None:
    code = keyring.make_code(BORROWER, "0" * 64, 0)
    token = keyring.make_token({"consent": BORROWER}, 0)
    keyring.line_of(NUMBER, "sms")
    keyring.seal(CONTACT, "number", NUMBER)
    content = files_of(folder)
    keys = keyring._keys
    secrets = [keys.lines, keys.fingerprints, keys.codes, keys.own, keys.sig.private_bytes_raw(),
               keys.log._key.private_bytes_raw(), keys.enc.private_numbers().private_value.to_bytes(32, "big")]
    texts = [NUMBER.encode(), NUMBER[1:].encode(), code.encode(), token.encode(), bytes.fromhex(token)]
    for secret in secrets + texts:
        assert secret not in content


def test_a_group_of_writes_is_kept_even_when_the_block_raises(folder: Path) -> None:
    store = SqliteKeyStore(folder, create=True)

    def refused_after_writing() -> None:
        with store.one_commit(), store.one_commit():
            store.write(insert(LINES), {"prf": bytes(32), "line": "0" * 32})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refused_after_writing()
    with sqlite3.connect(folder / "keys.db") as other:
        assert other.execute("SELECT count(*) FROM lines").fetchone() == (1,)
    store.close()


@pytest.mark.parametrize(("ended_by", "told"), [
    (UnauthorizedError("wrong", code="code-wrong"), UnavailableError), (IntegrityError("stop"), IntegrityError),
    (KeyboardInterrupt(), KeyboardInterrupt),
])
def test_a_refusal_whose_writes_were_lost_is_not_told_and_what_stops_the_vault_is(
    keyring: Keyring, ended_by: BaseException, told: type[BaseException],
) -> None:
    def ends() -> None:
        with keyring.one_commit():
            keyring.new_subject("dd" * 16)
            lose_transaction(keyring._store)
            raise ended_by

    with pytest.raises(told):
        ends()
    assert keyring._store.losses == 1
    assert not keyring.has_subject("dd" * 16)


def test_nothing_of_a_group_is_visible_to_others_before_it_ends(folder: Path) -> None:
    store = SqliteKeyStore(folder, create=True)
    with store.one_commit():
        store.write(insert(LINES), {"prf": bytes(32), "line": "0" * 32})
        with sqlite3.connect(folder / "keys.db") as other:
            assert other.execute("SELECT count(*) FROM lines").fetchone() == (0,)
    assert store.one(select(LINES)) is not None
    store.close()


def test_a_write_that_cannot_be_made_is_an_error_and_the_store_recovers(folder: Path) -> None:
    store = SqliteKeyStore(folder, create=True)
    with sqlite3.connect(folder / "keys.db", isolation_level=None) as other:
        store._connection.exec_driver_sql("PRAGMA busy_timeout=0").close()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            store.write(insert(LINES), {"prf": bytes(32), "line": "0" * 32})
        other.execute("ROLLBACK")
    store.write(insert(LINES), {"prf": bytes(32), "line": "0" * 32})
    store.close()


def test_a_data_key_that_was_lost_with_its_commit_is_not_used_on(
    keyring: Keyring, folder: Path, kek: KeyFile
) -> None:
    def round_that_is_lost() -> None:
        with keyring.one_commit():
            keyring.new_subject("dd" * 16)
            keyring.seal("dd" * 16, "number", NUMBER)
            lose_transaction(keyring._store)

    with pytest.raises(UnavailableError):
        round_that_is_lost()
    with pytest.raises(MalformedError):
        keyring.seal("dd" * 16, "number", NUMBER)
    keyring.new_subject("dd" * 16)
    blob = keyring.seal("dd" * 16, "number", NUMBER)
    keyring.close()
    reopened = Keyring.open(folder, kek, os.urandom)
    assert reopened.unseal("dd" * 16, "number", blob) == NUMBER
    reopened.close()


def test_a_creation_that_was_cut_short_can_be_done_again(folder: Path, kek: KeyFile) -> None:
    def no_randomness(_count: int) -> bytes:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        Keyring.create(folder, kek, no_randomness, ORIGIN)
    with pytest.raises(IntegrityError) as missing:
        Keyring.open(folder, kek, os.urandom)
    assert missing.value.code == "keys-missing"
    Keyring.create(folder, kek, os.urandom, ORIGIN).close()
    Keyring.open(folder, kek, os.urandom).close()


def test_wrapped_keys_cannot_stand_in_for_one_another(keyring: Keyring, folder: Path, kek: KeyFile) -> None:
    blob = keyring.seal(CONTACT, "number", NUMBER)
    keyring.close()
    edit(folder, "UPDATE subjects SET wrapped = (SELECT wrapped FROM subjects WHERE subject = ?) "
                 "WHERE subject = ?", CONTACT, BORROWER)
    again = Keyring.open(folder, kek, os.urandom)
    with pytest.raises(IntegrityError) as swapped:
        again.unseal(BORROWER, "number", blob)
    again.close()
    assert swapped.value.code == "keys-swapped"
    edit(folder, "UPDATE long_lived SET wrapped = (SELECT wrapped FROM long_lived WHERE name = 'lines') "
                 "WHERE name = 'own'")
    with pytest.raises(IntegrityError) as swapped:
        Keyring.open(folder, kek, os.urandom)
    assert swapped.value.code == "keys-swapped"
