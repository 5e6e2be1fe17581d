"""Each refusal names what is wrong: an auditor reads the sentence, and it tells which check refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registry.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, parse_size
from registry.tlog.errors import TlogError
from registry.tlog.growing import GrowingTree
from registry.tlog.note import (
    MAX_NOTE,
    Verifier,
    decode_base64,
    encode_base64,
    open_note,
    parse_note,
    parse_verifier,
    sign_note,
    verifier_of,
)
from registry.tlog.proof import HEADER, format_proof, parse_proof
from registry.tlog.tiles import node_in_tile, parse_path, split_bundle, split_hashes
from registry.tlog.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.tlog.test_note import C2SP_KEY, CHECKPOINT, GO_KEY, GO_NOTE, GO_TEXT, KEY, PROOF, VERIFIER, Key

A, B = leaf_hash(b"a"), leaf_hash(b"b")
ROOT = node_hash(A, B)
BARE = encode_base64(ROOT)
NOTE_IS = "a note is a text, an empty line, and signature lines"
CHECKPOINT_IS = "a checkpoint is origin, size and root, a line each, none empty"
SIZE_IS = "a size is a decimal number without leading zero"
PROOF_IS = "a proof begins with its header and ends with a checkpoint"
KEY_IS = "a verifier key is name+8 hex digits+base64"
KEY_OF = "a verifier key is Ed25519 (type 01) or a cosigner's (type 04 or 06)"
INDEX_BELOW = "a proof is about an index below the size"
GROWS = "consistency goes from a smaller size to a larger one"


def node(level: int, n: int) -> bytes:
    return (A, B)[n] if level == 0 else ROOT


def forged() -> str:
    return sign_note("text\n", KEY) + f"— {KEY.name} {encode_base64(VERIFIER.key_id + bytes(64))}\n"


REFUSED: list[tuple[str, Callable[[], object]]] = [
    (KEY_IS, lambda: parse_verifier("a+b")),
    (KEY_IS, lambda: parse_verifier(C2SP_KEY.replace("530d903a", "530d903a0"))),
    (KEY_IS, lambda: parse_verifier(" " + C2SP_KEY)),
    (KEY_IS, lambda: parse_verifier(str(Verifier("", 1, bytes(32))))),
    (KEY_OF, lambda: parse_verifier(str(Verifier("w", 2, bytes(32))))),
    (KEY_OF, lambda: parse_verifier(str(Verifier("w", 4, bytes(33))))),
    (KEY_OF, lambda: parse_verifier(str(Verifier("w", 6, bytes(32))))),
    (KEY_OF, lambda: parse_verifier(str(Verifier("w", 1, bytes(31))))),
    ("the verifier key's id does not belong to its key", lambda: parse_verifier(C2SP_KEY.replace("foo", "bar"))),
    ("not base64", lambda: decode_base64("A")),
    ("not base64", lambda: decode_base64("AAA!")),
    ("not base64", lambda: decode_base64("é")),
    ("not the one base64 form of its bytes", lambda: decode_base64("AB==")),
    ("the note is too long", lambda: parse_note("x" * (MAX_NOTE + 1))),
    (NOTE_IS, lambda: parse_note("x" * MAX_NOTE)),
    ("a note is UTF-8", lambda: parse_note(b"\xff" + GO_NOTE.encode())),
    ("a note has no control characters but line feeds", lambda: parse_note(GO_NOTE.replace("is.", "\tis."))),
    (NOTE_IS, lambda: parse_note("text\n")),
    (NOTE_IS, lambda: parse_note("text\n\n")),
    (NOTE_IS, lambda: parse_note(GO_NOTE[:-1])),
    (NOTE_IS, lambda: parse_note(GO_TEXT + "\n" + GO_NOTE.split("\n\n")[1] * 101)),
    ("a signature line is — name base64", lambda: parse_note(GO_NOTE + "junk\n")),
    ("a signature line is — name base64", lambda: parse_note(GO_NOTE + "\n— a b c\n")),
    ("a signature line holds a key id and a signature", lambda: parse_note("text\n\n— name AAAAAA==\n")),
    ("a signature of a known key does not verify", lambda: open_note(forged(), [VERIFIER])),
    ("the note is not signed by a known key", lambda: open_note(GO_NOTE, [VERIFIER])),
    (CHECKPOINT_IS, lambda: parse_checkpoint("o\n2\n")),
    (CHECKPOINT_IS, lambda: parse_checkpoint(f"o\n2\n{BARE}")),
    (CHECKPOINT_IS, lambda: parse_checkpoint(f"\n2\n{BARE}\n")),
    (CHECKPOINT_IS, lambda: parse_checkpoint(f"o\n2\n{BARE}\n\nx\n")),
    (SIZE_IS, lambda: parse_checkpoint(f"o\n02\n{BARE}\n")),
    (SIZE_IS, lambda: parse_size("9223372036854775808")),
    (SIZE_IS, lambda: parse_size("1_0")),
    ("a root is 32 bytes", lambda: parse_checkpoint(f"o\n2\n{encode_base64(ROOT + b'x')}\n")),
    ("the root of an empty tree is SHA-256 of nothing", lambda: parse_checkpoint(f"o\n0\n{BARE}\n")),
    ("the checkpoint is of another log than its key names",
     lambda: open_checkpoint(sign_note(Checkpoint("other.invalid/log", 2, ROOT).text, KEY), VERIFIER)),
    ("the note is not signed by a known key",
     lambda: open_checkpoint(sign_note(CHECKPOINT.text, Key(seed=2)), VERIFIER)),
    (PROOF_IS, lambda: parse_proof("")),
    (PROOF_IS, lambda: parse_proof(PROOF.replace("@v1", "@v2"))),
    (PROOF_IS, lambda: parse_proof(f"{HEADER}\nindex 1\n")),
    ("a proof says its index", lambda: parse_proof(f"{HEADER}\n\n")),
    ("a proof says its index", lambda: parse_proof(f"{HEADER}\nextra eHh4\n\nnote\n")),
    ("a proof says its index", lambda: parse_proof(PROOF.replace("index 1", "index"))),
    ("a proof says its index", lambda: parse_proof(PROOF.replace("\nindex", "\nextra eHh4\nextra eHh4\nindex"))),
    ("not base64", lambda: parse_proof(PROOF.replace("\nindex", "\nextra !\nindex"))),
    (SIZE_IS, lambda: parse_proof(PROOF.replace("index 1", "index 01"))),
    ("a proof has at most 63 hashes of 32 bytes", lambda: parse_proof(format_proof(1, [A] * 64, "note\n"))),
    ("a proof has at most 63 hashes of 32 bytes", lambda: parse_proof(format_proof(1, [A, A[:31]], "note\n"))),
    ("not the path of a tile", lambda: parse_path("0/000")),
    ("not the path of a tile", lambda: parse_path("tile/0/x000/001")),
    ("not the path of a tile", lambda: parse_path("tile/64/000")),
    ("not the path of a tile", lambda: parse_path("tile/0/000.p/257")),
    ("a tile has another length than its width says", lambda: split_hashes(bytes(33), 1)),
    ("a bundle does not hold the number of entries that its width says", lambda: split_bundle(b"\0\1ab", 1)),
    ("a bundle does not hold the number of entries that its width says", lambda: split_bundle(b"\0\0\0\0", 1)),
    ("the tile is too narrow for this subtree", lambda: node_in_tile([A] * 3, 1, 1)),
    (INDEX_BELOW, lambda: inclusion_proof(node, 2, 2)),
    (INDEX_BELOW, lambda: inclusion_proof(node, -1, 2)),
    (INDEX_BELOW, lambda: root_from_inclusion(A, 0, 0, [])),
    (GROWS, lambda: consistency_proof(node, 3, 2)),
    (GROWS, lambda: consistency_proof(node, -1, 2)),
    (GROWS, lambda: verify_consistency(3, ROOT, 2, ROOT, [])),
    ("a hash in a proof is 32 bytes", lambda: root_from_inclusion(A, 0, 2, [B[:31]])),
    ("a hash in a proof is 32 bytes", lambda: verify_consistency(1, A, 2, ROOT, [B + b"x"])),
    ("the proof is too short", lambda: root_from_inclusion(A, 0, 2, [])),
    ("the proof has surplus hashes", lambda: root_from_inclusion(A, 0, 2, [B, B])),
    ("the proof has surplus hashes", lambda: verify_consistency(1, A, 2, ROOT, [B, B])),
    ("the inclusion proof does not lead to the root", lambda: verify_inclusion(B, 0, 2, [B], ROOT)),
    ("the trees are not consistent", lambda: verify_consistency(1, B, 2, ROOT, [B])),
    ("the trees are not consistent", lambda: verify_consistency(2, A, 2, ROOT, [])),
    ("the trees are not consistent", lambda: verify_consistency(2, ROOT, 2, ROOT, [A])),
    ("the trees are not consistent", lambda: verify_consistency(0, A, 2, ROOT, [])),
    ("the trees are not consistent", lambda: verify_consistency(0, EMPTY_ROOT, 0, A, [])),
]


@pytest.mark.parametrize(("sentence", "attempt"), REFUSED)
def test_what_is_refused_is_refused_for_that_reason_and_in_these_words(
    sentence: str, attempt: Callable[[], object]
) -> None:
    with pytest.raises(TlogError) as refusal:
        attempt()
    assert refusal.value.detail == sentence
    assert refusal.value.code == "log-invalid"


def grown(size: int) -> GrowingTree:
    tree = GrowingTree(lambda level, n: [])
    for n in range(size):
        tree.append(leaf_hash(bytes([n % 256])))
    return tree


def test_a_tile_that_was_pruned_or_never_there_is_not_in_memory() -> None:
    tree = grown(300)
    assert len(tree.tile(0, 0, 256)) == 256 * 32
    assert len(tree.tile(0, 1, 44)) == 44 * 32
    tree.prune(300)
    for n, width in ((0, 256), (1, 45), (2, 1)):
        with pytest.raises(TlogError) as refusal:
            tree.tile(0, n, width)
        assert refusal.value.detail == "the tile is not in memory"


def test_a_tree_holds_the_tiles_of_its_edge_and_no_others() -> None:
    tree = grown(300)
    assert [tree.holds(0, 0), tree.holds(0, 1), tree.holds(1, 0), tree.holds(2, 0)] == [True, True, True, False]
    tree.prune(300)
    assert [tree.holds(0, 0), tree.holds(0, 1), tree.holds(1, 0)] == [False, True, True]
    assert GrowingTree(lambda level, n: []).holds(0, 0) is False


def test_the_largest_note_and_the_most_signatures_are_still_read() -> None:
    line = f"— n {encode_base64(bytes(5))}\n"
    assert len(parse_note("text\n\n" + line * 100).signatures) == 100
    text = "x" * (MAX_NOTE - len(line) - 2) + "\n"
    assert len(text + "\n" + line) == MAX_NOTE
    assert parse_note(text + "\n" + line).text == text


def test_a_key_of_another_kind_verifies_nothing() -> None:
    witness = Verifier(VERIFIER.name, 4, VERIFIER.public)
    assert VERIFIER.verifies(b"text", KEY.sign(b"text")) is True
    assert witness.verifies(b"text", KEY.sign(b"text")) is False
    assert Verifier("short", 1, bytes(31)).verifies(b"text", bytes(64)) is False
    assert parse_verifier(GO_KEY).verifies(b"text", bytes(64)) is False
    assert verifier_of(Key("other.invalid/log")).key_id != VERIFIER.key_id
