"""A key-encryption key in a PKCS#11 token. SoftHSM plays the token; scripts/softhsm installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest

from registry.errors import ConsentryError, IntegrityError
from registry.keeping import rotating
from registry.settings import Settings, load
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from registry.vault.keys.opening import open_key
from registry.vault.keys.pkcs11_uri import parse_uri
from registry.vault.rotation import Rotation, keys_of, read_state
from registry.vault.vault import Vault
from tests.world import ORIGIN, World

MODULE = next((path for path in map(Path, (
    "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so",
)) if path.exists()), None)
REQUIRED = os.environ.get("REQUIRE_SOFTHSM", "0") not in ("", "0")
needs_softhsm = pytest.mark.skipif(
    (MODULE is None or shutil.which("softhsm2-util") is None) and not REQUIRED,
    reason="softhsm2 is not installed: as root, scripts/softhsm does it",
)
PIN = "246813"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of one token with two AES keys in it, and of the file with its PIN."""
    assert MODULE is not None, "REQUIRE_SOFTHSM is set, and there is no softhsm2"
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in ("vault", "closed"):  # nobody ever logs in to the second
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "135792"],
            check=True, capture_output=True)
    with pkcs11.lib(str(MODULE)).get_token(token_label="vault").open(rw=True, user_pin=PIN) as session:
        for number, label in enumerate(("november", "december"), start=1):
            session.generate_key(pkcs11.KeyType.AES, 256, label=label, id=bytes([number]), store=True)
    pin = folder / "pin"
    pin.touch(0o600)
    pin.write_text(f"{PIN}\n")
    yield folder
    pkcs11.unload(str(MODULE))
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def uri(token: Path, key: str = "object=november") -> str:
    return f"pkcs11:token=vault;{key}?module-path={MODULE}&pin-source=file:{token / 'pin'}"


@needs_softhsm
def test_what_it_wraps_it_alone_opens(token: Path, tmp_path: Path) -> None:
    key, other = open_key(uri(token), os.urandom), open_key(uri(token, "id=%02"), os.urandom)
    wrapped = key.wrap(b"a data key")
    assert key.unwrap(wrapped) == b"a data key"
    assert b"a data key" not in wrapped
    assert wrapped != key.wrap(b"a data key")
    assert open_key(uri(token, "id=%01"), os.urandom).key_id == key.key_id != other.key_id
    changed = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for opener, blob in ((other, wrapped), (key, changed), (key, wrapped[:10]), (key, b""),
                         (KeyFile.create(tmp_path / "key"), wrapped)):
        with pytest.raises(IntegrityError):
            opener.unwrap(blob)


@needs_softhsm
def test_a_vaults_keys_are_made_and_opened_by_it(token: Path, tmp_path: Path) -> None:
    ring = Keyring.create(tmp_path, open_key(uri(token), os.urandom), os.urandom, ORIGIN)
    ring.new_subject("b0" * 16)
    blob = ring.seal("b0" * 16, "name", "Li Na")
    ring.close()
    again = Keyring.open(tmp_path, open_key(uri(token), os.urandom), os.urandom)
    assert again.unseal("b0" * 16, "name", blob) == "Li Na"
    again.close()
    with pytest.raises(IntegrityError, match="does not open"):
        Keyring.open(tmp_path, open_key(uri(token, "object=december"), os.urandom), os.urandom)


@needs_softhsm
def test_a_file_is_rotated_into_a_token_and_on_to_the_next_key(token: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    world = World(data)
    (data / "outside.key").rename(tmp_path / "old.key")
    Settings(data, ORIGIN, True, tmp_path / "old.key", "http://localhost").save()
    person = world.unreachable()
    for key in ("object=november", "object=december"):
        world.vault.desk.rotate = Rotation(data / "vault", lambda named: open_key(named, os.urandom)).step
        order = rotating.begin(load(data), uri(token, key), os.urandom)
        while (state := read_state(data / "vault")) is None or state.state != "rewrapped":
            world.call("keep-house")
        made = rotating.finish(load(data), order, state.done, os.urandom)
        assert made.kept == (None if key == "object=november" else uri(token))
        world.vault.close()
        kek = keys_of(data / "vault", str(load(data).key_file), lambda named: open_key(named, os.urandom))
        world.vault = Vault.open(data / "vault", kek, world.clock, os.urandom, demo=True)
    assert not (tmp_path / "old.key").exists()
    assert world.opened(world.lookup(person))["number"] == person.contact_number


@needs_softhsm
@pytest.mark.parametrize("wrong", ["object=nobody", "id=%09"])
def test_a_key_that_is_not_there_is_named(token: Path, wrong: str) -> None:
    with pytest.raises(ConsentryError, match="NoSuchKey"):
        open_key(uri(token, wrong), os.urandom)


@needs_softhsm
def test_a_wrong_pin_or_one_that_others_may_read_is_refused_and_not_repeated(token: Path, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.touch(0o600)
    pin.write_text("111111")
    named = uri(token).replace(str(token / "pin"), str(pin)).replace("token=vault", "token=closed")
    with pytest.raises(ConsentryError, match="Pin") as refused:
        open_key(named, os.urandom)
    assert "111111" not in refused.value.detail
    pin.chmod(0o644)
    with pytest.raises(ConsentryError, match="chmod 600"):
        open_key(named, os.urandom)


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.touch(0o600)
    with pytest.raises(ConsentryError, match="cannot be loaded"):
        open_key(f"pkcs11:token=a;object=b?module-path={tmp_path / 'none.so'}&pin-source={pin}", os.urandom)


def test_uris_are_read_as_rfc_7512_writes_them() -> None:
    read = parse_uri("pkcs11:token=The%20Vault;serial=ab12;id=%69%95%3E;type=secret-key"
                     "?module-path=/usr/lib/a.so&pin-source=file:///etc/pin%20file")
    assert (read.token, read.serial, read.object, read.id) == ("The Vault", "ab12", None, b"\x69\x95\x3e")
    assert (read.module, read.pin_file) == (Path("/usr/lib/a.so"), Path("/etc/pin file"))


@pytest.mark.parametrize(("text", "why"), [
    ("token=a;object=b?module-path=/x&pin-value=1234", "pin-source"),
    ("token=a;object=b;type=private?module-path=/x&pin-source=/p", "secret-key"),
    ("object=b?module-path=/x&pin-source=/p", "names the token"),
    ("token=a?module-path=/x&pin-source=/p", "names the token"),
    ("token=a;object=b?pin-source=/p", "module-path"),
    ("token=a;object=b?module-path=/x", "pin-source"),
    ("token=a;token=a;object=b?module-path=/x&pin-source=/p", "each once"),
    ("token=a;object=b;slot-id=1?module-path=/x&pin-source=/p", "understood"),
    ("token=a;object=b;model=c?module-path=/x&pin-source=/p", "not looked at"),
])
def test_what_a_uri_lacks_is_said_and_no_pin_is_repeated(text: str, why: str) -> None:
    with pytest.raises(ConsentryError, match=why) as refused:
        parse_uri(f"pkcs11:{text}")
    assert "1234" not in refused.value.detail
