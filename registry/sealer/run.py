"""The whole file: read a line, seal it, write it, forget it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, TextIO

from registry.errors import MalformedError
from registry.sealer.record import Record, Sealer
from registry.sealer.rows import Row, Rows, Table, lines, ndjson, table

FORMS = ("csv", "ndjson")
SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line: where, in the words of the file's own form, and why. Never a value."""

    line: int
    member: str
    code: str
    detail: str

    def __str__(self) -> str:
        return f"line {self.line}{', ' if self.member else ''}{self.member}: {self.detail} ({self.code})"


@dataclass(slots=True)
class Report:
    """How far it came."""

    lines: int = 0
    sealed: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """What to read, and as what to write it."""

    sealer: Sealer
    form: str
    to: str
    delimiter: str = ","
    keep: Sequence[str] = ()

    def run(
        self, source: BinaryIO, out: TextIO, fault: Callable[[Fault], bool],
        read: Callable[[int], None] = lambda size: None,
    ) -> Report:
        """Seals every line of `source` into `out`.

        `fault` hears of each bad line, and says whether to go on writing: once it has said no, what follows is only
        checked. Raises MalformedError where the file is none of its form.
        """
        columns, rows = self._rows(lines(source, read))
        report, writing, sealer = Report(), True, self.sealer
        write = _writer(out, self.to, columns)
        for row, cells in rows:
            report.lines += 1
            found = _sealed(sealer, row)
            if isinstance(found, MalformedError):
                report.bad += 1
                if not fault(_fault(row.line, found, self.form)):
                    writing, sealer = False, replace(sealer, encrypt=lambda plain: plain)
            elif writing:
                write(cells, found)
                report.sealed += 1
        return report

    def _rows(self, source: Iterator[str]) -> tuple[Table | None, Rows]:
        if self.form == "csv":
            return table(source, self.delimiter, self.keep)
        return None, ((row, []) for row in ndjson(source))


def form_of(name: str, first: bytes) -> str:
    """csv or ndjson, by the file's name, else by its first byte."""
    ending = name.rpartition(".")[2].lower()
    if ending in ("ndjson", "jsonl", "json"):
        return "ndjson"
    if ending in ("csv", "tsv"):
        return "csv"
    return "ndjson" if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "csv"


def _sealed(sealer: Sealer, row: Row) -> Record | MalformedError:
    if isinstance(row.record, MalformedError):
        return row.record
    try:
        return sealer.sealed(row.record)
    except MalformedError as error:
        return error


def _writer(out: TextIO, to: str, columns: Table | None) -> Callable[[list[str], Record], None]:
    if to == "ndjson":
        def write_line(_cells: list[str], record: Record) -> None:
            out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        return write_line
    if columns is None:
        raise MalformedError("NDJSON stays NDJSON: a list of channels has no place in CSV")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(columns.sealed)

    def write_row(cells: list[str], record: Record) -> None:
        rows.writerow(columns.cells(cells, record))
    return write_row


def _fault(line: int, error: MalformedError, form: str) -> Fault:
    pointer = error.pointer or ""
    detail = error.detail.removeprefix(f"{pointer}: ")
    return Fault(line, pointer[1:].replace("/", ".") if form == "csv" else pointer, error.code, detail)

