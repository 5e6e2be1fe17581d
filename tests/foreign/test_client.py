"""Go's own transparency-log code, which nobody here wrote, accepts our log over HTTP and rejects every tampering."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.audit.reader import save
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.cosignature import cosigner_of, sign_cosignature
from registry.tlog.note import encode_base64, parse_note
from registry.tlog.proof import format_proof
from registry.tlog.tiles import pack_bundle, split_bundle
from registry.tlog.tree import inclusion_proof, leaf_hash
from tests.audit.served import MemoryLog, served
from tests.foreign import go
from tests.tlog.naive import mth
from tests.tlog.test_note import Key as Cosigner
from tests.vault_log.world import Key

KEY = Key()
VKEY = str(KEY.verifier)
SIZE = 600
ENTRIES = [b'{"entry":"%d"}' % index for index in range(SIZE)]
WITNESSES = (Cosigner("one.invalid", 2), Cosigner("two.invalid", 3))
KEPT = 300  # the size at which an auditor kept a checkpoint

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def client() -> Path:
    return go.client()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Every file of the log, by its path, the checkpoint cosigned twice."""
    return files_of(ENTRIES, tmp_path_factory.mktemp("log"))


def files_of(entries: list[bytes], folder: Path) -> Files:
    """The files of a log with these entries."""
    save(MemoryLog(entries, KEY), folder)
    made = {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    return made | {"checkpoint": cosigned(made["checkpoint"].decode()).encode()}


def cosigned(note: str, text: str | None = None) -> str:
    """The note with two cosignatures: of its own text, or of another."""
    return note + "".join(sign_cosignature(text or parse_note(note).text, 1_800_000_000, one) for one in WITNESSES)


def check(client: Path, files: Files, *flags: str) -> tuple[int, str]:
    """What the foreign client says of a log that is served so."""
    def answer(path: str, _token: str | None) -> tuple[int, dict[str, str], bytes]:
        body = files.get(path.removeprefix("/log/"))
        return (404, {}, b"") if body is None else (200, {}, body)

    with served(answer) as url:
        ended = subprocess.run([client, "check", url, VKEY, *flags], capture_output=True, text=True, check=False,
                               timeout=60)
    return ended.returncode, ended.stdout


def kept(folder: Path, note: bytes) -> tuple[str, str]:
    """The flag for a checkpoint that was kept."""
    (folder / "kept").write_bytes(note)
    return "-since", str(folder / "kept")


def _cosigners() -> list[str]:
    return [word for one in WITNESSES for word in ("-cosigner", str(cosigner_of(one)))]


def test_a_foreign_client_accepts_our_log_and_its_cosigned_checkpoint(client: Path, files: Files) -> None:
    code, said = check(client, files, *_cosigners())
    assert code == 0, said
    assert said.splitlines() == ["ok 600", "cosigned one.invalid 1800000000", "cosigned two.invalid 1800000000"]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512])
def test_a_foreign_client_accepts_logs_of_any_size(client: Path, tmp_path: Path, size: int) -> None:
    assert check(client, files_of(ENTRIES[:size], tmp_path)) == (0, f"ok {size}\n")


def test_a_foreign_client_sees_that_our_log_only_grew(client: Path, files: Files, tmp_path: Path) -> None:
    for size in (256, KEPT):
        note = MemoryLog(ENTRIES[:size], KEY).checkpoint()
        assert check(client, files, *kept(tmp_path, note)) == (0, "ok 600\n")


@pytest.mark.parametrize("index", [0, 255, 256, 599])
def test_a_foreign_client_accepts_the_proof_of_an_answer(
    client: Path, files: Files, tmp_path: Path, index: int
) -> None:
    def node(level: int, n: int) -> bytes:
        return mth(ENTRIES[n << level : (n + 1) << level])

    proof = format_proof(index, inclusion_proof(node, index, SIZE), files["checkpoint"].decode())
    for entry, code in ((ENTRIES[index], 0), (ENTRIES[index] + b" ", 1)):
        (tmp_path / "proof").write_text(proof)
        (tmp_path / "entry").write_bytes(entry)
        ended = subprocess.run([client, "proof", VKEY, tmp_path / "proof", tmp_path / "entry"], capture_output=True,
                               text=True, check=False)
        assert ended.returncode == code, ended.stdout


BUNDLE, LEAVES, ABOVE = "tile/entries/001", "tile/0/001", "tile/1/000.p/2"


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _entries(files: Files, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    return {BUNDLE: pack_bundle(change(split_bundle(files[BUNDLE], 256)))}


def _resigned(checkpoint: Checkpoint, key: Key = KEY) -> Files:
    return {"checkpoint": sign_checkpoint(checkpoint, key).encode()}


def _changed_with_its_hash(files: Files) -> Files:
    fresh = b'{"entry":"another"}'
    leaves = leaf_hash(fresh) + files[LEAVES][32:]
    return _entries(files, lambda entries: [fresh, *entries[1:]]) | {LEAVES: leaves}


TAMPERINGS: dict[str, Callable[[Files], Files]] = {
    "an entry is changed": lambda files: {BUNDLE: _flip(files[BUNDLE], 10)},
    "an entry is changed, and its hash with it": _changed_with_its_hash,
    "two entries change places": lambda files: _entries(files, lambda all_: [all_[1], all_[0], *all_[2:]]),
    "an entry is left out": lambda files: _entries(files, lambda all_: all_[1:]),
    "an entry is added": lambda files: _entries(files, lambda all_: [*all_, b"{}"]),
    "an entry's length is moved": lambda files: {BUNDLE: _flip(files[BUNDLE], 1)},
    "a hash of an entry is changed": lambda files: {LEAVES: _flip(files[LEAVES], 8191)},
    "a hash above is changed": lambda files: {ABOVE: _flip(files[ABOVE], 40)},
    "a tile is too short": lambda files: {LEAVES: files[LEAVES][:-32]},
    "a tile is too long": lambda files: {LEAVES: files[LEAVES] + bytes(32)},
    "a tile stands in the place of another": lambda files: {LEAVES: files["tile/0/000"]},
    "a tile is empty": lambda files: {LEAVES: b""},
    "the root is another, under the old signature": lambda files: {
        "checkpoint": files["checkpoint"].replace(
            encode_base64(mth(ENTRIES)).encode(), encode_base64(bytes(32)).encode())},
    "the root is another, signed by the log": lambda files: _resigned(Checkpoint(KEY.name, SIZE, bytes(32))),
    "the size is another, under the old signature": lambda files: {
        "checkpoint": files["checkpoint"].replace(b"\n600\n", b"\n599\n")},
    "the size is another, signed by the log": lambda files: _resigned(Checkpoint(KEY.name, 599, mth(ENTRIES))),
    "another key of the same name signed": lambda files: _resigned(
        Checkpoint(KEY.name, SIZE, mth(ENTRIES)), Key(KEY.name, seed=9)),
    "the log signed for another origin": lambda files: {
        "checkpoint": _for_another_origin().encode()},
    "the signature is cut": lambda files: {"checkpoint": files["checkpoint"].split(b"\n\n")[0] + b"\n\n"},
    "nothing but witnesses signed": lambda files: {
        "checkpoint": files["checkpoint"].replace(f"— {KEY.name} ".encode(), b"\xe2\x80\x94 other.invalid ")},
}


def _for_another_origin() -> str:
    text = Checkpoint("another.invalid/log", SIZE, mth(ENTRIES)).text
    return f"{text}\n— {KEY.name} {encode_base64(KEY.verifier.key_id + KEY.sign(text.encode()))}\n"


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_foreign_client_rejects_a_log_in_which(client: Path, files: Files, how: str) -> None:
    changed = TAMPERINGS[how](files)
    assert all(files[path] != data for path, data in changed.items())
    code, said = check(client, files | changed)
    assert code == 1
    assert said.strip()
    assert "ok" not in said.splitlines()[0].split()


@pytest.mark.parametrize("then", ["another history", "a larger log"])
def test_a_foreign_client_rejects_a_log_that_was_otherwise_before(
    client: Path, tmp_path: Path, then: str
) -> None:
    now = ENTRIES[:KEPT] if then == "a larger log" else [*ENTRIES[:10], b"{}", *ENTRIES[11:]]
    note = MemoryLog(ENTRIES if then == "a larger log" else ENTRIES[:KEPT], KEY).checkpoint()
    forged = files_of(now, tmp_path / "log")
    assert check(client, forged)[0] == 0  # taken by itself nobody could tell
    assert check(client, forged, *kept(tmp_path, note))[0] == 1


def test_independent_code_rejects_a_cosignature_of_another_tree_or_by_another_key(client: Path, files: Files) -> None:
    plain = MemoryLog(ENTRIES, KEY).checkpoint().decode()
    earlier = parse_note(MemoryLog(ENTRIES[:KEPT], KEY).checkpoint()).text
    for note, why in ((cosigned(plain, earlier), "does not verify"), (plain, "not cosigned by one.invalid")):
        code, said = check(client, files | {"checkpoint": note.encode()}, *_cosigners())
        assert (code, why in said) == (1, True)
    stranger = str(cosigner_of(Cosigner("one.invalid", 7)))
    assert check(client, files, "-cosigner", stranger)[0] == 1
