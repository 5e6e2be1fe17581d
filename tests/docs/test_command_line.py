"""What the command line says to somebody who typed the wrong thing: one line, and where to read on."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator

import pytest

from registry import __version__
from registry.cli import main
from tests.contract.client import ROOT


@pytest.fixture(autouse=True)
def own_mask() -> Iterator[None]:
    """A command takes a mask of its own for all it writes; whoever runs the tests gets his back."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


@pytest.mark.parametrize(("arguments", "help_of"), [
    (["up"], "up"), (["up", "--prot", "1"], "up"), (["party", "add", "--role", "collector"], "party add"),
    (["uup"], ""),
])
def test_a_wrong_command_is_one_line_that_names_its_help(
    capsys: pytest.CaptureFixture[str], arguments: list[str], help_of: str,
) -> None:
    [line] = said(capsys, *arguments).splitlines()
    assert line.startswith("registry: ")
    assert f"(python -m registry {help_of} --help ".replace("  ", " ") in line


def test_the_version_is_said_in_one_line_as_the_package_and_the_project_say_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"consentry {__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" not in project["project"], "it stands in one place"
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "registry.__version__"}


@pytest.mark.parametrize("group", [[], ["party"], ["audit"]])
def test_no_command_at_all_is_answered_with_the_list_as_a_list(
    capsys: pytest.CaptureFixture[str], group: list[str],
) -> None:
    text = said(capsys, *group)
    assert text.startswith("Usage: ")
    assert "\nCommands:\n" in text
