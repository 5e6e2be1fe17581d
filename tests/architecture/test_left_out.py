"""What the suite leaves out on PostgreSQL opens no database: it imports nothing that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import order
from tests.architecture.imports import ROOT, imports_of, module_name, within

# Of ours, what holds or serves a database of the web tier or the vault.
OPENS = ("registry.store", "registry.vault", "registry.web", "registry.demo", "registry.up", "tests.databases",
         "tests.vault_engine", "tests.world", "tests.system", "tests.contract", "tests.promises", "tests.seeded")
PURE = order.LEFT_OUT["no test opens a database"]


def opening(source: str) -> list[str]:
    """What a test's source imports of these."""
    return [one.imported for one in imports_of(source, "test") if any(within(one.imported, it) for it in OPENS)]


@pytest.mark.parametrize("folder", PURE)
def test_a_folder_that_is_left_out_opens_no_database(folder: str) -> None:
    files = sorted((order.TESTS / folder).rglob("*.py"))
    assert files
    assert {module_name(path, ROOT): found for path in files if (found := opening(path.read_text("utf-8")))} == {}


def test_one_that_does_is_found() -> None:
    assert opening("from tests.world import World") == ["tests.world.World"]
    assert any(opening(path.read_text("utf-8")) for path in (order.TESTS / "vault").glob("*.py"))


def test_only_the_whole_suite_on_postgresql_leaves_anything_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSENTRY_TEST_ALL", raising=False)
    whole = [str(order.TESTS)]
    monkeypatch.setattr(order.postgresql, "ENGINE", "sqlite")
    assert not order.leaves_out(whole)
    monkeypatch.setattr(order.postgresql, "ENGINE", "postgresql")
    assert order.leaves_out(whole)
    assert not order.leaves_out([str(order.TESTS / "model")])
    monkeypatch.setenv("CONSENTRY_TEST_ALL", "1")
    assert not order.leaves_out(whole)
    assert order.is_left_out(order.TESTS / "model")
    assert not order.is_left_out(order.TESTS / "vault")
    assert not order.is_left_out(Path("model"))


def test_every_folder_that_is_named_is_there() -> None:
    named = {order.TESTS / folder for folders in order.LEFT_OUT.values() for folder in folders}
    assert all(folder.is_dir() for folder in named | {order.TESTS.parent / one for one in order.LONG})
