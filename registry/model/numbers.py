"""Telephone numbers and mail addresses: every spelling of one becomes one form, or is refused.

One person written in two ways would be two lines, and every cap would count half. Where the form is in doubt we
refuse. `is_possible` decides, not `is_valid`: numbering plans run ahead of any table of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from registry.errors import MalformedError

MAX_SPELLING = 64
MAX_DIGITS = 15  # ITU-T E.164 section 6.2.1
NON_GEOGRAPHIC = "001"  # libphonenumber's region of +800, +870 and their like
# Marks that people and programs put around digits; they carry nothing. Cf: invisible marks of direction and joining.
# No slash and no tilde: they join a second number (`…78/79`).
SEPARATORS = frozenset("()[].-\u2212\u30fc")
SEPARATING = frozenset({"Zs", "Cf", "Pd"})
TEL_URI = re.compile(r"tel:(?P<number>[^;]*)(?:;phone-context=(?P<context>\+[0-9]+))?\Z", re.IGNORECASE)
MAY_BE_MOBILE = frozenset({
    PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UNKNOWN,
})
DIALLED = re.compile(r"\+?[0-9]{3,20}\Z")
MAILBOX = re.compile(
    r"(?P<local>[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)\Z"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in E.164. `region` is its country, None where it has none (satellite, universal freephone).

    `mobile` says that it may be one: the numbering plan knows it as one, cannot tell it from a fixed line, or does
    not know it yet. False: it is known as something else.
    """

    e164: str
    region: str | None
    mobile: bool


def parse_number(text: str, default_region: str | None = None) -> Number:
    """The number that `text` spells; national spellings need the region (ISO 3166, `US-MA` counts as `US`).

    Raises MalformedError `number-invalid` for an extension, a short code, letters, or anything in doubt.
    """
    region = default_region[:2] if default_region is not None else None
    found = {e164: parsed for parsed in _readings(_digits(text), region) if (e164 := _settled(parsed)) is not None}
    if len(found) != 1:
        raise _invalid("no such number is possible, or it reads in two ways: write it as +, country code, number")
    e164, parsed = found.popitem()
    kind = phonenumbers.number_type(parsed)
    return Number(e164, _region(parsed), kind in MAY_BE_MOBILE)


def parse_email(text: str) -> str:
    """A mail address in lower case. Raises MalformedError `email-invalid`.

    RFC 5321 lets a host tell upper from lower case; none that people use does, and two spellings must be one line.
    """
    address = text.strip(" ")
    # ASCII first: lower-casing turns the Kelvin sign into a plain k.
    found = MAILBOX.match(address.lower()) if address.isascii() else None
    if found is None or len(found["local"]) > 64 or len(address) > 254:
        raise MalformedError("a mail address is user@domain in ASCII (an international domain as xn--…)",
                             code="email-invalid")
    return found[0]


def _digits(text: str) -> str:
    """ASCII digits, perhaps after a plus: full-width, Arabic-Indic and other digits read, separators dropped."""
    if len(text) > MAX_SPELLING:
        raise _invalid("a number is at most 64 characters")
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain[:4].lower() == "tel:":
        uri = TEL_URI.match(plain)
        if uri is None:
            raise _invalid("a tel: URI has a number and at most a phone-context; extensions are not taken")
        number = uri["number"]
        plain = number if number.startswith("+") or uri["context"] is None else uri["context"] + number
    kept = "".join(_kept(mark) for mark in plain)
    if DIALLED.match(kept) is None:
        raise _invalid("a number has digits and perhaps a leading +; extensions and letters are not taken")
    return kept


def _kept(mark: str) -> str:
    digit = unicodedata.decimal(mark, None)
    if digit is not None:
        return str(digit)
    if mark in SEPARATORS or unicodedata.category(mark) in SEPARATING:
        return ""
    return mark


def _readings(digits: str, region: str | None) -> Iterator[PhoneNumber]:
    """What the digits may mean. `00…` is the usual `+`, and perhaps the region's prefix (Hong Kong's 001, 008)."""
    parsed = _parse(digits, region)
    if not digits.startswith("00"):
        if parsed is not None:
            yield parsed
        return
    if parsed is not None and parsed.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_IDD:
        yield parsed
    usual = _parse("+" + digits[2:], None)
    if usual is not None:
        yield usual


def _parse(digits: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(digits, region, keep_raw_input=True)
    except NumberParseException:
        return None


def _settled(number: PhoneNumber) -> str | None:
    """The E.164 form of a possible number that reads as itself again, else None."""
    # Local-only is refused too: dialled without its area code, it names a different telephone in every town.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    again = _parse(e164, None)
    if again is None or phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) != e164:
        return None
    return e164 if len(e164) <= MAX_DIGITS + 1 else None


def _region(number: PhoneNumber) -> str | None:
    # A possible but unassigned number has no region of its own; its country code's main region is the best we know.
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return None if region in {NON_GEOGRAPHIC, "ZZ"} else region


def _invalid(detail: str) -> MalformedError:
    return MalformedError(detail, code="number-invalid")
