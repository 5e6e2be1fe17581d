"""One question about one permit, and the log before a place in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from tests.promises.naive.law import HOUR

Leaf = dict[str, Any]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the log as it says itself; `place` is where it stands."""

    place: int
    id: str
    kind: str
    at: datetime
    by: dict[str, str]
    body: dict[str, Any]
    signed: int  # how many signatures it carries


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(at: datetime) -> datetime:
    """Everybody here lives in one zone without summer time."""
    return at.replace(tzinfo=None) + 8 * HOUR


def told(place: int, leaf: Leaf) -> Told:
    return Told(place, leaf["id"], leaf["kind"], when(leaf["logged_at"]), leaf["by"], leaf["body"],
                len(leaf.get("auth", ())))


class Look:
    """A permit looked at as if it were asked for at `at`, with the entries `before` that moment."""

    def __init__(self, permit: Told, before: Iterable[Told], at: datetime) -> None:
        self.permit, self.asked, self.at = permit, permit.body, at
        self.before = [one for one in before if one is not permit]
        self.borrower: str = self.asked["borrower"]
        self.about = [one for one in self.before if one.body.get("borrower") == self.borrower]
        self._known: dict[str, Any] = {}

    def once(self, find: Callable[[Look], Found]) -> Found:
        """What `find` finds, looked for once only."""
        name = find.__qualname__
        if name not in self._known:
            self._known[name] = find(self)
        found: Found = self._known[name]
        return found

    def mine(self, *kinds: str, **members: object) -> list[Told]:
        """Entries of these kinds about the borrower, in order."""
        return _matching(self.about, kinds, members)

    def anywhere(self, *kinds: str, **members: object) -> list[Told]:
        """The same, about whomever."""
        return _matching(self.before, kinds, members)

    def permits(self) -> list[Told]:
        """Uses so far: permits that were not refused their opening."""
        refused = {one.body["lookup"] for one in self.anywhere("opening-refused/1", "opening-refused/2")}
        return [one for one in self.anywhere("lookup-decided/1", verdict="permit") if one.id not in refused]

    def today(self) -> date:
        return local(self.at).date()


def _matching(entries: Sequence[Told], kinds: Sequence[str], members: dict[str, object]) -> list[Told]:
    return [
        one for one in entries
        if one.kind in kinds and all(one.body.get(name) == value for name, value in members.items())
    ]


def after(entries: Iterable[Told], place: int) -> Iterator[Told]:
    return (one for one in entries if one.place > place)
