"""Which alarms are open, and what is still to be told of: folded from entries, bounded by what is really open.

- an alarm is open until an officer's `alarm-closed`; while it is, the same is not raised again;
- decisions that name a collector above the daily number, or a provider's report that waits: told of by a chore;
- permits whose missing outcome was told of: once each.

Of some alarms an agency can cause a hundred. Closing one of those closes the earlier ones about that agency, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from registry.model.alarms import OVERDUE, TOGETHER
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry

# What tells one alarm from another of the same name; how many of something is no part of it.
TOLD_APART = ("about", "agency", "client", "agent", "provider", "witness")
Key = tuple[str | None, ...]
AGENCY = 1 + TOLD_APART.index("agency")  # its place in a key


def key_of(alarm: str, members: Mapping[str, Any]) -> Key:
    """What is the same alarm: its name and what it is about."""
    return (alarm, *(members.get(name) for name in TOLD_APART))


class OpenAlarms:
    """A part of the ledger: `reset` and `fold` as any observer of the log."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._open: dict[str, Key] = {}  # by the entry that raised it
        self._ids: dict[Key, str] = {}
        self._names: Counter[str] = Counter()
        self.due: dict[tuple[str, str, str], None] = {}  # (alarm, agency, agent) that a decision asks for
        self.told: dict[str, None] = {}  # permits whose missing outcome an alarm told of, while it is missing
        self.per_agency: Counter[str] = Counter()  # open alarms about missing outcomes

    def fold(self, entry: Entry) -> None:
        """Takes in one entry."""
        fold = FOLDS.get(entry.kind)
        if fold is not None:
            fold(self, entry)

    def is_open(self, alarm: str, members: Mapping[str, Any]) -> bool:
        """Whether the same alarm was raised and not closed."""
        return key_of(alarm, members) in self._ids

    def any_open(self, alarm: str) -> bool:
        """Whether an alarm of this name is open, whatever it is about."""
        return self.how_many(alarm) > 0

    def how_many(self, alarm: str) -> int:
        """How many alarms of this name are open."""
        return self._names[alarm]

    def waits(self, ident: str) -> bool:
        """Whether this entry raised an alarm that is open."""
        return ident in self._open

    def _raised(self, entry: Entry) -> None:
        body = entry.body
        key = key_of(body["alarm"], body)
        self._open[entry.id] = key
        self._ids[key] = entry.id
        self._names[body["alarm"]] += 1
        self.due.pop((body["alarm"], body.get("agency", ""), body.get("agent", "")), None)
        if body["alarm"] == OVERDUE:
            self.told[body["about"]] = None
            self.per_agency[str(key[AGENCY])] += 1

    def _shut(self, entry: Entry) -> None:
        ident = entry.body["alarm"]
        key = self._open.get(ident)
        if key is None:
            return
        if key[0] in TOGETHER:
            about = (key[0], key[AGENCY])
            earlier = [one for one, known in self._open.items() if (known[0], known[AGENCY]) == about]
            for one in earlier[:earlier.index(ident)]:
                self._close(one)
        self._close(ident)

    def _close(self, ident: str) -> None:
        key = self._open.pop(ident)
        if self._ids.get(key) == ident:
            del self._ids[key]
        self._names[str(key[0])] -= 1
        if key[0] == OVERDUE:
            self.per_agency[str(key[AGENCY])] -= 1

    def _decided(self, entry: Entry) -> None:
        body = entry.body
        if "collector-alarm" in body["reasons"]:
            self._ask("releases-per-collector", body["client"], body["agent"])
        if "inbox-waiting" in body["system"]:
            self._ask("inbox-waiting", "", "")

    def _ask(self, alarm: str, agency: str, agent: str) -> None:
        members = {"agency": agency, "agent": agent} if agency else {}
        if not self.is_open(alarm, members):
            self.due[alarm, agency, agent] = None

    def _settled(self, entry: Entry) -> None:
        self.told.pop(entry.body["lookup"], None)


FOLDS: dict[str, Callable[[OpenAlarms, Entry], None]] = {
    **dict.fromkeys(("alarm-raised/1", "alarm-raised/2", "alarm-raised/3"), OpenAlarms._raised),
    "alarm-closed/1": OpenAlarms._shut, **dict.fromkeys(DECIDED, OpenAlarms._decided),
    **dict.fromkeys(("opening-refused/1", "opening-refused/2", "outcome-reported/1", "visit-reported/1"),
                    OpenAlarms._settled),
}
