"""An outcome table: which cause of an attempt means what. Fail closed: whatever it does not name is `unknown`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import MalformedError
from registry.policy.pack import digest

# From least to most favourable to a release: of several causes given, the first in this list decides.
LEAST_FAVOURABLE_FIRST = (
    "reached-person", "engaged", "wrong-person", "declined", "household", "voicemail", "screened", "caller-fault",
    "unknown", "busy", "delivered", "no-answer", "not-alerted", "dead-address",
)
ANSWERED = frozenset(
    {"reached-person", "engaged", "wrong-person", "declined", "household", "voicemail", "screened", "delivered"}
)
FIELDS = ("q850", "sip", "status")


@dataclass(frozen=True, slots=True)
class Said:
    """What one of a provider's own words stands for. `cause` as in `attempt-recorded`; `rang`: the call may have
    rung until the end, so that its length tells for how long."""

    cause: Mapping[str, int | str | bool]
    rang: bool


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """A table as read. `classes`: (field, value) -> class; `alone`: causes that say something only without others;
    `needs_callee`: causes that count as given only when the callee hung up; `said`: a provider's own words;
    `setup_seconds`: of a call's length, the time in which it is set up and nothing rings."""

    name: str
    version: str
    sha256: str
    min_ring_seconds: int
    classes: Mapping[tuple[str, object], str]
    alone: frozenset[tuple[str, object]]
    needs_callee: frozenset[tuple[str, object]]
    said: Mapping[str, Said]
    setup_seconds: int

    @classmethod
    def read(cls, text: str) -> OutcomeTable:
        """The table in a TOML text. Raises MalformedError (code `table-malformed`)."""
        try:
            data = tomllib.loads(text)
            rows = data["row"]
            classes: dict[tuple[str, object], str] = {}
            for row in rows:
                for value in row["values"]:
                    _take(classes, row, value)
            marked = {
                mark: frozenset((row["field"], value) for row in rows if row.get(mark) for value in row["values"])
                for mark in ("alone", "needs_callee")
            }
            ring, setup = data["min_ring_seconds"], data.get("setup_seconds", 0)
            if type(ring) is not int or ring < 1 or type(setup) is not int or setup < 0:
                raise _bad("min_ring_seconds is a positive integer, setup_seconds none below 0")
            return cls(str(data["table"]), str(data["version"]), digest(text), ring, classes, marked["alone"],
                       marked["needs_callee"], _said(data.get("said", []), classes), setup)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
            raise _bad("the table needs table, version, min_ring_seconds and rows") from error

    def value(self) -> dict[str, str]:
        """The form inside an attempt's entry."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}

    def classify(
        self, cause: Mapping[str, Any], ring_seconds: int | None = None, direction: str = "outbound",
    ) -> str:
        """The class of one event. `cause` as in `attempt-recorded`: sip?, q850?, status?, hangup_by?, unmapped?."""
        if direction == "inbound":
            return "reached-person"
        found = [self._one(field, cause[field], cause) for field in FIELDS if field in cause]
        classes = {one for one in found if one is not None}
        if cause.get("hangup_by") == "caller" and not classes & ANSWERED:
            classes.add("caller-fault")
        if cause.get("unmapped") is True or not classes:
            classes.add("unknown")
        least = min(classes, key=LEAST_FAVOURABLE_FIRST.index)
        if least == "no-answer" and (ring_seconds is None or ring_seconds < self.min_ring_seconds):
            return "unknown"
        return least

    def _one(self, field: str, value: object, cause: Mapping[str, Any]) -> str | None:
        """The class of one cause; None where it says nothing beside the others given."""
        key = (field, value)
        if key in self.alone and any(other in cause for other in FIELDS if other != field):
            return None
        if key in self.needs_callee and cause.get("hangup_by") != "callee":
            return "unknown"
        return self.classes.get(key, "unknown")


def _said(rows: Sequence[Mapping[str, Any]], classes: Mapping[tuple[str, object], str]) -> dict[str, Said]:
    """A provider's own words. Each stands for causes that rows of the same table name, or for `unmapped`."""
    found: dict[str, Said] = {}
    for row in rows:
        cause = row["cause"]
        known = cause == {"unmapped": True} or (cause and all(one in classes for one in cause.items()))
        if row["word"] in found or not known:
            raise _bad("a provider's word stands once, for causes that rows name")
        _check_source(row)
        found[row["word"]] = Said(cause, row.get("rang") is True)
    return found


def _check_source(row: Mapping[str, Any]) -> None:
    if not isinstance(row.get("source"), str) or not row["source"].strip():
        raise _bad("every row names its source")


def _take(classes: dict[tuple[str, object], str], row: Mapping[str, Any], value: object) -> None:
    key = (row["field"], value)
    if row["field"] not in FIELDS or row["class"] not in LEAST_FAVOURABLE_FIRST or key in classes:
        raise _bad("a row names a known field and class, and a value only once")
    _check_source(row)
    classes[key] = row["class"]


def _bad(detail: str) -> MalformedError:
    return MalformedError(detail, code="table-malformed")
