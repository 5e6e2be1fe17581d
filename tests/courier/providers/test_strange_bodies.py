"""Whatever a provider or a stranger writes, a body is read, or refused in words: nothing else ever comes of it."""

from __future__ import annotations

import copy
import json
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.courier.providers.adapters import ADAPTERS
from registry.courier.providers.event import Callback, Event, RefusedEvent, Ringing, Signed
from registry.courier.providers.pull import Asking
from registry.errors import UnavailableError
from registry.model.catalogue import KINDS
from registry.model.shapes import check_fields
from registry.model.times import LATEST, stamp
from registry.policy import OutcomeTable
from registry.shipped import shipped_outcomes
from tests.courier.providers import (
    test_aliyun,
    test_huawei,
    test_mailgun,
    test_sendgrid,
    test_ses,
    test_tencent,
    test_vonage,
)
from tests.courier.providers.desk import URL, Answers, body_of
from tests.courier.world import START

BODIES: dict[str, Any] = {
    "vonage": test_vonage.event("completed"), "sendgrid": [test_sendgrid.event("bounce", type="bounce")],
    "huawei": test_huawei.state(), "aliyun-vms": [test_aliyun.call()], "aliyun-sms": [test_aliyun.message()],
    "tencent-voice": test_tencent.status(), "tencent-sms": [test_tencent.state()],
    "mailgun": {"event-data": test_mailgun.data("failed", severity="permanent", reason="bounce")},
    "ses": {"Type": "Notification", "Message": ""},
}
INSIDE = {"ses": test_ses.bounce()}
ANSWERS: dict[str, tuple[str, Any]] = {
    "aliyun-vms": (test_aliyun.VOICE_SECRET, test_aliyun.record()),
    "aliyun-sms": (test_aliyun.SMS_SECRET, test_aliyun.details(test_aliyun.detail())),
    "tencent-sms": (test_tencent.SMS_SECRET, {"Response": {"PullSmsSendStatusSet": [test_tencent.record()]}}),
    "mailgun": (test_mailgun.SECRET, {"items": [test_mailgun.data()]}),
}
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20), st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.none()),
    st.sampled_from(["", "0000-01-01 00:00:00", "1900-01-01 00:00:00", "9999-12-31 23:59:59", "999999999999",
                     "9999-12-31T23:59:59-23:59", 1e305, "0", "-1", "1e9", "٣", "\x00", "a" * 70_000]),
)
QUIET = settings(max_examples=60, deadline=None, derandomize=True)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the whole of it too."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in items:
        found += places(one, (*path, name))
    return found


def with_strange(value: Any, path: tuple[Any, ...], strange: Any) -> Any:
    if not path:
        return strange
    made = copy.deepcopy(value)
    holder = made
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = strange
    return made


def strange_in(value: Any) -> st.SearchStrategy[Any]:
    """A value with something strange at one of its places."""
    return st.tuples(st.sampled_from(places(value)), STRANGE).map(lambda found: with_strange(value, *found))


def check(event: Event, kind: str) -> None:
    """That an entry can carry what was read."""
    shape = {one: KINDS["attempt-recorded/2"].fields[one] for one in ("cause", "medium", "ring_seconds")}
    body: dict[str, Any] = {"cause": dict(event.cause), "medium": event.medium}
    if event.ring_seconds is not None:
        body["ring_seconds"] = event.ring_seconds
    check_fields(shape, body)
    for at in (event.began_at, event.ended_at):
        assert at is None or stamp(at)
        assert at is None or 0 <= at <= LATEST
    assert event.dialled
    assert shipped_outcomes(kind).classify(event.cause, event.ring_seconds, str(event.direction))


@pytest.mark.parametrize("kind", BODIES)
@QUIET
@given(data=st.data())
def test_a_body_with_something_strange_in_it_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    value = data.draw(strange_in(INSIDE.get(kind, BODIES[kind])))
    if kind in INSIDE:
        value = {**BODIES[kind], "Message": json.dumps(value)}
    callback = Callback({}, body_of(value), URL)
    try:
        found = ADAPTERS[kind].read(callback, shipped_outcomes(kind), Signed("x", START, b""))
    except RefusedEvent:
        return
    for one in found:
        assert isinstance(one, Event | Ringing | RefusedEvent)
        if isinstance(one, Event):
            check(one, kind)


@pytest.mark.parametrize("kind", ANSWERS)
@QUIET
@given(data=st.data())
def test_an_answer_with_something_strange_in_it_is_read_or_is_none(kind: str, data: st.DataObject) -> None:
    adapter, table = ADAPTERS[kind], shipped_outcomes(kind)
    secret, answer = ANSWERS[kind]
    assert adapter.secret is not None
    assert adapter.pull is not None
    [event] = adapter.read(Callback({}, body_of(BODIES[kind]), URL), table, Signed("x", START, b""))
    assert isinstance(event, Event)
    value = data.draw(strange_in(answer))
    if kind == "aliyun-vms":
        value = {"Code": "OK", "Data": json.dumps(value)}
    try:
        found = adapter.pull(adapter.secret(secret), event, Asking(Answers(value), table, START, "0" * 32))
    except (RefusedEvent, UnavailableError):
        return
    if found is not None:
        check(found, kind)


TABLES = sorted(one.name for one in files("registry.policy").joinpath("outcomes").iterdir())


@pytest.mark.parametrize("name", [one for one in TABLES if one.endswith(".toml")])
def test_nothing_counts_that_rests_on_memory_alone(name: str) -> None:
    text = files("registry.policy").joinpath("outcomes", name).read_text("utf-8")
    table, data = OutcomeTable.read(text), tomllib.loads(text)
    assert table.classify({"unmapped": True}, 86_400) == "unknown"
    for said in data.get("said", []):
        if "(memory)" in said["source"] or said["cause"] == {"unmapped": True}:
            assert table.classify(said["cause"], 86_400) == "unknown", said["word"]
    assert not [row for row in data["row"] if "(memory)" in row["source"] and row["class"] != "unknown"]
