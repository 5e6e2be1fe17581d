"""Revisions are found wherever the checkout lies: Alembic reads a percent sign in a path as its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from registry.store import schema
from registry.store.database import open_engine
from registry.vault.log import database


def test_a_checkout_under_a_path_with_a_percent_sign_finds_its_revisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (database, schema):
        copied = shutil.copytree(module.MIGRATIONS, tmp_path / "100%sure" / module.MIGRATIONS.name)
        monkeypatch.setattr(module, "MIGRATIONS", Path(copied))
    connection = database.connect(tmp_path)
    assert connection.exec_driver_sql("SELECT count(*) FROM leaves").scalar() == 0
    connection.close()
    connection.engine.dispose()
    engine = open_engine(f"sqlite:///{tmp_path / 'web.db'}")
    schema.upgrade(engine)
    schema.check(engine)
    engine.dispose()
