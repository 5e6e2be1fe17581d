"""Numbers and addresses: every spelling of one is one (P5); what is in doubt is refused and never repeated."""

import random
from collections.abc import Callable

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import MalformedError
from registry.model.numbers import Number, parse_email, parse_number

SUBSCRIBERS = st.integers(0, 9999).map(lambda last: f"1000000{last:04d}")
SEPARATORS = (" ", "-", ".", "\u00a0", "\u3000", "\u2010", "\u2013", "\uff0d", "\u200e", "\u2060", "  ")
DIGIT_ZEROS = ("0", "\u0660", "\u06f0", "\uff10", "\u0966", "\U0001d7ce")  # ASCII … mathematical bold


def in_digits(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(mark)) if mark.isdecimal() else mark for mark in text)


WAYS: dict[str, Callable[[str], str]] = {
    "E.164": lambda n: f"+86{n}",
    "full-width plus": lambda n: f"\uff0b86{n}",
    "tel: URI": lambda n: f"tel:+86-{n}",
    "TEL: URI": lambda n: f"TEL:+86{n}",
    "tel: URI with a context": lambda n: f"tel:{n};phone-context=+86",
    "00": lambda n: f"0086{n}",
    "brackets": lambda n: f"(+86) {n}",
    "a zero in brackets": lambda n: f"+86 (0) {n}",
    "a zero in full-width brackets": lambda n: f"+86\uff080\uff09{n}",
}


@given(SUBSCRIBERS, st.sampled_from(sorted(WAYS)), st.sampled_from(DIGIT_ZEROS), st.randoms(use_true_random=False),
       st.sampled_from([None, "CN", "US", "US-MA", "DE", "JP", "MO"]))
def test_every_international_spelling_is_one_number_in_every_region(
    subscriber: str, way: str, zero: str, rng: random.Random, region: str | None
) -> None:
    spaced = "".join(mark + rng.choice(("", "", rng.choice(SEPARATORS))) for mark in subscriber)
    text = WAYS[way](spaced)
    if not text.lower().startswith("tel:"):
        text = in_digits(text, zero)
    assert parse_number(text, region) == Number(f"+86{subscriber}", "CN", True)


@given(st.integers(10**10, 10**11 - 1), st.sampled_from(["HK", "KR", "SG", "TH", "BR"]))
def test_00_is_refused_where_it_may_be_a_carriers_prefix_but_never_read_as_another_number(
    subscriber: int, region: str
) -> None:
    # In Hong Kong 008 is one carrier's prefix: 0086 1… is then Australia.
    try:
        assert parse_number(f"0086{subscriber}", region).e164 == f"+86{subscriber}"
    except MalformedError:
        assert parse_number(f"+86{subscriber}", region).e164 == f"+86{subscriber}"


@given(SUBSCRIBERS, st.sampled_from(DIGIT_ZEROS))
def test_a_national_spelling_is_the_number_of_its_region(subscriber: str, zero: str) -> None:
    for text in (subscriber, f"0{subscriber}", f"86{subscriber}"):
        assert parse_number(in_digits(text, zero), "CN").e164 == f"+86{subscriber}"
    with pytest.raises(MalformedError):
        parse_number(subscriber, None)


def examples() -> list[tuple[str, str]]:
    found = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                found.append((region, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)))
    return found


def test_the_example_numbers_of_every_country_read_the_same_in_every_format() -> None:
    formats = phonenumbers.PhoneNumberFormat
    assert len(examples()) > 400
    for region, e164 in examples():
        assert parse_number(e164, None).e164 == e164
        parsed = phonenumbers.parse(e164)
        for form in (formats.INTERNATIONAL, formats.RFC3966):
            assert parse_number(phonenumbers.format_number(parsed, form), "CN").e164 == e164
        national = phonenumbers.format_number(parsed, formats.NATIONAL).replace("/", " ")
        assert parse_number(national, region).e164 == e164, (region, national)


@given(st.sampled_from(examples()), st.text("0123456789", min_size=1, max_size=6))
def test_what_was_read_reads_as_itself_again(example: tuple[str, str], tail: str) -> None:
    text = example[1][:-len(tail)] + tail
    try:
        number = parse_number(text, None)
    except MalformedError:
        return
    assert parse_number(number.e164, None) == number
    assert parse_number(number.e164, "CN") == number
    assert number.e164[0] == "+"
    assert number.e164[1:].isdecimal()
    assert number.e164.isascii()
    assert 4 <= len(number.e164) <= 16


@pytest.mark.parametrize(("text", "region", "e164", "country"), [
    ("+1 617 555 0123", None, "+16175550123", "US"),
    ("(617) 555-0123", "US-MA", "+16175550123", "US"),
    ("1-617-555-0123", "US", "+16175550123", "US"),
    ("011 86 1000000 4711", "US", "+8610000004711", "CN"),
    ("010 86 1000000 4711", "JP", "+8610000004711", "CN"),
    ("001 86 1000000 4711", "HK", "+8610000004711", "CN"),
    ("+39 (0)6 698 12345", None, "+390669812345", "VA"),  # in Italy the zero stays
    ("06 698 12345", "IT", "+390669812345", "VA"),
    ("+44 (0)20 7946 0018", None, "+442079460018", "GB"),
    ("011 15 2345 6789", "AR", "+5491123456789", "AR"),
    ("+7 701 000 0000", None, "+77010000000", "KZ"),
    ("+852 5123 4567", "CN", "+85251234567", "HK"),
    ("+800 1234 5678", None, "+80012345678", None),  # belongs to no country
    (" \t+861000000 4711\n", None, "+8610000004711", "CN"),
])
def test_numbers_of_the_world(text: str, region: str | None, e164: str, country: str | None) -> None:
    number = parse_number(text, region)
    assert (number.e164, number.region) == (e164, country)


def test_mobile_numbers_are_told_where_the_plan_tells_them() -> None:
    assert parse_number("+8613800138000").mobile
    assert parse_number("+16175550123").mobile, "in America one cannot tell, so it may be"
    assert parse_number("+8610000000001").mobile, "the plan does not know it yet, so it may be"
    assert not parse_number("+861065529988").mobile


def test_a_possible_number_is_taken_though_no_plan_has_assigned_it() -> None:
    assert not phonenumbers.is_valid_number(phonenumbers.parse("+8610000004711"))
    assert parse_number("+8610000004711").e164 == "+8610000004711"


@pytest.mark.parametrize("text", [
    "+8610000004711 ext 5", "+8610000004711 ext. 5", "+8610000004711x5", "+8610000004711#5", "+8610000004711,5",
    "+8610000004711;5", "+8610000004711 доб. 5", "+8610000004711 \uff58 5", "+8610000004711 int 5",
    "+8610000004711p5",
    "tel:+86-10000004711;ext=5", "tel:+8610000004711;isub=5", "tel:5;phone-context=example.com",
    "+8610000004711 转 5",
    "+861000000471\u00bd",
])
def test_extensions_are_refused(text: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_number(text, "CN")
    assert refused.value.code == "number-invalid"


@pytest.mark.parametrize(("text", "region"), [
    ("", "CN"), (" ", "CN"), ("+", None), ("+86", None), ("110", "CN"), ("12345", "CN"), ("555 0123", "US"),
    ("+999 1000 0000", None), ("++8610000004711", None), ("+86+10000004711", None), ("8610000004711+", "CN"),
    ("1-800-FLOWERS", "US"), ("*555", "NZ"), ("+861000000471100000", None), ("10000004711/12", "CN"),
    ("10000004711~12", "CN"), ("10000004711 or 10000004712", "CN"), ("10000004711", "XX"), ("1" * 65, "CN"),
    ("+49 30 1234567890123456", None), ("tel:", "CN"), ("sip:+8610000004711", None), ("\ud800", "CN"),
    ("+86１０x", "CN"), ("0086", None), ("00", "CN"),
])
def test_what_names_no_one_telephone_is_refused(text: str, region: str | None) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_number(text, region)
    assert refused.value.code == "number-invalid"


@given(st.text(max_size=30), st.sampled_from([None, "CN", "US"]))
def test_any_text_is_a_number_or_refused_without_being_repeated(text: str, region: str | None) -> None:
    try:
        told = parse_number(text, region).e164[:1]
    except MalformedError as error:
        told = error.detail
    digits = "".join(mark for mark in text if mark.isdecimal())
    assert len(digits) < 4 or digits not in told


@pytest.mark.parametrize(("text", "address"), [
    ("Li.Example@Demo.Invalid", "li.example@demo.invalid"), (" a+b@demo.invalid ", "a+b@demo.invalid"),
    ("o'neil_1@sub.demo.invalid", "o'neil_1@sub.demo.invalid"), ("a@xn--fiqs8s", None),
    ("a@b.xn--fiqs8s", "a@b.xn--fiqs8s"),
    ("a", None), ("a@", None), ("@demo.invalid", None), ("a@demo", None), ("a@@demo.invalid", None),
    ("a b@demo.invalid", None),
    (".a@demo.invalid", None), ("a.@demo.invalid", None), ("a..b@demo.invalid", None), ("a@-demo.invalid", None),
    ("a@demo-.invalid", None), ("a@demo..invalid", None), ("a@demo.invalid.", None), ("a@[127.0.0.1]", None),
    ('"a"@demo.invalid', None), ("a@demo.invalid\n", None), ("a@demo.invalid>", None), ("ä@demo.invalid", None),
    ("\u212a@demo.invalid", None), ("a" * 65 + "@demo.invalid", None), ("a@" + "b" * 64 + ".invalid", None),
    ("a@" + "b." * 130 + "invalid", None), ("a@127.0.0.1", None),
])
def test_mail_addresses(text: str, address: str | None) -> None:
    if address is not None:
        assert parse_email(text) == address == parse_email(address)
        return
    with pytest.raises(MalformedError) as refused:
        parse_email(text)
    assert refused.value.code == "email-invalid"
