"""Where Debian's chromium is, and what to do when it is not there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REQUIRE = "REQUIRE_BROWSER"
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
# As root there is no sandbox; nothing is fetched but what a page asks for.
ARGUMENTS = (
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage",
)


def chromium() -> str | None:
    """The path of the program."""
    found = next((one for one in PLACES if Path(one).exists()), None)
    return found or shutil.which("chromium")


def arguments() -> list[str]:
    """How it is started here."""
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def needed() -> str:
    """The path of the program. Without one the test is skipped and says why; where it is required, it fails."""
    found = chromium()
    if found is not None:
        return found
    why = "there is no chromium: apt-get install chromium (as root, make test does it)"
    if os.environ.get(REQUIRE, "") not in ("", "0"):
        pytest.fail(f"{REQUIRE} is set, and {why}")
    pytest.skip(why)
