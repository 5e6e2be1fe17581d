"""The example of docs/sealing.md, word for word, against a served registry; and the command itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.client import ROOT, World, run, until

CONTACTS = ("+8610000006101", "+8610000006102")
BORROWERS = """ref,name.given,name.family,residence,languages,channels.0.medium,channels.0.value,channels.0.use
seal-1,Probeline,Erfunden,CN,zh-CN,voice,10000006001,personal
seal-2,Probert,Erdacht,CN,zh-CN en,sms,+86 100 0000 6002,personal
"""
LISTED = """ref,name,relation,number,languages,rank
seal-c1,Anna Probe,sibling,10000006101,zh-CN,1
seal-c2,Otto Probe,friend,+8610000006102,zh-CN,1
"""
SECRETS = ("6001", "6002", "6101", "6102", "Prob", "Erfunden", "Erdacht", "one.more")


@pytest.fixture
def kid(world: World) -> str:
    """The thumbprint, as the operator tells it: from the folder, not from the web."""
    (enc,) = [one for one in world.card["vault_jwks"]["keys"] if one["use"] == "enc"]
    return str(enc["kid"])


def example() -> str:
    (script,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "sealing.md").read_text("utf-8"), re.DOTALL)
    return str(script)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the example needs curl, which is not here")
def test_the_example_registers_sealed_borrowers_contacts_and_channels(world: World, kid: str, tmp_path: Path) -> None:
    (tmp_path / "borrowers.csv").write_text(BORROWERS, "utf-8")
    (tmp_path / "contacts.csv").write_text(LISTED, "utf-8")
    environment = {**os.environ, "URL": world.url, "TOKEN": world.card["tokens"]["lender"], "KID": kid,
                   "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", example()], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr + "".join(
        path.read_text("utf-8") for path in tmp_path.iterdir() if path.is_file() and path.suffix != ".csv")
    assert [secret for secret in SECRETS if secret in said] == []
    registered = [json.loads(line) for line in (tmp_path / "registered.ndjson").read_text().splitlines() if line]
    assert [one["ref"] for one in registered] == ["seal-1", "seal-2"]
    media = [[channel["medium"] for channel in world.ask(
        "GET", f"/v1/borrowers/{one['borrower']}/channels", who="lender").json["items"]] for one in registered]
    assert media == [["voice", "email"], ["sms"]]
    # The vault opened exactly these numbers: it had the people at them told.
    for number in CONTACTS:
        (message,) = until(lambda wanted=number: world.outbox(wanted), "the first message to a contact")
        assert message["template"] == "contact-listed"
        assert ("Probeline" if number == CONTACTS[0] else "Probert") in message["text"]


def test_the_key_is_fetched_and_must_be_the_one_named(world: World, kid: str) -> None:
    keys = f"{world.url}/v1/keys"
    record = json.dumps({"medium": "voice", "value": "+8610000006001", "use": "personal"})
    sealed = run("seal", "--vault-keys", keys, "--kid", kid, stdin=record)
    assert (sealed.returncode, json.loads(sealed.stdout).keys()) == (0, {"medium", "jwe", "use"})
    refused = run("seal", "--vault-keys", keys, "--kid", "A" * 43, stdin=record)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "(vault-key-differs)" in refused.stderr
    assert run("seal", "--vault-keys", f"{world.url}/healthz", stdin=record).returncode == 1


def test_a_bad_line_ends_the_command_with_its_place_alone(world: World) -> None:
    record = json.dumps({"medium": "voice", "value": "+8610000006001 ext 2", "use": "personal"})
    refused = run("seal", "--vault-keys", f"{world.url}/v1/keys", stdin=record)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "line 1, /value: " in refused.stderr
    assert "6001" not in refused.stderr
