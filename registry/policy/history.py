"""The entries one decision reads: the borrower's history and the histories of every line involved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Protocol

from registry.model.briefs import Brief
from registry.model.catalogue import KINDS
from registry.model.catalogue.evidence import ATTEMPTS, answered
from registry.model.entries import Entry
from registry.model.value import value
from registry.policy.directory import Directory
from registry.policy.parties import disbelieves

LISTING = frozenset(("channel-added/1", "contact-registered/1"))    # of a line
LIVING = frozenset(("borrower-registered/1", "borrower-changed/1"))
LIABLE = "liability-changed/1"  # names the first account of the loan: whoever else is liable is filed under it
# Restricting by what they say, or not, though their kind also says the other.
STOPPING_ANSWERS = frozenset({"not-me", "never"})
HARMLESS_VISITS = frozenset({"not-home", "moved", "wrong-address"})
HARMLESS_OUTCOMES = frozenset({"relayed", "will-relay", "no-answer", "gave-channel"})


class Source(Protocol):
    """Where histories come from: the vault's store, or the auditor's memory."""

    @property
    def directory(self) -> Directory: ...

    def borrower_of(self, account: str) -> str | None:
        """The borrower of an account, or None where there is no such account."""
        ...

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """The entries filed under each id but attempts, in log order, also those of the round not yet committed."""
        ...

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        """The attempts filed under each id, likewise."""
        ...


@value(frozen=True, slots=True)
class History:
    """What was gathered. `borrower` is None for an unknown account. `lines`: line -> its entries, of anybody.

    `loan`: who else is liable for the same loan, as their accounts' entries say. `zones`: see `zones_of`; of all
    that was gathered, whatever is left out afterwards. `tried`: attempts by the borrower
    or line with whom they are filed.
    """

    directory: Directory
    account: str
    borrower: str | None
    entries: Sequence[Entry]
    lines: Mapping[str, Sequence[Entry]]
    loan: Sequence[Entry] = ()
    zones: frozenset[str] = frozenset()
    tried: Mapping[str, Sequence[Brief]] = field(default_factory=dict)

    def attempts(self, subject: str) -> Sequence[Brief]:
        """The attempts filed with the borrower, or on one of the lines."""
        return self.tried.get(subject, ())


def gather(source: Source, account: str) -> History:
    """The history that a question about `account` needs: two reads, whatever the answer will be."""
    borrower = source.borrower_of(account)
    if borrower is None:
        return History(source.directory, account, None, (), {})
    return gather_person(source, borrower, account)


def gather_person(source: Source, borrower: str, account: str = "") -> History:
    """The history that a question about a borrower himself needs, whatever accounts he has."""
    entries = source.histories((borrower,)).get(borrower, ())
    lines, zones, loan = set[str](), set[str](), account or None
    for entry in entries:
        kind = entry.kind
        if kind in LISTING:
            lines.add(entry.body["line"])
            zones.update(entry.body.get("zones", ()))
        elif kind in LIVING:
            if "time_zone" in entry.body:
                zones.add(entry.body["time_zone"])
        elif kind == LIABLE and entry.body["account"] == account:
            loan = entry.body.get("loan", loan)
    wanted = sorted({*lines, loan} if lines and loan is not None else lines)
    found = source.histories(wanted) if wanted else {}
    return History(
        source.directory, account, borrower, entries, {line: found.get(line, ()) for line in sorted(lines)},
        () if loan is None else found.get(loan, ()), frozenset(zones), source.attempts((borrower, *sorted(lines))),
    )


def zones_of(history: History) -> frozenset[str]:
    """Zones whose offset the Ask must carry: the residence's and those of every line."""
    return history.zones


def restricted_since(history: History, index: int, client: str) -> bool:
    """Whether anything that restricts was logged after `index`: about the borrower, any of his lines, the agency
    `client`, its lender, or everybody. Then a permit decided at `index` must not be opened, or not again."""
    directory = history.directory
    if directory.stopped_index > index and directory.stopped:
        return True
    involved = {client}
    for entry in history.entries:
        if entry.kind == "account-opened/1" and entry.body["account"] == history.account:
            involved.add(entry.body["lender"])
    if any(directory.parties[one].suspended_index > index for one in involved if one in directory.parties):
        return True
    if _disbelieved_since(history, index):
        return True
    return (
        _restricts(history.entries, index) or any(_restricts(one, index) for one in history.lines.values())
        or any(one.index > index and _reached(one) for tried in history.tried.values() for one in tried)
    )


def _disbelieved_since(history: History, index: int) -> bool:
    """Whether an attempt filed here is not believed any more by a suspension that was logged after `index`."""
    doubts = {one.id: one.doubts for one in history.directory.providers.values() if one.suspended_index > index}
    return bool(doubts) and any(
        disbelieves(doubts[one.provider], one.at, one.index)
        for tried in history.tried.values() for one in tried if one.provider in doubts
    )


def _restricts(entries: Iterable[Entry], index: int) -> bool:
    balances: dict[str, int] = {}
    for entry in entries:
        lowered = paid(entry, balances)
        if entry.index > index and (lowered or restricts(entry)):
            return True
    return False


def paid(entry: Entry, balances: dict[str, int]) -> bool:
    """Whether an account's balance falls with this entry: somebody paid. Notes the balance."""
    body = entry.body
    if entry.kind not in ("account-opened/1", "account-changed/1") or "balance_minor" not in body:
        return False
    before = balances.get(body["account"], 0)
    balances[body["account"]] = body["balance_minor"]
    return entry.kind == "account-changed/1" and bool(body["balance_minor"] < before)


def restricts(entry: Entry) -> bool:
    """Whether an entry by itself takes something away from a permit decided before it."""
    body = entry.body
    if entry.kind in ATTEMPTS:
        if entry.kind != ATTEMPTS[0] and "line" in body and "borrower" not in body:
            return False    # a call to a contact says nothing of the borrower
        return answered(body)
    if entry.kind == "account-changed/1":
        return body.get("state", "open") != "open" or "due_since" in body or "limitation_until" in body
    if entry.kind == "outcome-reported/1":
        return body["outcome"] not in HARMLESS_OUTCOMES
    if entry.kind == "visit-reported/1":
        return body["outcome"] not in HARMLESS_VISITS
    if entry.kind == "call-recorded/1":
        return bool(body["stop"])
    if entry.kind in ("message-answered/1", "use-answered/1"):
        return body["answer"] in STOPPING_ANSWERS
    return KINDS[entry.kind].restricting


def _reached(attempt: Brief) -> bool:
    """Whether an attempt that is filed with somebody restricts, as `restricts` says of its entry."""
    return (attempt.first or attempt.borrower is not None) and attempt.answered


def may_restrict(entry: Entry) -> bool:
    """Whether an entry could restrict, seen without the entries before it: where none could, nothing has."""
    return entry.kind == "account-changed/1" or restricts(entry)
