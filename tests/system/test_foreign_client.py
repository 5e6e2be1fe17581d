"""The client that nobody here wrote, against the log as the web tier serves it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from registry.audit.reader import HttpReader
from registry.tlog.tiles import bundles_of, split_bundle
from tests.foreign import go
from tests.system.world import Served, until


def test_a_foreign_client_accepts_the_log_of_a_served_world_and_the_proof_of_its_answers(
    shared: Served, tmp_path: Path
) -> None:
    client = go.client()
    url = f"http://127.0.0.1:{shared.port}/log"
    auditor = shared.client("auditor")
    key, token = auditor.get("/v1/audit/log").value["key"], shared.card["tokens"]["auditor"]
    reader = HttpReader(url, token)
    (tmp_path / "kept").write_bytes(reader.checkpoint())
    lookup = shared.look_up("unreachable")
    index, proof = lookup["log_index"], lookup["proof"]
    until(lambda: auditor.get("/v1/audit/log").value["published"] > index, "the entry")
    assert _said(client, "check", url, key, "-token", token, "-since", str(tmp_path / "kept")) > index
    *_, last = bundles_of(index + 1)
    (tmp_path / "proof").write_text(proof)
    (tmp_path / "entry").write_bytes(split_bundle(reader.tile(last), last.width)[-1])
    assert _said(client, "proof", key, str(tmp_path / "proof"), str(tmp_path / "entry")) == index
    reader.close()


def _said(*command: str | Path) -> int:
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    assert said.startswith("ok "), said
    return int(said.split()[1])
