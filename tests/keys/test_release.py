"""The release and what else leaves signed or encrypted: to the letter of CONTRACT section 1."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from registry import jose
from registry.errors import MalformedError
from registry.tlog import note
from registry.vault.keys.keyring import Keyring

from .conftest import NUMBER, ORIGIN

CLAIMS = {"iss": ORIGIN, "aud": "a1" * 16, "sub": "a2" * 16, "jti": "a3" * 16, "iat": 1_800_000_000,
          "exp": 1_800_003_600, "log_index": 41, "agent": "A-17", "number": NUMBER, "name": "王 Example"}
COLLECTOR = ECKey.generate_key("P-256")
PRIVATE = COLLECTOR.as_dict(private=True)
PUBLIC = COLLECTOR.as_dict(private=False)


def header_of(token: str) -> dict[str, Any]:
    return json.loads(jose.from_b64url(token.partition(".")[0]))


def test_the_protected_header_of_a_release_has_exactly_the_members_agreed(keyring: Keyring) -> None:
    token = keyring.release(CLAIMS, PUBLIC)
    header = header_of(token)
    epk = header.pop("epk")
    assert header == {"alg": "ECDH-ES", "enc": "A256GCM", "kid": COLLECTOR.thumbprint(), "typ": "JWE", "cty": "JWT"}
    assert set(epk) == {"kty", "crv", "x", "y"}
    assert (epk["kty"], epk["crv"]) == ("EC", "P-256")
    assert token.split(".")[1] == "", "ECDH-ES agrees on the content key itself"


def test_inside_is_a_jws_by_the_vaults_key_with_exactly_the_claims(keyring: Keyring) -> None:
    token = jose.decrypt(keyring.release(CLAIMS, PUBLIC), jose.p256_key(PRIVATE)).decode()
    sig = keyring.jwks()["keys"][0]
    assert header_of(token) == {"alg": "EdDSA", "kid": sig["kid"], "typ": "consentry-release+jwt"}
    assert jose.verify_jws(token, jose.RELEASE, keyring.jwks()) == CLAIMS
    assert jose.verify_jws(token, jose.RELEASE, sig) == CLAIMS


def test_each_release_has_a_fresh_ephemeral_key(keyring: Keyring) -> None:
    keys = {header_of(keyring.release(CLAIMS, PUBLIC))["epk"]["x"] for _ in range(20)}
    assert len(keys) == 20


def test_the_name_of_the_recipients_key_is_computed_and_not_taken_from_the_jwk(keyring: Keyring) -> None:
    token = keyring.release(CLAIMS, {**PUBLIC, "kid": "somebody-else", "alg": "ECDH-ES+A256KW", "use": "sig"})
    assert header_of(token)["kid"] == COLLECTOR.thumbprint()


def test_no_other_key_opens_a_release(keyring: Keyring) -> None:
    token = keyring.release(CLAIMS, PUBLIC)
    for key in (ECKey.generate_key("P-256"), ECKey.import_key(keyring._keys.enc)):
        with pytest.raises(MalformedError) as refused:
            jose.decrypt(token, key)
        assert refused.value.code == "jwe-refused"


@pytest.mark.parametrize("jwk", [
    {}, {"kty": "EC"}, {**PUBLIC, "crv": "P-384"}, {**PUBLIC, "x": PUBLIC["y"]}, {**PUBLIC, "kty": "OKP"},
    {**PUBLIC, "x": ""}, ECKey.generate_key("P-384").as_dict(private=False), {**PUBLIC, "x": 5},
    ECKey.generate_key("secp256k1").as_dict(private=False), OKPKey.generate_key("X25519").as_dict(private=False),
])
def test_a_recipients_key_lies_on_p_256(keyring: Keyring, jwk: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as refused:
        keyring.release(CLAIMS, jwk)
    assert refused.value.code == "key-refused"


def test_public_keys_are_named_used_and_public(keyring: Keyring) -> None:
    sig, enc = keyring.jwks()["keys"]
    assert (sig["use"], sig["alg"], sig["crv"]) == ("sig", "EdDSA", "Ed25519")
    assert (enc["use"], enc["alg"], enc["crv"]) == ("enc", "ECDH-ES", "P-256")
    for jwk in (sig, enc):
        assert "d" not in jwk
        assert jwk["kid"] == jose.thumbprint(jwk)
    public = keyring.public()
    assert public == {"log_key": keyring.vkey, "vault_sig": sig["x"],
                      "vault_enc": {name: enc[name] for name in ("kty", "crv", "x", "y")}}


def test_the_log_key_is_none_of_the_public_ones_and_signs_what_its_verifier_key_verifies(keyring: Keyring) -> None:
    signer = keyring.log_signer
    assert signer.name == ORIGIN
    assert jose.b64url(signer.public_key()) != keyring.public()["vault_sig"]
    Ed25519PublicKey.from_public_bytes(signer.public_key()).verify(signer.sign(b"text\n"), b"text\n")
    verifier = note.parse_verifier(keyring.vkey)
    assert verifier.name == ORIGIN
    assert verifier.verifies(b"text\n", signer.sign(b"text\n"))


def test_a_receipt_is_no_release(keyring: Keyring) -> None:
    receipt = keyring.sign_jws(jose.RECEIPT, {"act": "withdrawn"})
    assert jose.verify_jws(receipt, jose.RECEIPT, keyring.jwks()) == {"act": "withdrawn"}
    with pytest.raises(MalformedError):
        jose.verify_jws(receipt, jose.RELEASE, keyring.jwks())


def test_a_changed_or_foreign_signature_is_refused(keyring: Keyring) -> None:
    token = keyring.sign_jws(jose.RELEASE, CLAIMS)
    head, body, signature = token.split(".")
    other = OKPKey.generate_key("Ed25519").as_dict(private=False)
    kid = keyring.jwks()["keys"][0]["kid"]
    none = jose.b64url(json.dumps({"alg": "none", "kid": kid, "typ": jose.RELEASE}).encode())
    crit = jose.b64url(json.dumps({"alg": "EdDSA", "kid": kid, "typ": jose.RELEASE, "crit": ["b64"]}).encode())
    longer = jose.b64url(json.dumps({**CLAIMS, "log_index": 42}).encode())
    for wrong in (f"{head}.{longer}.{signature}", f"{none}.{body}.", f"{none}.{body}.{signature}", f"{head}.{body}.",
                  f"{crit}.{body}.{signature}", f"{head}.{body}", token + "=", token + ".", "", "..", "a.b.c"):
        with pytest.raises(MalformedError):
            jose.verify_jws(wrong, jose.RELEASE, keyring.jwks())
    for keys in ({"keys": []}, {"keys": [other]}, other, {}, {**other, "kid": kid}, {"keys": "x"}, {"keys": [None]}):
        with pytest.raises(MalformedError) as refused:
            jose.verify_jws(token, jose.RELEASE, keys)
        assert refused.value.code == "signature-refused"


def deposit(keyring: Keyring, text: str, **header: str) -> str:
    key = ECKey.import_key(keyring.jwks()["keys"][1])
    members = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": keyring.jwks()["keys"][1]["kid"], **header}
    return jwe.encrypt_compact(members, text, key, algorithms=[*members.values()])


def test_a_deposit_to_the_vaults_key_is_opened(keyring: Keyring) -> None:
    assert keyring.open_deposit(deposit(keyring, NUMBER)) == NUMBER
    assert keyring.open_deposit(jose.encrypt(NUMBER, keyring.jwks()["keys"][1])) == NUMBER


def test_every_other_deposit_is_refused_by_what_anybody_can_read_in_it(keyring: Keyring) -> None:
    good = deposit(keyring, NUMBER)
    header = jose.b64url(json.dumps(["alg", "ECDH-ES"]).encode())
    critical = {"alg": "ECDH-ES", "enc": "A256GCM", "crit": ["exp"], "exp": 1}
    for token, said in (
        ("", "five parts"), (good + ".", "five parts"), (good.replace(".", "", 1), "five parts"),
        ("....", "header"), ("ü" * 50 + "....", "header"), ("\ud800....", "header"), (f"{header}....", "header"),
        (jose.encrypt(NUMBER, PUBLIC), "another key"), (deposit(keyring, NUMBER, kid="other"), "another key"),
        (deposit(keyring, NUMBER, alg="ECDH-ES+A256KW"), "alg must be ECDH-ES"),
        (deposit(keyring, NUMBER, enc="A128GCM"), "enc A256GCM"),
        (deposit(keyring, "1" * 5000, zip="DEF"), "compressed"),
        (".".join([jose.b64url(json.dumps(critical).encode()), *good.split(".")[1:]]), "critical"),
        (deposit(keyring, "1" * 17000), "longer"),
    ):
        with pytest.raises(MalformedError, match=said) as refused:
            keyring.open_deposit(token)
        assert refused.value.code == "deposit-refused"


def test_what_only_the_key_could_tell_has_one_answer(keyring: Keyring) -> None:
    enc = keyring.jwks()["keys"][1]
    good, other = deposit(keyring, NUMBER), deposit(keyring, NUMBER)
    nameless = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, NUMBER, ECKey.import_key(PUBLIC),
                                   algorithms=["ECDH-ES", "A256GCM"])
    off_curve = json.loads(jose.from_b64url(good.partition(".")[0]))
    off_curve["epk"]["x"] = jose.b64url(bytes(32))
    answers = set()
    for token in (
        good[:-2], good + "A", nameless, jose.encrypt(b"\xff\xfe", enc),
        ".".join([*good.split(".")[:3], other.split(".")[3], good.split(".")[4]]),
        ".".join([jose.b64url(json.dumps(off_curve).encode()), *good.split(".")[1:]]),
    ):
        with pytest.raises(MalformedError) as refused:
            keyring.open_deposit(token)
        answers.add((refused.value.code, refused.value.detail))
    assert len(answers) == 1


FIVE_PARTS = st.lists(st.binary(max_size=30), min_size=5, max_size=5).map(
    lambda parts: ".".join(jose.b64url(part) for part in parts))
HEADERS = st.dictionaries(st.sampled_from(["alg", "enc", "epk", "kid", "zip", "crit", "typ"]), st.one_of(
    st.sampled_from(["ECDH-ES", "A256GCM", "DEF", "dir"]), st.none(), st.integers(), st.just(PUBLIC),
    st.just({**PUBLIC, "x": "AA"}), st.lists(st.text(max_size=3), max_size=2)), max_size=7)
STRANGE_HEADERS = HEADERS.map(lambda header: ".".join(
    jose.b64url(part) for part in (json.dumps(header).encode(), b"", bytes(12), b"abc", bytes(16))))


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=80), FIVE_PARTS, STRANGE_HEADERS))
def test_garbage_in_the_place_of_a_jwe_is_refused_and_nothing_else_happens(token: str) -> None:
    with pytest.raises(MalformedError):
        jose.decrypt(token, COLLECTOR)


@given(st.text(max_size=200))
def test_garbage_in_the_place_of_a_jws_is_refused_and_nothing_else_happens(token: str) -> None:
    with pytest.raises(MalformedError):
        jose.verify_jws(token, jose.RELEASE, PUBLIC)


def test_base64url_has_one_spelling() -> None:
    assert jose.from_b64url("AA") == b"\0"
    for wrong in ("AB", "AA==", "A", "AA\n", "A A", "+/", "ÄÄ"):
        with pytest.raises(MalformedError):
            jose.from_b64url(wrong)
