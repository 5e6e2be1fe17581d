"""Sessions, links and challenges at rest: only a digest, an end, and nothing left of what is over."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from registry.model.times import MINUTE
from registry.vault.keys.held import Held
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from registry.vault.keys.sessions import LIVES, Session

AT = 1_800_000_000_000
SESSION = Session("a0" * 16, "borrower", "code", AT, AT + 30 * MINUTE, ("b0" * 16, "b1" * 16), None, None, "c0" * 16)


def held(ring: Keyring, name: str) -> Held:
    return {"links": ring.links, "challenges": ring.challenges}[name]


def count(ring: Keyring, table: str) -> int:
    row = ring._store.read(f"SELECT count(*) FROM {table}", ())
    assert row is not None
    return int(row[0])


def test_a_session_is_found_as_it_was_opened_until_it_is_over(keyring: Keyring, folder: Path, kek: KeyFile) -> None:
    token = keyring.sessions.open(SESSION)
    assert re.fullmatch(r"cns_[A-Za-z0-9_-]{43}", token)
    keyring.close()
    again = Keyring.open(folder, kek, os.urandom)
    assert again.sessions.find(token, AT + 30 * MINUTE - 1) == SESSION
    assert again.sessions.find(token, AT + 30 * MINUTE) is None
    again.sessions.close(token)
    assert again.sessions.find(token, AT) is None
    again.close()


def test_people_have_half_an_hour_and_staff_an_hour() -> None:
    assert LIVES == {"borrower": 30 * MINUTE, "contact": 30 * MINUTE, "officer": 60 * MINUTE, "auditor": 60 * MINUTE}


def test_the_web_tier_is_shown_no_line_and_no_passkey() -> None:
    assert SESSION.shown() == {
        "session": "a0" * 16, "role": "borrower", "strength": "code", "subjects": ["b0" * 16, "b1" * 16],
        "opened_at": AT, "expires_at": AT + 30 * MINUTE,
    }
    staff = Session("a0" * 16, "officer", "passkey", AT, AT + 1, party="d0" * 16, passkey="e0" * 16)
    assert staff.shown()["party"] == "d0" * 16
    assert "passkey" not in staff.shown()


@pytest.mark.parametrize("name", ["links", "challenges"])
def test_one_is_found_until_it_ends_or_is_ended(keyring: Keyring, name: str) -> None:
    table = held(keyring, name)
    token = table.make({"request": "x"}, AT, 10)
    assert table.find(token, AT + 9) == {"request": "x"}
    assert table.find(token, AT + 10) is None
    assert table.end(token)
    assert not table.end(token)
    assert table.find(token, AT) is None


@pytest.mark.parametrize("name", ["links", "challenges"])
def test_what_is_over_leaves_the_database_when_another_is_made(keyring: Keyring, name: str) -> None:
    table = held(keyring, name)
    kept = [table.make({}, AT, life) for life in (10, 11)]
    table.make({}, AT + 10, 1)
    assert count(keyring, name) == 2
    assert [table.find(one, AT) for one in kept] == [None, {}]


def test_what_one_holds_is_of_no_use_in_another_place(keyring: Keyring) -> None:
    link, challenge = keyring.links.make({}, AT, 10), keyring.challenges.make({}, AT, 10)
    token = keyring.sessions.open(SESSION)
    assert link.startswith("cnl_")
    for table in (keyring.links, keyring.challenges):
        assert table.find(token, AT) is None
    assert keyring.links.find(challenge, AT) is None
    assert keyring.challenges.find(link, AT) is None
    assert keyring.sessions.find(link, AT) is None


@pytest.mark.parametrize("strange", ["", "cns_", "\ud800", "x" * 10_000, "\0", "cns_" + "A" * 43])
def test_what_is_no_token_is_not_found(keyring: Keyring, strange: str) -> None:
    keyring.sessions.open(SESSION)
    assert keyring.sessions.find(strange, AT) is None
    keyring.sessions.close(strange)


def test_a_long_token_is_not_its_own_beginning(keyring: Keyring) -> None:
    token = keyring.sessions.open(SESSION)
    assert keyring.sessions.find(token + "A", AT) is None


def test_the_database_has_no_token(keyring: Keyring, folder: Path) -> None:
    tokens = [keyring.sessions.open(SESSION), keyring.links.make({}, AT, 10), keyring.challenges.make({}, AT, 10)]
    keyring.close()
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not any(token[4:].encode() in stored for token in tokens)
