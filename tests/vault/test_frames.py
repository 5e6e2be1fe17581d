from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import errors, frames
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError
from tests.deep import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
REQUESTS = st.fixed_dictionaries({
    "id": st.integers(0, 2**40) | st.text("abc0", min_size=1, max_size=64), "op": st.text("ab-", max_size=64),
    "args": st.dictionaries(st.text(max_size=8), JSON, max_size=4),
})


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(REQUESTS, max_size=5), st.data())
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    values: list[dict[str, object]], data: st.DataObject
) -> None:
    stream = b"".join(frames.encode(value) for value in values)
    assembler, got = frames.Assembler(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += assembler.feed(stream[:cut])
        stream = stream[cut:]
    assert not assembler.unfinished
    requests = [frames.request_of(payload) for payload in got]
    assert [{"id": one.id, "op": one.op, "args": one.args} for one in requests] == values


@given(st.binary(max_size=200))
def test_garbage_is_refused_with_our_own_error_or_waits_for_more(data: bytes) -> None:
    with suppress(frames.FrameError):  # and no other error
        for payload in frames.Assembler().feed(data):
            frames.request_of(payload)


@given(JSON)
def test_what_is_no_request_is_refused(value: object) -> None:
    payload = frames.encode(value)[4:]
    with pytest.raises(MalformedError):
        frames.request_of(payload)


@pytest.mark.parametrize("value", [
    {"id": True, "op": "a", "args": {}}, {"id": 1.5, "op": "a", "args": {}}, {"id": None, "op": "a", "args": {}},
    {"id": "x" * 65, "op": "a", "args": {}}, {"id": 1, "op": 2, "args": {}}, {"id": 1, "op": "a", "args": []},
    {"id": 1, "op": "a"}, {"id": 1, "op": "a", "args": {}, "more": 1}, {"id": 1, "op": "a" * 65, "args": {}},
])
def test_a_request_has_exactly_an_id_an_op_and_args(value: object) -> None:
    with pytest.raises(MalformedError):
        frames.request_of(frames.encode(value)[4:])


def test_a_header_that_announces_too_much_is_refused_before_anything_is_kept() -> None:
    with pytest.raises(frames.FrameError) as caught:
        frames.Assembler().feed(struct.pack(">I", frames.MAX_FRAME + 1))
    assert caught.value.code == "frame-too-long"
    assert frames.Assembler().feed(struct.pack(">I", frames.MAX_FRAME)) == []


def test_nothing_longer_than_a_mebibyte_is_sent() -> None:
    assert len(frames.encode("x" * (frames.MAX_FRAME - 2))) == frames.MAX_FRAME + 4
    with pytest.raises(frames.FrameError):
        frames.encode("x" * (frames.MAX_FRAME - 1))
    told = frames.decode(frames.answer(7, {"data": "x" * frames.MAX_FRAME})[4:])
    assert (told["id"], told["error"]["code"]) == (7, "frame-too-long")


@pytest.mark.parametrize("name", [
    "ConsentryError", "MalformedError", "NotFoundError", "ConflictError", "UnauthorizedError", "UnavailableError",
    "IntegrityError",
])
def test_an_error_arrives_as_the_class_it_was_whatever_its_code(name: str) -> None:
    family: type[ConsentryError] = getattr(errors, name)
    sent = family("what to change", code="finer-code", pointer="/number")
    with pytest.raises(family) as caught:
        frames.result_of(frames.decode(frames.answer("a", sent)[4:]))
    assert type(caught.value) is family
    assert (caught.value.code, caught.value.detail, caught.value.pointer) == (
        "finer-code", "what to change", "/number",
    )


def test_a_subclass_arrives_as_the_nearest_class_known_to_both_sides() -> None:
    class TakenError(ConflictError):
        code = "taken"

    with pytest.raises(ConflictError) as caught:
        frames.result_of(frames.decode(frames.answer(1, TakenError("choose another"))[4:]))
    assert caught.value.code == "taken"


@pytest.mark.parametrize("value", [
    {}, {"id": 1}, {"id": 1, "error": "x"}, {"id": 1, "error": {}}, {"id": 1, "ok": 3},
])
def test_nonsense_for_an_answer_is_an_error(value: dict[str, object]) -> None:
    with pytest.raises(frames.FrameError):
        frames.result_of(value)


def test_an_unknown_family_is_still_an_error() -> None:
    with pytest.raises(ConsentryError) as caught:
        frames.result_of({"id": 1, "error": {"code": "later", "detail": "d", "family": "unheard-of"}})
    assert not isinstance(caught.value, NotFoundError)
    assert caught.value.code == "later"
