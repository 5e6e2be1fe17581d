"""Entries: what is signed, what is stamped, and that a leaf reads back as exactly what was written."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import ConsentryError, MalformedError
from registry.model import canonical
from registry.model.entries import (
    MAX_LEAF,
    Actor,
    Draft,
    Entry,
    act_message,
    draft_of,
    entry_of,
    kind_in,
    leaf,
    trusted_entry,
)
from registry.model.times import stamp

from .test_canonical import OBJECTS

IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)
ACTORS = st.builds(Actor, st.sampled_from(["lender", "web", "vault", "courier"]), st.none() | IDS)
DRAFTS = st.builds(Draft, IDS, st.just("viewed/1"), ACTORS, OBJECTS, st.lists(OBJECTS, max_size=2).map(tuple))
MOMENTS = st.integers(0, 4_000_000_000_000)
VALUE: dict[str, Any] = {
    "v": 1, "id": "a1" * 16, "kind": "viewed/1", "by": {"role": "web"}, "body": {"what": "lookup"},
}


@given(DRAFTS, MOMENTS, st.integers(0, 2**40))
def test_a_leaf_reads_back_as_what_was_written(draft: Draft, at: int, index: int) -> None:
    data = leaf(draft, at)
    entry = entry_of(index, data)
    assert entry == Entry(index, at, draft)
    assert leaf(entry.draft, entry.at) == data
    assert trusted_entry(index, at, data) == entry
    assert kind_in(data) == entry.kind


@given(DRAFTS)
def test_signatures_are_no_part_of_what_is_signed(draft: Draft) -> None:
    bare = Draft(draft.id, draft.kind, draft.by, draft.body)
    assert draft.to_sign() == bare.to_sign()
    assert entry_of(3, leaf(draft, 5)).draft.to_sign(decoded=True) == bare.to_sign()
    assert act_message(draft.to_sign()) == b"consentry-act/1\n" + hashlib.sha256(draft.to_sign()).digest()
    assert draft_of(canonical.decode(draft.to_sign())) == bare


@given(DRAFTS, MOMENTS, st.integers(1, 10**6))
def test_the_stamp_is_the_only_thing_that_time_changes(draft: Draft, at: int, later: int) -> None:
    one, other = leaf(draft, at), leaf(draft, at + later)
    assert one != other
    assert one.replace(stamp(at).encode(), b"") == other.replace(stamp(at + later).encode(), b"")


@pytest.mark.parametrize("change", [
    {"v": 2}, {"v": True}, {"v": "1"}, {"id": "A1" * 16}, {"id": 5}, {"kind": 5}, {"body": []}, {"by": {}},
    {"by": "web"}, {"by": {"role": "king"}}, {"by": {"role": "web", "id": "x"}}, {"by": {"role": "web", "name": "x"}},
    {"auth": []}, {"auth": {}}, {"auth": ["x"]}, {"extra": 1}, {"logged_at": "2026-01-01T00:00:00.000Z"},
])
def test_a_draft_has_its_members_and_no_others(change: dict[str, Any]) -> None:
    assert draft_of(VALUE).body == {"what": "lookup"}
    with pytest.raises(MalformedError):
        draft_of({**VALUE, **change})


@pytest.mark.parametrize("missing", ["v", "id", "kind", "by", "body"])
def test_a_draft_lacks_none_of_its_members(missing: str) -> None:
    with pytest.raises(MalformedError):
        draft_of({name: value for name, value in VALUE.items() if name != missing})


@pytest.mark.parametrize("logged_at", [None, 5, "", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000+00:00",
                                       "2026-02-30T00:00:00.000Z", "2026-01-01t00:00:00.000Z"])
def test_a_leaf_is_stamped_in_one_spelling(logged_at: object) -> None:
    value = dict(VALUE) if logged_at is None else {**VALUE, "logged_at": logged_at}
    with pytest.raises(ConsentryError):
        entry_of(0, canonical.encode(value))


def test_an_entry_is_at_most_65535_bytes() -> None:
    def sized(length: int) -> Draft:
        return Draft("a1" * 16, "viewed/1", Actor("web"), {"what": "x" * length})

    room = MAX_LEAF - len(leaf(sized(0), 0))
    assert len(leaf(sized(room), 0)) == MAX_LEAF == 65_535
    with pytest.raises(MalformedError) as refused:
        leaf(sized(room + 1), 0)
    assert refused.value.code == "entry-too-long"


@pytest.mark.parametrize("body", [
    {"what": "lookup"}, {"kind": "other/1"}, {"what": '"kind":"other/1"'}, {"what": [{"kind": "other/1"}], "z": "z"},
])
def test_the_kind_of_a_leaf_can_be_read_without_decoding_it(body: dict[str, Any]) -> None:
    bare = leaf(Draft("a1" * 16, "viewed/1", Actor("web"), body), 1_800_000_000_000)
    signed = leaf(Draft("a1" * 16, "viewed/1", Actor("web"), body, ({"kind": "other/1"},)), 1_800_000_000_000)
    assert kind_in(bare) == kind_in(signed) == "viewed/1"
