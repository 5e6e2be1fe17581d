"""`registry rebuild` beside a running registry, and what it says where there is none."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry.demo.http import Client
from tests.databases import at, everything_in, only_sqlite
from tests.system.world import Served, copy, registry


@pytest.fixture
def stopped(seeded: Path, tmp_path: Path) -> Path:
    return copy(seeded, tmp_path / "stopped")


def asking(client: Client, stop: threading.Event) -> tuple[int, set[int]]:
    """Registers borrowers and reads the newest, and one of long ago, until it is told to stop."""
    first = client.get("/v1/borrowers?limit=1").value["items"][0]["borrower"]
    asked, statuses = 0, set()
    while not stop.is_set() or asked < 3:
        asked += 1
        made = client.post("/v1/borrowers", {
            "ref": f"during-rebuild-{asked}", "name": {"given": "Probe"}, "residence": "CN", "languages": ["zh-CN"],
            "channels": []})
        statuses |= {made.status}
        statuses |= {client.get(f"/v1/borrowers/{one}").status for one in (first, made.value.get("borrower"))}
    return asked, statuses


def test_nobody_reads_less_while_it_runs(shared: Served) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(asking, shared.client("lender"), stop)
        done = [registry("rebuild", "--data", str(shared.data), "--json") for _ in range(2)]
        stop.set()
        assert asked.result()[1] == {200, 201}
    reports = [json.loads(one.stdout) for one in done]
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 2
    assert all(one["rows"]["borrowers"] >= 11 and one["entries"] > 100 for one in reports)
    assert reports[1]["entries"] >= reports[0]["entries"]


def test_it_needs_the_vault_and_says_so(stopped: Path) -> None:
    before = everything_in(at(stopped / "web" / "web.db"))
    done = registry("rebuild", "--data", str(stopped))
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not being served" in done.stderr
    # As a killed `up` leaves it behind.
    (stopped / "run.json").write_text(json.dumps({"sockets": str(stopped)}))
    done = registry("rebuild", "--data", str(stopped))
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not answer" in done.stderr
    assert "nothing was changed" in done.stderr
    assert everything_in(at(stopped / "web" / "web.db")) == before


@only_sqlite("on PostgreSQL the product never makes a database")
def test_it_makes_no_database_where_there_is_none(shared: Served, stopped: Path) -> None:
    (stopped / "web" / "web.db").unlink()
    sockets = json.loads((shared.data / "run.json").read_text())["sockets"]
    done = registry("rebuild", "--data", str(stopped), "--sockets", sockets)
    assert (done.returncode, done.stdout) == (1, "")
    assert "restore it from your backup" in done.stderr
    assert not (stopped / "web" / "web.db").exists()
