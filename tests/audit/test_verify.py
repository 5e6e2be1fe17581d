from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.audit.reader import FolderReader, entries_of, open_reader, save, unverified_checkpoint
from registry.audit.verify import Report, verified_leaves, verify
from registry.errors import NotFoundError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.tiles import ENTRIES, Tile, bundles_of, pack_bundle, split_bundle, tiles_of
from tests.audit.served import MemoryLog
from tests.tlog.naive import mth, sha256
from tests.vault_log.world import Key, World

KEY = Key()
VKEY = str(KEY.verifier)
SIZE = 600


def entries_of_size(size: int) -> list[bytes]:
    return [b'{"entry":"%d"}' % index for index in range(size)]


def log_of(size: int) -> MemoryLog:
    return MemoryLog(entries_of_size(size), KEY)


def note_of(size: int) -> str:
    return log_of(size).checkpoint().decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(log_of(SIZE), tmp_path / "log")
    return tmp_path / "log"


def check(folder: Path, since: str | None = None) -> Report:
    return verify(FolderReader(folder), VKEY, since)


def test_a_vaults_log_is_saved_and_verified(world: World, tmp_path: Path) -> None:
    class LogReader:
        def checkpoint(self) -> bytes:
            return world.log.checkpoint().encode()

        def tile(self, tile: Tile) -> bytes:
            data = (
                world.log.entry_bundle(tile.n, tile.width) if tile.level == ENTRIES
                else world.log.tile(tile.level, tile.n, tile.width)
            )
            assert data is not None
            return data

    world.fill(300)
    since = world.log.checkpoint()
    world.fill(700)
    save(LogReader(), tmp_path / "copy")
    report = check(tmp_path / "copy", since)
    assert (report.ok, report.size, report.since) == (True, 700, 300)
    assert list(entries_of(FolderReader(tmp_path / "copy"), 700)) == [data for _, data in world.log.leaves(0, 999)]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 600])
def test_an_honest_log_is_ok_whatever_its_size(size: int) -> None:
    report = verify(log_of(size), VKEY)
    assert report == Report(KEY.name, size, mth(entries_of_size(size)))
    assert str(report).startswith(f"ok {KEY.name}: {size} entries, root ")


def test_a_log_of_three_tile_levels_is_ok(tmp_path: Path) -> None:
    # The higher tiles of a large log are computed from the lower ones here: the naive way takes too long.
    log = log_of(66_000)
    save(_Cached(log), tmp_path)
    assert check(tmp_path).ok
    path = tmp_path / Tile(2, 0, 1).path
    path.write_bytes(bytes(32))
    assert "tile/2/000.p/1" in str(check(tmp_path))


class _Cached:
    """Builds each level's tiles from the level below."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._levels = {0: [mth([entry]) for entry in log.entries]}
        for level in range(1, 4):
            below = self._levels[level - 1]
            self._levels[level] = [
                _root(below[start : start + 256]) for start in range(0, len(below) - 255, 256)
            ]

    def checkpoint(self) -> bytes:
        return self._log.checkpoint()

    def tile(self, tile: Tile) -> bytes:
        if tile.level == ENTRIES:
            return self._log.tile(tile)
        return b"".join(self._levels[tile.level][tile.n * 256 : tile.n * 256 + tile.width])


def _root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [sha256(b"\x01" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


@pytest.mark.parametrize("since", [0, 1, 100, 255, 256, 257, 512, 599, 600])
def test_an_earlier_checkpoint_of_the_same_log_is_consistent(folder: Path, since: int) -> None:
    report = check(folder, note_of(since))
    assert (report.ok, report.since) == (True, since)
    assert str(report).endswith(f"consistent with size {since}")


@pytest.mark.parametrize("since", [1, 100, 256, 300, 600])
def test_an_earlier_checkpoint_of_another_history_is_a_fork(folder: Path, since: int) -> None:
    entries = entries_of_size(since)
    entries[since // 2] = b"{}"
    report = check(folder, MemoryLog(entries, KEY).checkpoint().decode())
    assert not report.ok
    assert f"first {since} entries" in str(report)


def test_a_log_shorter_than_an_earlier_checkpoint_has_dropped_entries(folder: Path) -> None:
    assert "had 601 before" in str(check(folder, note_of(601)))


def test_an_earlier_checkpoint_that_is_not_signed_by_the_log_proves_nothing(folder: Path) -> None:
    other = Key(seed=8)
    forged = sign_checkpoint(Checkpoint(other.name, SIZE, mth(entries_of_size(SIZE))), other)
    assert not check(folder, forged).ok
    assert not check(folder, "not a note").ok


# Every way to tamper is a change of a file: (what is done, the file, how its bytes change).
TAMPERINGS: list[tuple[str, str, Callable[[bytes], bytes | None]]] = [
    ("an entry is changed", "tile/entries/000", lambda data: data.replace(b'"7"', b'"8"')),
    ("an entry of the last bundle is changed", "tile/entries/002.p/88",
     lambda data: data.replace(b'"599"', b'"598"')),
    ("two entries are swapped", "tile/entries/000",
     lambda data: _bundle(data, lambda rows: [rows[1], rows[0], *rows[2:]])),
    ("an entry is dropped", "tile/entries/001", lambda data: _bundle(data, lambda rows: rows[1:])),
    ("an entry is added", "tile/entries/001", lambda data: _bundle(data, lambda rows: [*rows, b"{}"])),
    ("an entry is doubled over its neighbour", "tile/entries/001",
     lambda data: _bundle(data, lambda rows: [rows[0], rows[0], *rows[2:]])),
    ("a bundle is cut short", "tile/entries/001", lambda data: data[:-1]),
    ("a bundle is missing", "tile/entries/001", lambda data: None),
    ("a bundle is empty", "tile/entries/002.p/88", lambda data: b""),
    ("a bit of a hash is turned", "tile/0/001", lambda data: bytes([data[0] ^ 1]) + data[1:]),
    ("a bit of the last hash is turned", "tile/0/002.p/88", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    ("a tile is cut short", "tile/0/001", lambda data: data[:-32]),
    ("a tile has a hash too many", "tile/0/001", lambda data: data + bytes(32)),
    ("a tile is missing", "tile/0/000", lambda data: None),
    ("a higher tile has another hash", "tile/1/000.p/2", lambda data: data[32:] + data[:32]),
    ("a higher tile is missing", "tile/1/000.p/2", lambda data: None),
    ("the size is larger", "checkpoint", lambda data: data.replace(b"\n600\n", b"\n601\n")),
    ("the size is smaller", "checkpoint", lambda data: data.replace(b"\n600\n", b"\n599\n")),
    ("the origin is another", "checkpoint",
     lambda data: data.replace(b"demo.invalid/log\n6", b"other.invalid/log\n6")),
    ("the root is another", "checkpoint", lambda data: data.replace(data.split(b"\n")[2], b"A" * 43 + b"=")),
    ("the signature is another", "checkpoint", lambda data: data[:-10] + b"AAAAAAAA=\n"),
    ("the signature is missing", "checkpoint", lambda data: data[: data.index("—".encode())]),
    ("the checkpoint is missing", "checkpoint", lambda data: None),
    ("the checkpoint is not text", "checkpoint", lambda data: b"\xff" + data),
]


def _bundle(data: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    return pack_bundle(change(split_bundle(data, len(_rows(data)))))


def _rows(data: bytes) -> list[bytes]:
    rows = []
    while data:
        length = int.from_bytes(data[:2], "big")
        rows.append(data[2 : 2 + length])
        data = data[2 + length :]
    return rows


@pytest.mark.parametrize(("what", "path", "change"), TAMPERINGS, ids=[one[0] for one in TAMPERINGS])
def test_tampering_is_found(
    folder: Path, what: str, path: str, change: Callable[[bytes], bytes | None]
) -> None:
    before = (folder / path).read_bytes()
    after = change(before)
    assert after != before
    if after is None:
        (folder / path).unlink()
    else:
        (folder / path).write_bytes(after)
    report = check(folder)
    assert not report.ok
    assert str(report).startswith(f"FAILED {KEY.name}: ")


def test_a_consistent_rewrite_signed_by_the_key_is_found_by_whoever_kept_a_checkpoint(tmp_path: Path) -> None:
    kept = note_of(SIZE)
    entries = entries_of_size(SIZE + 50)
    entries[10] = b"{}"
    save(MemoryLog(entries, KEY), tmp_path)
    assert check(tmp_path).ok
    assert not check(tmp_path, kept).ok


def test_a_rewrite_signed_by_another_key_is_found(tmp_path: Path) -> None:
    save(MemoryLog(entries_of_size(SIZE), Key(seed=8)), tmp_path)
    assert not check(tmp_path).ok


def test_a_log_under_our_key_but_of_another_name_is_found(tmp_path: Path) -> None:
    log = log_of(5)
    note = sign_checkpoint(Checkpoint("other.invalid/log", 5, mth(log.entries)), KEY)
    log.checkpoint = note.encode  # type: ignore[method-assign]
    assert not verify(log, VKEY).ok


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_single_changed_byte_of_a_saved_log_is_found(data: st.DataObject) -> None:
    log = log_of(300)
    places = [*bundles_of(300), *tiles_of(300)]
    place = data.draw(st.sampled_from(places))
    original = log.tile(place)
    at, by = data.draw(st.integers(0, len(original) - 1)), data.draw(st.integers(1, 255))
    changed = original[:at] + bytes([original[at] ^ by]) + original[at + 1 :]

    class Liar:
        def checkpoint(self) -> bytes:
            return log.checkpoint()

        def tile(self, tile: Tile) -> bytes:
            return changed if tile == place else log.tile(tile)

    assert not verify(Liar(), VKEY).ok


def test_progress_is_told_from_nothing_to_everything() -> None:
    told: list[tuple[int, int]] = []
    verify(log_of(SIZE), VKEY, None, lambda done, total: told.append((done, total)))
    assert told == [(0, 600), (256, 600), (512, 600), (600, 600)]


def test_a_failure_says_how_far_the_log_was_verified(folder: Path) -> None:
    path = folder / "tile/entries/001"
    path.write_bytes(path.read_bytes().replace(b'"300"', b'"301"'))
    report = check(folder)
    assert report.size == 256
    assert "entries from 256 on" in str(report)


def test_leaves_are_verified_in_the_same_single_read(folder: Path) -> None:
    assert list(verified_leaves(FolderReader(folder), VKEY, note_of(300))) == entries_of_size(SIZE)
    path = folder / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes().replace(b'"599"', b'"598"'))
    leaves = verified_leaves(FolderReader(folder), VKEY)
    assert [next(leaves) for _ in range(512)] == entries_of_size(512)
    with pytest.raises(TlogError):
        next(leaves)


def test_a_key_that_is_none_is_told_apart_from_a_log_that_fails(folder: Path) -> None:
    with pytest.raises(TlogError):
        verify(FolderReader(folder), "not a key")


def test_a_saved_folder_is_laid_out_as_c2sp_says(folder: Path) -> None:
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [
        "checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000",
        "tile/entries/001", "tile/entries/002.p/88",
    ]


def test_a_copy_of_a_copy_is_the_same(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    checkpoint = save(open_reader(str(folder)), tmp_path / "again", lambda done, total: told.append((done, total)))
    assert checkpoint == unverified_checkpoint(FolderReader(folder))
    assert told[0] == (0, 7)
    assert told[-1] == (7, 7)
    assert check(tmp_path / "again").ok


def test_a_folder_that_kept_only_the_full_tile_still_answers_for_the_partial_one(tmp_path: Path) -> None:
    save(log_of(512), tmp_path)
    reader = FolderReader(tmp_path)
    for tile in (Tile(0, 1, 3), Tile(ENTRIES, 1, 3)):
        assert reader.tile(tile) == log_of(512).tile(tile)
    with pytest.raises(NotFoundError):
        reader.tile(Tile(0, 2, 3))


def test_a_folder_that_cannot_be_read_is_not_a_lying_log(folder: Path) -> None:
    path = folder / "tile/0/001"
    path.unlink()
    path.mkdir()
    with pytest.raises(UnavailableError):
        check(folder)
