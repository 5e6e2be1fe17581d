"""Counts over a period from the log's entries alone: what the web tier counts in its database, and unlawful dials.

Consents, approvals and complaints are counted by when they were, in the state they have at the log's end; attempts
are judged as they were logged, by the rules in force then, as the vault did when it raised its alarms: those are not
looked at here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from registry.audit.histories import Histories
from registry.model.assigned import Assigned
from registry.model.catalogue.calls import ASKED_APPROVAL, DECIDED
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.catalogue.renewals import REQUESTED
from registry.model.entries import Entry, entry_of
from registry.model.times import DAY, date_of, stamp
from registry.policy import Directory, Readings
from registry.policy.lawful import made_unlawful
from registry.reporting.numbers import Numbers, Period

LATE = 2 * DAY  # an attempt logged a day late may make an earlier one unlawful


@dataclass(slots=True)
class Agreed:
    """A consent: when it was asked for, first settled and last changed; whether it was ever given."""

    giver: str
    expires_at: str
    asked_at: int | None = None
    settled_at: int | None = None
    updated_at: int = 0
    was_given: bool = False
    state: str = ""
    account: str | None = None
    index: int = 0

    def steps(self, period: Period) -> list[str]:
        """The steps of the funnel that it took in the period."""
        def within(at: int | None) -> bool:
            return at is not None and period.start <= at < period.end

        expired = self.state == "given" and stamp(period.start) <= self.expires_at < stamp(period.end)
        found = {
            "asked": within(self.asked_at), "given": self.was_given and within(self.settled_at),
            "refused": self.state == "refused" and within(self.settled_at),
            "withdrawn": self.state == "withdrawn" and within(self.updated_at), "expired": expired,
        }
        return [step for step, took in found.items() if took]


class Tallied(Histories):
    """The log so far, as far as it is counted. A source for the policy while attempts of the period are judged."""

    def __init__(self, period: Period) -> None:
        super().__init__()
        self.period, self.directory = period, Directory()
        self._made: dict[int, tuple[str, str]] = {}  # day and agency of those of the period, by index
        self._unlawful: set[int] = set()
        self._readings = Readings()
        self._lookups: Counter[tuple[str, str, str, str]] = Counter()
        self._consents: dict[str, Agreed] = {}
        self._of: dict[str, list[str]] = {}  # consents by borrower
        self._assigned: dict[str, Assigned] = {}
        self._asked: dict[str, int] = {}
        self._approvals: list[tuple[int, str, str, int]] = []
        self._complaints: dict[str, tuple[int, str]] = {}
        self._names: dict[str, str] = {}

    def take(self, entry: Entry) -> None:
        """The next entry of a log that is verified by whoever reads it."""
        if entry.at < self.period.end + LATE:
            self.directory.fold(entry)
            self.file(entry)
        count = COUNTS.get(entry.kind)
        if count is not None:
            count(self, entry)

    def numbers(self) -> Numbers:
        """What was counted."""
        consents = Counter((one.giver, step) for one in self._consents.values() for step in one.steps(self.period))
        complaints = Counter(state for at, state in self._complaints.values() if self._within(at))
        return Numbers(
            self.period, [(*key, count) for key, count in sorted(self._lookups.items())], consents,
            [(officer, verdict, ms) for _, officer, verdict, ms in sorted(self._approvals)], complaints,
            self._judged(), self._names)

    def _within(self, at: int) -> bool:
        return self.period.start <= at < self.period.end

    def _judged(self) -> list[tuple[str, str, bool, int]]:
        """Attempts of the period by day, agency, and whether they were lawful."""
        found = Counter((*whose, index in self._unlawful) for index, whose in self._made.items())
        return [(*key, count) for key, count in sorted(found.items())]

    def _account_opened(self, entry: Entry) -> None:
        self._assigned.setdefault(entry.body["borrower"], Assigned()).take(entry)

    def _account_assigned(self, entry: Entry) -> None:
        """What is void by it is neither given nor waiting any more."""
        borrower = entry.body["borrower"]
        self._assigned[borrower].take(entry)
        for ident in self._of.get(borrower, ()):
            one = self._consents[ident]
            if one.state in ("", "given") and self._assigned[borrower].voids(one.account, one.index):
                one.state, one.updated_at = "void", entry.at

    def _attempt(self, entry: Entry) -> None:
        body = entry.body
        if body["direction"] != "outbound" or "borrower" not in body:
            return
        if self._within(entry.at):
            self._made[entry.index] = (date_of(entry.at // DAY), body.get("agency", ""))
        if self.period.start <= entry.at < self.period.end + LATE:
            self._unlawful |= made_unlawful(self, entry, self._readings)

    def _lookup(self, entry: Entry) -> None:
        body = entry.body
        if self._within(entry.at):
            for reason in ("", *dict.fromkeys((*body["reasons"], *body["system"]))):
                self._lookups[date_of(entry.at // DAY), body["client"], body["verdict"], reason] += 1

    def _requested(self, entry: Entry) -> None:
        body = entry.body
        self._consents[body["consent"]] = Agreed(
            body["giver"], body["expires_at"], asked_at=entry.at, account=body.get("account"), index=entry.index)
        self._of.setdefault(body["borrower"], []).append(body["consent"])

    def _given(self, entry: Entry) -> None:
        body = entry.body
        if body["consent"] not in self._consents:
            self._consents[body["consent"]] = Agreed(
                body["giver"], body["expires_at"], account=body.get("account"), index=entry.index)
            self._of.setdefault(body["borrower"], []).append(body["consent"])
        one = self._consents[body["consent"]]
        one.settled_at, one.was_given, one.state = entry.at, True, "given"

    def _withdrawn(self, entry: Entry) -> None:
        one = self._consents[entry.body["consent"]]
        one.state, one.updated_at = entry.body["act"], entry.at
        one.settled_at = entry.at if one.settled_at is None else one.settled_at

    def _approval_requested(self, entry: Entry) -> None:
        self._asked[entry.body["approval"]] = entry.at

    def _approval_settled(self, entry: Entry) -> None:
        if self._within(entry.at):
            officer = next((one["officer"] for one in entry.auth if "officer" in one), entry.by.id or "")
            verdict = "approved" if entry.kind == "approval-given/1" else "refused"
            asked = self._asked[entry.body["approval"]]
            self._approvals.append((asked, officer, verdict, entry.at - asked))

    def _complaint(self, entry: Entry) -> None:
        self._complaints[entry.body["complaint"]] = (entry.at, "open")

    def _complaint_settled(self, entry: Entry) -> None:
        ident = entry.body["complaint"]
        self._complaints[ident] = (self._complaints[ident][0], entry.body["verdict"])

    def _party(self, entry: Entry) -> None:
        self._names[entry.body["party"]] = entry.body["name"]


COUNTS: dict[str, Callable[[Any, Entry], None]] = {
    "account-opened/1": Tallied._account_opened, "account-assigned/1": Tallied._account_assigned,
    **dict.fromkeys(ATTEMPTS, Tallied._attempt),
    **dict.fromkeys(DECIDED, Tallied._lookup), **dict.fromkeys(REQUESTED, Tallied._requested),
    "consent-given/1": Tallied._given, "consent-withdrawn/1": Tallied._withdrawn,
    **dict.fromkeys(ASKED_APPROVAL, Tallied._approval_requested), "approval-given/1": Tallied._approval_settled,
    "approval-refused/1": Tallied._approval_settled, "complaint-filed/1": Tallied._complaint,
    "complaint-settled/1": Tallied._complaint_settled, "party-registered/1": Tallied._party,
}


def counted(leaves: Iterable[bytes], period: Period) -> tuple[Numbers, str, int, int]:
    """(numbers, origin, size, the last entry's time) of leaves in log order.

    Errors of the iterable itself (a log that does not verify) pass through; raises MalformedError for a leaf that is
    no entry.
    """
    count, origin, size, at = Tallied(period), "", 0, 0
    for index, leaf in enumerate(leaves):
        entry = entry_of(index, leaf)
        if index == 0:
            origin = entry.body["origin"]
        size, at = index + 1, entry.at
        count.take(entry)
    return count.numbers(), origin, size, at
