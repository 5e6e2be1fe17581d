"""One record of the API (a borrower, a channel, a contact) with every personal value sealed.

What is sealed is what the vault would have made of it: a number in E.164, a mail address in lower case, a name in
NFC; padded with spaces, which mean nothing, so that the length of a JWE tells little.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import MalformedError
from registry.model.catalogue.terms import LANGUAGES, MEDIUM, USE
from registry.model.names import check_name
from registry.model.numbers import parse_email, parse_number
from registry.model.shapes import REGION, ZONE, Shape, integer, text, words

Record = dict[str, Any]

BLOCK = 64  # bytes
MOST_CHANNELS = 10
MAX_ADDRESS = 500  # characters
TELLING_DIGITS = 8  # so many last digits of a number are as good as the number
# Members that stay as they are. Whatever else a record holds could be personal, and is refused.
CLEAR: Mapping[str, Shape] = {
    "ref": text(r"[^\x00-\x1f\x7f]{1,128}", "a ref of 1 to 128 characters"), "residence": REGION, "time_zone": ZONE,
    "languages": LANGUAGES, "rank": integer(1, 5), "medium": MEDIUM, "use": USE,
    "relation": words("parent", "spouse", "sibling", "friend", "colleague", "other"),
    "jwe": text(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}", "a compact JWE"),
}
KNOWN = frozenset(CLEAR) | {"name", "number", "value", "channels"}
CHANNEL = frozenset({"medium", "value", "jwe", "use"})


@dataclass(frozen=True, slots=True)
class Sealer:
    """`encrypt` makes a JWE of a text; `region` (ISO 3166) reads national spellings where a record names none;
    `keep`: members of the caller's own that stay in clear."""

    encrypt: Callable[[str], str]
    region: str | None = None
    keep: Collection[str] = ()

    def sealed(self, record: Record) -> Record:
        """The record with `jwe` members. Raises MalformedError: pointer and reason, never a value."""
        secrets: list[str] = []
        made = self._object(record, "", record.get("residence"), secrets)
        _check_clear(made, secrets, self.keep)
        return made

    def _object(self, record: Record, place: str, residence: object, secrets: list[str]) -> Record:
        made: Record = {}
        for member, value in record.items():
            if member in ("value", "number"):
                address = self._address(record, member, place, residence)
                secrets.append(address)
                made["jwe"] = self._padded(address)
            elif member == "name" and not place:
                if "channels" in record and isinstance(value, str):
                    raise MalformedError("a borrower's name is {given, family?}", pointer="/name")
                made["name"] = self._name(value)
            elif member == "channels" and not place:
                made["channels"] = self._channels(value, residence, secrets)
            elif member in CLEAR and (not place or member in CHANNEL):
                CLEAR[member].check(value, f"{place}/{member}")
                made[member] = value
            elif member in self.keep and not place:
                made[member] = value
            else:
                shown = member if member in KNOWN else "(member)"
                raise MalformedError("no such member of the API: leave it out, or name it with --keep if nothing "
                                     "personal is in it", code="unknown-member", pointer=f"{place}/{shown}")
        return made

    def _channels(self, value: object, residence: object, secrets: list[str]) -> list[Record]:
        if not isinstance(value, list) or len(value) > MOST_CHANNELS or not all(isinstance(x, dict) for x in value):
            raise MalformedError(f"expected a list of up to {MOST_CHANNELS} channels", pointer="/channels")
        for position, one in enumerate(value):
            for member in ("medium", "use"):
                if member not in one:
                    raise _missing(f"/channels/{position}/{member}")
            if "value" not in one and "jwe" not in one:
                raise _missing(f"/channels/{position}/value")
        return [self._object(one, f"/channels/{position}", residence, secrets) for position, one in enumerate(value)]

    def _address(self, record: Record, member: str, place: str, residence: object) -> str:
        """The normalised address."""
        pointer, address = f"{place}/{member}", record[member]
        if len({"value", "number", "jwe"} & set(record)) > 1:
            raise MalformedError("give value, number or jwe, one of them", pointer=pointer)
        if not isinstance(address, str):
            raise MalformedError("expected a string", pointer=pointer)
        medium = "voice" if member == "number" else record.get("medium")
        if medium is None:
            raise _missing(f"{place}/medium")
        region = residence if isinstance(residence, str) else self.region
        try:
            return _normalised(address, str(medium), region)
        except MalformedError as error:
            raise MalformedError(error.detail, code=error.code, pointer=pointer) from None

    def _name(self, value: object) -> Record:
        if isinstance(value, dict) and set(value) == {"jwe"}:
            CLEAR["jwe"].check(value["jwe"], "/name/jwe")
            return value
        if isinstance(value, str):
            name: object = _person(value, "/name")
        elif isinstance(value, dict) and "given" in value and set(value) <= {"given", "family"}:
            name = {part: _person(one, f"/name/{part}") for part, one in value.items()}
        else:
            raise MalformedError("a name is {given, family?}, of a contact also one string", pointer="/name")
        return {"jwe": self._padded(json.dumps(name, ensure_ascii=False))}

    def _padded(self, plain: str) -> str:
        spaces = min(-len(plain.encode()) % BLOCK, max(0, MAX_ADDRESS - len(plain)))
        return self.encrypt(plain + " " * spaces)


def _normalised(address: str, medium: str, region: str | None) -> str:
    if medium in ("voice", "sms"):
        return parse_number(address, region).e164
    if medium == "email":
        return parse_email(address)
    plain = address.strip()
    if not 0 < len(plain) <= MAX_ADDRESS:
        raise MalformedError(f"an address has 1 to {MAX_ADDRESS} characters", code="address-invalid")
    return plain


def _person(value: object, pointer: str) -> str:
    try:
        return check_name(unicodedata.normalize("NFC", value) if isinstance(value, str) else value)
    except MalformedError as error:
        raise MalformedError(error.detail, code=error.code, pointer=pointer) from None


def _check_clear(record: Record, secrets: Collection[str], keep: Collection[str]) -> None:
    """Refuses a ref or a kept member that says in clear what was just sealed."""
    for member in ("ref", *keep):
        shown = json.dumps(record[member], ensure_ascii=False).casefold() if member in record else ""
        digits = "".join(one for one in shown if one.isdecimal())
        for secret in secrets:
            tail = secret[-TELLING_DIGITS:]
            if secret in shown or (secret.startswith("+") and tail in digits):
                pointer = "/ref" if member == "ref" else "/(kept member)"
                raise MalformedError("it holds in clear the number or address that is sealed beside it: send a "
                                     "reference that says nothing", code="seal-undone", pointer=pointer)


def _missing(pointer: str) -> MalformedError:
    return MalformedError("this member must be there", code="missing", pointer=pointer)
