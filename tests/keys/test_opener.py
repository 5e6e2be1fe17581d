"""`registry open`: the number and nothing else, and only what the pinned vault signed for this very answer."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from registry import jose
from registry.errors import ConsentryError
from registry.model.times import stamp
from registry.opener import command, open_release
from registry.vault.keys.keyring import Keyring

from .conftest import NUMBER, ORIGIN

COLLECTOR = ECKey.generate_key("P-256")
IAT = 1_800_000_000
EXP = IAT + 3600


def claims(**changed: Any) -> dict[str, Any]:
    return {"iss": ORIGIN, "aud": "a1" * 16, "sub": "a2" * 16, "jti": "a3" * 16, "iat": IAT, "exp": EXP,
            "log_index": 41, "agent": "A-17", "number": NUMBER, "name": "Li Example", **changed}


def answer(keyring: Keyring, signed: dict[str, Any], **changed: Any) -> dict[str, Any]:
    token = keyring.release(signed, COLLECTOR.as_dict(private=False))
    return {"lookup": "a3" * 16, "verdict": "permit", "log_index": 41, "expires_at": stamp(EXP * 1000 + 417),
            "release": {"format": "jwe", "jwe": token}, **changed}


def key_file(tmp_path: Path, **extra: Any) -> Path:
    path = tmp_path / "collector.jwk"
    path.write_text(json.dumps({**COLLECTOR.as_dict(private=True), "kid": COLLECTOR.thumbprint(), **extra}))
    return path


def run(key: Path, lookup: dict[str, Any], *, keys: Path | None = None, wall: int = IAT * 1000,
        expired: bool = False) -> str:
    out = io.StringIO()
    assert command(key, keys, io.StringIO(json.dumps(lookup)), out, wall, expired=expired) == 0
    return out.getvalue()


def refusal(*given: Any, **named: Any) -> str:
    with pytest.raises(ConsentryError) as refused:
        run(*given, **named)
    assert NUMBER not in str(refused.value)
    return refused.value.code


def test_the_number_is_printed_and_nothing_else(keyring: Keyring, tmp_path: Path) -> None:
    lookup = answer(keyring, claims())
    assert run(key_file(tmp_path, vault=keyring.jwks()), lookup) == NUMBER + "\n"
    assert run(key_file(tmp_path, vault=keyring.jwks()["keys"][0]), lookup) == NUMBER + "\n"


def test_channels_are_printed_one_a_line(keyring: Keyring, tmp_path: Path) -> None:
    signed = claims(channels=[{"channel": "d1" * 16, "medium": "voice", "value": NUMBER},
                              {"channel": "d2" * 16, "medium": "email", "value": "li@demo.invalid"}])
    del signed["number"]
    printed = run(key_file(tmp_path, vault=keyring.jwks()), answer(keyring, signed))
    assert printed == f"voice {NUMBER}\nemail li@demo.invalid\n"


def test_without_a_pinned_key_nothing_is_opened(keyring: Keyring, tmp_path: Path) -> None:
    assert refusal(key_file(tmp_path), answer(keyring, claims())) == "vault-key-missing"
    assert refusal(key_file(tmp_path, vault="x"), answer(keyring, claims())) == "vault-key-missing"


def test_keys_given_on_the_command_line_take_the_place_of_the_pin(keyring: Keyring, tmp_path: Path) -> None:
    keys = tmp_path / "vault.jwks"
    keys.write_text(json.dumps(keyring.jwks()))
    foreign = {"keys": [OKPKey.generate_key("Ed25519").as_dict(private=False)]}
    lookup = answer(keyring, claims())
    assert run(key_file(tmp_path), lookup, keys=keys) == NUMBER + "\n"
    assert run(key_file(tmp_path, vault=foreign), lookup, keys=keys) == NUMBER + "\n"
    keys.write_text(json.dumps(foreign))
    assert refusal(key_file(tmp_path, vault=keyring.jwks()), lookup, keys=keys) == "signature-refused"


def test_another_vaults_signature_is_refused(keyring: Keyring, tmp_path: Path) -> None:
    foreign = OKPKey.generate_key("Ed25519").as_dict(private=False)
    named = {**foreign, "kid": keyring.jwks()["keys"][0]["kid"]}
    for pin in ({"keys": [foreign]}, named, {"keys": []}, {}):
        assert refusal(key_file(tmp_path, vault=pin), answer(keyring, claims())) == "signature-refused"


def test_expired_is_refused_to_the_second_unless_asked_for(keyring: Keyring, tmp_path: Path) -> None:
    key, lookup = key_file(tmp_path, vault=keyring.jwks()), answer(keyring, claims())
    assert run(key, lookup, wall=EXP * 1000 - 1) == NUMBER + "\n"
    assert refusal(key, lookup, wall=EXP * 1000) == "release-expired"
    assert run(key, lookup, wall=EXP * 1000, expired=True) == NUMBER + "\n"


@pytest.mark.parametrize("changed", [
    {"lookup": "b3" * 16}, {"log_index": 42}, {"expires_at": stamp(EXP * 1000 + 1000)},
])
def test_a_release_under_another_answer_is_refused(keyring: Keyring, tmp_path: Path, changed: dict[str, Any]) -> None:
    lookup = answer(keyring, claims(), **changed)
    assert refusal(key_file(tmp_path, vault=keyring.jwks()), lookup) == "release-differs"


@pytest.mark.parametrize("wrong", [{"number": "\x1b[2J"}, {"number": 5}, {"exp": "later"}, {"exp": True}])
def test_ill_formed_claims_are_refused(keyring: Keyring, tmp_path: Path, wrong: dict[str, Any]) -> None:
    lookup = answer(keyring, claims(**wrong))
    assert refusal(key_file(tmp_path, vault=keyring.jwks()), lookup) == "release-differs"


def test_a_deny_and_other_things_hold_no_release(keyring: Keyring, tmp_path: Path) -> None:
    key = key_file(tmp_path, vault=keyring.jwks())
    for lookup in ({"verdict": "deny"}, {}, {"release": "x"}, {"release": {"format": "jwe"}}):
        assert refusal(key, lookup) == "no-release"
    with pytest.raises(ConsentryError):
        command(key, None, io.StringIO("not json"), io.StringIO(), 0)
    with pytest.raises(ConsentryError):
        command(tmp_path / "none", None, io.StringIO("{}"), io.StringIO(), 0)


@pytest.mark.parametrize(("lookup", "said"), [
    ({"verdict": "deny", "state": "not-eligible"}, "is a deny (not-eligible)"),
    ({"verdict": "deny", "state": "\x1b[2J"}, "is a deny (no state)"),
    ({"code": "token-unknown", "status": 401}, "a problem (token-unknown)"),
    ({"verdict": "permit", "message": {}}, "holds no release"),
])
def test_what_came_in_the_place_of_a_release_is_said(
    keyring: Keyring, tmp_path: Path, lookup: dict[str, Any], said: str,
) -> None:
    with pytest.raises(ConsentryError) as refused:
        open_release(lookup, {}, keyring.jwks(), 0)
    assert said in refused.value.detail


def test_another_collectors_key_does_not_open_it(keyring: Keyring) -> None:
    with pytest.raises(ConsentryError) as refused:
        open_release(answer(keyring, claims()), ECKey.generate_key("P-256").as_dict(private=True), keyring.jwks(), 0)
    assert refused.value.code == "jwe-refused"


def test_a_receipt_in_the_place_of_a_release_is_refused(keyring: Keyring) -> None:
    token = jose.encrypt(keyring.sign_jws(jose.RECEIPT, claims()), COLLECTOR.as_dict(private=False), content="JWT")
    with pytest.raises(ConsentryError) as refused:
        open_release({**answer(keyring, claims()), "release": {"format": "jwe", "jwe": token}},
                     COLLECTOR.as_dict(private=True), keyring.jwks(), 0)
    assert refused.value.code == "signature-refused"
