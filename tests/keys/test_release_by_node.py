"""A release is opened and verified by node's jose: a program that nobody here wrote (tests/node)."""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest
from joserfc.jwk import ECKey

from registry.vault.keys.keyring import Keyring

from .conftest import NUMBER, ORIGIN

NODE = Path(__file__).parents[1] / "node"
AUDIENCE = "a1" * 16
NOW = 1_800_000_000
CLAIMS = {"iss": ORIGIN, "aud": AUDIENCE, "sub": "a2" * 16, "jti": "a3" * 16, "iat": NOW, "exp": NOW + 3600,
          "log_index": 41, "agent": "A-17", "number": NUMBER, "name": "王 Example"}


def absent(reason: str) -> NoReturn:
    """Skips, or fails where REQUIRE_NODE=1 says that node must be there."""
    if os.environ.get("REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def node() -> str:
    program = shutil.which("node")
    if program is None:
        absent("node is not installed: set REQUIRE_NODE=1 to make this a failure")
    # Two workers must not install at once.
    with (Path(tempfile.gettempdir()) / f"consentry-node-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(["make", "-C", str(NODE), "install"], check=False, capture_output=True,
                              text=True, timeout=120)
    if made.returncode != 0:
        absent("node's jose cannot be installed (make -C tests/node install): " + made.stderr.strip()[-200:])
    return program


def opened(node: str, **asked: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([node, "open_release.mjs"], check=False, input=json.dumps(asked), capture_output=True,
                          text=True, cwd=NODE, timeout=60)


def test_node_opens_and_verifies_a_release(node: str, keyring: Keyring) -> None:
    collector = ECKey.generate_key("P-256")
    result = opened(node, jwe=keyring.release(CLAIMS, collector.as_dict(private=False)), jwks=keyring.jwks(),
                    key=collector.as_dict(private=True), issuer=ORIGIN, audience=AUDIENCE, now=NOW + 60)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["claims"] == CLAIMS
    assert set(answer["jwe"]) == {"alg", "enc", "kid", "epk", "typ", "cty"}
    assert answer["jwe"]["kid"] == collector.thumbprint()
    assert answer["jws"] == {"alg": "EdDSA", "kid": keyring.jwks()["keys"][0]["kid"], "typ": "consentry-release+jwt"}


@pytest.mark.parametrize(("case", "code"), [
    ("wrong key", "ERR_JWE_DECRYPTION_FAILED"), ("flipped bit", "ERR_JWE_DECRYPTION_FAILED"),
    ("another vault", "ERR_JWKS_NO_MATCHING_KEY"), ("expired", "ERR_JWT_EXPIRED"),
    ("another's", "ERR_JWT_CLAIM_VALIDATION_FAILED"),
])
def test_node_refuses_what_is_not_for_it(node: str, keyring: Keyring, case: str, code: str) -> None:
    collector = ECKey.generate_key("P-256")
    token = keyring.release(CLAIMS, collector.as_dict(private=False))
    jwks = keyring.jwks()
    if case == "wrong key":
        collector = ECKey.generate_key("P-256")
    if case == "flipped bit":
        head, key, nonce, text, tag = token.split(".")
        token = ".".join([head, key, nonce, ("B" if text[0] == "A" else "A") + text[1:], tag])
    if case == "another vault":
        jwks = {"keys": [jwk for jwk in jwks["keys"] if jwk["use"] == "enc"]}
    result = opened(node, jwe=token, jwks=jwks, key=collector.as_dict(private=True), issuer=ORIGIN,
                    audience="bb" * 16 if case == "another's" else AUDIENCE,
                    now=NOW + (3600 if case == "expired" else 60))
    assert result.returncode != 0
    assert (result.stdout, result.stderr) == ("", code)
