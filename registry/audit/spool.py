"""A log on disk for the length of one command: read and proved once, gone through again as often as wanted.

Beside each leaf stands what most passes need of it, so that a pass decodes only what is about its own people: with
whom the entry is filed, its time, and the number that a provider gave an attempt. People whom some entry brings
together (a line of both, an account of both) are of one group; a group is judged in one piece.
"""

from __future__ import annotations

import mmap
import struct
from array import array
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import orjson

from registry.audit.reader import Progress, no_progress
from registry.errors import MalformedError
from registry.model.catalogue import KINDS, histories_of
from registry.model.catalogue.calls import DECIDED
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Actor, Draft, Entry, kind_in, trusted_entry
from registry.model.times import parse_stamp

STEP = 2_000
HEAD = struct.Struct("<IIqqHB")  # length of the leaf, person, logged at (ms), seq, provider, what
NOBODY = 0xFFFFFFFF
NO_ACTOR = Actor("web")  # where an entry is filed does not depend on who it is by
OTHER, WHOLE, ATTEMPT, UNKNOWN = range(4)
"""What of a record others than its own people need: nothing; all of it; that an attempt took a number of its
provider; to be judged, though nobody is asked about."""


class Record(NamedTuple):
    """One entry of the log as one part sees it: its own leaf undecoded, of others' attempts none. A named tuple: a
    part goes through every attempt of the log."""

    index: int  # type: ignore[assignment]  # a tuple has a method of this name, which nobody misses
    at: int
    mine: bool
    seq: int
    provider: int
    leaf: bytes

    def entry(self) -> Entry:
        """The entry, of a leaf that was proved."""
        return trusted_entry(self.index, self.at, self.leaf)


class Spool:
    """See the module. Use it as a context: its file goes with it."""

    def __init__(self) -> None:
        self.size, self.origin = 0, ""
        self.first, self.last = 0, 0  # when the first and the last entry were logged (ms)
        self.decisions = 0
        self.providers: list[str] = []
        self.persons: dict[str, int] = {}  # borrower or line -> its number
        self._file: IO[bytes] = TemporaryFile(prefix="consentry-log-")  # noqa: SIM115 - closed by __exit__
        self._group = array("I")  # person -> another of the same group, nearer to its head
        self._borrowers: set[str] = set()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fill(self, leaves: Iterable[bytes], progress: Progress = no_progress) -> None:
        """Takes the leaves of a log in order. What their iterable raises passes through; raises MalformedError for
        a leaf that is no entry."""
        for index, leaf in enumerate(leaves):
            try:
                self._take(index, leaf)
            except (KeyError, TypeError, ValueError, struct.error) as error:
                raise MalformedError(f"entry {index} is not an entry of this log: {type(error).__name__}") from error
            if index % STEP == 0:
                progress(index, 0)
        self._file.flush()

    def records(self, part_of: array[int], part: int) -> Iterator[Record]:
        """What one part needs, in log order: what is about its people, and what the directory reads of all others."""
        unpack, head, known = HEAD.unpack_from, HEAD.size, len(part_of)
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            place = 0
            for index in range(self.size):
                length, person, at, seq, provider, what = unpack(data, place)
                begin, place = place + head, place + head + length
                mine = part_of[person] == part if person < known else what == UNKNOWN and part == 0
                if mine or what == WHOLE:
                    yield Record(index, at, mine, seq, provider, data[begin:place])
                elif what == ATTEMPT:
                    yield Record(index, at, False, seq, provider, b"")

    def parts(self, most: int, least: int = 1) -> array[int]:
        """For each person the part of the log that its group is in: so many parts that about `most` entries are in
        each, at least `least`. Groups are never divided."""
        count = max(least, -(-self.size // most), 1)
        heads = [self._head(person) for person in range(len(self._group))]
        groups = {head: place for place, head in enumerate(dict.fromkeys(heads))}
        return array("I", (groups[head] % count for head in heads))

    def _take(self, index: int, leaf: bytes) -> None:
        kind = kind_in(leaf)
        value: dict[str, Any] = orjson.loads(leaf)
        body, at = value["body"], parse_stamp(value["logged_at"])
        what, seq, provider = OTHER, 0, 0
        if kind in ATTEMPTS:
            what, seq, provider = ATTEMPT, body["seq"], self._provider(body["provider"])
            filed: tuple[str, ...] = tuple(body[one] for one in KINDS[kind].filed_under if one in body)
        else:
            filed = histories_of(Entry(index, at, Draft(value["id"], kind, NO_ACTOR, body)))
            if kind in DECIDED:
                self.decisions += 1
                what = WHOLE if body["verdict"] == "permit" else OTHER if "borrower" in body else UNKNOWN
            elif KINDS[kind].directory:
                what = WHOLE
            self._meet(kind, body, index)
        about = [*filed, *([body["borrower"]] if "borrower" in body else [])]
        numbers = [self._person(one) for one in dict.fromkeys(about)]
        numbers += [self._person(one) for one in self._others(kind, body)]
        for other in numbers[1:]:
            self._join(numbers[0], other)
        self._file.write(HEAD.pack(len(leaf), numbers[0] if numbers else NOBODY, at, seq, provider, what))
        self._file.write(leaf)
        self.size, self.first, self.last = index + 1, at if index == 0 else self.first, at

    def _meet(self, kind: str, body: dict[str, Any], index: int) -> None:
        if index == 0:
            self.origin = body["origin"]
        elif kind == "borrower-registered/1":
            self._borrowers.add(body["borrower"])

    def _others(self, kind: str, body: dict[str, Any]) -> Iterator[str]:
        """Other borrowers that an entry names: whoever judges one of them may ask about the others."""
        if kind in ATTEMPTS or kind in DECIDED:
            return
        for value in body.values():
            if isinstance(value, str) and value in self._borrowers:
                yield value

    def _provider(self, provider: str) -> int:
        if provider not in self.providers:
            self.providers.append(provider)
        return self.providers.index(provider)

    def _person(self, ident: str) -> int:
        number = self.persons.get(ident)
        if number is None:
            number = self.persons[ident] = len(self._group)
            self._group.append(number)
        return number

    def _head(self, person: int) -> int:
        group = self._group
        while group[person] != person:
            group[person] = group[group[person]]
            person = group[person]
        return person

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._head(one), self._head(other)))
        self._group[second] = first
