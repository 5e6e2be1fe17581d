"""What the command line says to somebody who typed the wrong thing: one line, and where to read on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from registry.cli import main


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


@pytest.mark.parametrize("group", [[], ["party"], ["audit"]])
def test_no_command_at_all_is_answered_with_the_list_as_a_list(
    capsys: pytest.CaptureFixture[str], group: list[str],
) -> None:
    text = said(capsys, *group)
    assert text.startswith("Usage: ")
    assert "\nCommands:\n" in text
