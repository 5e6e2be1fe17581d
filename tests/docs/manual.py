"""Blocks of the operator's pages: each is run by a test, which fetches it by its name, or says why it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs" / "operating.md", *sorted((ROOT / "docs" / "operating").glob("*.md")))
INTEGRATING = ROOT / "docs" / "integrating.md"
FENCE = re.compile(r"^(?P<before>[^\n]*)\n```(?P<language>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- (?:run: (?P<name>[a-z-]+)|not run: (?P<why>\S.{10,})) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. `name`: by which a test fetches it; `why`: for what reason none does. Neither: unmarked."""

    page: str
    text: str
    name: str | None
    why: str | None


def blocks_of(text: str, page: str = "") -> list[Block]:
    """All fenced blocks of a page, with the marks of the line before each."""
    found = []
    for one in FENCE.finditer(text):
        mark = MARK.fullmatch(one["before"])
        found.append(Block(page, one["text"], mark and mark["name"], mark and mark["why"]))
    return found


def all_blocks() -> list[Block]:
    """Those of every page whose blocks are run."""
    return [block for page in (*PAGES, INTEGRATING) for block in blocks_of(page.read_text("utf-8"), page.name)]


def block(name: str) -> str:
    """The one block of this name."""
    (found,) = [one.text for one in all_blocks() if one.name == name]
    return found


def section(page: str, title: str) -> str:
    """What stands under a heading of a page of docs/operating."""
    return (ROOT / "docs" / "operating" / f"{page}.md").read_text("utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
