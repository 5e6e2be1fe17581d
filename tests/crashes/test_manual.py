"""Each reason for which a log refuses to begin or go on stands in the manual, with what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.imports import ROOT

PLACES = ("registry/vault/log", "registry/vault/standby.py")
MANUAL = ROOT / "docs" / "operating" / "trouble.md"


def said() -> Iterator[str]:
    """The words of every IntegrityError of the log that has no code of its own; values as a space."""
    for place in PLACES:
        for file in sorted((ROOT / place).glob("*.py")) or [ROOT / place]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
                        and node.func.id == "IntegrityError" and not node.keywords):
                    yield words(node.args[0])


def words(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(one.value) if isinstance(one, ast.Constant) else " … " for one in parts)


def test_every_reason_not_to_begin_stands_in_the_manual_with_what_to_do() -> None:
    section = MANUAL.read_text("utf-8").partition("## When the vault does not start\n")[2].partition("\n## ")[0]
    reasons = "".join(re.findall(r"^\|(.*?)\|.+\|$", section, re.MULTILINE))
    known = re.findall("`(.*?)`", reasons)
    found = list(said())
    assert len(found) > 15
    assert [one for one in found if not any(word in one for word in known)] == []
