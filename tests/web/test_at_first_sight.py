"""What is taken at first sight is exactly what the schema would take, and give back as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validates_schema

from registry.web.at_first_sight import PlainSchema
from registry.web.schemas.collector import LookupSchema
from registry.web.schemas.dials import DialCheckSchema

ID = "0123456789abcdef" * 2
LOOKUP = {"account": ID, "about": "contact", "purpose": "restore-contact", "mode": "number", "agent": "agent-17"}
SCHEMAS = (LookupSchema(), DialCheckSchema())
NAMES = sorted({name for schema in SCHEMAS for name in schema.fields} | {"unknown"})
VALUES = st.one_of(
    st.sampled_from([ID, ID.upper(), *LOOKUP.values(), "visit", "call", "message", "", "+861000000001", f"{ID}\n"]),
    st.none(), st.booleans(), st.integers(0, 9), st.text(max_size=5), st.lists(st.just("agent-18"), max_size=2),
)
BODIES = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=7),
    st.builds(lambda more: {**LOOKUP, **more}, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=2)),
    st.builds(lambda more: {"account": ID, "channel": ID, **more},
              st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=1)),
)


@given(BODIES)
def test_whatever_is_taken_at_first_sight_the_schema_gives_back_as_it_is(body: Mapping[str, Any]) -> None:
    for schema in SCHEMAS:
        if schema.takes_as_it_is(body):
            assert schema.load(body) == body


@pytest.mark.parametrize(("schema", "body"), [
    (SCHEMAS[0], LOOKUP), (SCHEMAS[0], {**LOOKUP, "continues": ID}), (SCHEMAS[1], {"account": ID, "channel": ID}),
])
def test_an_ordinary_body_is_taken_at_first_sight(schema: PlainSchema, body: Mapping[str, Any]) -> None:
    assert schema.takes_as_it_is(body)


@pytest.mark.parametrize("changed", [
    {"caller": "+861000000001"}, {"visitors": ["agent-17"]}, {"caller": "+861000000001", "mode": "message"},
    {"account": ID.upper()}, {"agent": 17}, {"unknown": "x"}, {"mode": None},
])
def test_whatever_needs_a_second_look_is_left_to_the_schema(changed: Mapping[str, Any]) -> None:
    assert not SCHEMAS[0].takes_as_it_is({**LOOKUP, **changed})


def test_a_lack_is_the_schema_s_to_tell() -> None:
    without = {name: value for name, value in LOOKUP.items() if name != "agent"}
    assert not SCHEMAS[0].takes_as_it_is(without)
    with pytest.raises(ValidationError):
        SCHEMAS[0].load(without)


def test_a_member_that_is_more_than_a_string_is_never_plain() -> None:
    class Counting(PlainSchema):
        plain = frozenset(("count",))

        count = fields.Integer()

    with pytest.raises(TypeError, match="plain"):
        Counting()


def test_nor_one_that_nobody_may_send() -> None:
    class Answering(PlainSchema):
        plain = frozenset(("name",))

        name = fields.String(dump_only=True)

    with pytest.raises(TypeError, match="plain"):
        Answering()


def test_nothing_is_filled_in_where_it_lacks() -> None:
    class Filling(PlainSchema):
        plain = frozenset(("name",))

        name = fields.String()
        mode = fields.String(load_default="number")

    with pytest.raises(TypeError, match="mode"):
        Filling()


def test_a_check_of_the_whole_that_would_be_passed_over_is_named_as_one_of_others() -> None:
    class Judging(PlainSchema):
        plain = frozenset(("name",))

        name = fields.String()

        @validates_schema
        def whole(self, data: Mapping[str, Any], **_: Any) -> None:
            raise ValidationError("never right", "name")

    class Named(Judging):
        of_others = frozenset(("whole",))

    with pytest.raises(TypeError, match="whole"):
        Judging()
    assert Named().takes_as_it_is({"name": "some"})
