"""Files of call detail records: one signature over all, and each row for itself."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers import cdr
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.model.times import DAY, MINUTE, SECOND, stamp
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import NAME, Desk, class_of, code_of
from tests.courier.world import PHONE, SECRET, START, signed

TABLE = shipped_outcomes("cdr")
COLUMNS = ("attempt_id", "seq", "direction", "to", "from", "sip", "q850", "hangup_by", "began_at", "ring_seconds")
CSV, NDJSON = "text/csv; charset=utf-8", "application/x-ndjson"


def call(seq: int = 1, **changes: Any) -> dict[str, Any]:
    """One call that rang out."""
    return {"attempt_id": f"call-{seq}", "seq": seq, "direction": "outbound", "to": PHONE, "from": "+8610000009999",
            "q850": 19, "began_at": stamp(START - MINUTE), "ring_seconds": 30, **changes}


def csv_of(*calls: dict[str, Any], columns: tuple[str, ...] = COLUMNS, end: str = "\r\n") -> bytes:
    lines = [",".join(columns), *(",".join(str(one.get(name, "")) for name in columns) for one in calls)]
    return (end.join(lines) + end).encode()


def ndjson_of(*calls: dict[str, Any]) -> bytes:
    rows = [{name: value for name, value in one.items() if name not in cdr.CAUSE}
            | {"cause": {name: one[name] for name in cdr.CAUSE if name in one}} for one in calls]
    return "\n".join(json.dumps(row) for row in rows).encode()


def read(body: bytes, kind: str = CSV) -> list[Event | RefusedEvent]:
    return list(cdr.read(Callback({}, body, "", kind), TABLE, Signed("m", 0, body)))


def test_a_file_as_columns_and_a_file_as_objects_tell_the_same() -> None:
    calls = (call(1), call(2, q850="", sip=486), call(3, sip=480), call(4, q850=21, hangup_by="callee"))
    found = read(csv_of(*calls))
    assert found == read(ndjson_of(call(1), {k: v for k, v in call(2, sip=486).items() if k != "q850"},
                                   call(3, sip=480), call(4, q850=21, hangup_by="callee")), NDJSON)
    assert [class_of(one, TABLE) for one in found] == ["no-answer", "busy", "no-answer", "declined"]
    assert all(isinstance(one, Event) and one.medium == "voice" for one in found)


@pytest.mark.parametrize(("spoilt", "of"), [
    (call(2, sip="48x"), "a code that is no number"), (call(2) | {"seq": "0"}, "a number that begins at one"),
    (call(2) | {"seq": ""}, "no number"), (call(2, direction="sideways"), "a direction that is none"),
    (call(2, began_at="yesterday"), "a time that is none"), (call(2, to=""), "no line"),
    (call(2) | {"seq": "01"}, "another spelling"), (call(2, ring_seconds="90000"), "longer than a day"),
    (call(2, to="a\tb"), "a control character"),
])
def test_a_bad_row_is_refused_for_itself_and_the_others_stand(spoilt: dict[str, Any], of: str) -> None:
    found = read(csv_of(call(1), spoilt, call(3)))
    assert [isinstance(one, Event) for one in found] == [True, False, True], of
    assert isinstance(found[1], RefusedEvent)
    assert (found[1].code, PHONE in found[1].detail) == ("row-malformed", False)


@pytest.mark.parametrize("row", [
    b'{"medium": "sms"}', b'{"cause": {"status": "busy"}}', b'{"cause": 5}', b"[]", b"{", b'{"seq": 1, "seq": 1}',
    b'{"color": "red"}',
])
def test_an_object_with_anything_else_or_anything_twice_is_a_bad_row(row: bytes) -> None:
    found = read(ndjson_of(call(1)) + b"\n" + row, NDJSON)
    assert [isinstance(one, Event) for one in found] == [True, False]


@pytest.mark.parametrize("body", [
    b"", b"\n", csv_of(call(), columns=(*COLUMNS, "color")), csv_of(call(), columns=COLUMNS[1:]),
    csv_of(call(), columns=(*COLUMNS, "seq")), csv_of(), csv_of(*(call(n) for n in range(1, 502))),
    b'attempt_id,"seq\n', b"\xff\xfe", csv_of(call(), columns=(*COLUMNS, "medium")),
    csv_of(call(), columns=(*COLUMNS, "status")),
])
def test_a_file_that_is_none_is_refused_whole(body: bytes) -> None:
    assert code_of(lambda: read(body)) == "file-malformed"


def test_a_file_of_another_type_is_refused_whole() -> None:
    assert code_of(lambda: read(csv_of(call()), "application/json")) == "headers-malformed"


def test_a_row_with_a_cell_too_few_is_refused_for_itself() -> None:
    found = read(csv_of(call(1)) + b"call-2,2\r\n")
    assert [isinstance(one, Event) for one in found] == [True, False]


def test_five_hundred_rows_are_a_file() -> None:
    assert len(read(csv_of(*(call(n) for n in range(1, 501))))) == 500


# In the courier.


class Switch(Desk):
    """A switch's exporter, with a shared secret."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "cdr", "B", secret=SECRET)

    def send(self, body: bytes, ident: str = "file-1", kind: str = CSV, sent: bytes | None = None) -> str:
        headers = signed(ident, self.now // SECOND, body)
        return self.post(Callback(headers, body if sent is None else sent, "", kind))

    def status(self) -> dict[str, Any]:
        return self.world.courier.provider_status(NAME)


@pytest.fixture
def switch(tmp_path: Path) -> Switch:
    return Switch(tmp_path)


def test_a_signed_file_becomes_entries_and_the_same_file_again_none(switch: Switch) -> None:
    body = csv_of(call(1), call(2, q850=17), call(3, sip=404, q850=""))
    assert [switch.send(body), switch.send(body), switch.send(body, "file-2")] == ["recorded", "repeated", "recorded"]
    assert switch.attempts() == [("no-answer", "B"), ("busy", "B"), ("dead-address", "B")]
    assert (switch.status()["next_seq"], switch.status()["gaps"], switch.status()["waiting"]) == (4, [], 0)


def test_refused_rows_are_named_by_their_numbers_and_nothing_of_them_is_shown(switch: Switch) -> None:
    switch.send(csv_of(call(1), call(2, sip="48x"), call(3), call(4, began_at="yesterday")))
    assert switch.status()["refused"] == [{"webhook_id": "file-1", "why": "row-malformed", "rows": [2, 4]}]
    assert switch.status()["gaps"] == [{"from_seq": 2, "through_seq": 2}], "what was refused is missing, and shows"
    assert len(switch.attempts()) == 2


def test_a_file_of_one_bad_row_names_it_too(switch: Switch) -> None:
    switch.send(csv_of(call(1, sip="48x")))
    assert switch.status()["refused"] == [{"webhook_id": "file-1", "why": "row-malformed", "rows": [1]}]


@pytest.mark.parametrize("sent", [csv_of(call(1)) + b"\n", csv_of(call(1), end="\n"), csv_of(call(2))])
def test_a_file_altered_by_a_byte_is_refused_whole(switch: Switch, sent: bytes) -> None:
    assert switch.send(csv_of(call(1)), sent=sent) == "signature-invalid"
    assert switch.attempts() == []


def test_the_same_id_for_another_file_is_refused_whole(switch: Switch) -> None:
    switch.send(csv_of(call(1)))
    assert switch.send(csv_of(call(2))) == "webhook-id-reused"


def test_a_row_that_uses_anothers_number_is_refused_and_the_rest_of_the_file_stands(switch: Switch) -> None:
    switch.send(csv_of(call(1), call(1, attempt_id="another"), call(2)))
    assert switch.attempts() == [("no-answer", "B"), ("no-answer", "B")]
    assert switch.world.vault.alarms == ["attempt-sequence-conflict"]


def test_rows_of_the_day_before_yesterday_keep_the_sequence_and_a_reach_among_them_its_sign_of_life(
    switch: Switch,
) -> None:
    then = stamp(START - 2 * DAY)
    switch.send(csv_of(call(1, began_at=then), call(2, began_at=then, q850=21, hangup_by="callee"), call(3)))
    bodies = switch.world.attempts()
    assert ["channel" in body for body in bodies] == [False, False, True]
    assert len(switch.world.vault.bodies("sign-of-life/1")) == 1


def test_two_thousand_digits_or_a_whole_file_of_quotes_take_no_time(switch: Switch) -> None:
    for body in (csv_of(call(1, sip="9" * 2000)), b'"' * 100_000, b"," * 200_000):
        switch.send(body, base64.b16encode(body[:4]).decode())
    assert switch.attempts() == []
