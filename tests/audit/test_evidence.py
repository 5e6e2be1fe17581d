"""The bundle of a period and the case of a lookup, made from the log alone by whoever holds it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.audit import reader as reading
from registry.audit.reader import PERIOD, FolderReader, save
from registry.audit.replay import replay
from registry.audit.verify import verified_leaves, verify
from registry.casefile.packing import MANIFEST, names_in
from registry.cli.audit import audit
from registry.model.entries import Actor, Draft, entry_of, leaf
from registry.model.times import DAY, date_of
from registry.shipped import outcome_tables
from registry.tlog.cosignature import cosigner_of, sign_cosignature
from registry.tlog.note import parse_note, verifier_of
from registry.tlog.proof import verify_proof
from registry.tlog.witness_policy import parse_policy
from tests.audit import test_replay as told
from tests.audit.served import MemoryLog, gzipped, served
from tests.casefile.following import begun, commands, needs_tools, said
from tests.vault_log.world import Key

KEY = Key("demo.invalid/test")
VKEY = str(verifier_of(KEY))
LEAVES = told.leaves(told.ENTRIES)
DAYS = [one.at // DAY for one in told.ENTRIES]
PERMIT = told.ENTRIES[told.PERMIT].id


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of eleven borrowers in a folder."""
    folder = tmp_path_factory.mktemp("log") / "log"
    save(MemoryLog(LEAVES, KEY), folder)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(audit, list(arguments))


def bundled(log: str | Path, out: Path, since: int = DAYS[0], until: int = DAYS[-1] - 1) -> Result:
    return run("bundle", "--log", str(log), "--key", VKEY, "--from", date_of(since), "--until", date_of(until),
               "--out", str(out))


@pytest.fixture(scope="module")
def bundle(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything up to the day before the lookups were decided: only the first of these is in it."""
    out = tmp_path_factory.mktemp("bundle") / "bundle"
    made = bundled(log, out)
    assert made.exit_code == 0, made.output
    return out


def test_a_bundle_ends_with_the_first_entry_after_the_period(bundle: Path) -> None:
    found = json.loads((bundle / PERIOD).read_text("utf-8"))
    after = next(index for index, number in enumerate(DAYS) if number == DAYS[-1])
    assert (found["entries"], found["closed_by"], found["checkpoint_size"]) == (after + 1, after, len(LEAVES))
    assert found["witnesses"] == "none"
    assert list(verified_leaves(FolderReader(bundle), VKEY)) == LEAVES[: after + 1]


def test_a_bundle_is_verified_and_replayed_with_nothing_else(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = bundled(log, out, until=DAYS[-1])
    assert made.output.rstrip().endswith("12 lookups in the period; the log ended within the period")
    for command, line in (("verify", f"ok demo.invalid/test: {len(LEAVES)} entries, "),
                          ("replay", f"ok demo.invalid/test: {len(LEAVES)} entries, 12 decisions made again")):
        result = run(command, "--log", str(out), "--key", VKEY)
        assert (result.exit_code, result.output.startswith(line)) == (0, True), result.output
    rows = (out / "lookups.csv").read_text("utf-8").splitlines()
    assert len(rows) == 13
    assert rows[0] == "index,lookup,logged_at,client,verdict,reasons,rules"


def test_what_came_after_the_period_is_in_it_as_hashes_alone(bundle: Path) -> None:
    report = verify(FolderReader(bundle), VKEY)
    held = json.loads((bundle / PERIOD).read_text("utf-8"))["entries"]
    assert report.ok
    assert (report.size, report.held) == (len(LEAVES), held)
    assert str(report).endswith(f"the first {held} are here, of the others the hashes")
    everything = b"".join((bundle / name).read_bytes() for name in names_in(bundle))
    later = [entry_of(index, data).id for index, data in enumerate(LEAVES[held:], held)]
    assert later
    assert [one for one in later if one.encode() in everything] == []
    assert replay(verified_leaves(FolderReader(bundle), VKEY), *outcome_tables()).ok


CHANGES: list[tuple[str, Callable[[Path], None]]] = [
    ("an entry", lambda folder: flip(next((folder / "tile/entries").rglob("*.p/*")), 40)),
    ("a hash of what came later", lambda folder: flip(next((folder / "tile/0").rglob("*.p/*")), -1)),
    ("a hash too many", lambda folder: lengthen(next((folder / "tile/0").rglob("*.p/*")))),
    ("the checkpoint", lambda folder: flip(folder / "checkpoint", 30)),
    ("how far it goes", lambda folder: said_of(folder, entries=10 ** 9)),
    ("how far it goes, as no number", lambda folder: said_of(folder, entries=True)),
    ("how far it goes, as no JSON", lambda folder: flip(folder / PERIOD, 0)),
]


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0" * 32)


def said_of(folder: Path, **changes: object) -> None:
    found = json.loads((folder / PERIOD).read_text("utf-8"))
    (folder / PERIOD).write_text(json.dumps(found | changes), "utf-8")


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_a_changed_bundle_does_not_verify(
    bundle: Path, tmp_path: Path, name: str, change: Callable[[Path], None],
) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    change(copy)
    for command in ("verify", "replay"):
        result = run(command, "--log", str(copy), "--key", VKEY)
        assert (result.exit_code, result.output[:6]) == (1, "FAILED"), (name, result.output)


@needs_tools
def test_its_readme_is_followed_to_the_letter(bundle: Path, tmp_path: Path) -> None:
    held, printed = said(begun(bundle))
    assert held, printed
    assert commands(bundle, "zh") == commands(bundle)
    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / "lookups.csv").write_text("nothing was asked\n")
    assert not said(begun(copy))[0]
    ours = commands(bundle, kind="console").replace("python -m", f"{sys.executable} -m")
    script = f"set -e\nexport PYTHONPATH={os.getcwd()}\n{ours}echo 'everything holds'"
    held, printed = said(begun(bundle, script))
    assert held, printed
    assert printed.count("ok demo.invalid/test") == 2


def test_a_bundle_of_a_bundle_and_of_a_served_log_is_the_same_bundle(bundle: Path, log: Path, tmp_path: Path) -> None:
    assert bundled(bundle, tmp_path / "again").exit_code == 0
    folder = FolderReader(log)

    def answer(path: str, _token: str | None) -> tuple[int, dict[str, str], bytes]:
        place = path.removeprefix("/log/")
        return gzipped((log / place).read_bytes()) if (log / place).is_file() else (404, {}, b"")

    with served(answer) as url:
        assert bundled(url, tmp_path / "served").exit_code == 0
    assert folder.checkpoint() == (tmp_path / "served" / "checkpoint").read_bytes()
    for name in names_in(bundle):
        assert (tmp_path / "again" / name).read_bytes() == (bundle / name).read_bytes(), name
        assert (tmp_path / "served" / name).read_bytes() == (bundle / name).read_bytes(), name


def test_a_zip_holds_the_same_files(bundle: Path, log: Path, tmp_path: Path) -> None:
    assert bundled(log, tmp_path / "one.zip").exit_code == 0
    assert bundled(log, tmp_path / "two.zip").exit_code == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert sorted(archive.namelist()) == names_in(bundle)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["one.zip", "two.zip"], "and nothing is left behind"


def test_what_is_there_already_is_not_touched(bundle: Path, log: Path) -> None:
    result = bundled(log, bundle)
    assert result.exit_code != 0
    assert "is there already" in str(result.exception)


def test_a_broken_log_gives_no_bundle(log: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(log, tmp_path / "log")
    flip(next((copy / "tile/0").rglob("*.p/*")), 5)
    result = bundled(copy, tmp_path / "out")
    assert (result.exit_code, result.output[:6]) == (1, "FAILED")
    assert not (tmp_path / "out").exists()


def cased(log: Path, out: Path, lookup: str = PERMIT) -> Result:
    return run("case", lookup, "--log", str(log), "--key", VKEY, "--out", str(out))


@needs_tools
def test_a_case_from_the_log_alone_says_what_it_is_and_holds(log: Path, tmp_path: Path) -> None:
    result = cased(log, tmp_path / "case")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "case/case.json").read_text("utf-8"))
    assert (found["verdict"], found["signature"]) == ("permit", "none")
    assert found["replay"] == {"agrees": True, "by": "auditor", "rules": "1", "verdict": "permit"}
    assert not (tmp_path / "case/manifest.sig").exists()
    assert "without the registry" in (tmp_path / "case/case.en.html").read_text("utf-8")
    whole = commands(tmp_path / "case")
    assert "manifest.sig" not in whole.replace("! -name manifest.sig", "")
    short = whole.replace("for entry in entries/*.json; do included",
                          f"for entry in entries/{found['index']}.json; do included")
    held, printed = said(begun(tmp_path / "case", short))
    assert held, printed
    for path in (tmp_path / "case/entries").iterdir():
        proof = (tmp_path / "case/proofs" / f"{path.stem}.tlog-proof").read_text("utf-8")
        verify_proof(proof, path.read_bytes(), KEY.verifier)


def test_the_same_log_gives_the_same_case(log: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert cased(log, tmp_path / name).exit_code == 0
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


def test_a_decision_that_does_not_come_out_again_is_said_and_shown(tmp_path: Path) -> None:
    lies = told.changed(told.DENY, lambda body: body.update(reasons=[]))
    save(MemoryLog(lies, KEY), tmp_path / "log")
    result = cased(tmp_path / "log", tmp_path / "case", told.ENTRIES[told.DENY].id)
    assert result.exit_code == 1
    assert result.output.rstrip().endswith("made again, the decision is not what was logged")
    found = json.loads((tmp_path / "case/case.json").read_text("utf-8"))
    assert not found["replay"]["agrees"]
    assert "it is not what was recorded" in (tmp_path / "case/case.en.html").read_text("utf-8")


def test_a_lie_before_it_ends_the_search(tmp_path: Path) -> None:
    lies = told.changed(told.DENY, lambda body: body.update(reasons=[]))
    save(MemoryLog(lies, KEY), tmp_path / "log")
    result = cased(tmp_path / "log", tmp_path / "case", told.ENTRIES[-1].id)
    assert (result.exit_code, result.output.startswith(f"FAILED demo.invalid/test: entry {told.DENY}: ")) == (1, True)
    assert not (tmp_path / "case").exists()


def test_an_unknown_lookup_gives_no_case(log: Path, tmp_path: Path) -> None:
    assert cased(log, tmp_path / "case", "0" * 32).output.startswith("FAILED demo.invalid/test: no entry")
    assert "32 lower-case hex digits" in str(cased(log, tmp_path / "case", "../x").exception)
    assert not list(tmp_path.iterdir())


def test_only_a_folder_of_a_period_holds_less_than_its_checkpoint(log: Path) -> None:
    assert reading.held(FolderReader(log), 7) == 7
    assert reading.held(MemoryLog(LEAVES, KEY), 7) == 7


WITNESSES = [Key(f"w{number}.demo.invalid", 40 + number) for number in range(3)]
POLICY = f"log {VKEY}\n" + "".join(
    f"witness w{number} {cosigner_of(one)}\n" for number, one in enumerate(WITNESSES)) + (
    "group most 2 w0 w1 w2\nquorum most\n")


class Cosigned(MemoryLog):
    """A log whose vault was started with a witness policy, and whose checkpoint the first two cosigned."""

    def __init__(self, leaves: list[bytes]) -> None:
        policy = parse_policy(POLICY)
        said = Draft("ab" * 16, "witness-policy-set/1", Actor("vault"), {"policy": policy.digest, "text": POLICY})
        super().__init__([*leaves, leaf(said, told.ENTRIES[-1].at)], KEY)

    def checkpoint(self) -> bytes:
        note = super().checkpoint().decode()
        text = parse_note(note).text
        return (note + "".join(sign_cosignature(text, 1_790_000_000 + number, one)
                               for number, one in enumerate(WITNESSES[:2]))).encode()


@needs_tools
def test_cosignatures_are_said_and_checked_by_hand(tmp_path: Path) -> None:
    save(Cosigned(LEAVES), tmp_path / "log")
    assert bundled(tmp_path / "log", tmp_path / "bundle", until=DAYS[-1]).exit_code == 0
    assert cased(tmp_path / "log", tmp_path / "case").exit_code == 0
    for name, path in (("bundle", PERIOD), ("case", "case.json")):
        found = json.loads((tmp_path / name / path).read_text("utf-8"))
        found = found.get("checkpoint", found)
        assert found["witnesses"] == {"quorum": "2 of 3 (w0 w1 w2)", "policy": parse_policy(POLICY).digest}
        assert found["cosigned_by"] == ["w0.demo.invalid", "w1.demo.invalid"]
        script = commands(tmp_path / name).replace("in entries/*.json; do included", "in; do included")
        held, printed = said(begun(tmp_path / name, script))
        assert held, printed
        assert "cosigned by w0.demo.invalid at 1790000000" in printed
        assert "cosigned by w1.demo.invalid at 1790000001" in printed
    assert "w1.demo.invalid" in (tmp_path / "case/case.en.html").read_text("utf-8")
    note = (tmp_path / "bundle/checkpoint").read_text("utf-8")
    forged = re.sub(r"(— w0\.demo\.invalid .{40})(.)", lambda line: line[1] + ("B" if line[2] == "A" else "A"), note)
    assert forged != note
    (tmp_path / "bundle/checkpoint").write_text(forged, "utf-8")
    held, printed = said(begun(tmp_path / "bundle"))
    assert not held
    assert "cosigned by" not in printed, "it ends at the line that does not hold"


def test_a_quorum_can_be_demanded_of_what_is_taken_out(log: Path, tmp_path: Path) -> None:
    save(Cosigned(LEAVES), tmp_path / "log")
    (tmp_path / "policy").write_text(POLICY, "utf-8")
    more = ("--witness-policy", str(tmp_path / "policy"), "--key", VKEY)
    for place, code in ((tmp_path / "log", 0), (log, 1)):
        out = tmp_path / f"case-{code}"
        result = run("case", PERMIT, "--log", str(place), "--out", str(out), *more)
        assert (result.exit_code, out.exists()) == (code, code == 0), result.output
        out = tmp_path / f"bundle-{code}"
        days = ("--from", date_of(DAYS[0]), "--until", date_of(DAYS[-1]))
        result = run("bundle", "--log", str(place), "--out", str(out), *days, *more)
        assert (result.exit_code, out.exists()) == (code, code == 0), result.output


@needs_tools
def test_lines_of_nobody_we_know_do_no_harm(tmp_path: Path) -> None:
    class Odd(MemoryLog):
        def checkpoint(self) -> bytes:
            return super().checkpoint() + "— somebody.else.invalid AAAAAAEC\n".encode()

    save(Odd(LEAVES, KEY), tmp_path / "log")
    assert bundled(tmp_path / "log", tmp_path / "bundle").exit_code == 0
    assert run("verify", "--log", str(tmp_path / "bundle"), "--key", VKEY).exit_code == 0
    assert said(begun(tmp_path / "bundle"))[0]
    assert json.loads((tmp_path / "bundle" / PERIOD).read_text("utf-8"))["witnesses"] == "none"
