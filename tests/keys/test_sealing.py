"""Sealed values: only the right key, subject, name and version open exactly the blob that was registered (P6)."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import ConflictError, MalformedError
from registry.vault.keys import sealing
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring

from .conftest import BORROWER, CONTACT, NUMBER, ORIGIN


def assert_refused(keyring: Keyring, subject: str, name: str, blob: bytes, sha256: str | None = None) -> None:
    with pytest.raises(MalformedError) as refused:
        keyring.unseal(subject, name, blob, sha256)
    assert refused.value.code == "blob-refused"
    assert NUMBER not in str(refused.value)


def test_a_value_comes_back_also_after_a_restart(keyring: Keyring, folder: Path, kek: KeyFile) -> None:
    blob = keyring.seal(CONTACT, "number", NUMBER)
    assert keyring.unseal(CONTACT, "number", blob, keyring.digest(blob)) == NUMBER
    keyring.close()
    assert Keyring.open(folder, kek, os.urandom).unseal(CONTACT, "number", blob) == NUMBER


def test_another_subject_or_name_does_not_open_it(keyring: Keyring) -> None:
    blob = keyring.seal(CONTACT, "number", NUMBER)
    assert_refused(keyring, BORROWER, "number", blob)
    assert_refused(keyring, CONTACT, "name", blob)
    assert_refused(keyring, "dd" * 16, "number", blob)


def test_another_vaults_key_for_the_same_subject_does_not_open_it(keyring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Keyring.create(tmp_path / "other", KeyFile.create(tmp_path / "kek2"), os.urandom, ORIGIN)
    other.new_subject(CONTACT)
    assert_refused(other, CONTACT, "number", keyring.seal(CONTACT, "number", NUMBER))
    other.close()


def test_an_old_blob_is_refused_where_the_entry_names_a_new_one(keyring: Keyring) -> None:
    old, new = keyring.seal(CONTACT, "number", NUMBER), keyring.seal(CONTACT, "number", "+8610000004712")
    assert_refused(keyring, CONTACT, "number", old, keyring.digest(new))
    assert keyring.unseal(CONTACT, "number", new, keyring.digest(new)) == "+8610000004712"


def test_another_key_version_or_format_does_not_open_it(keyring: Keyring) -> None:
    blob = keyring.seal(CONTACT, "number", NUMBER)
    assert sealing.version_of(blob) == 1
    assert_refused(keyring, CONTACT, "number", sealing.HEAD.pack(1, 2) + blob[sealing.HEAD.size:])
    assert_refused(keyring, CONTACT, "number", sealing.HEAD.pack(2, 1) + blob[sealing.HEAD.size:])


def test_the_version_is_bound_also_where_the_key_is_the_same() -> None:
    key = bytes(32)
    blob = sealing.seal(key, 1, CONTACT, "number", NUMBER, nonce=bytes(12))
    assert sealing.unseal(key, 1, CONTACT, "number", blob) == NUMBER
    for version, subject, name in ((2, CONTACT, "number"), (1, BORROWER, "number"), (1, CONTACT, "name")):
        with pytest.raises(MalformedError):
            sealing.unseal(key, version, subject, name, blob)


def test_every_flipped_bit_and_every_cut_is_refused(keyring: Keyring) -> None:
    blob = keyring.seal(CONTACT, "number", NUMBER)
    for position in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[position // 8] ^= 1 << position % 8
        assert_refused(keyring, CONTACT, "number", bytes(changed))
    for length in range(len(blob)):
        assert_refused(keyring, CONTACT, "number", blob[:length])
    assert_refused(keyring, CONTACT, "number", blob + b"\0")


def test_no_two_blobs_are_equal_and_lengths_do_not_tell_numbers_from_names(keyring: Keyring) -> None:
    blobs = {keyring.seal(CONTACT, "number", NUMBER) for _ in range(50)}
    assert len(blobs) == 50
    assert {len(keyring.seal(CONTACT, "name", text)) for text in ("Li", "Wang Example", "x" * 60)} == {
        len(one) for one in blobs}


@given(st.binary(max_size=300))
def test_padding_is_undone_exactly_and_fills_blocks_of_64(value: bytes) -> None:
    padded = sealing.pad(value)
    assert len(padded) % 64 == 0
    assert 4 <= len(padded) - len(value) < 68
    assert sealing.unpad(padded) == value


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120))
def test_any_text_comes_back(text: str) -> None:
    blob = sealing.seal(bytes(32), 1, CONTACT, "name", text, nonce=bytes(12))
    assert sealing.unseal(bytes(32), 1, CONTACT, "name", blob) == text


@pytest.mark.parametrize("padded", [b"", bytes(4), b"\xff" * 64, bytes(60) + b"\1\0\0\0", bytes(128)])
def test_padding_in_no_other_form_is_taken(padded: bytes) -> None:
    with pytest.raises(MalformedError):
        sealing.unpad(padded)


@pytest.mark.parametrize("name", ["", "Name", "a\nb", "x" * 65, "a/b"])
def test_a_value_has_a_plain_name(keyring: Keyring, name: str) -> None:
    with pytest.raises(MalformedError):
        keyring.seal(CONTACT, name, NUMBER)


def test_a_value_over_16_kib_is_refused(keyring: Keyring) -> None:
    assert keyring.unseal(CONTACT, "name", keyring.seal(CONTACT, "name", "x" * 16384)) == "x" * 16384
    with pytest.raises(MalformedError):
        keyring.seal(CONTACT, "name", "x" * 16385)


def test_a_subject_gets_its_key_once(keyring: Keyring) -> None:
    blob = keyring.seal(CONTACT, "number", NUMBER)
    with pytest.raises(ConflictError) as exists:
        keyring.new_subject(CONTACT)
    assert exists.value.code == "subject-exists"
    assert keyring.unseal(CONTACT, "number", blob) == NUMBER


def test_a_subject_first_asked_for_and_then_added_is_found(keyring: Keyring) -> None:
    later = "ee" * 16
    with pytest.raises(MalformedError):
        keyring.seal(later, "number", NUMBER)
    keyring.new_subject(later)
    assert keyring.unseal(later, "number", keyring.seal(later, "number", NUMBER)) == NUMBER


def test_what_the_vault_keeps_for_itself_opens_only_unchanged(keyring: Keyring) -> None:
    sealed = keyring.seal_own(b"an answer")
    assert b"an answer" not in sealed
    assert keyring.open_own(sealed) == b"an answer"
    for wrong in (b"", sealed[:-1], sealed + b"\0", bytes([sealed[0] ^ 1]) + sealed[1:]):
        with pytest.raises(MalformedError):
            keyring.open_own(wrong)
