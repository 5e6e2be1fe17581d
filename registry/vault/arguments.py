"""Shapes of the ops' arguments. Unknown members are refused; personal values are checked again here."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from registry.errors import MalformedError
from registry.model.catalogue.calls import BROKERED
from registry.model.catalogue.persons import AGREEMENT_ENDED, ASSIGNED, BORROWER_KEPT, CONTACT_KEPT
from registry.model.catalogue.renewals import RENEW_BORROWER, RENEW_CONTACT
from registry.model.catalogue.terms import CONSENT_CODE, SIGN_IN_CODE, TOLD_CONSENT, TOLD_PASSKEY
from registry.model.entries import ROLES, Actor
from registry.model.ids import check_id
from registry.model.names import MAX_NAME, check_name
from registry.model.registering import LONGEST_SEALED
from registry.model.shapes import (
    B64URL,
    ID_SHAPE,
    STAFF_CODE,
    Optional,
    Shape,
    fail,
    integer,
    listing,
    struct,
    text,
    words,
)
from registry.model.times import parse_rfc3339

Args = dict[str, Any]

MAX_ADDRESS = 500


def _anything(value: object, pointer: str) -> None:
    """Takes every JSON value: what it is stays the caller's business."""


def _check_person(value: object, pointer: str) -> None:
    try:
        check_name(value)
    except MalformedError as error:
        raise fail(pointer, f"a name of 1 to {MAX_NAME} characters in NFC, on one line") from error


def _or_sealed(clear: Shape) -> Shape:
    """A value in clear, or `{jwe}` to the vault in its place."""
    def check(value: object, pointer: str) -> None:
        sealed = isinstance(value, dict) and "jwe" in value
        (SEALED if sealed else clear).check(value, pointer)

    return Shape(f"{clear.name} or {SEALED.name}", check)


def _check_instant(value: object, pointer: str) -> None:
    try:
        if isinstance(value, str):
            parse_rfc3339(value)
            return
    except MalformedError as error:
        raise fail(pointer, "an RFC 3339 time with an offset") from error
    raise fail(pointer, "an RFC 3339 time with an offset")


def _check_object(value: object, pointer: str) -> None:
    if not isinstance(value, dict):
        raise fail(pointer, "an object")


def _check_blobs(value: object, pointer: str) -> None:
    """Sealed values by name, base64."""
    if not isinstance(value, dict) or len(value) > 64:
        raise fail(pointer, "an object of sealed values by name")
    for name, one in value.items():
        B64.check(one, f"{pointer}/{name}")


def _check_contact_blobs(value: object, pointer: str) -> None:
    """Sealed values of contacts, by contact id."""
    if not isinstance(value, dict) or len(value) > 64:
        raise fail(pointer, "an object of sealed values by contact")
    for subject, blobs in value.items():
        ID_SHAPE.check(subject, f"{pointer}/{subject}")
        _check_blobs(blobs, f"{pointer}/{subject}")


ANYTHING = Shape("anything", _anything)
OBJECT = Shape("object", _check_object)
PERSON_NAME = Shape("name of a person", _check_person)
INSTANT = Shape("RFC 3339 time", _check_instant)
B64 = text(rf"[A-Za-z0-9+/]{{1,{LONGEST_SEALED // 3 * 4}}}={{0,2}}", "base64")
BLOBS = Shape("sealed values", _check_blobs)
CONTACT_BLOBS = Shape("sealed values by contact", _check_contact_blobs)
JWE = text(r"[A-Za-z0-9_.-]{1,24000}", "compact JWE")
TICKET = text(r"[!-~]{1,2048}", "a ticket")
PLAIN_ADDRESS = text(rf"(?s:.{{1,{MAX_ADDRESS}}})", "address")
BY = struct({"role": words(*sorted(ROLES - {"vault"})), "id": Optional(ID_SHAPE)})
BY_PARTY = struct({"role": words("lender", "agency", "officer", "auditor"), "id": ID_SHAPE})
IDEM = struct({
    "scope": text(r"[ -~]{1,300}", "scope"), "key": text(r"[A-Za-z0-9_-]{1,64}", "idempotency key"),
    "request": ANYTHING,
})
FULL_NAME = struct({"given": PERSON_NAME, "family": Optional(PERSON_NAME)})
SEALED = struct({"jwe": JWE})
VISITORS = listing(STAFF_CODE, 8, 1)
CALLER_LINE = _or_sealed(PLAIN_ADDRESS)
BORROWER_NAME, CONTACT_NAME = _or_sealed(FULL_NAME), _or_sealed(PERSON_NAME)
THROUGH = words("link", "reply", "portal", "lender", "agency")
SIGNATURE = struct({"by": words("courier"), "alg": words("Ed25519"), "sig": B64URL})
INDEX = integer(0, 2**53 - 1)
TEMPLATE = words(
    "contact-listed", "contact-invitation", "borrower-notice", "use-borrower", "use-contact",
    "relayed-message", BROKERED, SIGN_IN_CODE, CONSENT_CODE, TOLD_CONSENT, TOLD_PASSKEY, RENEW_CONTACT,
    RENEW_BORROWER, ASSIGNED, AGREEMENT_ENDED, BORROWER_KEPT, CONTACT_KEPT,
)
MANY_IDS = listing(ID_SHAPE, 64)


def actor_of(value: dict[str, str]) -> Actor:
    """The actor in an op's `by`, whose shape was checked."""
    return Actor(value["role"], check_id(value["id"]) if "id" in value else None)


def bytes_of(value: str) -> bytes:
    """Decoded base64. Raises MalformedError."""
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise MalformedError("a sealed value is base64") from error


def base64_of(data: bytes) -> str:
    """Standard base64, padded."""
    return base64.b64encode(data).decode("ascii")
