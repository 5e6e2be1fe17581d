"""Lists: oldest first, ordered by each object's place in the log, so that inserts never shift a page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from registry.errors import MalformedError
from registry.model.times import parse_rfc3339, stamp
from registry.usecases.ports import Ports, Record

MOST = 200
USUAL = 50


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for. `updated_after` is log-clock milliseconds."""

    limit: int = USUAL
    after: int = -1
    where: Mapping[str, object] = field(default_factory=dict)
    updated_after: int | None = None


def page_of(query: Mapping[str, object]) -> Page:
    """The page that a query asks for: `limit`, `cursor`, `updated_after`, and members to be equal.

    Raises MalformedError.
    """
    rest = {name: value for name, value in query.items() if name not in ("limit", "cursor", "updated_after")}
    since, cursor, limit = query.get("updated_after"), query.get("cursor"), query.get("limit", USUAL)
    assert isinstance(limit, int)
    return Page(
        limit, -1 if cursor is None else read_cursor(str(cursor)), rest,
        None if since is None else parse_rfc3339(str(since)),
    )


def listed(
    ports: Ports, mirror: str, page: Page, where: Mapping[str, object], show: Callable[[Record], Record | None]
) -> Record:
    """`{items, next}`: one page of a mirror; an object for which `show` gives None is left out."""
    found = ports.store.records(
        mirror, {**page.where, **where}, after=page.after, limit=page.limit + 1, updated_after=page.updated_after
    )
    here = found[: page.limit]
    items = [view for one in here if (view := show(one)) is not None]
    return {"items": items, "next": cursor_at(here[-1]["place"]) if len(found) > page.limit else None}


def shown(one: Record, *names: str, **renamed: str) -> Record:
    """Members of a stored object, those that are NULL left out; `updated_at` as an RFC 3339 time.

    `renamed`: name in the answer → name in the store.
    """
    view = {name: one[name] for name in names if one[name] is not None}
    view |= {name: one[stored] for name, stored in renamed.items() if one[stored] is not None}
    return view | {"updated_at": stamp(one["updated_at"])}


def cursor_at(place: int) -> str:
    """An opaque cursor behind a place in the log."""
    return base64.urlsafe_b64encode(f"after {place}".encode()).decode("ascii").rstrip("=")


def read_cursor(text: str) -> int:
    """The place in a cursor. Raises MalformedError."""
    try:
        word, _, place = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition(" ")
    except (ValueError, binascii.Error):
        word, place = "", ""
    if word != "after" or not place.isdecimal() or len(place) > 18:
        raise MalformedError("a cursor is the `next` of the page before, unchanged", pointer="/cursor")
    return int(place)
