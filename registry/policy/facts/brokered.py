"""Brokered calls and visits: what was permitted, what the bridge did, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.model.catalogue.calls import DECIDED, TALKED
from registry.model.entries import Entry
from registry.model.times import moment
from registry.policy.facts import cases
from registry.policy.facts.listed import Brokered
from registry.policy.facts.model import Visit
from registry.policy.facts.notes import Handler, Notes, Permit

# Of a visit: what shows that the borrower is there, and what only an officer may lift.
SHOWS_LIFE = frozenset({"met", "refused", "distress"})
HOLDS = {"distress": "vulnerability", "deceased": "deceased"}
GONE = frozenset({"moved", "wrong-address"})


def _lookup_decided(notes: Notes, entry: Entry) -> None:
    """A permit of a brokered call, or of a visit of this borrower."""
    body = entry.body
    if body["verdict"] != "permit" or body["borrower"] != notes.borrower:
        return
    if body["about"] == "visit":
        notes.visits[body["lookup"]] = Permit(
            entry.index, entry.at, body["account"], "", body.get("approval"), body["mode"],
            moment(body["expires_at"]),
        )
    else:
        cases.HANDLERS[DECIDED[0]](notes, entry)


def _opening_refused(notes: Notes, entry: Entry) -> None:
    visit = notes.visits.get(entry.body["lookup"])
    if visit is not None:
        visit.back = True


def _unbound(notes: Notes, entry: Entry) -> None:
    permit = notes.permits.get(entry.body["lookup"])
    if permit is not None and permit.over_at is None:
        permit.over_at = entry.at


def _visit_reported(notes: Notes, entry: Entry) -> None:
    """By the word of who was at the door: it only tightens."""
    body = entry.body
    if body["borrower"] != notes.borrower:
        return
    outcome = body["outcome"]
    if outcome in SHOWS_LIFE:
        notes.alive(entry)
    if outcome in HOLDS:
        notes.holds[entry.id] = (HOLDS[outcome], None)
    if outcome in GONE:
        notes.moved_at = entry.at


def visits_of(notes: Notes) -> tuple[Visit, ...]:
    """Visits permitted on the account asked about, but those that were never opened."""
    return tuple(Visit(one.index, one.at) for one in notes.visits.values()
                 if not one.back and one.account == notes.ask.account)


def call_of(notes: Notes, contact: str, since: int) -> Brokered:
    """What became of the calls to a contact in the case that began at `since`."""
    found = [
        one for one in notes.permits.values()
        if one.mode == "call" and one.account == notes.ask.account and one.contact == contact and one.at >= since
        and not one.back
    ]
    over = [min(one.expires_at, one.over_at or one.expires_at) for one in found]
    return Brokered(max((one for one in over if one <= notes.at), default=None), any(one > notes.at for one in over))


@dataclass(slots=True)
class LineCalls:
    """The brokered calls to one line, whoever's contact it is, while its history is read."""

    account: str
    permitted: dict[str, tuple[int, int]]   # lookup -> permitted at, over at
    talked: set[str]
    of_account: set[str]

    @classmethod
    def read(cls, entries: Iterable[Entry], account: str) -> LineCalls:
        """`account`: the one asked about, whose conversations count."""
        one = cls(account, {}, set(), set())
        for entry in entries:
            one._take(entry)
        return one

    def _take(self, entry: Entry) -> None:
        body = entry.body
        if entry.kind == DECIDED[1] and body["verdict"] == "permit" and body["mode"] == "call":
            self.permitted[body["lookup"]] = entry.at, moment(body["expires_at"])
            if body["account"] == self.account:
                self.of_account.add(body["lookup"])
        elif entry.kind == "opening-refused/1":
            self.permitted.pop(body["lookup"], None)
        elif entry.kind == "call-unbound/1" and body["lookup"] in self.permitted:
            at, over = self.permitted[body["lookup"]]
            self.permitted[body["lookup"]] = at, min(over, entry.at)
        elif entry.kind == "call-recorded/1" and body["outcome"] == TALKED and body["lookup"] in self.of_account:
            self.talked.add(body["lookup"])

    @property
    def calls(self) -> tuple[tuple[int, int], ...]:
        """(permitted at, over at) of each."""
        return tuple(self.permitted.values())


def stopped_by_call(entries: Sequence[Entry]) -> bool:
    """Whether somebody on this line said on a brokered call: never again."""
    return any(one.kind == "call-recorded/1" and one.body["stop"] for one in entries)


HANDLERS: dict[str, Handler] = {
    DECIDED[1]: _lookup_decided, "opening-refused/2": _opening_refused,
    "call-unbound/1": _unbound, "visit-reported/1": _visit_reported,
}
