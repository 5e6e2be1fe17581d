"""Whatever a stranger sends as a passkey's answer is refused in one way, and nothing else ever happens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import MalformedError, UnauthorizedError
from registry.jose import b64url, from_b64url
from registry.policy.passkeys import Passkey
from registry.vault import passkeys
from tests.authenticator import ORIGIN, RP_ID, Authenticator
from tests.deep import examples

DEVICE = Authenticator()
PASSKEY = Passkey("a" * 32, "borrower", "b" * 32, DEVICE.id, DEVICE.public_key, RP_ID, ORIGIN, 0)
CHALLENGE = bytes(32)
RIGHT, MADE = DEVICE.get(b64url(CHALLENGE)), DEVICE.create(b64url(CHALLENGE))
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=60).map(b64url)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "attestationObject",
                     "signature", "challenge"]), inner, max_size=4), max_leaves=8)


def bent(answer: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An answer with one member of its response replaced by bytes, cut, or bent in one bit."""
    @st.composite
    def one(draw: st.DrawFn) -> dict[str, Any]:
        members = {"clientDataJSON", "authenticatorData", "attestationObject", "signature"} & set(answer["response"])
        name = draw(st.sampled_from(sorted(members)))
        raw = from_b64url(answer["response"][name])
        place = draw(st.integers(0, len(raw) - 1))
        flipped = raw[:place] + bytes([raw[place] ^ (1 << draw(st.integers(0, 7)))]) + raw[place + 1:]
        other = draw(st.sampled_from([flipped, raw[:place], raw + b"\0"]) | st.binary(max_size=80))
        return {**answer, "response": {**answer["response"], name: b64url(other)}}

    return one()


@given(st.dictionaries(st.sampled_from(["id", "type", "response", "rawId"]), JSON, max_size=4) | bent(RIGHT))
@settings(max_examples=examples(300))
def test_no_strange_assertion_holds_and_none_raises_anything_else(assertion: dict[str, Any]) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        passkeys.check(PASSKEY, passkeys.proof_of(PASSKEY, assertion), CHALLENGE)
    assert caught.value.code == "passkey-refused"
    with suppress(UnauthorizedError):
        assert isinstance(passkeys.answered(assertion), str)


@given(st.dictionaries(st.sampled_from(["id", "type", "response", "rawId"]), JSON, max_size=4))
@settings(max_examples=examples(200))
def test_no_strange_attestation_makes_a_passkey(attestation: dict[str, Any]) -> None:
    with pytest.raises(UnauthorizedError):
        passkeys.registered(attestation, CHALLENGE, RP_ID, ORIGIN)


@given(bent(MADE))
@settings(max_examples=examples(200))
def test_a_bent_attestation_is_refused_or_makes_a_key_that_can_be_used(attestation: dict[str, Any]) -> None:
    """An attestation of nobody is signed by nobody: another credential id or key in it is another passkey."""
    with suppress(UnauthorizedError, MalformedError):
        made = passkeys.registered(attestation, CHALLENGE, RP_ID, ORIGIN)
        assert set(made) == {"credential", "public_key"}
        passkeys.check_key(made["public_key"])


@given(st.binary(max_size=120))
def test_no_strange_bytes_are_a_key(data: bytes) -> None:
    with pytest.raises(MalformedError):
        passkeys.check_key(b64url(data))


def test_what_is_right_holds() -> None:
    passkeys.check(PASSKEY, passkeys.proof_of(PASSKEY, RIGHT), CHALLENGE)
    made = passkeys.registered(MADE, CHALLENGE, RP_ID, ORIGIN)
    assert made == {"credential": DEVICE.id, "public_key": DEVICE.public_key}
