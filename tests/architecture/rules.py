"""House rules as code: each returns the violations it finds, with the reason beside the rule."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.imports import Import, within

PURE = ("registry.model", "registry.policy", "registry.tlog")

# A pure module takes time, randomness, network and storage as arguments: these modules would bring them in.
IMPURE_MODULES = (
    "time", "random", "secrets", "os", "socket", "subprocess", "threading", "pathlib", "io", "shutil", "tempfile",
    "asyncio", "sqlite3", "sqlalchemy", "flask", "logging", "structlog", "zoneinfo", "requests", "urllib.request",
)

# importer package -> packages it must not import (DESIGN section 8: imports go one way).
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "registry.model": ("registry.policy", "registry.tlog", "registry.vault", "registry.courier", "registry.audit",
                       "registry.usecases", "registry.store", "registry.web", "registry.demo", "registry.cli"),
    "registry.policy": ("registry.tlog", "registry.vault", "registry.courier", "registry.audit",
                        "registry.usecases", "registry.store", "registry.web", "registry.demo", "registry.cli"),
    "registry.tlog": ("registry.policy", "registry.vault", "registry.courier", "registry.audit",
                      "registry.usecases", "registry.store", "registry.web", "registry.demo", "registry.cli"),
    # Two administrators can split log and keys later only while neither half of the log knows a key.
    "registry.vault.log": ("registry.vault.keys",),
    "registry.vault": ("registry.web", "registry.store", "registry.usecases", "registry.courier", "registry.demo",
                       "flask", "flask_sqlalchemy", "flask_smorest", "marshmallow"),
    "registry.courier": ("registry.web", "registry.store", "registry.usecases", "registry.vault", "registry.demo",
                         "flask", "flask_sqlalchemy", "flask_smorest", "marshmallow"),
    "registry.audit": ("registry.web", "registry.store", "registry.usecases", "registry.courier", "registry.demo",
                       "flask", "flask_sqlalchemy", "flask_smorest", "marshmallow"),
    # A regulator runs it on a host of their own: it knows logs, and nothing of this product.
    "registry.witness": ("registry.web", "registry.store", "registry.usecases", "registry.courier", "registry.demo",
                         "registry.vault", "registry.policy", "registry.audit", "registry.settings", "flask"),
    # The web tier can neither open nor decide: it has no way to reach the code that does.
    "registry.web": ("registry.policy", "registry.vault", "registry.courier", "registry.demo.seed"),
    "registry.usecases": ("registry.policy", "registry.vault", "registry.courier", "registry.web", "registry.store",
                          "flask"),
    "registry.store": ("registry.policy", "registry.vault", "registry.courier", "registry.web"),
}


def forbidden_imports(imports: Iterable[Import], rules: dict[str, tuple[str, ...]] = FORBIDDEN) -> list[str]:
    """Imports against the one direction."""
    return [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in imports
        for importer, targets in rules.items()
        if within(one.importer, importer) and any(within(one.imported, target) for target in targets)
    ]


def impure_imports(imports: Iterable[Import]) -> list[str]:
    """Imports that give a pure module a clock, randomness, network or storage."""
    return [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in imports
        if any(within(one.importer, package) for package in PURE)
        and any(within(one.imported, module) for module in IMPURE_MODULES)
    ]


def inner_imports(imports: Iterable[Import], package: str, names: Iterable[str]) -> list[str]:
    """Imports of what is inside a package, not of a name that the package itself gives."""
    given = {package, *(f"{package}.{name}" for name in names)}
    return [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in imports if within(one.imported, package) and one.imported not in given
    ]


def clock_calls(source: str, module: str) -> list[str]:
    """Calls that read a clock: `datetime.now()`, `date.today()`, `time.time()` and their kin."""
    names = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns"}
    holders = {"datetime", "date", "time"}
    return [
        f"{module}:{node.lineno} calls {node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
        and isinstance(node.func.value, ast.Name) and node.func.value.id in holders
    ]


def makers_of(source: str, module: str, names: set[str]) -> list[str]:
    """Where a class of these names is constructed."""
    return [
        module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and (
            (isinstance(node.func, ast.Name) and node.func.id in names)
            or (isinstance(node.func, ast.Attribute) and node.func.attr in names)
        )
    ]


def functions_longer_than(limit: int, path: Path) -> list[str]:
    """Functions that do not fit a screen."""
    return [
        f"{path}:{node.lineno} {node.name} has {length} lines"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > limit
    ]
