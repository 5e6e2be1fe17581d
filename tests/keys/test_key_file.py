"""The key-encryption key: outside the data folder, the owner's only, and the one the keys were made with."""

import base64
import os
from pathlib import Path

import pytest

from registry.errors import ConflictError, ConsentryError, IntegrityError
from registry.vault.keys.kek import KeyFile, refuse_inside
from registry.vault.keys.keyring import Keyring

from .conftest import ORIGIN


def test_a_key_file_inside_the_data_folder_is_refused_also_through_a_link(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "link").symlink_to(data)
    for inside in (data / "kek", data / "vault" / "kek", tmp_path / "link" / "kek"):
        with pytest.raises(ConsentryError) as refused:
            refuse_inside(inside, data)
        assert refused.value.code == "key-file"
    refuse_inside(tmp_path / "kek", data)
    refuse_inside(tmp_path / "database-keys", data)


def test_a_new_key_file_is_its_owners_only_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    KeyFile.create(path)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConsentryError):
        KeyFile.create(path)
    assert path.read_bytes() == before


def test_a_new_key_file_has_its_name_on_disk_before_anything_is_wrapped_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, sync = [], os.fsync

    def watched(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    KeyFile.create(tmp_path / "kek")
    assert synced == [tmp_path / "kek", tmp_path]


@pytest.mark.parametrize("content", [b"", b"not base64!", base64.b64encode(bytes(31)), base64.b64encode(bytes(33))])
def test_an_ill_formed_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kek"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConsentryError) as refused:
        KeyFile(path)
    assert refused.value.code == "key-file"


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    KeyFile.create(path)
    path.chmod(0o640)
    with pytest.raises(ConsentryError, match="chmod 600"):
        KeyFile(path)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConsentryError) as refused:
        KeyFile(tmp_path / "none")
    assert refused.value.code == "key-file"


def test_wrapping_is_undone_by_the_same_key_only_and_shows_any_change(tmp_path: Path) -> None:
    one, other = KeyFile.create(tmp_path / "one"), KeyFile.create(tmp_path / "other")
    key = os.urandom(32)
    wrapped = one.wrap(key)
    assert key not in wrapped
    assert one.unwrap(wrapped) == key
    assert KeyFile(tmp_path / "one").unwrap(wrapped) == key
    assert one.wrap(key) != wrapped, "a fresh nonce each time"
    flipped = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for opener, data in ((other, wrapped), (one, flipped), (one, b""), (one, wrapped[:20])):
        with pytest.raises(IntegrityError):
            opener.unwrap(data)


def test_the_key_id_is_stable_and_differs_between_keys(tmp_path: Path) -> None:
    one = KeyFile.create(tmp_path / "one")
    assert one.key_id == KeyFile(tmp_path / "one").key_id != KeyFile.create(tmp_path / "other").key_id


def test_another_key_file_does_not_open_the_keyring(keyring: Keyring, folder: Path, tmp_path: Path) -> None:
    keyring.close()
    with pytest.raises(IntegrityError) as refused:
        Keyring.open(folder, KeyFile.create(tmp_path / "other"), os.urandom)
    assert refused.value.code == "key-file-wrong"


def test_keys_are_never_made_twice_nor_by_opening(
    keyring: Keyring, folder: Path, kek: KeyFile, tmp_path: Path
) -> None:
    before = keyring.vkey
    keyring.close()
    with pytest.raises(ConflictError) as exists:
        Keyring.create(folder, kek, os.urandom, ORIGIN)
    assert exists.value.code == "keys-exist"
    assert Keyring.open(folder, kek, os.urandom).vkey == before
    with pytest.raises(IntegrityError) as missing:
        Keyring.open(tmp_path, kek, os.urandom)
    assert missing.value.code == "keys-missing"
    assert not (tmp_path / "keys.db").exists()
