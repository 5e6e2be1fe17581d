"""Which module imports what, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Import:
    """`importer` uses `imported` (dotted names) on `line`."""

    importer: str
    imported: str
    line: int


def module_name(path: Path, root: Path) -> str:
    """`registry/model/ids.py` -> `registry.model.ids`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str) -> Iterator[Import]:
    """Every import in a module, also those inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield Import(module, "(relative)", node.lineno)
            for alias in node.names:
                # `from registry.vault import keys` imports registry.vault.keys as much as registry.vault.
                yield Import(module, f"{node.module}.{alias.name}", node.lineno)


def all_imports(root: Path = ROOT) -> list[Import]:
    """Every import under registry/."""
    found: list[Import] = []
    for path in sorted((root / "registry").rglob("*.py")):
        found += imports_of(path.read_text("utf-8"), module_name(path, root))
    return found


def within(name: str, package: str) -> bool:
    """Whether a dotted name is the package or inside it."""
    return name == package or name.startswith(package + ".")
