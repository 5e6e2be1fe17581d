"""The script behind "check this proof", run by node over proofs that our own tlog makes and over broken ones."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.cosignature import sign_cosignature
from registry.tlog.note import Verifier, encode_base64, verifier_of
from registry.tlog.proof import format_proof, verify_proof
from registry.tlog.tree import leaf_hash
from tests.keys.test_release_by_node import absent
from tests.tlog import naive
from tests.tlog.test_note import KEY, Key
from tests.tlog.test_tree import LEAVES, PATHS, ROOTS

SCRIPT = Path(__file__).parents[2] / "registry" / "web" / "assets" / "proof.js"
ENTRY = '{"body":{"note":"你好"},"id":"1"}'
VKEY = str(verifier_of(KEY))
OTHERS = [f'{{"n":{n}}}'.encode() for n in range(40)]


def asked(folder: Path, *cases: dict[str, Any]) -> list[dict[str, str]]:
    """What the script says of each case. It is a module whatever it is called; node wants that in the name."""
    program = shutil.which("node")
    if program is None:
        absent("node is not installed: set REQUIRE_NODE=1 to make this a failure")
    script = folder / "proof.mjs"
    script.write_bytes(SCRIPT.read_bytes())
    done = subprocess.run(
        [program, str(Path(__file__).with_name("check_proofs.mjs")), script.as_uri()], input=json.dumps(cases),
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, str]] = json.loads(done.stdout)
    return answers


def proof_of(entries: list[bytes], index: int, key: Key = KEY, more: str = "") -> str:
    """A tlog-proof whose tree is computed as RFC 6962 words it, not as the product does."""
    checkpoint = Checkpoint(key.name, len(entries), naive.mth(entries))
    note = sign_checkpoint(checkpoint, key)
    return format_proof(index, naive.path(index, entries), note + more)


def case(index: int = 3, size: int = 7, **changes: Any) -> dict[str, Any]:
    """A good case, but for the changes."""
    entries = OTHERS[:size]
    entries[index] = ENTRY.encode()
    return {"proof": proof_of(entries, index), "key": VKEY, "entry": ENTRY,
            "hash": leaf_hash(ENTRY.encode()).hex(), **changes}


def test_every_entry_of_every_small_tree_is_found_in_it(tmp_path: Path) -> None:
    places = [(index, size) for size in range(1, 20) for index in range(size)]
    answers = asked(tmp_path, *(case(index, size) for index, size in places))
    assert answers == [{"origin": KEY.name, "index": str(index), "size": str(size)} for index, size in places]


def test_the_published_paths_of_the_reference_tests_are_right(tmp_path: Path) -> None:
    cases = []
    for (index, size), path in PATHS.items():
        note = sign_checkpoint(Checkpoint(KEY.name, size, bytes.fromhex(ROOTS[size])), KEY)
        hash_ = leaf_hash(LEAVES[index]).hex()
        cases.append({"proof": format_proof(index, [bytes.fromhex(one) for one in path], note), "key": VKEY,
                      "hash": hash_})
    assert [one.get("index") for one in asked(tmp_path, *cases)] == [str(index) for index, _ in PATHS]


def test_the_hash_alone_is_enough_and_other_signatures_on_the_note_are_passed_over(tmp_path: Path) -> None:
    entries = [*OTHERS[:4], ENTRY.encode()]
    hash_ = leaf_hash(ENTRY.encode()).hex()
    witness = Key("witness.invalid/w", 9)
    text = Checkpoint(KEY.name, 5, naive.mth(entries)).text
    later = Verifier("witness.invalid/w", 6, bytes(1312))  # a type that nobody here verifies
    line = (sign_cosignature(text, 1_800_000_000, witness) + sign_cosignature(text, 1_800_000_001, KEY)
            + f"— witness.invalid/w {encode_base64(later.key_id + bytes(8 + 2420))}\n")
    alone = {"proof": proof_of(entries, 4), "key": VKEY, "hash": hash_}
    witnessed = {"proof": proof_of(entries, 4, more=line), "key": VKEY, "hash": hash_}
    assert [one.get("size") for one in asked(tmp_path, alone, witnessed)] == ["5", "5"]


def _changed(text: str, line: int, to: str) -> str:
    lines = text.split("\n")
    lines[line] = to
    return "\n".join(lines)


def broken() -> list[tuple[str, dict[str, Any], str]]:
    """What was changed, the case, and the step that must notice."""
    good = case()
    proof = good["proof"]
    lines = proof.split("\n")
    other = str(verifier_of(Key(seed=2)))
    renamed = str(verifier_of(Key("elsewhere.invalid/log")))
    signature = proof.rstrip("\n").rpartition(" ")[2]
    flipped = ("B" if signature[20] == "A" else "A") + signature[21:]
    return [
        ("another entry", {**good, "entry": ENTRY.replace("1", "2")}, "entry"),
        ("another hash", {"proof": proof, "key": VKEY, "hash": "0" * 64}, "path"),
        ("another index", {**good, "proof": _changed(proof, 1, "index 2")}, "path"),
        ("an index outside the tree", {**good, "proof": _changed(proof, 1, "index 7")}, "path"),
        ("an index with a sign", {**good, "proof": _changed(proof, 1, "index +3")}, "proof"),
        ("a hash left out", {**good, "proof": "\n".join(lines[:2] + lines[3:])}, "path"),
        ("a hash too many", {**good, "proof": "\n".join([*lines[:3], lines[2], *lines[3:]])}, "path"),
        ("a changed hash", {**good, "proof": _changed(proof, 2, encode_base64(bytes(32)))}, "path"),
        ("a short hash", {**good, "proof": _changed(proof, 2, encode_base64(bytes(31)))}, "proof"),
        ("a hash in another spelling", {**good, "proof": _changed(proof, 2, lines[2].rstrip("="))}, "proof"),
        ("no header", {**good, "proof": _changed(proof, 0, "c2sp.org/tlog-proof@v2")}, "proof"),
        ("another size", {**good, "proof": _changed(proof, lines.index("") + 2, "8")}, "signature"),
        ("another root", {**good, "proof": _changed(proof, lines.index("") + 3, encode_base64(bytes(32)))},
         "signature"),
        ("a changed signature", {**good, "proof": proof.replace(signature[20:], flipped)}, "signature"),
        ("no signature", {**good, "proof": "\n".join(lines[:-2]) + "\n"}, "signature"),
        ("another log's key", {**good, "key": renamed}, "signature"),
        ("another key of that name", {**good, "key": other}, "signature"),
        ("a key whose id is not its own", {**good, "key": VKEY.replace("+", "+0", 1)}, "signature"),
        ("no key at all", {**good, "key": ""}, "signature"),
    ]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    cases = broken()
    answers = asked(tmp_path_factory.mktemp("broken"), *(one for _, one, _ in cases))
    return {name: answer for (name, _, _), answer in zip(cases, answers, strict=True)}


@pytest.mark.parametrize(("name", "step"), [(name, step) for name, _, step in broken()])
def test_a_proof_is_refused_with(name: str, step: str, answered: dict[str, dict[str, str]]) -> None:
    assert answered[name].get("step") == step, answered[name]


def test_the_good_case_is_one_that_the_product_accepts_too() -> None:
    assert verify_proof(case()["proof"], ENTRY.encode(), verifier_of(KEY)).size == 7
