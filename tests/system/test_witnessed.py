"""A served world under two real witnesses: numbers wait for both, refusals for none, strangers can check it all."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from registry.audit.reader import HttpReader, unverified_checkpoint
from tests.foreign import go
from tests.system.world import Served, copy, served, until
from tests.witness.served import serve, start


def test_numbers_wait_for_real_witnesses_and_a_foreign_client_sees_their_cosignatures(
    seeded: Path, shared: Served, tmp_path: Path
) -> None:
    key = shared.client("auditor").get("/v1/audit/log").value["key"]
    policy = tmp_path / "policy"
    two = start(tmp_path / "two", [key], "--name", "two.invalid")
    with serve(tmp_path / "one", [key], "--name", "one.invalid") as one:
        policy.write_text(f"log {key}\nwitness one {one.verifier} {one.url}\nwitness two {two.verifier} {two.url}\n"
                          "group both all one two\nquorum both\n")
        try:
            with served(copy(seeded, tmp_path / "data"), "--witness-policy", str(policy)) as up:
                until(up.ready, "the three processes")
                two.end(signal.SIGKILL)
                waits = _look_up(up, "unreachable", "once")
                assert (waits.status, waits.value.get("code")) == (503, "witness-quorum")
                assert up.look_up("attempts-missing")["verdict"] == "deny"
                two = start(tmp_path / "two", [key], port=two.port)
                permit = until(lambda: _permitted(up), "the number, once both are there")
                assert int(one.latest(key.split("+")[0]).text.split("\n")[1]) > permit["log_index"]
                _strangers_see_both(up, key, [str(one.verifier), str(two.verifier)])
        finally:
            two.end()


def _permitted(up: Served) -> dict[str, Any] | None:
    answer = _look_up(up, "unreachable", "once")
    assert answer.status in (201, 503), answer.text
    assert answer.status == 503 or answer.value["verdict"] == "permit"
    return answer.value if answer.status == 201 else None


def _look_up(up: Served, name: str, key: str) -> Any:
    body = {"account": up.borrower(name)["account"], "about": "contact", "purpose": up.card["purpose"],
            "mode": "number", "agent": up.card["agent"]}
    return up.client("collector").send("POST", "/v1/lookups", json.dumps(body).encode(), {"Idempotency-Key": key})


def _strangers_see_both(up: Served, key: str, cosigners: list[str]) -> None:
    url = f"http://127.0.0.1:{up.port}/log"
    reader = HttpReader(url)
    assert unverified_checkpoint(reader).size > 256
    reader.close()
    flags = [word for one in cosigners for word in ("-cosigner", one)]
    said = subprocess.run([go.client(), "check", url, key, "-token", up.card["tokens"]["auditor"], *flags],
                          capture_output=True, text=True, check=False).stdout
    assert [line.split()[:2] for line in said.splitlines()[1:]] == [
        ["cosigned", "one.invalid"], ["cosigned", "two.invalid"]], said
