"""Finding lookups by any member, fast in millions of them.

One member is looked up by an index that also holds the place, so that a page comes in order without sorting; the
others are compared row by row, in a part of the log of at most SCANNED candidates: what is rare takes more pages, and
no page takes long.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, String, Table, and_, func, literal_column, select, true

from registry.store.database import reading
from registry.store.mirrors import Account, Contact, Lookup
from registry.store.mirrors_portal import LookupDay, LookupReason
from registry.usecases.searching import Found, Search

SCANNED = 20_000
LOOKUPS = cast(Table, Lookup.__table__)
PERSONAL = ("account", "borrower", "contact")
# By which member the index is chosen, the most selective first.
INDEXED = ("agent", "client", "verdict", "purpose", "mode", "about")


class Searching:
    """Reads of the lookups as auditors ask for them."""

    _engine: Engine

    def search_lookups(self, search: Search) -> Found:
        """One page of the lookups searched for."""
        with reading(self._engine) as connection:
            bounds = _bounds(connection, search)
            if bounds is None:
                return Found([], None)
            return _page(connection, search, bounds)


def _bounds(connection: Connection, search: Search) -> list[Any] | None:
    """Conditions on the place, as a list; None where the period has no lookup."""
    at: list[Any] = []
    if search.place >= 0:
        at.append(("<" if search.newest else ">", search.place))
    if search.since is None and search.until is None:
        return at
    first, behind = connection.execute(select(
        _first(LookupDay.day >= (search.since or "")), _first(LookupDay.day > (search.until or "9999")))).one()
    if first is None:
        return None
    return [*at, (">=", first), *([("<", behind)] if behind is not None else [])]


def _first(days: ColumnElement[bool]) -> ColumnElement[int | None]:
    """The place of the first lookup on the first of these days. By its day alone: a period holds many rows."""
    day = select(func.min(LookupDay.day)).where(days).scalar_subquery()
    return select(func.min(LookupDay.first)).where(LookupDay.day == day).scalar_subquery()


def _page(connection: Connection, search: Search, bounds: list[Any]) -> Found:
    source, place, chosen, rest = _conditions(search)
    within: list[ColumnElement[bool]] = [place.op(sign, is_comparison=True)(value) for sign, value in bounds]
    order = place.desc() if search.newest else place
    last = None
    if rest:
        candidates = select(place).select_from(source).where(chosen, *within).order_by(order)
        last = connection.scalar(candidates.offset(SCANNED - 1).limit(1))
    if last is not None:
        within.append(place >= last if search.newest else place <= last)
    statement = (
        select(*LOOKUPS.c).select_from(source).where(chosen, *rest, *within).order_by(order).limit(search.limit + 1)
    )
    rows = [dict(row._mapping) for row in connection.execute(statement)]
    if len(rows) > search.limit:
        rows = rows[:search.limit]
        return Found(rows, rows[-1]["place"])
    return Found(rows, last)


def _conditions(search: Search) -> tuple[Any, ColumnElement[int], ColumnElement[bool], list[ColumnElement[bool]]]:
    """Where to read, by which place, the condition that an index answers, and the others."""
    where = dict(search.where)
    rest: list[ColumnElement[bool]] = []
    if search.updated_after is not None:
        rest.append(LOOKUPS.c.updated_at > search.updated_after)
    source: Any = LOOKUPS
    place: ColumnElement[int] = LOOKUPS.c.place
    reason = where.pop("reason", None)
    if "id" in where or "place" in where:
        own = [LOOKUPS.c[one] == where.pop(one) for one in ("id", "place") if one in where]
        chosen: ColumnElement[bool] = and_(*own)
    elif any(name in where for name in PERSONAL):
        # A person's lookups are few and are found by the accounts; sorting them costs nothing.
        chosen = _of_person(where)
    elif reason is not None:
        reasons = cast(Table, LookupReason.__table__)
        source, place = reasons.join(LOOKUPS, LOOKUPS.c.place == reasons.c.place), reasons.c.place
        chosen, reason = reasons.c.reason == reason, None
    else:
        # Permits are few, whatever else is asked for.
        order = ("verdict", *INDEXED) if where.get("verdict") == "permit" else INDEXED
        name = next((one for one in order if one in where), None)
        chosen = true() if name is None else LOOKUPS.c[name] == where.pop(name)
    if reason is not None:
        rest.append(select(LookupReason.place).where(
            LookupReason.reason == reason, LookupReason.place == LOOKUPS.c.place).exists())
    return source, place, chosen, [*rest, *(_compared(name, value) for name, value in where.items())]


def _of_person(where: dict[str, Any]) -> ColumnElement[bool]:
    account: ColumnElement[str] = LOOKUPS.c.account
    if "account" in where:
        return cast("ColumnElement[bool]", account == where.pop("account"))
    of_contact = select(Contact.borrower).where(Contact.id == where.get("contact")).scalar_subquery()
    return account.in_(select(Account.id).where(Account.borrower == where.get("borrower", of_contact)))


def _compared(name: str, value: Any) -> ColumnElement[bool]:
    # An expression: no engine takes this member's index instead of the one that was chosen.
    column: ColumnElement[Any] = literal_column(f"(lookups.{LOOKUPS.c[name].name} || '')", String())
    return cast("ColumnElement[bool]", column == value)
