"""Each process is killed (SIGKILL) while clients write and ask over HTTP. Clients see 503 or a broken connection and
ask again with the same key; nothing that was acknowledged is lost, nothing is done twice, no number lacks its entry.

What is killed while a single request stands at one named step: tests/promises/test_p3_neighbours_killed.py.
Seen to fail: with a fresh key for each repeat, requests are done twice.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.contract.client import Answer
from tests.faults.house import SOON, Crowd, House, house
from tests.system.world import copy, until

CLIENTS = 6
TURN = ("vault", "courier", "worker", "web", "pump", "vault")


class Acked(NamedTuple):
    """A request and the answer to it."""

    words: tuple[Any, ...]
    who: str
    key: str
    answer: Answer


def kill(home: House, name: str, chance: random.Random) -> None:
    """SIGKILL, and a new one is there afterwards."""
    if name in ("worker", "pump"):
        family = until(lambda: len(found := home.up.family("web")) == 3 and found, "workers and pump", SOON)
        pumps = [pid for pid in family if b"\0pump\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        pid = pumps[0] if name == "pump" else chance.choice(sorted(set(family) - set(pumps)))
        os.kill(pid, signal.SIGKILL)
        until(lambda: pid not in home.up.family("web") and len(home.up.family("web")) == 3, f"a new {name}", SOON)
    else:
        pid = home.pid(name)
        os.kill(pid, signal.SIGKILL)
        until(lambda: home.up.child(name) not in (None, pid), f"a new {name}", SOON)


def some_request(home: House, name: int, turn: int) -> tuple[tuple[Any, ...], str]:
    """A deposit, a restriction, a denial, a request for a number: in turns."""
    borrower = home.world.people[("reachable", "withdrawn", "no-contact-consent")[name % 3]]["borrower"]
    ref = secrets.token_hex(8)
    return [
        (("POST", "/v1/borrowers", {
            "ref": ref, "name": {"given": "小明"}, "residence": "CN", "languages": ["zh-CN"],
            "channels": [{"medium": "email", "value": f"{ref}@demo.invalid", "use": "personal"}]}), "lender"),
        (("POST", f"/v1/borrowers/{borrower}/holds", {"type": "dispute"}), "lender"),
        (("POST", "/v1/lookups", home.world.request("on-hold")), "collector"),
        (("POST", "/v1/lookups", home.world.request("unreachable")), "collector"),
    ][(name + turn) % 4]


def without_proof(answer: Answer) -> dict[str, Any]:
    """Repeated, a number is encrypted anew, and proved by a later checkpoint."""
    return {name: value for name, value in answer.json.items() if name not in ("proof", "release")}


def test_whoever_is_killed_under_load_nothing_acknowledged_is_lost_or_done_twice(
    seeded: Path, tmp_path: Path,
) -> None:
    acked: list[Acked] = []
    lock, chance = threading.Lock(), random.Random(7)
    with house(copy(seeded, tmp_path / "data")) as home:
        size = len(home.world.entries())

        def ask(name: int, turn: int) -> None:
            words, who = some_request(home, name, turn)
            key = secrets.token_hex(8)
            answer = home.careful(*words, who=who, key=key)
            assert answer.status == 201, answer.body
            with lock:
                acked.append(Acked(words, who, key, answer))

        with Crowd(ask, CLIENTS) as crowd:
            for name in TURN:
                before = len(acked)
                until(lambda before=before: len(acked) > before + CLIENTS or crowd.problems, "answers", SOON)
                kill(home, name, chance)
        home.settle()
        check(home, acked, size)
        assert home.up.stop() == 0


def check(home: House, acked: list[Acked], size: int) -> None:
    """Against the log, as the auditor reads it."""
    entries = home.entries(size)
    at = {one["index"]: one["entry"] for one in entries.values()}
    for one in acked:
        assert one.answer.json["log_index"] in at, "acknowledged, and lost"
    lookups = [one for one in acked if one.words[1] == "/v1/lookups"]
    for one in lookups:
        decided = at[one.answer.json["log_index"]]
        assert decided["id"] == one.answer.json["lookup"]
        assert decided["body"]["verdict"] == ("permit" if "release" in one.answer.json else "deny")
    kinds = Counter(one["entry"]["kind"] for one in entries.values())
    made = Counter(one.words[1].rsplit("/", 1)[1] for one in acked)
    assert (kinds["borrower-registered/1"], kinds["hold-placed/1"], kinds["lookup-decided/1"]) == (
        made["borrowers"], made["holds"], made["lookups"]), "done twice"
    permits = [one for one in at.values() if one["kind"] == "lookup-decided/1" and one["body"]["verdict"] == "permit"]
    assert len(permits) <= 1, "one approval, one number"
    for one in random.Random(1).sample(acked, min(24, len(acked))):
        if "release" not in one.answer.json:
            again = home.careful(*one.words, who=one.who, key=one.key)
            assert without_proof(again) == without_proof(one.answer)
    home.verify()
