"""schemathesis over everything that a borrower may do, in a session that a link opened and in one that a code did."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.client import ROOT, World, until
from tests.deep import DEEP
from tests.interface.test_as_strangers_use_it import EXAMPLES, HERE, METHODS, PHASES

# Nothing else here is about these (`test_as_strangers_use_it` plays others); each may be erased in the end.
WHO = {"code": "notice-running", "link": "withdrawn"}


def opened(world: World, way: str) -> str:
    """A session of one borrower, by a link or a code."""
    person = world.people[WHO[way]]
    if way == "link":
        link = world.ask("POST", f"/v1/borrowers/{person['borrower']}/portal-links", {}, who="lender").json
        return str(world.ask("POST", "/v1/sign-in/link", {"token": link["token"]}).json["session"])
    address = next(one["address"] for one in person["channels"] if one["medium"] == "email")
    asked = world.ask("POST", "/v1/sign-in", {"role": "borrower", "address": address}).json["request"]
    code = until(lambda: next(
        (one["code"] for one in world.outbox(address) if one["template"] == "sign-in-code"), None), "the code")
    return str(world.ask("POST", f"/v1/sign-in/{asked}/code", {"code": code}).json["session"])


def things(world: World, session: str, way: str) -> dict[str, list[str]]:
    """Ids of this borrower's own."""
    def ids(path: str, name: str) -> list[str]:
        answer = world.ask("GET", f"/v1/me/{path}", who=session)
        return [one[name] for one in answer.json.get("items", [])]

    person = world.people[WHO[way]]
    return {"consent": ids("consents", "consent"), "lookup": ids("lookups", "lookup"),
            "channel": ids("channels", "channel"), "contact": [person["contact"]]}


# `test_as_strangers_use_it` asks in a session of a link, too.
@pytest.mark.parametrize("way", ["code", "link"] if DEEP else ["code"])
def test_a_borrower_finds_nothing_that_the_document_does_not_say(world: World, tmp_path: Path, way: str) -> None:
    spec = world.ask("GET", "/v1/openapi.json").json
    names = [operation["operationId"] for path, methods in spec["paths"].items() if path.startswith("/v1/me")
             for method, operation in methods.items() if method in METHODS]
    assert len(names) > 25
    session = opened(world, way)
    done = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
         f"{world.url}/v1/openapi.json", "--header", f"Authorization: Bearer {session}",
         "--include-operation-id-regex", f"^({'|'.join(names)})$", "--phases", PHASES, "--max-examples", EXAMPLES,
         "--seed", "1", "--no-shrink", "--continue-on-failure", "--warnings", "off"],
        cwd=tmp_path, capture_output=True, text=True, timeout=1_800, check=False,
        env={**os.environ, "INTERFACE_THINGS": json.dumps(things(world, session, way)), "PYTHONPATH": str(ROOT),
             "NO_COLOR": "1", "SCHEMATHESIS_HOOKS": "tests.interface.hooks"})
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None
    assert int(tested[1]) == len(names)
