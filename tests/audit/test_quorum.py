"""An audit that asks for witnesses: enough of them, of this very tree, lately."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.audit.quorum import Demand
from registry.audit.reader import FolderReader, save
from registry.audit.verify import verified_leaves, verify
from registry.cli.audit import audit
from registry.tlog.checkpoint import Checkpoint
from registry.tlog.cosignature import cosigner_of, sign_cosignature
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, encode_base64, parse_note, verifier_of
from registry.tlog.witness_policy import parse_policy
from tests.audit.served import MemoryLog
from tests.tlog.test_note import Key as Cosigner
from tests.vault_log.world import Key

KEY = Key()
VKEY = str(KEY.verifier)
ENTRIES = [b'{"entry":"%d"}' % index for index in range(300)]
NAMES = ("bank", "court", "press")
WITNESSES = dict(zip(NAMES, (Cosigner("bank.invalid", 2), Cosigner("court.invalid", 3), Cosigner("press.invalid", 4)),
                     strict=True))
LINES = "".join(f"witness {name} {cosigner_of(one)}\n" for name, one in WITNESSES.items())
POLICY = f"{LINES}group all-three 2 bank court press\nquorum all-three\n"
NOW = 1_800_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(MemoryLog(ENTRIES, KEY), tmp_path / "log")
    return tmp_path / "log"


def cosign(folder: Path, times: dict[str, int], text: str | None = None) -> None:
    """Has witnesses cosign the folder's checkpoint, or another text beside it."""
    note = (folder / "checkpoint").read_text()
    own = text or parse_note(note).text
    lines = [sign_cosignature(own, at, WITNESSES[name]) for name, at in times.items()]
    (folder / "checkpoint").write_text(note + "".join(lines))


def report(folder: Path, demand: Demand) -> str:
    return str(verify(FolderReader(folder), VKEY, demand=demand))


def test_a_quorum_is_named_in_the_last_line(folder: Path) -> None:
    cosign(folder, {"bank": NOW, "press": NOW})
    said = report(folder, Demand(parse_policy(POLICY)))
    assert said.startswith("ok ")
    assert said.endswith(", cosigned by bank press (needed: 2 of 3 (bank court press))")
    assert len(list(verified_leaves(FolderReader(folder), VKEY, demand=Demand(parse_policy(POLICY))))) == 300


@pytest.mark.parametrize("times", [{}, {"court": NOW}])
def test_fewer_than_the_quorum_are_not_enough(folder: Path, times: dict[str, int]) -> None:
    cosign(folder, times)
    said = report(folder, Demand(parse_policy(POLICY)))
    assert said.endswith(f"needs 2 of 3 (bank court press), and is cosigned by {' '.join(times) or 'nobody'}")
    with pytest.raises(TlogError):
        next(verified_leaves(FolderReader(folder), VKEY, demand=Demand(parse_policy(POLICY))))


def test_one_witness_twice_is_one_witness(folder: Path) -> None:
    cosign(folder, {"bank": NOW})
    cosign(folder, {"bank": NOW + 1})
    assert report(folder, Demand(parse_policy(POLICY))).startswith("FAILED")


def test_a_cosignature_of_another_tree_fails_the_whole_note(folder: Path) -> None:
    cosign(folder, {"bank": NOW, "court": NOW})
    cosign(folder, {"press": NOW}, Checkpoint(KEY.name, 299, bytes(32)).text)
    assert report(folder, Demand(parse_policy(POLICY))).endswith("a cosignature of a known key does not verify")


def test_strangers_and_later_types_beside_a_quorum_change_nothing(folder: Path) -> None:
    cosign(folder, {"bank": NOW, "court": NOW})
    later = Verifier("press.invalid", 6, bytes(1312))
    note = (folder / "checkpoint").read_text()
    stranger = sign_cosignature(parse_note(note).text, NOW, Cosigner("stranger.invalid", 9))
    (folder / "checkpoint").write_text(
        note + stranger + f"— press.invalid {encode_base64(later.key_id + bytes(2428))}\n")
    assert report(folder, Demand(parse_policy(POLICY))).startswith("ok ")


@pytest.mark.parametrize(("times", "ok"), [
    ((NOW, NOW - 3600), True), ((NOW, NOW - 3601), False), ((NOW + 60, NOW), True), ((NOW + 61, NOW), False),
])
def test_only_fresh_cosignatures_count_where_that_is_asked(folder: Path, times: tuple[int, int], ok: bool) -> None:
    cosign(folder, dict(zip(("bank", "court"), times, strict=True)))
    said = report(folder, Demand(parse_policy(POLICY), NOW, 3600))
    assert said.startswith("ok " if ok else "FAILED ")
    assert ok or "and not lately by " in said
    assert report(folder, Demand(parse_policy(POLICY))).startswith("ok ")


def test_a_policy_for_other_logs_is_not_met(folder: Path) -> None:
    cosign(folder, {"bank": NOW, "court": NOW})
    other = verifier_of(Cosigner("other.invalid/log", 8))
    assert report(folder, Demand(parse_policy(f"log {VKEY}\nlog {other}\n{POLICY}"))).startswith("ok ")
    assert report(folder, Demand(parse_policy(f"log {other}\n{POLICY}"))).endswith("names other logs than this one")


def test_without_a_quorum_line_for_anybody_nobody_need_cosign(folder: Path) -> None:
    assert report(folder, Demand(parse_policy("quorum none\n"))).endswith("cosigned by nobody (needed: none)")


def test_the_command_demands_what_the_file_says(folder: Path, tmp_path: Path) -> None:
    now = int(time.time())
    cosign(folder, {"bank": now, "court": now - 7200})
    (tmp_path / "policy").write_text(POLICY)
    (tmp_path / "none").write_text("quorum\n")
    for more, code, said in (
        (("--witness-policy", "policy"), 0, "cosigned by bank court"),
        (("--witness-policy", "policy", "--fresh", "3h"), 0, "cosigned by bank court"),
        (("--witness-policy", "policy", "--fresh", "1h"), 1, "not lately by court"),
        (("--witness-policy", "policy", "--fresh", "1w"), 2, "as 90s or 1h"),
        (("--fresh", "1h"), 2, "--witness-policy"),
        (("--witness-policy", "none"), 1, "line 1 of the witness policy"),
    ):
        given = [str(tmp_path / word) if word in ("policy", "none") else word for word in more]
        ended = CliRunner().invoke(audit, ["verify", "--log", str(folder), "--key", VKEY, *given])
        refused = ended.exception.detail if isinstance(ended.exception, TlogError) else ""
        assert (ended.exit_code, said in ended.output + refused) == (code, True), ended.output
