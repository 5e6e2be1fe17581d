"""Lines: one telephone, one line (P5); ids that mean nothing outside; fingerprints nobody can guess."""

import os
from pathlib import Path

import pytest

from registry.errors import MalformedError
from registry.model.ids import check_id
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring

from .conftest import NUMBER, ORIGIN

MAIL = "li.example@demo.invalid"


def test_one_number_is_one_line_for_voice_and_text_and_after_a_restart(
    keyring: Keyring, folder: Path, kek: KeyFile
) -> None:
    line = check_id(keyring.line_of(NUMBER, "voice"))
    assert keyring.line_of(NUMBER, "sms") == line
    assert keyring.known_line(NUMBER) == keyring.known_line(NUMBER, "voice") == line
    keyring.close()
    assert Keyring.open(folder, kek, os.urandom).line_of(NUMBER, "voice") == line


def test_different_addresses_and_media_have_different_lines(keyring: Keyring) -> None:
    lines = {keyring.line_of(NUMBER, "voice"), keyring.line_of("+8610000004712", "voice"),
             *(keyring.line_of(MAIL, medium) for medium in ("email", "app", "post"))}
    assert len(lines) == 5
    assert keyring.known_line(MAIL) == keyring.line_of(MAIL, "email")


def test_asking_for_a_line_makes_none(keyring: Keyring) -> None:
    assert keyring.known_line(NUMBER) is None
    assert keyring.known_line(MAIL) is None
    assert keyring.known_line(NUMBER) is None


def test_an_unknown_medium_is_refused(keyring: Keyring) -> None:
    with pytest.raises(MalformedError):
        keyring.line_of(NUMBER, "fax")


def test_another_vault_gives_the_same_number_another_line(keyring: Keyring, kek: KeyFile, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Keyring.create(tmp_path / "other", kek, os.urandom, ORIGIN)
    assert other.line_of(NUMBER, "voice") != keyring.line_of(NUMBER, "voice")
    assert other.fingerprint({"number": NUMBER}) != keyring.fingerprint({"number": NUMBER})
    other.close()


def test_a_fingerprint_knows_a_request_again_whatever_the_order_of_its_members(keyring: Keyring) -> None:
    one = keyring.fingerprint({"a": 1, "b": [None, 1.5, "\ud800"], "c": NUMBER})
    assert keyring.fingerprint({"c": NUMBER, "b": [None, 1.5, "\ud800"], "a": 1}) == one
    others = [keyring.fingerprint(other) for other in ({"a": 1}, {"a": True}, {"a": "1"}, [], None, "a", 2**70)]
    assert len({one, *others}) == 8
    assert len(one) == 32
