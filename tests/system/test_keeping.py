"""Erased, backed up, rotated and restored on the served product, by the commands of docs/operating/keeping.md."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.databases import only_sqlite
from tests.system.world import Served, copy, registry, served, until


def values(data: Path, subject: str) -> int:
    with closing(sqlite3.connect(data / "web" / "web.db")) as connection:
        found: int = connection.execute(
            "SELECT count(*) FROM sealed_values WHERE subject = ?", (subject,)).fetchone()[0]
    return found


def keys(data: Path, what: str, where: str = "") -> list[str]:
    with closing(sqlite3.connect(data / "vault" / "keys.db")) as connection:
        return [row[0] for row in connection.execute(f"SELECT DISTINCT {what} FROM subjects {where}")]


def erase(up: Served, name: str) -> str:
    """Asks for it as the lender does and lets 72 hours of the demo's clock pass."""
    borrower: str = up.borrower(name)["borrower"]
    assert values(up.data, borrower) > 0
    assert up.client("lender").post(f"/v1/borrowers/{borrower}/erasure", {}).status == 201
    assert values(up.data, borrower) > 0
    assert up.client("officer").post("/v1/demo/clock", {"advance": "PT73H"}).status in (200, 201)
    until(lambda: values(up.data, borrower) == 0, "the sealed values to be deleted")
    until(lambda: keys(up.data, "subject", f"WHERE subject = '{borrower}'") == [], "the data key to be destroyed")
    return borrower


@only_sqlite("backups of files")
def test_it_is_erased_backed_up_rotated_and_restored_while_it_serves(seeded: Path, tmp_path: Path) -> None:
    data, first, second = copy(seeded, tmp_path / "data"), str(tmp_path / "first"), str(tmp_path / "second")
    with served(data) as up:
        until(up.ready, "the three processes")
        made = registry("backup", "--data", str(data), "--to", first, "--json")
        assert made.returncode == 0, made.stderr
        (old,) = json.loads(made.stdout)["key_ids"]
        new = tmp_path / "new.key"
        rotated = registry("rotate-keys", "--data", str(data), "--new-key-file", str(new), "--json")
        assert rotated.returncode == 0, rotated.stderr
        told = json.loads(rotated.stdout)
        assert (told["from"], keys(data, "kek_id")) == (old, [told["to"]])
        assert not (data / "demo" / "key-encryption.key").exists()
        assert up.look_up("unreachable")["verdict"] == "permit"
        borrower = erase(up, "reachable")
        again = registry("backup", "--data", str(data), "--to", second)
        assert again.returncode == 0, again.stderr
        assert up.stop() == 0
    behind = registry("restore", "--from", first, "--data", str(tmp_path / "behind"))
    assert behind.returncode == 1
    assert "backup-behind" in behind.stderr
    assert not (tmp_path / "behind").exists()
    guard = str(data / "vault" / "guard")
    late = registry("restore", "--from", second, "--data", str(tmp_path / "restored"), "--guard", guard)
    # Whatever the vault wrote on its way down, an entry or nothing, decides whether the second one is the newest.
    newest = tmp_path / "restored"
    if late.returncode != 0:
        assert "backup-behind" in late.stderr, late.stderr
        assert registry("backup", "--data", str(data), "--to", str(tmp_path / "third")).returncode == 0
        late = registry("restore", "--from", str(tmp_path / "third"), "--data", str(newest), "--guard", guard)
    assert late.returncode == 0, late.stderr
    with served(newest) as up:
        until(up.ready, "the restored installation")
        assert up.look_up("unreachable")["verdict"] == "deny", "three days later the feeds are stale"
        assert up.client("lender").get(f"/v1/borrowers/{borrower}").value["state"] == "closed"
        assert keys(newest, "subject", f"WHERE subject = '{borrower}'") == []
