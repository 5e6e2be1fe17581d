"""Which of a borrower's accounts were assigned to another creditor, and which consents that voids. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.model.entries import Entry

ASSIGNED = "account-assigned/1"


@dataclass(slots=True)
class Assigned:
    """Read entry by entry from one borrower's history. `at`: the assignment by account.

    `void_before`: consents for all accounts that were given or asked for before this index are void: with the
    assignment there, the last account that they were for was gone.
    """

    at: dict[str, Entry] = field(default_factory=dict)
    void_before: int = -1
    _left: set[str] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """The next entry; what is neither an account nor an assignment changes nothing."""
        if entry.kind == "account-opened/1":
            self._left.add(entry.body["account"])
        elif entry.kind == ASSIGNED:
            account = entry.body["account"]
            self.at.setdefault(account, entry)
            self._left.discard(account)
            if not self._left:
                self.void_before = entry.index

    def voids(self, account: str | None, index: int) -> bool:
        """Whether a consent for `account` (None: for all of this lender's), logged at `index`, is void by it."""
        return index < self.void_before if account is None else account in self.at


def assigned_in(history: Iterable[Entry]) -> Assigned:
    """The same of a whole history, in log order."""
    found = Assigned()
    for entry in history:
        found.take(entry)
    return found
