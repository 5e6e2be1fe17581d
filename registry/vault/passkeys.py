"""Passkeys (WebAuthn level 3): what an authenticator signed, verified against the entry that made its key known.

Pure: the offline audit runs it too. Whatever is wrong gets one answer. A signature counter is not looked at: passkeys
that are copied between their owner's devices have none (docs/adr/0011).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import AttestationFormat
from webauthn.registration.verify_registration_response import VerifiedRegistration

from registry.errors import MalformedError, UnauthorizedError
from registry.jose import b64url, from_b64url
from registry.model.entries import act_challenge
from registry.policy import Directory, Passkey

# The two that every authenticator of today can do; the others are larger, older or not yet common.
ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA]
SIGNED = ("client_data", "authenticator_data", "sig")


def proof_of(passkey: Passkey, assertion: Mapping[str, Any]) -> dict[str, str]:
    """The element of `auth` for what a browser answered (`PublicKeyCredential.toJSON()`). Checks nothing but shape.

    Raises UnauthorizedError `passkey-refused`.
    """
    response = assertion.get("response")
    if not isinstance(response, dict):
        raise refused()
    members = ("clientDataJSON", "authenticatorData", "signature")
    signed = {name: response.get(member) for name, member in zip(SIGNED, members, strict=True)}
    if not all(isinstance(one, str) for one in signed.values()):
        raise refused()
    who = "borrower" if passkey.role == "borrower" else "officer"
    return {who: passkey.subject, "alg": "webauthn", "passkey": passkey.id, **{k: str(v) for k, v in signed.items()}}


def named(directory: Directory, assertion: Mapping[str, Any]) -> Passkey | None:
    """The passkey that a browser's answer names; None for one that is not known."""
    credential = assertion.get("id")
    return directory.passkeys.of_credential(credential) if isinstance(credential, str) else None


def answered(assertion: Mapping[str, Any]) -> str:
    """The challenge that a browser's answer says it signed, in base64url. Raises UnauthorizedError."""
    try:
        said = json.loads(from_b64url(assertion["response"]["clientDataJSON"]))["challenge"]
    except Exception as error:
        raise refused() from error
    if not isinstance(said, str):
        raise refused()
    return said


def check(passkey: Passkey, signed: Mapping[str, Any], challenge: bytes) -> None:
    """Returns if the passkey signed this challenge, for this site, after it had verified its user.

    `signed`: client_data, authenticator_data, sig in base64url. Raises UnauthorizedError `passkey-refused`.
    """
    try:
        client_data, authenticator_data, sig = (from_b64url(signed[name]) for name in SIGNED)
        _check_client_data(client_data)
        verify_authentication_response(
            credential={
                "id": passkey.credential, "rawId": passkey.credential, "type": "public-key",
                "response": {
                    "clientDataJSON": b64url(client_data), "authenticatorData": b64url(authenticator_data),
                    "signature": b64url(sig),
                },
            },
            expected_challenge=challenge, expected_rp_id=passkey.rp_id, expected_origin=passkey.origin,
            credential_public_key=from_b64url(passkey.public_key), credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # a stranger's bytes: whatever the library says of them, they are refused
        raise refused() from error


def check_act(passkey: Passkey, signed: Mapping[str, Any], to_sign: bytes) -> None:
    """Returns if the passkey signed this very act. Raises UnauthorizedError `passkey-refused`."""
    check(passkey, signed, act_challenge(to_sign))


def registered(attestation: Mapping[str, Any], challenge: bytes, rp_id: str, origin: str) -> dict[str, str]:
    """{credential, public_key} of a new passkey, made for this site by an authenticator that verified its user.

    Who made the authenticator is not asked, and no certificate of his is read. Raises UnauthorizedError
    `passkey-refused`.
    """
    try:
        _check_client_data(from_b64url(attestation["response"]["clientDataJSON"]))
        _check_unattested(from_b64url(attestation["response"]["attestationObject"]))
        made: VerifiedRegistration = verify_registration_response(
            credential=dict(attestation), expected_challenge=challenge, expected_rp_id=rp_id, expected_origin=origin,
            require_user_verification=True, supported_pub_key_algs=ALGORITHMS,
        )
    except Exception as error:
        raise refused() from error
    found = {"credential": b64url(made.credential_id), "public_key": b64url(made.credential_public_key)}
    check_key(found["public_key"])
    return found


def check_key(public_key: str) -> None:
    """Raises MalformedError unless this is a COSE key by which an assertion can be checked."""
    try:
        decoded = decode_credential_public_key(from_b64url(public_key))
        decoded_public_key_to_cryptography(decoded)
        known = decoded.alg in ALGORITHMS
    except Exception as error:
        raise MalformedError("not a public key in COSE form", code="passkey-key") from error
    if not known:
        raise MalformedError("a passkey signs with ES256 or EdDSA", code="passkey-key")


def refused() -> UnauthorizedError:
    """The one answer to every assertion that does not hold."""
    return UnauthorizedError("this passkey was not accepted: try again, or sign in another way",
                             code="passkey-refused")


def _check_unattested(attestation_object: bytes) -> None:
    # Browsers that are asked for none leave a statement of none, or one by the new key itself (level 3, 5.1.3).
    made = parse_attestation_object(attestation_object)
    by_itself = made.fmt == AttestationFormat.PACKED and not made.att_stmt.x5c
    if made.fmt != AttestationFormat.NONE and not by_itself:
        raise ValueError("a maker's statement, which was not asked for")


def _check_client_data(client_data: bytes) -> None:
    # A page of another site that shows ours in a frame must not sign for it (WebAuthn level 3, 7.2 step 14).
    said = json.loads(client_data)
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise ValueError("asked for in a frame of another origin")
