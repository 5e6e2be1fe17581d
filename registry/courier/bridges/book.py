"""Connections that stand, and what is known of them. Every function runs in the caller's transaction.

`x` is the bridge's own number, nobody's; neither side's number is here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.courier.schema import bindings

BOUND, ENDING, OVER = "bound", "ending", "over"


@dataclass(frozen=True, slots=True)
class Bound:
    """One connection. `about`: the ids that entries name; `calls`: disguised ids of the calls told of so far;
    `draft`: of one that ends, the entry that says so."""

    ident: str
    lookup: str
    about: Mapping[str, str]
    x: str
    expires_at: int
    max_calls: int
    state: str
    calls: tuple[str, ...]
    draft: dict[str, Any] | None


def add(db: Connection, ident: str, about: Mapping[str, str], x: str, *, expires_at: int, max_calls: int) -> None:
    """Notes a connection, once."""
    db.execute(insert(bindings).values(
        binding=ident, lookup=about["lookup"], about=json.dumps(dict(about)), x=x, expires_at=expires_at,
        max_calls=max_calls, state=BOUND, calls="[]",
    ).on_conflict_do_nothing())


def find(db: Connection, ident: str) -> Bound | None:
    """The connection of that id."""
    row = db.execute(select(bindings).where(bindings.c.binding == ident)).mappings().first()
    return None if row is None else _bound(row)


def of_lookup(db: Connection, lookup: str) -> Bound | None:
    """The connection of a lookup."""
    row = db.execute(select(bindings).where(bindings.c.lookup == lookup)).mappings().first()
    return None if row is None else _bound(row)


def open_ones(db: Connection) -> list[Bound]:
    """Those that stand, or whose end is not in the log yet."""
    rows = db.execute(select(bindings).where(bindings.c.state != OVER).order_by(bindings.c.binding)).mappings()
    return [_bound(row) for row in rows]


def called(db: Connection, one: Bound, call: str) -> None:
    """One call more, told of once or oftener."""
    calls = [*dict.fromkeys((*one.calls, call))]
    db.execute(update(bindings).values(calls=json.dumps(calls)).where(bindings.c.binding == one.ident))


def ending(db: Connection, ident: str, draft: Mapping[str, Any]) -> None:
    """The bridge let go; `draft` is the entry that says so."""
    db.execute(update(bindings).values(state=ENDING, draft=json.dumps(draft)).where(bindings.c.binding == ident))


def over(db: Connection, ident: str) -> None:
    """The log knows."""
    db.execute(update(bindings).values(state=OVER, draft=None).where(bindings.c.binding == ident))


def _bound(row: RowMapping) -> Bound:
    return Bound(
        row["binding"], row["lookup"], json.loads(row["about"]), row["x"], row["expires_at"], row["max_calls"],
        row["state"], tuple(json.loads(row["calls"])), json.loads(row["draft"]) if row["draft"] else None,
    )
