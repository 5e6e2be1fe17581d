"""Records out of CSV or NDJSON, one at a time, each with its line; a line that is no record says why and is passed.

A CSV column is named by its place in the API's object, with dots: `ref`, `name.given`, `channels.0.value`. A file
of channels has `medium,value,use`; one of contacts `ref,name,relation,number,languages,rank`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from registry.errors import MalformedError
from registry.sealer.record import CHANNEL, KNOWN, Record

MAX_LINE = 256 * 1024  # bytes
PARTS = frozenset({"given", "family", "jwe"})
Found = Record | MalformedError


@dataclass(frozen=True, slots=True)
class Row:
    """What one line (or one CSV record over several) holds: a record, or what is wrong with it."""

    line: int
    record: Found


def lines(source: BinaryIO, read: Callable[[int], None] = lambda size: None) -> Iterator[str]:
    """Lines as text; bytes that are no UTF-8 become lone surrogates. `read` hears of each line's bytes.

    Raises MalformedError at a line that is too long to be one.
    """
    number = 0
    while data := source.readline(MAX_LINE + 1):
        number += 1
        if len(data) > MAX_LINE:
            raise MalformedError(f"line {number} is longer than {MAX_LINE} bytes: this is not a file of records")
        read(len(data))
        yield data.decode("utf-8-sig" if number == 1 else "utf-8", "surrogateescape")


def ndjson(source: Iterator[str]) -> Iterator[Row]:
    """One JSON object a line; empty lines are passed over."""
    for number, line in enumerate(source, 1):
        if line.strip():
            yield Row(number, _parsed(line))


def _parsed(line: str) -> Found:
    try:
        line.encode()
        value = json.loads(line, object_pairs_hook=_unique)
    except UnicodeEncodeError:
        return _not_utf8()
    except (ValueError, RecursionError):
        return MalformedError("not JSON, or a member is given twice: one object a line", code="json-malformed")
    if not isinstance(value, dict):
        return MalformedError("expected one JSON object a line")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


Rows = Iterator[tuple[Row, list[str]]]  # with the cells as they came, of CSV


@dataclass(frozen=True, slots=True)
class Table:
    """The header of a CSV file: the columns as they came, and as they leave."""

    columns: tuple[str, ...]

    @property
    def sealed(self) -> tuple[str, ...]:
        """The columns of the sealed file: each personal one gives way to its `jwe`, two of one name to one."""
        return tuple(dict.fromkeys(_sealed(column) for column in self.columns))

    def record(self, cells: Sequence[str]) -> Found:
        """The object that a row stands for; an empty cell is an absent member."""
        if len(cells) != len(self.columns):
            return MalformedError(f"{len(cells)} columns, and the header names {len(self.columns)}")
        if any("\ud800" <= one <= "\udfff" for cell in cells for one in cell):
            return _not_utf8()
        made: Record = {}
        if any(column.startswith("channels.") for column in self.columns):
            made["channels"] = {}
        for column, cell in zip(self.columns, cells, strict=True):
            if cell.strip():
                _put(made, column, _typed(column, cell))
        if "channels" in made:
            made["channels"] = [made["channels"][place] for place in sorted(made["channels"])]
        return made

    def cells(self, before: Sequence[str], record: Record) -> list[str]:
        """A sealed record as a row: what stayed in clear is written as it came."""
        came = dict(zip(self.columns, before, strict=True))
        flat = {"jwe": record.get("jwe", ""), "name.jwe": record.get("name", {}).get("jwe", "")}
        places = sorted({column.split(".")[1] for column in self.columns if column.startswith("channels.")}, key=int)
        filled = [place for place in places
                  if any(came[one].strip() for one in self.columns if one.startswith(f"channels.{place}."))]
        for place, channel in zip(filled, record.get("channels", ()), strict=True):
            flat[f"channels.{place}.jwe"] = channel["jwe"]
        return [flat[column] if column in flat else "" if _is_jwe(column) else came[column] for column in self.sealed]


def header(cells: Sequence[str], keep: Sequence[str]) -> Table:
    """The table of a header row. Raises MalformedError at a column that no record of the API has.

    An unknown column is told by its place: in a file without a header it would be somebody's number.
    """
    columns = tuple(cell.strip() for cell in cells)
    for place, column in enumerate(columns, 1):
        if not _known(column) and column not in keep:
            raise MalformedError(f"line 1: column {place} is no member of the API: the first line names the columns, "
                                 "as in ref,name.given,channels.0.value; --keep NAME lets one of your own pass",
                                 code="unknown-member")
    twice = {"value", "number"} <= set(columns) or {"name", "name.given"} <= set(columns)
    if twice or len(set(columns)) != len(columns):
        raise MalformedError("line 1: a column, or two names of the same value, are there twice")
    return Table(columns)


def table(source: Iterator[str], delimiter: str, keep: Sequence[str]) -> tuple[Table, Rows]:
    """The header, and every row with its cells as they came. Raises MalformedError where the header is none."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    try:
        found = header(next(reader, []), keep)
    except csv.Error as error:
        raise MalformedError("line 1 is not CSV: check quotes and --delimiter") from error
    if not found.columns:
        raise MalformedError("line 1 names no columns: CSV begins with a header")
    return found, _rows(reader, found)


def _rows(reader: Any, found: Table) -> Iterator[tuple[Row, list[str]]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield Row(line, MalformedError("not CSV: check quotes and --delimiter")), []
            continue
        if cells is None:
            return
        if cells:
            yield Row(line, found.record(cells)), cells


def _known(column: str) -> bool:
    match column.split("."):
        case ["channels", place, member]:
            return place.isascii() and place.isdigit() and len(place) < 3 and member in CHANNEL
        case ["name", part]:
            return part in PARTS
        case [member]:
            return member in KNOWN and member != "channels"
    return False


def _sealed(column: str) -> str:
    if column == "name" or column.startswith("name."):
        return "name.jwe"
    head, _, member = column.rpartition(".")
    return f"{head}.jwe".lstrip(".") if member in ("value", "number") else column


def _is_jwe(column: str) -> bool:
    return column.rpartition(".")[2] == "jwe"


def _typed(column: str, cell: str) -> object:
    if column == "languages":
        return cell.replace(",", " ").replace(";", " ").split()
    if column == "rank" and cell.strip().isascii() and cell.strip().isdigit():
        return int(cell)
    return cell if column in ("name", "name.given", "name.family", "value", "number") else cell.strip()


def _put(made: Record, column: str, value: object) -> None:
    match column.split("."):
        case ["channels", place, member]:
            made["channels"].setdefault(int(place), {})[member] = value
        case ["name", part]:
            made.setdefault("name", {})[part] = value
        case _:
            made[column] = value


def _not_utf8() -> MalformedError:
    return MalformedError("not UTF-8: save the file in that encoding")
