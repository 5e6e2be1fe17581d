"""The canonical form: one byte string for a value, and nothing else is read as it (CONTRACT section 0)."""

import json
import string
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.model.canonical import MAX_INTEGER, CanonicalError, decode, encode

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)) | st.just("two\nlines")
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=6)


@given(OBJECTS)
def test_a_value_comes_back_from_its_canonical_bytes(value: dict[str, Any]) -> None:
    data = encode(value)
    assert decode(data) == value
    assert encode(decode(data)) == data


@given(OBJECTS)
def test_the_bytes_are_those_of_rfc_8785(value: dict[str, Any]) -> None:
    # With keys, integers and strings so restricted, RFC 8785 and sorted compact JSON are the same thing.
    assert encode(value) == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(OBJECTS, st.randoms(use_true_random=False))
def test_the_order_of_members_makes_no_difference(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert encode(dict(items)) == encode(value)


@given(OBJECTS, OBJECTS)
def test_different_values_have_different_bytes(one: dict[str, Any], other: dict[str, Any]) -> None:
    # JSON tells true from 1 where Python's == does not.
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (encode(one) == encode(other)) == same


@given(OBJECTS, st.data())
def test_every_other_spelling_is_refused(value: dict[str, Any], data: st.DataObject) -> None:
    text = encode(value).decode()
    position = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.sampled_from([" ", "\n", "\t", "\r", ",", "\0", "\ufeff"]))
    changed = (text[:position] + inserted + text[position:]).encode()
    try:
        other = decode(changed)
    except CanonicalError:
        return
    # A character inside a string makes another value, never another spelling of the same.
    assert other != value


@pytest.mark.parametrize("data", [
    b"", b"null", b"[]", b'"a"', b"1", b"{", b'{"a":1', b'{"a":1}x', b'{"a":1,"a":1}', b'{"a":1,"a":2}',
    b'{"b":1,"a":1}',
    b'{"a": 1}', b'{"a":1} ', b'{"a":1.0}', b'{"a":1e2}', b'{"a":-0}', b'{"a":01}', b'{"a":null}', b'{"A":1}',
    b'{"":1}',
    b'{"1a":1}', b'{"a-b":1}', b'{"a":"\\u0061"}', b'{"a":"\\/"}', b'{"a":"\\ud800"}', b'{"a":"\\t"}',
    b'{"a":"\x7f"}',
    b'{"a":"\xc2\x85"}', b'{"a":"e\xcc\x81"}', b'{"a":9007199254740992}', b'{"a":-9007199254740992}', b'{"a":NaN}',
    b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'\xef\xbb\xbf{"a":1}', b"{'a':1}", b'{"a":1}\n', b'{"a":"\\u000a"}',
    b'{"a":18446744073709551616}', b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}",
])
def test_what_is_not_the_canonical_form_of_an_object_is_refused(data: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode(data)


class Whole(int):
    """An integer of another type, as a careless caller may bring it."""


@pytest.mark.parametrize("value", [
    None, 1.0, 1.5, float("nan"), b"a", {1, 2}, object(), MAX_INTEGER + 1, -MAX_INTEGER - 1, 2**64, Whole(1), "\t",
    "\r",
    "\x00", "\x7f", "\x85", "e\u0301", "\ud800", "\u212b", {"A": 1}, {1: 1}, {"": 1}, {"a\n": 1}, {"ä": 1},
    {"a": [None]},
])
def test_what_has_no_canonical_form_is_refused_at_any_depth(value: object) -> None:
    for placed in ({"a": value}, {"a": [value]}, {"a": {"b": [{"c": value}]}}):
        with pytest.raises(CanonicalError):
            encode(placed)


def test_a_value_too_deep_is_refused_like_any_other() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    with pytest.raises(CanonicalError):
        encode({"a": value})


@pytest.mark.parametrize("value", [
    {"a": MAX_INTEGER, "b": -MAX_INTEGER, "c": 0}, {"a": "\n", "b": "é", "c": "漢字", "d": "𝒳", "e": "\u2028\u2029"},
    {"a": '"\\', "b": "/"}, {}, {"a": []}, {"a": {}}, {"a": True, "b": False}, {"a_1": 1, "a1": 2, "a": 3},
    {"a": (1, 2)},
])
def test_the_edges_of_what_is_allowed(value: dict[str, Any]) -> None:
    assert decode(encode(value)) == json.loads(json.dumps(value))


def test_keys_are_sorted_by_code_point() -> None:
    keys = [f"a{mark}" for mark in string.ascii_lowercase + string.digits + "_"] + ["a"]
    assert list(json.loads(encode(dict.fromkeys(keys, 1)))) == sorted(keys)
