"""The commands and the policy file that docs/operating/witnesses.md gives to whoever runs a witness."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from registry.tlog.cosignature import cosigner_of
from registry.tlog.witness_policy import parse_policy
from tests.docs.manual import block
from tests.tlog.test_note import Key
from tests.witness.logs import ShownLog
from tests.witness.served import ROOT, Served, free_port, listening

LOG = ShownLog(Key("log.example.com"))


def test_the_one_command_runs_a_witness(tmp_path: Path) -> None:
    line = block("witness").strip()
    port = free_port()
    for shown, real in (("DIR", str(tmp_path)), ("NAME+HASH+BASE64", str(LOG.verifier)), ("8100", str(port))):
        assert shown in line
        line = line.replace(shown, real)
    words = shlex.split(line)
    process = subprocess.Popen([sys.executable, *words[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    said = listening(process)
    served = Served(process, cosigner_of(Key()), port, tuple(said))
    try:
        assert said[0].startswith("witness.example.org+")
        assert served.add(LOG.request(0, 5)).status == 200
    finally:
        served.end()


def test_the_policy_file_is_one() -> None:
    text = block("witness-policy")
    names = re.findall(r"(\S+)\+HASH\+BASE64", text)
    assert len(names) == 4
    for seed, name in enumerate(names, start=1):
        key = Key(name, seed)
        text = text.replace(f"{name}+HASH+BASE64", str(LOG.verifier if seed == 1 else cosigner_of(key)))
    policy = parse_policy(text)
    assert str(policy) == "2 of 3 (regulator auditor court)"
    assert [one.url for one in policy.witnesses] == [
        "https://witness.example.org", "https://w.auditor.example", "https://w.court.example"]
