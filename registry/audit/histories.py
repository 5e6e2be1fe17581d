"""Histories in memory, of as much of a log as their reader took."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from registry.model.briefs import Brief, brief_of
from registry.model.catalogue import histories_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry


class Histories:
    """What was filed, in log order: a `Source` but for the directory."""

    def __init__(self) -> None:
        self._accounts: dict[str, str] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._attempts: dict[str, list[Brief]] = {}

    def file(self, entry: Entry) -> tuple[str, ...]:
        """Files the next entry; with whom."""
        if entry.kind == "account-opened/1":
            self._accounts.setdefault(entry.body["account"], entry.body["borrower"])
        subjects = tuple(dict.fromkeys(histories_of(entry)))
        brief = brief_of(entry) if entry.kind in ATTEMPTS else None
        for subject in subjects:
            if brief is None:
                self._entries.setdefault(subject, []).append(entry)
            else:
                self._attempts.setdefault(subject, []).append(brief)
        return subjects

    def borrower_of(self, account: str) -> str | None:
        """The borrower of an account opened so far."""
        return self._accounts.get(account)

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, but attempts."""
        return {one: self._entries.get(one, ()) for one in ids}

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        """Attempts so far under each id."""
        return {one: self._attempts.get(one, ()) for one in ids}
