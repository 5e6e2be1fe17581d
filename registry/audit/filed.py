"""What a replay remembers of a log so far, however long: in a temporary database that outgrows memory.

SQLite keeps it in a file without a name, gone with the process; it holds nothing that the log does not. Histories
read lately are kept decoded, up to `MOST_DECODED` entries.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

from registry.model.catalogue import histories_of
from registry.model.entries import Entry, trusted_entry

MOST_DECODED = 50_000  # entries over all histories, some 3 KB each
CACHE_KIB = 64 * 1024
TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
    CREATE TABLE ids (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
    CREATE TABLE entries (number INTEGER PRIMARY KEY, at INTEGER, leaf BLOB);
    CREATE TABLE filed (subject TEXT, number INTEGER, PRIMARY KEY (subject, number)) WITHOUT ROWID;
    CREATE TABLE accounts (account TEXT PRIMARY KEY, borrower TEXT) WITHOUT ROWID;
    CREATE TABLE used (lookup TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE ended (lookup TEXT PRIMARY KEY) WITHOUT ROWID;
"""
HISTORY = """
    SELECT number, at, leaf FROM filed JOIN entries USING (number) WHERE subject = ? ORDER BY number
"""


class Filed:
    """Entries by id and by whom they are filed with. Takes them in log order."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(f"PRAGMA cache_size = -{CACHE_KIB};{TABLES}")
        self._run = self._database.execute
        self._decoded: OrderedDict[str, list[Entry]] = OrderedDict()
        self._count = 0

    def knows(self, ident: str) -> bool:
        """Whether an entry has this id."""
        return self._one("SELECT 1 FROM ids WHERE id = ?", bytes.fromhex(ident)) is not None

    def add(self, entry: Entry, leaf: bytes) -> None:
        """The next entry, of an id that none has."""
        self._run("INSERT INTO ids VALUES (?, ?)", (bytes.fromhex(entry.id), entry.index))
        self._run("INSERT INTO entries VALUES (?, ?, ?)", (entry.index, entry.at, leaf))
        for subject in dict.fromkeys(histories_of(entry)):
            self._run("INSERT INTO filed VALUES (?, ?)", (subject, entry.index))
            known = self._decoded.get(subject)
            if known is not None:
                known.append(entry)
                self._count += 1

    def entry(self, ident: str) -> Entry | None:
        """The entry with an id."""
        row = self._one(
            "SELECT number, at, leaf FROM ids JOIN entries USING (number) WHERE id = ?", bytes.fromhex(ident))
        return None if row is None else trusted_entry(*row)

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, ascending."""
        found = {one: self._history(one) for one in ids}
        while self._count > MOST_DECODED and len(self._decoded) > len(found):
            _, gone = self._decoded.popitem(last=False)
            self._count -= len(gone) + 1
        return found

    def open_account(self, account: str, borrower: str) -> str:
        """The borrower whom an account belongs to: the first who is named."""
        self._run("INSERT OR IGNORE INTO accounts VALUES (?, ?)", (account, borrower))
        return self.borrower_of(account) or borrower

    def borrower_of(self, account: str) -> str | None:
        """The borrower of an account opened so far."""
        row = self._one("SELECT borrower FROM accounts WHERE account = ?", account)
        return None if row is None else str(row[0])

    def use(self, lookup: str) -> None:
        """A permit has been used."""
        self._run("INSERT OR IGNORE INTO used VALUES (?)", (lookup,))

    def is_used(self, lookup: str) -> bool:
        return self._one("SELECT 1 FROM used WHERE lookup = ?", lookup) is not None

    def end(self, lookup: str) -> None:
        """A permit has been given back."""
        self._run("INSERT OR IGNORE INTO ended VALUES (?)", (lookup,))

    def is_ended(self, lookup: str) -> bool:
        return self._one("SELECT 1 FROM ended WHERE lookup = ?", lookup) is not None

    def _history(self, subject: str) -> list[Entry]:
        known = self._decoded.get(subject)
        if known is None:
            known = self._decoded[subject] = [trusted_entry(*row) for row in self._run(HISTORY, (subject,))]
            self._count += len(known) + 1
        else:
            self._decoded.move_to_end(subject)
        return known

    def _one(self, query: str, value: str | bytes) -> tuple[int, int, bytes] | None:
        found: tuple[int, int, bytes] | None = self._run(query, (value,)).fetchone()
        return found
