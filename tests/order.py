"""Which files of the suite start first, and which it leaves out on PostgreSQL.

With `-n 2` whoever begins a long file last lets the other worker wait: files that start real processes go first, the
longest before all. What opens no database, or the same one through the same statements as another folder, is not
run twice: on PostgreSQL a run of the whole suite leaves it out and says so. `make test DATABASE=postgresql ALL=1`
leaves nothing out; whoever names a folder gets it.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests import postgresql

TESTS = Path(__file__).parent
BROWSER = "tests/browser/"
# Folders by how long one of their files takes: real processes, then long walks, then what waits for clocks.
LONG = (
    BROWSER, "tests/promises/machine/", "tests/interface/", "tests/clients/", "tests/promises/", "tests/crashes/",
    "tests/faults/", "tests/standby/", "tests/failover/", "tests/contract/", "tests/system/", "tests/migrations/",
    "tests/keeping/", "tests/demo/", "tests/foreign/", "tests/audit/", "tests/vault/",
)
# What no engine changes, by why.
LEFT_OUT = {
    "no test opens a database": (
        "architecture", "casefile", "model", "policy", "sealer", "tlog", "witness"),
    "pages issue the statements that portal, me, contact, officer and web run here": ("browser",),
    "generated clients see HTTP alone, which contract and interface ask here": ("clients",),
}


def place(nodeid: str) -> int:
    """Where a test stands among the long ones; behind them all if it is none."""
    return next((number for number, folder in enumerate(LONG) if nodeid.startswith(folder)), len(LONG))


def leaves_out(arguments: list[str]) -> bool:
    """Whether folders are left out of this run: the whole suite, on PostgreSQL, without CONSENTRY_TEST_ALL."""
    whole = {TESTS.resolve(), TESTS.parent.resolve()}
    return (
        postgresql.ENGINE == "postgresql" and os.environ.get("CONSENTRY_TEST_ALL", "0") in {"", "0"}
        and all(Path(one).resolve() in whole for one in arguments)
    )


def is_left_out(path: Path) -> bool:
    """Whether it is one of those folders."""
    return path.parent == TESTS and any(path.name in folders for folders in LEFT_OUT.values())


def said() -> list[str]:
    """What is left out and why, a line each."""
    return [f"Left out on PostgreSQL (ALL=1 runs it): tests/{', '.join(folders)}: {why}"
            for why, folders in LEFT_OUT.items()]
