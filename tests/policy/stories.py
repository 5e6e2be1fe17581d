"""Every story told in these tests, judged at moments around the one it is about: what properties are tried on.

A property of the shape "a change never turns a denial into a permit" says nothing of stories that are all denied for
ten reasons at once: so each story is judged at several moments, and enough of them are permits, or near to one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from registry.model.entries import Entry
from registry.model.times import DAY, HOUR
from registry.policy import Ask, Decision, Directory, Facts, decide, facts_from, gather, packs_for, zones_of
from registry.policy.pack import FLOOR, Pack, PackName, Setting
from registry.policy.parameters import BY_NAME, MERGES
from tests.policy.test_properties import STORIES
from tests.policy.world import OFFSET, START, Source, World, ident, when

MOMENTS = (START, START - 4 * DAY, START + 3 * DAY + 11 * HOUR)
Asked = dict[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A log, what is asked, and when."""

    log: tuple[Entry, ...]
    account: str
    asked: Asked
    at: int

    def __repr__(self) -> str:
        return f"Told({len(self.log)} entries, {self.account}, {self.asked}, {self.at})"

    def source(self) -> Source:
        """The log as it stands at the moment."""
        return Source.of([one for one in self.log if one.at <= self.at])

    def facts(self, source: Source) -> Facts:
        """The facts of the question."""
        asked: dict[str, Any] = {
            "lookup": ident("lookup"), "account": self.account, "client": ident("agency"), "agent": "A-17",
            "about": "contact", "purpose": "restore-contact", "mode": "number", **self.asked}
        history = gather(source, self.account)
        return facts_from(history, Ask(**asked, offsets=dict.fromkeys(zones_of(history), OFFSET)), self.at)

    def decided(self) -> Decision:
        """The decision by the packs of the log."""
        source = self.source()
        facts = self.facts(source)
        return decide(facts, packs_for(source.directory, facts, self.at), self.at)


def told() -> list[Told]:
    """All stories at all moments, and borrowers who were reached through a mailbox, by one line, or late."""
    found = [(tuple(log), case.account, dict(asked)) for log, case, asked in [*STORIES, *_more()]]
    return [Told(log, account, asked, at) for log, account, asked in found for at in MOMENTS]


def _more() -> list[tuple[list[Entry], Any, Asked]]:
    found: list[tuple[list[Entry], Any, Asked]] = []
    for days in ((-23, -21, -19, -17, -15, -12, -10), (-23, -21, -19, -17, -15, -12, -10, -9, -8)):
        world = World()
        case = world.agreed()
        world.place(case)
        world.dials(case, days)
        world.texts(case)
        world.notice(case, when(-8, "20:00"))
        world.approve(case)
        found.append((world.log(), case, {}))
    return found


@cache
def judged() -> tuple[tuple[Told, Source, Facts, Decision], ...]:
    """Each with its log, facts and decision, worked out once."""
    made = []
    for one in told():
        source = one.source()
        facts = one.facts(source)
        made.append((one, source, facts, decide(facts, packs_for(source.directory, facts, one.at), one.at)))
    return tuple(made)


def with_floor(directory: Directory, name: str, value: Any, at: int) -> Directory:
    """The same directory, its floor stricter in one parameter: its own value merged with `value`."""
    floor = directory.pack_at(FLOOR, at)
    assert floor is not None
    old = floor.settings[name].value
    tight = Setting(MERGES[BY_NAME[name].merge](old, value), "a test", "H")
    other = dataclasses.replace(
        floor, id=PackName(FLOOR, "999", f"{name}={tight.value!r}"), settings={**floor.settings, name: tight})
    changed = Directory()
    changed.__dict__.update(directory.__dict__)
    changed.packs = {**directory.packs, FLOOR: [(0, other)]}
    return changed


def renumbered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same entries in the order of their times, each at its own place."""
    ordered = sorted(entries, key=lambda one: (one.at, one.index))
    return tuple(Entry(index, one.at, one.draft) for index, one in enumerate(ordered))


def pack_of(settings: dict[str, Any], name: str = "xx", regions: tuple[str, ...] = ("XX",)) -> Pack:
    """A pack with these values, as rules read them."""
    return Pack(PackName(name, "1", f"{name} {sorted(settings.items(), key=str)!r}"), name, regions,
                {key: Setting(value, "a test", "H") for key, value in settings.items()}, {}, {}, "")
