"""What is encrypted to a collector's key: by the standard's own example, and opened by a library that is not ours."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from registry import jose

# RFC 7518 appendix C: Alice's ephemeral key and Bob's, and what they agree upon.
ALICE = {"kty": "EC", "crv": "P-256", "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
         "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps", "d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"}
BOB = {"kty": "EC", "crv": "P-256", "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
       "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck", "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}
AGREED = "VqqN6vgjbSBcIijNcacQGg"


def test_the_agreed_key_is_that_of_the_standards_example() -> None:
    alice = jose.p256_key(ALICE).private_key
    assert alice is not None
    secret = alice.exchange(ec.ECDH(), jose.p256_key(BOB).public_key)
    assert jose.b64url(jose.agreed_key(secret, b"A128GCM", b"Alice", b"Bob", 128)) == AGREED


def test_each_token_opens_with_the_recipients_key_and_no_two_are_alike() -> None:
    key = ECKey.generate_key("P-256", auto_kid=False)
    tokens = [jose.encrypt("+49 30 1", key.as_dict(private=False), content="JWT") for _ in range(20)]
    assert {jose.decrypt(one, key) for one in tokens} == {b"+49 30 1"}
    for part in (0, 2, 3, 4):
        assert len({one.split(".")[part] for one in tokens}) == len(tokens)
    header = json.loads(jose.from_b64url(tokens[0].split(".")[0]))
    assert set(header) == {"alg", "enc", "kid", "typ", "cty", "epk"}
    assert header["kid"] == key.thumbprint()
    assert set(header["epk"]) == {"kty", "crv", "x", "y"}
