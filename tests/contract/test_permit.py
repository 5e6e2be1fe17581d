"""What a permit carries: obligations, the proof, the number for one key only."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

from tests.contract import proofs
from tests.contract.client import ID, World, later, run, when

Step = dict[str, Any]


def _protected(token: str) -> Step:
    return dict(json.loads(proofs.unbase64url(token.partition(".")[0])))


def _open(world: World, token: str) -> str:
    key = ECKey.import_key(json.loads(Path(world.card["collector_jwk"]).read_text()))
    return str(jwe.decrypt_compact(token, key, algorithms=["ECDH-ES", "A256GCM"]).plaintext, "ascii")


def test_a_permit_has_the_documented_members_and_no_more(permit: Step) -> None:
    assert set(permit) == {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "release"}
    assert ID.match(permit["lookup"])
    assert when(permit["expires_at"])
    assert set(permit["release"]) == {"format", "jwe"}
    assert permit["release"]["format"] == "jwe"


def test_a_permit_says_when_to_call_how_often_and_what_to_say(permit: Step) -> None:
    told = permit["obligations"]
    assert set(told) == {"call_between", "time_zone", "max_calls", "script", "script_sha256", "outcome_by"}
    assert len(told["call_between"]) == 2
    assert all(re.match(r"([01]\d|2[0-4]):[0-5]\d\Z", hour) for hour in told["call_between"])
    assert told["time_zone"] == "Asia/Shanghai"
    assert told["max_calls"] >= 1
    assert told["script_sha256"] == hashlib.sha256(told["script"].encode()).hexdigest()
    assert when(told["outcome_by"]) > when(permit["expires_at"])


def test_the_release_is_a_jwe_with_exactly_the_documented_header(world: World, permit: Step) -> None:
    header = _protected(permit["release"]["jwe"])
    assert set(header) == {"alg", "enc", "kid", "epk", "typ", "cty"}
    assert {name: header[name] for name in ("alg", "enc", "typ", "cty")} == {
        "alg": "ECDH-ES", "enc": "A256GCM", "typ": "JWE", "cty": "JWT"}
    assert set(header["epk"]) == {"kty", "crv", "x", "y"}
    jwk = json.loads(Path(world.card["collector_jwk"]).read_text())
    thumb = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    digest = hashlib.sha256(thumb.encode()).digest()
    assert proofs.unbase64url(header["kid"]) == digest
    assert jwk["kid"] == header["kid"]
    assert "vault" in jwk
    assert permit["release"]["jwe"].split(".")[1] == ""


def test_the_release_holds_a_jws_of_the_vault_with_the_number_and_the_documented_claims(
    world: World, permit: Step
) -> None:
    keys = world.ask("GET", "/v1/keys").json["keys"]
    header, claims = proofs.jws(_open(world, permit["release"]["jwe"]), keys)
    assert set(header) == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("EdDSA", "consentry-release+jwt")
    assert set(claims) == {"iss", "aud", "sub", "jti", "iat", "exp", "log_index", "agent", "number", "name"}
    person = world.people["unreachable"]
    want = {"iss": world.card["log"]["origin"], "aud": world.card["parties"]["agency"], "sub": person["account"],
            "jti": permit["lookup"], "log_index": permit["log_index"], "agent": world.card["agent"],
            "number": person["contact_number"]}
    assert {name: claims[name] for name in want} == want
    assert claims["exp"] == int(when(permit["expires_at"]).timestamp())
    assert claims["iat"] < claims["exp"]


def test_the_keys_of_the_vault_are_one_for_signing_one_for_sealing_and_neither_is_the_logs(world: World) -> None:
    answer = world.ask("GET", "/v1/keys")
    keys = answer.json["keys"]
    assert {(key["use"], key["kty"], key["crv"]) for key in keys} == {
        ("sig", "OKP", "Ed25519"), ("enc", "EC", "P-256")}
    assert not any("d" in key for key in keys)
    assert keys == world.card["vault_jwks"]["keys"]
    log = proofs.base64.b64decode(world.key.split("+", 2)[2])[1:]
    assert log not in [proofs.unbase64url(key["x"]) for key in keys]


def test_the_number_is_nowhere_in_clear_in_the_answer(world: World, permit: Step) -> None:
    digits = world.people["unreachable"]["contact_number"].lstrip("+")
    assert digits not in json.dumps(permit)
    assert digits[2:] not in json.dumps(permit)


def test_open_prints_the_number_and_nothing_else(world: World, permit: Step) -> None:
    done = run("open", "--key", world.card["collector_jwk"], stdin=json.dumps(permit))
    assert (done.returncode, done.stdout) == (0, world.people["unreachable"]["contact_number"] + "\n")


def test_open_needs_the_vaults_key_pinned_or_given(world: World, permit: Step, tmp_path: Path) -> None:
    jwk = json.loads(Path(world.card["collector_jwk"]).read_text())
    del jwk["vault"]
    bare, keys = tmp_path / "bare.jwk", tmp_path / "vault.jwks"
    bare.write_text(json.dumps(jwk))
    keys.write_text(json.dumps(world.card["vault_jwks"]))
    refused = run("open", "--key", str(bare), stdin=json.dumps(permit))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--vault-keys" in refused.stderr
    given = run("open", "--key", str(bare), "--vault-keys", str(keys), stdin=json.dumps(permit))
    assert given.stdout.strip() == world.people["unreachable"]["contact_number"]


def test_every_verdict_is_in_the_log_before_the_answer_and_proved(
    world: World, first_answers: dict[str, Step]
) -> None:
    for answer in first_answers.values():
        found = world.ask("GET", f"/v1/audit/lookups/{answer['lookup']}", who="auditor").json
        index = proofs.included(answer["proof"], proofs.canonical(found["entry"]), world.key)
        assert index == answer["log_index"] == found["index"]
        assert proofs.included(found["proof"], proofs.canonical(found["entry"]), world.key) == index
        assert found["entry"]["body"]["verdict"] == answer["verdict"]


def test_the_auditor_reads_facts_reasons_and_a_replay_that_agrees(world: World, permit: Step) -> None:
    found = world.ask("GET", f"/v1/audit/lookups/{permit['lookup']}", who="auditor").json
    assert {"facts", "reasons", "replay", "proof"} <= set(found)
    assert found["reasons"] == []
    assert found["replay"]
    listed = world.ask("GET", f"/v1/audit/lookups?account={world.people['unreachable']['account']}", who="auditor")
    assert permit["lookup"] in [row["lookup"] for row in listed.json["items"]]


def test_the_collector_reads_its_lookup_again_without_the_number(world: World, permit: Step) -> None:
    path = f"/v1/lookups/{permit['lookup']}"
    again = world.ask("GET", path, who="collector")
    assert again.status == 200
    assert again.json["verdict"] == "permit"
    assert "release" not in again.json
    assert world.ask("GET", path, who="rival_collector").status == 404


def test_an_outcome_is_reported_only_by_whom_the_number_was_given(world: World, permit: Step) -> None:
    path = f"/v1/lookups/{permit['lookup']}/outcomes"
    body = {"outcome": "no-answer", "at": later(world.now()), "agent": world.card["agent"]}
    done = world.ask("POST", path, body, who="collector", key=True)
    assert done.status == 201
    assert set(done.json) >= {"outcome", "log_index"}
    again = world.ask("POST", path, {**body, "outcome": "will-relay"}, who="collector", key=True)
    assert again.status == 201
    assert world.ask("POST", path, body, who="rival_collector", key=True).status == 404
    assert world.ask("POST", path, body, who="collector").code == "idempotency-key-missing"
    assert world.ask("POST", path, {**body, "outcome": "shouted"}, who="collector", key=True).status == 422
