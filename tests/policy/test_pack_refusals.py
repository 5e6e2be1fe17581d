"""Each refusal of a pack names what is wrong with it, in these words: whoever writes one reads the sentence."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from registry.errors import MalformedError
from registry.policy import OutcomeTable
from registry.policy.merging import merge, shown
from registry.policy.pack import read_pack
from registry.policy.parameters import BY_NAME, PARAMETERS, PURPOSES, clock, minute_of
from registry.shipped import shipped_packs
from tests.policy.test_packs import CN, FLOOR, changed, variant

CN_TEXT = shipped_packs()["cn"].text
FLOOR_TEXT = shipped_packs()["floor"].text
MEMBERS = ("a pack has pack, version, title, regions, parameters, scripts, messages, and may have within and"
           " must_not_say, nothing else")
NAME_IS = "a pack's name is a lower-case word"
VERSION_IS = 'a pack\'s version is digits in quotes, as "1"'
REGIONS_ARE = "regions are country codes, as CN or US-MA"
NAMES_REGIONS = "every pack names its regions; the floor has none"
TITLE = next(line for line in CN_TEXT.splitlines() if line.startswith("title"))
ATTEMPTS = "unreachable.min_attempts"


def small(parameters: str = "", *, name: str = '"xx"', version: str = '"1"', regions: str = '["XX"]',
          title: str = '"A test"', more: str = "") -> str:
    """A pack of a few lines."""
    return f"pack = {name}\nversion = {version}\ntitle = {title}\nregions = {regions}\n{more}{parameters}"


def row(name: str = ATTEMPTS, value: str = "8", *, unit: str = '"attempts"', merge: str = '"max"', grade: str = '"H"',
        source: str = '"a test"') -> str:
    return (f'[parameters."{name}"]\nvalue = {value}\nunit = {unit}\nmerge = {merge}\ngrade = {grade}\n'
            f'source = {source}\n')


def of(name: str, value: str) -> str:
    """A pack that sets one parameter, sound but for its value."""
    parameter = BY_NAME[name]
    return small(row(name, value, unit=f'"{parameter.unit}"', merge=f'"{parameter.merge}"'))


def texts(table: str, content: str) -> str:
    return small(f"[{table}.restore-contact]\n{content}\n")


REFUSED: list[tuple[str, str]] = [
    ("the pack is not TOML", "not = [toml"),
    (MEMBERS, small(more='note = "x"\n')), (MEMBERS, small(title="1")), (MEMBERS, small(title='""')),
    (MEMBERS, CN_TEXT.replace(TITLE, "")),
    (NAME_IS, small(name='"XX"')), (NAME_IS, small(name="1")), (NAME_IS, small(name='"x\\n"')),
    (NAME_IS, small(name='"x-"')), (NAME_IS, small(name='"1x"')), (NAME_IS, small(name='"é"')),
    (VERSION_IS, small(version="1")), (VERSION_IS, small(version='"1234567"')), (VERSION_IS, small(version='""')),
    (VERSION_IS, small(version='"1\\n"')), (VERSION_IS, small(version='"١"')), (VERSION_IS, small(version='"v1"')),
    (REGIONS_ARE, small(regions='"XX"')), (REGIONS_ARE, small(regions="[1]")),
    (REGIONS_ARE, small(regions='["XXX"]')),
    (REGIONS_ARE, small(regions='["XX-ABCD"]')), (REGIONS_ARE, small(regions='["XX", "x"]')),
    (NAMES_REGIONS, small(regions="[]")), (NAMES_REGIONS, changed(FLOOR_TEXT, "regions = []", 'regions = ["XX"]')),
    ("parameters is a table", small(more="parameters = 1\n")),
    ("no such parameter: unreachable.max", small(row("unreachable.max"))),
    (f"{ATTEMPTS}: needs value, unit, source, grade and merge, nothing else", small(row() + "note = 1\n")),
    (f"{ATTEMPTS}: needs value, unit, source, grade and merge, nothing else",
     small(more=f'[parameters]\n"{ATTEMPTS}" = 8\n')),
    (f"{ATTEMPTS}: its unit is 'attempts', its merge 'max'", small(row(unit='"dials"'))),
    (f"{ATTEMPTS}: its unit is 'attempts', its merge 'max'", small(row(merge='"min"'))),
    (f"{ATTEMPTS}: needs a source and its grade, one of P, S, W, H", small(row(source="1"))),
    (f"{ATTEMPTS}: needs a source and its grade, one of P, S, W, H", small(row(source='" "'))),
    (f"{ATTEMPTS}: needs a source and its grade, one of P, S, W, H", small(row(grade='"X"'))),
    *((f"{ATTEMPTS}: expected an integer from 0 to 100000", of(ATTEMPTS, value))
      for value in ("-1", "100001", "1.0", "true", '"8"')),
    *(("account.min_balance_minor: expected an amount from 0 to 10^12", of("account.min_balance_minor", value))
      for value in ("-1", "1000000000001", "1.0", "true")),
    *(("contact.inform: expected true or false", of("contact.inform", value)) for value in ("1", '"true"')),
    ("evidence.min_grade: expected one of C, B, A", of("evidence.min_grade", '"D"')),
    ("consent.contact_assurance: expected one of recorded, code, passkey", of("consent.contact_assurance", "1")),
    *(("release_modes: expected a list of message, call, number", of("release_modes", value))
      for value in ('"number"', '["visit"]', '["number", "visit"]')),
    *(('hours.borrower: expected ["HH:MM", "HH:MM"], end exclusive', of("hours.borrower", value))
      for value in ('"08:00"', '["08:00"]', '["08:00", "09:00", "10:00"]', '["08:00", 9]')),
    *(("hours.borrower: expected hours that begin before they end", of("hours.borrower", value))
      for value in ('["08:00", "08:00"]', '["09:00", "08:00"]')),
    *(("hours.borrower: expected HH:MM", of("hours.borrower", f'["{value}", "24:00"]'))
      for value in ("8:00", "08-00", "08:0x", "008:0", "٠٨:00", "+8:00", "")),
    *(("hours.borrower: expected HH:MM up to 24:00", of("hours.borrower", f'["08:00", "{value}"]'))
      for value in ("08:60", "24:01", "25:00")),
    ("scripts are keyed by purpose", small(more="scripts = 1\n")),
    ("scripts are keyed by purpose", small("[scripts.collect]\nzh = \"x\"\n")),
    ("a purpose's scripts are keyed by language", small("[scripts]\nrestore-contact = 1\n")),
    ("a purpose's scripts are keyed by language", texts("scripts", 'zh = ""')),
    ("a purpose's scripts are keyed by language", texts("scripts", 'zh = "x"\nen = 1')),
    *(("within names the pack of the larger country", small(regions='["XX-A"]', more=f"within = {one}\n"))
      for one in ("1", '"US"', '"us-"', '"xx"', '"floor"', '""')),
    *(("must_not_say is keyed by language, as en or zh-hant", small(table))
      for table in ("must_not_say = 1\n", '[must_not_say]\nEN = ["x"]\n', '[must_not_say]\nen = ["x"]\n1 = ["x"]\n')),
    *(("must_not_say.en is a list of words", small(f"[must_not_say]\nzh = []\nen = {words}\n"))
      for words in ('"word"', "[1]", '["word", ""]', '["*"]', '[" "]')),
    (f"{ATTEMPTS}: source_zh is a text", small(row() + "source_zh = 1\n")),
    ("a pack within another is for parts of a country, as US-MA", small(more='within = "us"\n')),
    ("a pack within another is for parts of a country, as US-MA",
     small(regions='["XX-A", "XX"]', more='within = "us"\n')),
    ("messages are keyed by purpose", small(more="messages = 1\n")),
    ("a purpose's messages are keyed by language", texts("messages", "zh = 1")),
    *(("messages.restore-contact.zh: needs {link}; else {given_name} and {institution}",
       texts("messages", f'zh = "{text}"')) for text in ("no link", "{link} {amount}", "{given_name}")),
    ("messages.restore-contact.en: needs {link}; else {given_name} and {institution}",
     texts("messages", 'zh = "{link}"\nen = "x"')),
    *(("messages.restore-contact.zh: a brace that is no place is written twice", texts("messages", f'zh = "{text}"'))
      for text in ("{link} {", "{link} }")),
    *(("messages.restore-contact.zh: a place has a name, nothing else", texts("messages", f'zh = "{text}"'))
      for text in ("{link!r}", "{link:>9}")),
]


@pytest.mark.parametrize(("sentence", "text"), REFUSED)
def test_a_pack_that_is_not_exact_is_refused_for_that_reason_and_in_these_words(sentence: str, text: str) -> None:
    with pytest.raises(MalformedError) as refusal:
        read_pack(text)
    assert (refusal.value.detail, refusal.value.code) == (sentence, "pack-malformed")


@pytest.mark.parametrize(("name", "value", "read"), [
    (ATTEMPTS, "0", 0), (ATTEMPTS, "100000", 100_000), ("account.min_balance_minor", "1000000000000", 10**12),
    ("contact.inform", "false", False), ("evidence.min_grade", '"C"', 0), ("evidence.min_grade", '"A"', 2),
    ("unreachable.min_grade", '"A"', 1), ("consent.contact_assurance", '"passkey"', 2),
    ("release_modes", "[]", frozenset()), ("release_modes", '["call"]', frozenset({"call"})),
    ("hours.borrower", '["00:00", "24:00"]', (0, 1440)), ("hours.borrower", '["08:30", "20:59"]', (510, 1259)),
])
def test_values_at_their_limits_are_read(name: str, value: str, read: Any) -> None:
    pack = read_pack(of(name, value))
    assert pack.settings[name].value == read
    assert (pack.settings[name].source, pack.settings[name].grade) == ("a test", "H")


def test_a_pack_for_a_part_of_a_country_names_the_countrys_pack() -> None:
    assert read_pack(small(regions='["XX-A", "XX-B"]', more='within = "us"\n')).within == "us"
    assert read_pack(small()).within is None


def test_a_pack_is_read_whole() -> None:
    pack = read_pack(small(row(), regions='["XX", "YY-1AB"]') + (
        '[scripts.restore-contact]\nzh = "Z"\n'
        '[messages.restore-contact]\nzh = "{given_name} {institution} {link} {{}}"\n'
    ))
    assert (pack.id.name, pack.id.version, pack.title, pack.regions) == ("xx", "1", "A test", ("XX", "YY-1AB"))
    assert pack.scripts == {"restore-contact": {"zh": "Z"}}
    assert pack.messages == {"restore-contact": {"zh": "{given_name} {institution} {link} {{}}"}}
    assert list(pack.settings) == [ATTEMPTS]
    assert pack.id.value() == {"name": "xx", "version": "1", "sha256": pack.id.sha256}
    assert read_pack(small()).settings == read_pack(small()).scripts == read_pack(small()).messages == {}
    assert read_pack(small()) == read_pack(small()) != pack
    assert pack != "xx"
    assert len({read_pack(small()), read_pack(small()), pack}) == 2


def test_times_of_day_are_minutes_and_shown_again_as_they_were_written() -> None:
    for text, minute in (("00:00", 0), ("08:05", 485), ("23:59", 1439), ("24:00", 1440)):
        assert minute_of(text) == minute
        assert clock(minute) == text
    with pytest.raises(MalformedError) as refusal:
        minute_of("8:00")
    assert (refusal.value.detail, refusal.value.code) == ("expected HH:MM", "pack-malformed")


def test_a_pack_may_have_words_for_every_purpose() -> None:
    every = "".join(f'[scripts.{purpose}]\nzh = "Z"\n' for purpose in PURPOSES)
    assert set(read_pack(small(every)).scripts) == set(PURPOSES)


def test_a_floor_names_every_parameter_that_it_leaves_open() -> None:
    text = FLOOR_TEXT
    start, end = (text.index(f'[parameters."unreachable.{one}"]') for one in ("min_attempts", "min_dayparts"))
    with pytest.raises(MalformedError) as refusal:
        read_pack(text[:start] + text[end:])
    assert refusal.value.detail == (
        "the floor sets every parameter; missing: unreachable.min_attempts, unreachable.min_days"
    )


def test_every_value_is_shown_as_it_is_written_in_packs() -> None:
    rows = {str(one["parameter"]): one for one in shown(merge((FLOOR, CN), CN))}
    assert list(rows) == [one.name for one in PARAMETERS]
    assert rows["purposes"]["value"] == ["obtain-contact-details", "relay-message", "restore-contact"]
    assert rows["evidence.min_grade"]["value"] in ("A", "B", "C")
    assert rows["unreachable.min_attempts"] == {
        "parameter": ATTEMPTS, "value": 8, "unit": "attempts", "merge": "max", "from": ["cn"],
    }


def test_what_cannot_hold_together_is_told_at_its_edge() -> None:
    def conflicts(*changes: tuple[str, str]) -> tuple[str, ...]:
        pack = variant("other", "XO", *changes)
        return merge((FLOOR, pack), pack).conflicts

    cooling, hours = 'value = 2\nunit = "days"', '["08:00", "22:00"]'
    assert conflicts((cooling, 'value = 9\nunit = "days"')) == ()
    assert conflicts((cooling, 'value = 10\nunit = "days"')) == ("attempt.cooling_days",)
    assert conflicts((hours, '["19:59", "22:00"]')) == ()
    assert conflicts((hours, '["20:00", "22:00"]')) == ("hours.third_party",)

    def beside(name: str, value: str) -> tuple[str, ...]:
        pack = read_pack(of(name, value))
        return merge((FLOOR, pack), pack).conflicts

    assert beside("hours.borrower", '["20:59", "22:00"]') == ()
    assert beside("hours.borrower", '["21:00", "22:00"]') == ("hours.borrower",)
    assert beside("unreachable.span_days", "60") == ()
    assert beside("unreachable.span_days", "61") == ("unreachable.span_days",)


def test_the_floor_is_always_merged_and_first() -> None:
    for packs in ((), (CN,), (CN, FLOOR)):
        with pytest.raises(ValueError, match=r"^the floor is always merged, and first$"):
            merge(packs, None)


# Outcome tables.

TABLE_ROW = '[[row]]\nfield = "q850"\nvalues = [1]\nclass = "busy"\nsource = "s"\n'
SAID = '[[said]]\nword = "w"\ncause = {q850 = 1}\nsource = "s"\n'
SHAPE = "the table needs table, version, min_ring_seconds and rows"
ROWS_ARE = "a row names a known field and class, and a value only once"
WORDS_ARE = "a provider's word stands once, for causes that rows name"
SECONDS_ARE = "min_ring_seconds is a positive integer, setup_seconds none below 0"


def table(rows: str = TABLE_ROW, ring: str = "20", more: str = "") -> str:
    return f'table = "t"\nversion = "1"\nmin_ring_seconds = {ring}\n{more}{rows}'


TABLES: list[tuple[str, str]] = [
    (SHAPE, "not = [toml"), (SHAPE, table("")), (SHAPE, 'table = "t"'), (SHAPE, table("row = 5\n")),
    (SHAPE, table("[[row]]\n")), (SHAPE, table(TABLE_ROW.replace("[1]", "5"))),
    (SECONDS_ARE, table(ring="0")), (SECONDS_ARE, table(ring="1.5")), (SECONDS_ARE, table(ring="true")),
    (SECONDS_ARE, table(more="setup_seconds = -1\n")), (SECONDS_ARE, table(more="setup_seconds = 1.5\n")),
    (ROWS_ARE, table(TABLE_ROW.replace("q850", "q851"))), (ROWS_ARE, table(TABLE_ROW.replace("busy", "gone"))),
    (ROWS_ARE, table(TABLE_ROW.replace("[1]", "[1, 1]"))), (ROWS_ARE, table(TABLE_ROW * 2)),
    ("every row names its source", table(TABLE_ROW.replace('"s"', '" "'))),
    ("every row names its source", table(TABLE_ROW.replace('"s"', "1"))),
    ("every row names its source", table(TABLE_ROW.replace('source = "s"\n', ""))),
    (WORDS_ARE, table(TABLE_ROW + SAID * 2)), (WORDS_ARE, table(TABLE_ROW + SAID.replace("= 1}", "= 2}"))),
    (WORDS_ARE, table(TABLE_ROW + SAID.replace("{q850 = 1}", "{}"))),
    (WORDS_ARE, table(TABLE_ROW + SAID.replace("{q850 = 1}", "{q850 = 1, sip = 404}"))),
    ("every row names its source", table(TABLE_ROW + SAID.replace('"s"', '""'))),
]


@pytest.mark.parametrize(("sentence", "text"), TABLES)
def test_a_table_that_is_not_exact_is_refused_in_these_words(sentence: str, text: str) -> None:
    with pytest.raises(MalformedError) as refusal:
        OutcomeTable.read(text)
    assert (refusal.value.detail, refusal.value.code) == (sentence, "table-malformed")


def test_a_table_is_read_whole() -> None:
    rows = ('[[row]]\nfield = "q850"\nvalues = [1, 2]\nclass = "busy"\nsource = "s"\nalone = true\n'
            '[[row]]\nfield = "sip"\nvalues = [603]\nclass = "declined"\nsource = "s"\nneeds_callee = true\n')
    said = SAID + '[[said]]\nword = "x"\ncause = {unmapped = true}\nrang = true\nsource = "s"\n'
    found = OutcomeTable.read(table(rows + said, ring="1", more="setup_seconds = 0\n"))
    assert (found.name, found.version, found.min_ring_seconds, found.setup_seconds) == ("t", "1", 1, 0)
    assert found.classes == {("q850", 1): "busy", ("q850", 2): "busy", ("sip", 603): "declined"}
    assert (found.alone, found.needs_callee) == ({("q850", 1), ("q850", 2)}, {("sip", 603)})
    assert {word: (dict(one.cause), one.rang) for word, one in found.said.items()} == {
        "w": ({"q850": 1}, False), "x": ({"unmapped": True}, True),
    }
    whole = table(rows + said, ring="1", more="setup_seconds = 0\n")
    assert found.value() == {"name": "t", "version": "1", "sha256": hashlib.sha256(whole.encode()).hexdigest()}
    assert OutcomeTable.read(table()).setup_seconds == 0
    assert OutcomeTable.read(table(more="setup_seconds = 7\n")).setup_seconds == 7
    assert found.classify({"q850": 1}) == "busy"
    assert found.classify({"q850": 1, "sip": 603, "hangup_by": "callee"}) == "declined"
    assert found.classify({"sip": 603}) == "unknown"
