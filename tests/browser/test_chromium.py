"""How `make test` comes to a browser: apt for root, once and quietly; else words, or a failure where required."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.system.world import ROOT

APT = '#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> "$APT_LOG"\necho "E: no such mirror" >&2\n'


def machine(folder: Path, *, root: bool, apt: int | None) -> Path:
    """A folder of programs without chromium; `apt`: what apt-get ends with, None where there is none."""
    folder.mkdir()
    for name in ("sh", "mktemp", "tail", "rm"):
        (folder / name).symlink_to(shutil.which(name) or "")
    scripts = {"id": f"#!/bin/sh\necho {0 if root else 1000}\n"}
    if apt is not None:
        scripts["apt-get"] = f"{APT}exit {apt}\n"
    for name, text in scripts.items():
        (folder / name).write_text(text, "ascii")
        (folder / name).chmod(0o755)
    return folder


def run(programs: Path, what: str = "tests", **environment: str) -> tuple[int, str, list[str]]:
    """Exit code, what it said, and what it asked apt for."""
    log = programs.parent / "apt.log"
    done = subprocess.run(
        [str(ROOT / "scripts" / "browser"), what], capture_output=True, text=True, check=False, timeout=20,
        env={"PATH": str(programs), "APT_LOG": str(log), "TMPDIR": str(programs.parent), **environment},
    )
    return done.returncode, done.stdout + done.stderr, log.read_text("ascii").splitlines() if log.exists() else []


def test_root_gets_chromium_and_chinese_letters_from_apt_and_nobody_is_asked_anything(tmp_path: Path) -> None:
    code, said, asked = run(machine(tmp_path / "bin", root=True, apt=0))
    assert code == 0
    assert said == "Installing chromium for the tests in a browser (once)\n"
    assert [line.split()[0] for line in asked] == ["noninteractive", "noninteractive"]
    assert asked[0].endswith("update")
    assert asked[1].endswith("install -y --no-install-recommends chromium fonts-noto-cjk")


def test_where_it_is_already_nothing_happens(tmp_path: Path) -> None:
    programs = machine(tmp_path / "bin", root=True, apt=0)
    (programs / "chromium").symlink_to(shutil.which("true") or "")
    assert run(programs) == (0, "", [])


def test_tests_without_a_browser_install_none(tmp_path: Path) -> None:
    assert run(machine(tmp_path / "bin", root=True, apt=0), "tests/model") == (0, "", [])


@pytest.mark.parametrize(("root", "apt", "why"), [
    (False, 0, "only root can install it"), (True, 100, "no such mirror"), (True, None, "only root can install it"),
])
def test_what_cannot_be_had_is_said_and_fails_only_where_it_is_required(
    tmp_path: Path, root: bool, apt: int | None, why: str,
) -> None:
    programs = machine(tmp_path / "bin", root=root, apt=apt)
    code, said, asked = run(programs)
    assert (code, "Skipping tests/browser" in said, why in said) == (0, True, True)
    assert bool(asked) == (root and apt is not None)
    code, said, _ = run(programs, REQUIRE_BROWSER="1")
    assert (code, "REQUIRE_BROWSER is set" in said) == (1, True)


def test_a_test_that_needs_it_is_skipped_with_words_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "chromium", lambda: None)
    monkeypatch.delenv(chromium.REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium.needed()
    monkeypatch.setenv(chromium.REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_BROWSER"):
        chromium.needed()


def test_ci_requires_it() -> None:
    tested = [line for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines() if "make test" in line]
    assert "REQUIRE_BROWSER=1 " in tested[0]


def test_only_root_goes_without_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--no-sandbox" not in chromium.arguments()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--no-sandbox" in chromium.arguments()
