"""Whose things these are: one session may be several borrowers, one a lender, and sees only what is theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from registry.errors import MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.usecases.paging import MOST, Page, cursor_at, read_cursor
from registry.usecases.ports import Idem, Ports, Record
from registry.usecases.sign_in import Session


def actor(borrower: str) -> Actor:
    """In whose name a borrower's own acts are written."""
    return Actor("borrower", borrower)


def borrowers(ports: Ports, who: Session) -> list[Record]:
    """The borrowers that this session is, oldest first."""
    return ports.store.records("borrowers", {"id": who.subjects})


def one(ports: Ports, who: Session, mirror: str, id_: str) -> Record:
    """An object of this borrower's. Raises NotFoundError, the same for unknown and for another's."""
    found = ports.store.record(mirror, id_)
    if found is None or found["borrower"] not in who.subjects:
        raise nothing()
    return found


def nothing() -> NotFoundError:
    """There is no such thing, or it is another's: one answer for both."""
    return NotFoundError("there is nothing of yours with this id")


def chosen(who: Session, borrower: str | None) -> str:
    """The borrower that is meant: named, or the only one.

    Raises NotFoundError for one that is not this session's, MalformedError `borrower-needed`.
    """
    if borrower is None:
        if len(who.subjects) != 1:
            raise MalformedError("/borrower is needed: you are known to several institutions, say which is meant",
                                 code="borrower-needed", pointer="/borrower")
        return who.subjects[0]
    if borrower not in who.subjects:
        raise nothing()
    return borrower


def meant(who: Session, borrower: str | None) -> tuple[str, ...]:
    """The borrower that is named, or all of them. Raises NotFoundError."""
    return who.subjects if borrower is None else (chosen(who, borrower),)


def names(ports: Ports, parties: Iterable[str | None]) -> dict[str, str]:
    """Names of institutions by id, in one query."""
    wanted = tuple(sorted({one for one in parties if one is not None}))
    if not wanted:
        return {}
    return {party["id"]: party["name"] for party in ports.store.records("parties", {"id": wanted})}


def part_of(idem: Idem | None, part: str) -> Idem | None:
    """The key of one of several writes that a single request makes: each is remembered by itself."""
    return None if idem is None else {**idem, "scope": f"{idem['scope']}#{part}"}


def paged(
    ports: Ports, mirror: str, page: Page, where: Mapping[str, object], view: Callable[[list[Record]], list[Record]],
    *, newest: bool = False,
) -> Record:
    """`{items, next}`: one page of a mirror, oldest first or newest first. `view` shows a page's objects together."""
    found = ports.store.records(
        mirror, {**page.where, **where}, after=page.after, limit=page.limit + 1, newest=newest)
    here = found[: page.limit]
    return {"items": view(here), "next": cursor_at(here[-1]["place"]) if len(found) > page.limit else None}


def every(read: Callable[[Page], Record]) -> list[Record]:
    """All items of a list, page by page."""
    found: list[Record] = []
    after: int | None = -1
    while after is not None:
        page = read(Page(MOST, after))
        found += page["items"]
        after = None if page["next"] is None else read_cursor(page["next"])
    return found
