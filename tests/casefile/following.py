"""Follows the README of a package to the letter: its commands in bash, with what a plain system has, no network."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

TOOLS = ("bash", "openssl", "sha256sum", "sed", "base64", "od", "cmp")
BLOCK = re.compile(r"```(sh|console)\n(.*?)```", re.DOTALL)
HOLDS = "everything holds"

needs_tools = pytest.mark.skipif(
    any(shutil.which(one) is None for one in TOOLS), reason=f"this system lacks one of {', '.join(TOOLS)}")


def unpacked(data: bytes, folder: Path) -> Path:
    """The files of a zip in a new folder."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


def commands(folder: Path, language: str = "en", kind: str = "sh") -> str:
    """What the README says to run."""
    text = (folder / f"README.{language}.md").read_text("utf-8")
    return "\n".join(block for name, block in BLOCK.findall(text) if name == kind)


def begun(folder: Path, script: str | None = None) -> subprocess.Popen[str]:
    """The commands, running in the folder; those of its own README unless others are given."""
    return subprocess.Popen(
        ["bash", "-c", commands(folder) if script is None else script], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})


def said(running: subprocess.Popen[str]) -> tuple[bool, str]:
    """(whether all held, what was printed)."""
    printed, _ = running.communicate(timeout=300)
    return running.returncode == 0 and printed.rstrip().endswith(HOLDS), printed
