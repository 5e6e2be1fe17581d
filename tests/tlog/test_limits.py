"""At the edges of the formats: the last that is taken, the first that is not."""

from __future__ import annotations

import pytest

from registry.tlog.checkpoint import parse_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.growing import GrowingTree
from registry.tlog.note import encode_base64, open_note, sign_note
from registry.tlog.peaks import Peaks
from registry.tlog.proof import HEADER, format_proof, parse_proof
from registry.tlog.tiles import node_reader, pack_bundle, split_bundle
from registry.tlog.tree import leaf_hash
from tests.tlog import naive
from tests.tlog.test_note import CHECKPOINT, KEY, VERIFIER


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 32_767, 32_768, 65_535])
def test_a_bundle_holds_entries_of_every_length(length: int) -> None:
    entries = [b"a" * length, b"", b"b" * length]
    assert split_bundle(pack_bundle(entries), 3) == entries


def test_a_signature_of_an_unknown_key_may_stand_before_the_known_one() -> None:
    note = sign_note("text\n", KEY)
    text, own = note.split("\n\n")
    stranger = f"— stranger.invalid {encode_base64(b'abcd' + bytes(64))}"
    assert open_note(f"{text}\n\n{stranger}\n{own}", [VERIFIER]) == ("text\n", (VERIFIER,))


def test_the_peaks_of_any_number_of_leaves_have_the_naive_root() -> None:
    entries = [bytes([n]) for n in range(70)]
    peaks = Peaks()
    for size, entry in enumerate(entries):
        assert peaks.root() == naive.mth(entries[:size])
        assert peaks.root([leaf_hash(entry)]) == naive.mth(entries[: size + 1])
        peaks.add(0, leaf_hash(entry))


def test_whole_subtrees_join_as_their_leaves_would() -> None:
    entries = [bytes([n]) for n in range(14)]
    peaks = Peaks()
    for level, start in ((2, 0), (2, 4), (1, 8), (1, 10), (0, 12), (0, 13)):
        peaks.add(level, naive.mth(entries[start : start + (1 << level)]))
    assert peaks.root() == naive.mth(entries)


def test_a_node_is_read_from_the_tile_of_its_level() -> None:
    asked: list[tuple[int, int]] = []

    def read(level: int, n: int) -> list[bytes]:
        asked.append((level, n))
        return [bytes([level, n])] * 256

    node = node_reader(read)
    for level, n in ((0, 300), (7, 3), (8, 300), (9, 200), (16, 5)):
        node(level, n)
    assert asked == [(0, 1), (0, 1), (1, 1), (1, 1), (2, 0)]


def test_the_edge_since_a_size_is_what_changed_on_each_level() -> None:
    tree = GrowingTree(lambda level, n: [])
    for n in range(1000):
        tree.append(leaf_hash(n.to_bytes(2, "big")))
    assert [(level, n, len(data) // 32) for level, n, data in tree.edge(900)] == [(0, 3, 232)]
    assert [(level, n, len(data) // 32) for level, n, data in tree.edge(700)] == [
        (0, 2, 256), (0, 3, 232), (1, 0, 3)]
    assert tree.edge(1000) == []


def test_a_proof_has_at_most_63_hashes_and_needs_none() -> None:
    assert len(parse_proof(format_proof(1, [bytes(32)] * 63, "note\n")).hashes) == 63
    with pytest.raises(TlogError, match="not base64"):
        parse_proof(f"{HEADER}\nextra !\n\nnote\n")


def test_a_checkpoint_ends_with_its_last_line() -> None:
    assert parse_checkpoint(CHECKPOINT.text) == CHECKPOINT
    with pytest.raises(TlogError, match="none empty"):
        parse_checkpoint(CHECKPOINT.text + "\n")
