"""A history holds of an attempt what decisions read, and its hash, instead of the whole entry; and a line's holds
nothing of an attempt at a borrower that nobody answered.

Attempts are most of what a lookup reads: a kilobyte each, of which decisions use a third.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LEAVES = sa.table("leaves", sa.column("index", LONG), sa.column("at", LONG), sa.column("leaf", sa.LargeBinary))
HISTORY = sa.table("history", sa.column("subject", sa.LargeBinary), sa.column("index", LONG), sa.column("at", LONG),
                   sa.column("leaf", sa.LargeBinary))
AT_ONCE = 5_000  # entries
HASH = 32  # bytes: every leaf is longer
FIRST, SECOND = "attempt-recorded/1", "attempt-recorded/2"
ANSWERED = {"reached-person", "engaged", "wrong-person", "declined", "household", "voicemail", "screened"}
EPOCH, DAY_ZERO = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1)
ROW = (HISTORY.c.index == sa.bindparam("number"), HISTORY.c.subject == sa.bindparam("whose"))
WHOLE = sa.func.length(HISTORY.c.leaf) != HASH


def upgrade() -> None:
    connection = op.get_bind()
    shorten = sa.update(HISTORY).values(leaf=sa.bindparam("filed")).where(*ROW, WHOLE)
    for attempts in _in_steps(connection):
        _run(connection, shorten, [
            {"number": index, "whose": whose, "filed": _brief(entry, leaf)}
            for index, _, entry, leaf in attempts for whose in _subjects(entry)])
        _run(connection, sa.delete(HISTORY).where(*ROW), [
            {"number": index, "whose": line}
            for index, _, entry, _ in attempts for line in _for_nothing(entry)])


def downgrade() -> None:
    connection = op.get_bind()
    restore = sa.update(HISTORY).values(leaf=sa.bindparam("filed")).where(*ROW, WHOLE)
    for attempts in _in_steps(connection):
        _run(connection, restore, [
            {"number": index, "whose": whose, "filed": leaf}
            for index, _, entry, leaf in attempts for whose in _subjects(entry)])
        _run(connection, sa.insert(HISTORY), [
            {"subject": line, "index": index, "at": at, "leaf": sha256(b"\0" + leaf).digest()}
            for index, at, entry, leaf in attempts for line in _for_nothing(entry)])


def _run(connection: sa.Connection, statement: sa.Executable, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _in_steps(connection: sa.Connection) -> Iterator[list[tuple[int, int, dict[str, Any], bytes]]]:
    """The attempts of the log, some at a time: index, time, entry and leaf."""
    step = sa.select(LEAVES.c.index, LEAVES.c.at, LEAVES.c.leaf).where(
        LEAVES.c.index > sa.bindparam("after")).order_by(LEAVES.c.index).limit(AT_ONCE)
    after = -1
    while rows := list(connection.execute(step, {"after": after})):
        decoded = [(index, at, json.loads(leaf), leaf) for index, at, leaf in rows if b"attempt-recorded/" in leaf]
        yield [one for one in decoded if one[2]["kind"] in (FIRST, SECOND)]
        after = rows[-1][0]


def _subjects(entry: dict[str, Any]) -> list[bytes]:
    """With whom an attempt is filed."""
    return [bytes.fromhex(entry["body"][one]) for one in ("borrower", "line") if one in entry["body"]]


def _for_nothing(entry: dict[str, Any]) -> list[bytes]:
    """The line in whose history an attempt at a borrower stood though nobody answered."""
    body = entry["body"]
    if "borrower" not in body or "line" not in body or body["direction"] == "inbound" or body["class"] in ANSWERED:
        return []
    return [bytes.fromhex(body["line"])]


def _brief(entry: dict[str, Any], leaf: bytes) -> bytes:
    """The array that `registry/model/briefs.py` wrote when this was made."""
    body = entry["body"]
    local, there = body.get("local"), body.get("line_local", ())
    members = [
        entry["kind"] == FIRST, body["provider"], body["attempt"], body["seq"],
        *(body.get(name) for name in ("borrower", "channel", "agency", "account")), body["direction"] == "outbound",
        *(body[name] for name in ("class", "medium", "grade")), "confirmed" in body,
        _milliseconds(body["began_at"]) if "began_at" in body else None, _milliseconds(body["signed_at"]),
        body.get("ring_seconds"),
        *((None,) * 4 if local is None else (
            (date.fromisoformat(local["date"]) - DAY_ZERO).days, local["minute"], local["offset"], local["zone"])),
        [one["zone"] for one in there], [one["minute"] for one in there], body.get("ticket"),
        b64encode(sha256(b"\0" + leaf).digest()).decode(),
    ]
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)
