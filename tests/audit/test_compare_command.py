"""`packs compare`, as the page on audits shows it: on a real log in a folder, verified, in words and as JSON."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli.packs import packs
from registry.errors import ConsentryError, MalformedError
from registry.shipped import shipped_packs
from tests.docs.manual import block
from tests.promises.rewriting import saved_log
from tests.world import World


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(folder, verifier key) of a log in which one number left, after an approval was asked for."""
    world = World(tmp_path_factory.mktemp("compared"))
    person = world.unreachable()
    assert world.lookup(person)["verdict"] == "permit"
    return saved_log(world, tmp_path_factory.mktemp("copy")), world.vault.desk.keys.vkey


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A pack `cn` with a longer span."""
    text = re.sub(r'^version = "\d+"', 'version = "900"', shipped_packs()["cn"].text, count=1, flags=re.MULTILINE)
    text, count = re.subn(r'(\[parameters\."unreachable\.span_days"\]\s*\nvalue = )\d+', r"\g<1>40", text)
    assert count == 1
    path = tmp_path / "draft.toml"
    path.write_text(text)
    return path


def ran(*words: str) -> Result:
    return CliRunner().invoke(packs, ["compare", *words])


def as_documented(log: tuple[Path, str], draft: Path, optional: str) -> Result:
    script = block("packs-compare").replace("[--from 2026-01-01 --until 2026-03-31] [--json]", optional)
    real = {"https://log.example.com/log": str(log[0]), "NAME+HASH+BASE64": log[1], "draft.toml": str(draft)}
    words = [real.get(word, word) for word in shlex.split(script)]
    assert words[:5] == ["python", "-m", "registry", "packs", "compare"]
    return ran(*words[5:])


def test_a_stricter_pack_is_said_in_words_and_the_last_line_is_ok(log: tuple[Path, str], draft: Path) -> None:
    said = as_documented(log, draft, "")
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert lines[0].startswith("cn@900 in the place of cn@")
    assert re.search(r"^ +1  permits would be denials$", said.output, re.MULTILINE)
    assert "span-too-short" in said.output
    assert "releases that would have waited: 1" in said.output
    assert re.fullmatch(r"ok \S+: \d+ entries read, 2 decisions compared, 2 would change", lines[-1])


def test_json_is_for_programs_and_a_period_narrows(log: tuple[Path, str], draft: Path) -> None:
    found = json.loads(as_documented(log, draft, "--json").output)
    assert found["changes"] == {"permit-deny": 1, "deny-permit": 0, "reasons": 1}
    before = json.loads(as_documented(log, draft, "--from 2026-01-01 --until 2026-10-31 --json").output)
    assert (before["decisions"], before["changed"]) == (0, 0)


def test_a_log_that_does_not_verify_is_not_compared(log: tuple[Path, str], draft: Path, tmp_path: Path) -> None:
    bundle = next((log[0] / "tile" / "entries").rglob("0*"))
    files = [one for one in bundle.rglob("*") if one.is_file()] or [bundle]
    kept = files[0].read_bytes()
    files[0].write_bytes(kept.replace(b'"verdict":"permit"', b'"verdict":"denied"'))
    try:
        said = as_documented(log, draft, "")
    finally:
        files[0].write_bytes(kept)
    assert said.exit_code == 1
    assert said.output.startswith("FAILED ")


@pytest.mark.parametrize(("text", "why"), [("pack = 1", "a pack has"), ("=", "not TOML")])
def test_a_file_that_is_no_pack_is_one_line(log: tuple[Path, str], tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(text)
    said = ran("--log", str(log[0]), "--key", log[1], "--pack", str(path))
    assert isinstance(said.exception, MalformedError)
    assert why in said.exception.detail


def test_what_is_no_text_at_all_is_one_line_too(log: tuple[Path, str], tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_bytes(b"\xff\xfe")
    said = ran("--log", str(log[0]), "--key", log[1], "--pack", str(path))
    assert isinstance(said.exception, ConsentryError)
    assert "not text in UTF-8" in said.exception.detail
