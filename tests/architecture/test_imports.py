"""Imports go one way, pure packages stay pure; and each rule is shown to fire on a deliberate violation."""

from __future__ import annotations

import subprocess
import sys

import pytest

from registry import policy
from tests.architecture.imports import ROOT, Import, all_imports, imports_of, module_name, within
from tests.architecture.rules import (
    clock_calls,
    forbidden_imports,
    functions_longer_than,
    impure_imports,
    inner_imports,
    makers_of,
)

SOURCES = sorted((ROOT / "registry").rglob("*.py"))


def test_imports_go_one_way() -> None:
    assert forbidden_imports(all_imports()) == []


@pytest.mark.parametrize(("module", "line"), [
    ("registry.model.entries", "from registry.vault import log"),
    ("registry.vault.log.store", "from registry.vault.keys import ring"),
    ("registry.vault.log.store", "def late() -> None:\n    import registry.vault.keys.ring"),
    ("registry.web.auth", "from registry.policy.decide import decide"),
    ("registry.courier.deliver", "import registry.store.models"),
    ("registry.vault.server", "from flask import Flask"),
    ("registry.witness.store", "from registry.vault.log import guard"),
])
def test_a_deliberate_violation_of_the_direction_is_caught(module: str, line: str) -> None:
    assert forbidden_imports(imports_of(line, module)) != []


def test_the_vault_takes_the_rules_from_their_front_door() -> None:
    vault = [one for one in all_imports() if within(one.importer, "registry.vault")]
    assert inner_imports(vault, "registry.policy", policy.__all__) == []


@pytest.mark.parametrize("line", [
    "from registry.policy.facts import Facts", "from registry.policy import merging", "import registry.policy.pack",
])
def test_an_import_past_the_front_door_is_caught(line: str) -> None:
    assert inner_imports(imports_of(line, "registry.vault.desk"), "registry.policy", policy.__all__) != []
    assert inner_imports(imports_of("from registry.policy import Facts", "x"), "registry.policy", ["Facts"]) == []


def test_model_policy_and_tlog_have_no_clock_randomness_network_or_storage() -> None:
    assert impure_imports(all_imports()) == []
    pure = [path for path in SOURCES if path.parts[-2] in ("model", "policy", "tlog")]
    assert len(pure) > 10
    assert [call for path in pure for call in clock_calls(path.read_text("utf-8"), module_name(path, ROOT))] == []


@pytest.mark.parametrize("line", ["import time", "from secrets import token_bytes", "from sqlalchemy import select"])
def test_a_deliberate_impurity_is_caught(line: str) -> None:
    assert impure_imports(imports_of(line, "registry.policy.decide")) != []


def test_a_deliberate_look_at_a_clock_is_caught() -> None:
    assert clock_calls("from datetime import datetime\nat = datetime.now()", "registry.policy.decide") != []


def test_an_import_elsewhere_is_not_mistaken_for_a_violation() -> None:
    assert forbidden_imports([Import("registry.website", "registry.policy", 1)]) == []


def test_a_clock_is_made_in_two_places_only() -> None:
    clocks = {"SystemClock", "DemoClock", "SeedClock"}
    made = {
        maker for path in SOURCES
        for maker in makers_of(path.read_text("utf-8"), module_name(path, ROOT), clocks)
    }
    assert made <= {"registry.vault.server", "registry.demo.seed"}
    assert makers_of("clock = vault.SystemClock()", "registry.web.auth", clocks) == ["registry.web.auth"]


def test_logged_at_is_written_by_one_function() -> None:
    writers = {
        maker for path in SOURCES for maker in makers_of(path.read_text("utf-8"), module_name(path, ROOT), {"leaf"})
    }
    assert {writer for writer in writers if writer.startswith("registry.vault")} == {"registry.vault.log.sequencer"}


def test_the_demo_seed_is_imported_by_no_server() -> None:
    # `up` seeds before any server starts; the three servers themselves cannot reach the code that sets a clock.
    seeders = {one.importer for one in all_imports() if one.imported.startswith("registry.demo.seed")}
    assert not any(name.startswith(("registry.vault", "registry.courier", "registry.web")) for name in seeders)


def test_no_function_is_longer_than_a_screen_and_no_module_sprawls() -> None:
    assert [one for path in SOURCES for one in functions_longer_than(60, path)] == []
    assert [str(path) for path in SOURCES if path.read_text("utf-8").count("\n") > 250] == []


@pytest.mark.parametrize(("process", "absent"), [
    ("registry.vault.server", ["flask", "registry.web", "registry.store", "registry.courier", "registry.demo"]),
    ("registry.courier.server", ["flask", "registry.web", "registry.store", "registry.vault", "registry.demo"]),
    ("registry.witness.serving", ["flask", "registry.web", "registry.store", "registry.vault", "registry.policy"]),
    ("registry.web", ["registry.vault", "registry.policy", "registry.courier", "registry.demo.seed"]),
])
def test_a_process_has_in_memory_only_what_it_may_know(process: str, absent: list[str]) -> None:
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {process}; print(*sys.modules, sep='\\n')"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    ).stdout.split()
    assert process in found
    assert [name for name in found if any(name == one or name.startswith(one + ".") for one in absent)] == []
