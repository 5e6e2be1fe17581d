"""The machine's clock is set back, or far ahead, under real processes: `shifted/sitecustomize.py` makes it wrong.

A real log's clock is the machine's; a demo's log clock runs by itself, so that there only what is timed by the wall
clock is wrong.
Seen to fail: without the refusal the log writes on under its last stamp; a stopped courier was believed for an hour.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
from pathlib import Path
from typing import Any

from registry.demo.http import Answer, Client
from tests.contract.test_providers import _event as event
from tests.faults.house import SOON, house
from tests.promises.processes import stopped
from tests.system.test_init import Installed, installed
from tests.system.world import ROOT, copy, registry, served, until

__all__ = ["installed"]
HOUR = 3_600


class Clock:
    """How many seconds wrong the processes' wall clock is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.wrong_by(0)
        self.environment = {"CONSENTRY_TEST_CLOCK": str(self._file),
                            "PYTHONPATH": f"{Path(__file__).parent / 'shifted'}{os.pathsep}{ROOT}"}

    def wrong_by(self, seconds: int) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds), "ascii")
        fresh.replace(self._file)


def test_a_real_log_refuses_to_run_backwards_until_the_clock_is_right(installed: Installed, tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    with served(installed.data, demo=False, environment=clock.environment) as up:
        until(up.ready, "the three processes")
        url = f"http://127.0.0.1:{up.port}"
        made = registry("party", "add", "--data", str(installed.data), "--json", "--sign", str(installed.officer),
                        "--role", "lender", "--name", "示例银行", "--regulator", "CN")
        lender = Client(url, json.loads(made.stdout)["token"])

        def deposit(ref: str) -> Answer:
            body = {"ref": ref, "name": {"given": "小明"}, "residence": "CN", "languages": ["zh-CN"], "channels": []}
            return lender.send("POST", "/v1/borrowers", json.dumps(body).encode(), {"Idempotency-Key": ref})

        assert deposit("before").status == 201
        size = lender.get("/readyz").value["published"]
        clock.wrong_by(-HOUR)
        for _ in range(3):
            answer = deposit("meanwhile")
            assert (answer.status, answer.value["code"]) == (503, "clock-untrusted")
        assert lender.get("/healthz").status == 200
        assert lender.get("/v1/borrowers").status == 200, "reading goes on"
        vault = until(lambda: up.child("vault"), "the vault")
        os.kill(vault, signal.SIGKILL)  # nor does a new life forget the last stamp
        until(lambda: up.child("vault") not in (None, vault), "a new vault", SOON)
        until(lambda: deposit("meanwhile").value.get("code") == "clock-untrusted", "the same refusal", SOON)
        assert lender.get("/readyz").value["published"] == size
        clock.wrong_by(0)
        until(up.ready, "everybody to be back", SOON)
        until(lambda: deposit("meanwhile").status == 201, "an answer", SOON)
        assert up.stop() == 0


def test_what_the_wall_clock_times_survives_a_step_either_way(seeded: Path, tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    with house(copy(seeded, tmp_path / "data"), clock.environment) as home:
        world, key = home.world, secrets.token_hex(8)
        provider = f"/v1/providers/{world.card['provider']['name']}"
        first = world.look("on-hold", key=key).json

        def told() -> dict[str, Any]:
            found = home.careful("GET", provider, who="officer").json
            return {**found, "why": [one["why"] for one in found["refused"]]}

        clock.wrong_by(-HOUR)
        until(home.up.ready, "the courier to be heard of again", SOON)
        assert world.look("on-hold", key=key).json["lookup"] == first["lookup"], "a token and a key go on"
        report = event(world, told()["next_seq"])
        assert world.hook(report).status == 202
        until(lambda: "timestamp-outside" in told()["why"], "what is signed at another time to be refused", SOON)
        clock.wrong_by(0)
        until(home.up.ready, "the courier to be heard of again", SOON)
        with stopped(home.pid("courier")):
            clock.wrong_by(-HOUR)
            time.sleep(0.3)
            assert world.ask("GET", "/readyz").json["courier"] == "courier-unavailable"
            assert world.look("withdrawn").json["state"] == "unavailable"
        clock.wrong_by(25 * HOUR)
        until(home.up.ready, "the courier to be heard of again", SOON)
        assert world.look("on-hold", key=key).json["lookup"] != first["lookup"], "a key lives for 24 hours"
        clock.wrong_by(0)
        until(home.up.ready, "the courier to be heard of again", SOON)
        until(lambda: world.look("withdrawn").json["state"] == "not-eligible", "openings to go on", SOON)
        assert world.hook(report).status == 202
        until(lambda: told()["next_seq"] > report["data"]["seq"], "the same report to be taken", SOON)
        home.verify()
