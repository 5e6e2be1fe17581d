"""Call detail records of any switch: a file of up to 500 calls with SIP and Q.850 codes, signed as one message.

The signature is that of a Standard Webhooks message over the whole file. Two forms: `text/csv` (RFC 4180, UTF-8, the
first line names the columns) and `application/x-ndjson` (one object a line). A row is the neutral event's `data`
without medium and status: a switch knows codes, and every call is voice. `seq` numbers the calls of the account from
1, so that a call that is left out shows.

The file is refused whole for its signature, its clock, its form or its columns; else each row stands for itself.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.courier.providers import neutral, webhooks
from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.strict import read_object
from registry.policy.outcomes import OutcomeTable

MOST_ROWS = 500
MOST_BYTES = 256 * 1024
CSV, NDJSON = "text/csv", "application/x-ndjson"
NUMBERS = ("seq", "sip", "q850", "ring_seconds")
CAUSE = ("sip", "q850", "hangup_by")
REQUIRED = ("attempt_id", "seq", "direction", "to", "from", "began_at")
COLUMNS = frozenset((*REQUIRED, *CAUSE, "ticket", "account", "ring_seconds", "ended_at"))

_INTEGER = re.compile(r"(0|-?[1-9][0-9]{0,15})\Z", re.ASCII)
Row = Mapping[str, Any]


def verify(credential: webhooks.Credential, callback: Callback, received_at: int) -> Signed:
    """Who sent this file, and when, or RefusedEvent."""
    return webhooks.verify(credential, callback.headers, callback.body, received_at, MOST_BYTES)


def read(callback: Callback, _table: OutcomeTable, _signed: Signed) -> Sequence[Event | RefusedEvent]:
    """Each row's call, or why it is refused, in the file's order. Raises RefusedEvent for what is no such file."""
    kind = callback.content_type.partition(";")[0].strip().lower()
    if kind not in (CSV, NDJSON):
        raise RefusedEvent("a file is text/csv or application/x-ndjson", code="headers-malformed")
    try:
        text = callback.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedEvent("the file is not UTF-8", code="file-malformed") from error
    rows = _csv(text) if kind == CSV else _ndjson(text)
    if not 1 <= len(rows) <= MOST_ROWS:
        raise RefusedEvent(f"a file has 1 to {MOST_ROWS} rows", code="file-malformed")
    return [_read(row) for row in rows]


def _csv(text: str) -> list[Callable[[], Row]]:
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        raise RefusedEvent("the file is no CSV as RFC 4180 has it", code="file-malformed") from error
    names = lines[0] if lines else []
    if len(set(names)) != len(names) or not set(REQUIRED) <= set(names) <= COLUMNS:
        raise RefusedEvent("the first line names each column once, and all that are needed", code="file-malformed")
    return [lambda cells=cells: _cells(names, cells) for cells in lines[1:]]  # type: ignore[misc]


def _cells(names: Sequence[str], cells: Sequence[str]) -> Row:
    """The members of one line; an empty cell says nothing. Raises RefusedEvent."""
    if len(cells) != len(names):
        raise RefusedEvent("a row has as many cells as there are columns", code="row-malformed")
    found: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell == "":
            continue
        if name in NUMBERS and _INTEGER.match(cell) is None:
            raise RefusedEvent(f"{name} is an integer", code="row-malformed")
        (found.setdefault("cause", {}) if name in CAUSE else found)[name] = int(cell) if name in NUMBERS else cell
    return {"cause": {}, **found}


def _ndjson(text: str) -> list[Callable[[], Row]]:
    return [lambda line=line: read_object(line.encode("utf-8")) for line in text.split("\n") if line.strip()]  # type: ignore[misc]


def _read(row: Callable[[], Row]) -> Event | RefusedEvent:
    try:
        found = row()
        cause = found.get("cause")
        if "medium" in found or (isinstance(cause, dict) and "status" in cause):
            raise RefusedEvent("a call detail record has neither medium nor status")
        return neutral.event_of({**found, "medium": "voice"})
    except RefusedEvent as error:
        return RefusedEvent(error.detail, code="row-malformed")


ADAPTER = Adapter(verify, read, secret=webhooks.shared_secret, public_key=webhooks.public_key, numbers=True)
