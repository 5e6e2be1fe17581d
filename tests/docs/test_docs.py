"""Pages that cannot rot: links resolve, and what exists is documented."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from registry.model.catalogue import KINDS
from registry.web.problems import HTTP_CODES, SHAPE_CODES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as they are made from their words."""
    titles = re.findall(r"^#+\s+(.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    broken = []
    for found in LINK.findall(page.read_text("utf-8")):
        target = found[0] or found[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_resolves(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("see [this](nowhere.md) and [that](#no-such-heading)\n", "utf-8")
    assert broken_links(page) == ["nowhere.md", "#no-such-heading"]


def test_every_kind_of_entry_is_documented_with_its_authority() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]*)\| ([^|]+) \|$",
                      (ROOT / "docs/entries.md").read_text("utf-8"), re.MULTILINE)
    documented = {name: (authority, mark.strip()) for name, authority, mark, _ in rows}
    assert documented == {
        kind.name: (kind.authority.value, "yes" if kind.restricting else "") for kind in KINDS.values()
    }


def test_every_dependency_has_its_line() -> None:
    page = set(re.findall(r"^\| ([a-z0-9-]+) \|", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.MULTILINE))
    wanted = {
        line.strip() for name in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / name).read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")
    }
    assert page - {"package"} == wanted


def test_every_pin_is_exact() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text("utf-8").splitlines() if line and line[0] not in "#-"]
        assert lines
        assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []


def test_the_promises_table_names_files_that_exist() -> None:
    page = (ROOT / "docs/threat-model.md").read_text("utf-8")
    named = re.findall(r"`(tests/promises/[a-z0-9_]+\.py)`", page)
    assert len(named) == 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_lenders_row_of_the_threat_model_is_complete() -> None:
    page = (ROOT / "docs/threat-model.md").read_text("utf-8").split("## The lender's row")[1].split("\n## ")[0]
    lenders = {kind.name.removesuffix("/1") for kind in KINDS.values() if kind.authority.name == "LENDER"}
    assert {name for name in lenders if f"`{name}`" not in page} == set()


def _names(node: ast.AST) -> list[str]:
    """What an assignment or a keyword argument gives a value to."""
    if isinstance(node, ast.keyword):
        return [node.arg or ""]
    assert isinstance(node, ast.Assign)
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def error_codes() -> set[str]:
    """Every code that an error of ours can carry, read from the source."""
    found: set[str] = set()
    for path in (ROOT / "registry").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            value = node.value if isinstance(node, ast.keyword | ast.Assign) else None
            if isinstance(value, ast.Constant) and "code" in _names(node):
                found.add(value.value)
    return found | {code for code, _ in HTTP_CODES.values()} | set(SHAPE_CODES.values())


def test_every_error_code_is_documented_and_no_other() -> None:
    page = (ROOT / "docs/errors.md").read_text("utf-8")
    documented = {
        code for cell in re.findall(r"^\| ((?:`[a-z0-9-]+`(?:, )?)+) \|", page, re.MULTILINE)
        for code in re.findall(r"`([a-z0-9-]+)`", cell)
    }
    assert documented - {"http-error"} == error_codes()
