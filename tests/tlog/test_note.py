from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, parse_size, sign_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import (
    Verifier,
    encode_base64,
    open_note,
    parse_note,
    parse_verifier,
    sign_note,
    verifier_of,
)
from registry.tlog.proof import format_proof, parse_proof, verify_proof
from registry.tlog.tree import EMPTY_ROOT, leaf_hash, node_hash

# From the documentation of golang.org/x/mod/sumdb/note: a key and a note that nobody here made.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_NOTE = f"{GO_TEXT}\n{GO_LINE}"
# The example key of the C2SP specifications.
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


class Key:
    """An Ed25519 key made from a seed byte."""

    def __init__(self, name: str = "example.invalid/log", seed: int = 1) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)

    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()


KEY = Key()
VERIFIER = verifier_of(KEY)


def test_a_note_made_by_go_opens() -> None:
    text, signed_by = open_note(GO_NOTE.encode(), [parse_verifier(GO_KEY)])
    assert text == GO_TEXT
    assert [one.name for one in signed_by] == ["PeterNeumann"]


@pytest.mark.parametrize("key", [GO_KEY, C2SP_KEY])
def test_a_published_verifier_key_parses_and_writes_back(key: str) -> None:
    assert str(parse_verifier(key)) == key


def test_only_the_first_two_pluses_of_a_verifier_key_split() -> None:
    key = next(
        text for seed in range(256) if "+" in (text := str(verifier_of(Key(seed=seed)))).split("+", 2)[2]
    )
    assert str(parse_verifier(key)) == key


@pytest.mark.parametrize("key", [
    "", "a+b", "a+530d903a+", C2SP_KEY.replace("530d", "530e"), C2SP_KEY.replace("530d903a", "530D903A"),
    C2SP_KEY.replace("foo", "bar"), C2SP_KEY[:-4], C2SP_KEY + "\n", " " + C2SP_KEY,
    C2SP_KEY.replace("AekyeR", "Aeky!R"),
    str(Verifier("other", 2, bytes(32))), str(Verifier("witness", 6, bytes(32))),
    str(Verifier("short", 1, bytes(31))), str(Verifier("", 1, bytes(32))),
])
def test_a_verifier_key_that_is_not_exactly_one_is_refused(key: str) -> None:
    with pytest.raises(TlogError):
        parse_verifier(key)


def test_signing_and_opening_agree() -> None:
    assert open_note(sign_note("a\n\nb\n", KEY), [VERIFIER])[0] == "a\n\nb\n"


def test_signatures_of_unknown_keys_and_types_are_ignored() -> None:
    note = sign_note("text\n", KEY)
    witness = f"— witness.invalid {encode_base64(b'abcd' + bytes(76))}\n"
    same_name = f"— {KEY.name} {encode_base64(b'abcd' + bytes(64))}\n"
    text, signed_by = open_note(note + witness + same_name, [VERIFIER])
    assert (text, signed_by) == ("text\n", (VERIFIER,))


def test_one_failing_signature_of_a_known_key_rejects_the_whole_note() -> None:
    good = sign_note("text\n", KEY)
    forged = f"— {KEY.name} {encode_base64(VERIFIER.key_id + bytes(64))}\n"
    other = Key("other.invalid/log", 2)
    for note in (good + forged, sign_note("text\n", other) + forged):
        with pytest.raises(TlogError):
            open_note(note, [VERIFIER, verifier_of(other)])


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(TlogError):
        open_note(sign_note("text\n", Key(seed=2)), [VERIFIER])
    with pytest.raises(TlogError):
        open_note(GO_NOTE, [])


@pytest.mark.parametrize("note", [
    "", "\n", "\n\n", "text\n", "text\n\n", GO_NOTE[:-1], GO_NOTE + "\n", GO_NOTE + "junk\n", GO_NOTE + "— a b c\n",
    GO_NOTE.replace("— Peter", "- Peter"), GO_NOTE.replace("— Peter", "—  Peter"), GO_NOTE.replace("—", " —"),
    GO_NOTE.replace("problem is.", "problem\tis."), GO_NOTE.replace("problem is.", "problem is!"),
    GO_NOTE.replace("\n\n—", "\n—"), GO_NOTE.replace("wJnAM=", "wJnAM"), GO_NOTE.replace("wJnAM=", "wJnAN="),
    f"{GO_TEXT}\n— PeterNeumann AAAA\n", "text\n\n" + GO_LINE * 101, "x" * 1_000_001,
])
def test_a_note_that_is_not_exactly_one_is_refused(note: str) -> None:
    with pytest.raises(TlogError):
        open_note(note, [parse_verifier(GO_KEY)])


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(TlogError):
        parse_note(b"\xff" + GO_NOTE.encode())


ROOT = node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
CHECKPOINT = Checkpoint(KEY.name, 2, ROOT)


def test_a_checkpoint_is_three_lines_and_opens_again() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    assert note.startswith(f"example.invalid/log\n2\n{encode_base64(ROOT)}\n\n— example.invalid/log ")
    assert open_checkpoint(note, VERIFIER) == CHECKPOINT


def test_a_checkpoint_with_extension_lines_is_read() -> None:
    assert parse_checkpoint(CHECKPOINT.text + "extension\n") == CHECKPOINT


@pytest.mark.parametrize("text", [
    "", "o\n", "o\n2\n", f"o\n2\n{encode_base64(ROOT)}", f"\n2\n{encode_base64(ROOT)}\n",
    f"o\n02\n{encode_base64(ROOT)}\n", f"o\n-2\n{encode_base64(ROOT)}\n", f"o\n+2\n{encode_base64(ROOT)}\n",
    f"o\n2\n{encode_base64(ROOT[:31])}\n", f"o\n2\n{encode_base64(ROOT + b'x')}\n", "o\n2\n!\n",
    f"o\n2\n{encode_base64(ROOT)}\n\nx\n", f"o\n0\n{encode_base64(ROOT)}\n", f"o\n\u0662\n{encode_base64(ROOT)}\n",
    f"o\n9223372036854775808\n{encode_base64(ROOT)}\n", f"o\n1_0\n{encode_base64(ROOT)}\n",
])
def test_a_text_that_is_not_exactly_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(TlogError):
        parse_checkpoint(text)


def test_a_checkpoint_of_another_log_under_our_key_is_refused() -> None:
    with pytest.raises(TlogError):
        open_checkpoint(sign_note(Checkpoint("other.invalid/log", 2, ROOT).text, KEY), VERIFIER)


def test_sizes_are_plain_decimals() -> None:
    assert [parse_size(text) for text in ("0", "10", str(2**63 - 1))] == [0, 10, 2**63 - 1]
    assert parse_checkpoint(Checkpoint("o", 0, EMPTY_ROOT).text).size == 0


PROOF = format_proof(1, [leaf_hash(b"a")], sign_checkpoint(CHECKPOINT, KEY))


def test_a_proof_shows_its_entry() -> None:
    assert PROOF.startswith(f"c2sp.org/tlog-proof@v1\nindex 1\n{encode_base64(leaf_hash(b'a'))}\n\n")
    assert verify_proof(PROOF, b"b", VERIFIER) == CHECKPOINT
    assert verify_proof(PROOF.replace("\nindex", "\nextra eHh4\nindex"), b"b", VERIFIER) == CHECKPOINT


def test_a_proof_of_the_only_entry_has_no_hashes() -> None:
    note = sign_checkpoint(Checkpoint(KEY.name, 1, leaf_hash(b"a")), KEY)
    assert parse_proof(format_proof(0, [], note)).hashes == ()
    assert verify_proof(format_proof(0, [], note), b"a", VERIFIER).size == 1


@pytest.mark.parametrize("text", [
    "", PROOF.replace("@v1", "@v2"), PROOF.replace("index 1", "index 0"), PROOF.replace("index 1", "index 2"),
    PROOF.replace("index 1", "index 01"), PROOF.replace("index 1", "index"), PROOF.replace("index 1\n", ""),
    PROOF.replace("\n\n", f"\n{encode_base64(ROOT)}\n\n", 1), PROOF.replace("\n\n", "\n", 1),
    PROOF.replace(encode_base64(leaf_hash(b"a")), encode_base64(leaf_hash(b"a")[:31])),
    PROOF.replace(encode_base64(leaf_hash(b"a")) + "\n", ""), PROOF.replace("\nindex", "\nextra !\nindex"),
    PROOF.replace("\nindex", "\nextra eHh4\nextra eHh4\nindex"), PROOF + "x",
    format_proof(1, [leaf_hash(b"a")] * 64, sign_checkpoint(CHECKPOINT, KEY)),
    format_proof(1, [leaf_hash(b"a")], sign_checkpoint(CHECKPOINT, Key(seed=2))),
])
def test_a_proof_that_shows_something_else_is_refused(text: str) -> None:
    with pytest.raises(TlogError):
        verify_proof(text, b"b", VERIFIER)


def test_a_proof_does_not_show_another_entry() -> None:
    with pytest.raises(TlogError):
        verify_proof(PROOF, b"c", VERIFIER)
