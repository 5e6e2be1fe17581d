"""The page for an agency's team, played to the letter: from the token to the outcome of a call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.manual import block
from tests.system.world import ROOT, Served

pytestmark = pytest.mark.skipif(
    any(not Path("/usr/bin", one).exists() for one in ("bash", "curl")), reason="the page needs bash and curl")
STORY = (
    block("integrating"), block("integrating-check"), block("integrating-report"), block("integrating-ask"),
    block("integrating-notice"), block("integrating-approval"), block("integrating-outcome"),
)


def test_a_dialler_is_integrated_by_its_page_alone(running: Served, tmp_path: Path) -> None:
    commands = "set -eu\n" + "\necho; echo ----\n".join(STORY)
    done = subprocess.run(
        ["bash", "-c", commands], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr + done.stdout
    account, check, reported, asked, noticed, opened, outcome = done.stdout.split("----\n")
    person = running.borrower("attempts-missing")
    assert json.loads(account)["effort"]["missing"][0] == {"code": "attempts-too-few", "have": 7, "need": 8}
    assert '"may_dial": true' in done.stderr or '"may_dial":true' in done.stderr, check
    assert reported.strip() == "202"
    assert asked.startswith("deny notice-needed"), asked
    assert noticed.strip().splitlines()[-1].startswith("approval-needed {'action': 'ask-approval'}"), noticed
    assert opened.strip().splitlines()[-1] == person["contact_number"]
    assert '"outcome"' in outcome
