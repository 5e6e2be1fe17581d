"""What decisions read of an attempt to reach somebody.

Most entries of a history are attempts. The courier's signature, the outcome table and what the provider called the
outcome are for whoever checks such an entry, not for whoever counts it. Nothing is judged here.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import orjson

from registry.model.catalogue.evidence import ATTEMPTS, SHOWS_LIFE
from registry.model.entries import Entry
from registry.model.times import day_number, moment


class Brief(NamedTuple):
    """An attempt's entry in brief. Times are milliseconds; members as in `attempt-recorded`, None where absent.

    `first`: of the first version of its kind. `day`, `minute`, `offset`, `zone`: the beginning by the clocks of the
    borrower's residence, the day since 1970-01-01; `minutes`: by those of the line's `zones`.
    """

    index: int  # type: ignore[assignment]  # a tuple has a method of this name, which nobody misses
    at: int
    first: bool
    provider: str
    attempt: str
    seq: int
    borrower: str | None
    channel: str | None
    agency: str | None
    account: str | None
    outbound: bool
    outcome: str
    medium: str
    grade: str
    confirmed: bool
    began: int | None
    signed: int
    ring: int | None
    day: int | None
    minute: int | None
    offset: int | None
    zone: str | None
    zones: list[str]
    minutes: list[int]
    ticket: str | None

    @property
    def answered(self) -> bool:
        """Whether somebody was reached, or called himself."""
        return not self.outbound or self.outcome in SHOWS_LIFE

    @property
    def kind(self) -> str:
        """The kind of its entry."""
        return ATTEMPTS[0 if self.first else 1]


def brief_of(entry: Entry) -> Brief:
    """An `attempt-recorded` in brief. What many of them say is one string: a history takes half the memory so, and
    reading it looks at half as many places."""
    body = entry.body
    get, one = body.get, sys.intern
    local, began = get("local") or {}, get("began_at")
    date, there = local.get("date"), get("line_local", ())
    return Brief(
        entry.index, entry.at, entry.kind == ATTEMPTS[0], one(body["provider"]), body["attempt"], body["seq"],
        _one(get("borrower")), _one(get("channel")), _one(get("agency")), _one(get("account")),
        body["direction"] == "outbound", one(body["class"]), one(body["medium"]), one(body["grade"]),
        "confirmed" in body, None if began is None else moment(began), moment(body["signed_at"]), get("ring_seconds"),
        None if date is None else day_number(date), local.get("minute"), local.get("offset"), _one(local.get("zone")),
        [one(line["zone"]) for line in there], [line["minute"] for line in there], get("ticket"),
    )


def _one(text: str | None) -> str | None:
    return None if text is None else sys.intern(text)


def to_bytes(brief: Brief, hashed: str) -> bytes:
    """A JSON array: all members but index and time, and the base64 of the entry's hash in the tree, which binds what
    is left out."""
    return orjson.dumps((*brief[2:], hashed))


def from_bytes(index: int, at: int, data: bytes) -> Brief:
    """The brief that `to_bytes` wrote of the entry at `index`, logged at `at`."""
    # As `_make` does, which takes half as long again: a decision reads some thirty.
    return tuple.__new__(Brief, (index, at, *orjson.loads(data)[:-1]))
