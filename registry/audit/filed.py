"""What a replay remembers of a log so far, however long: in a temporary database that outgrows memory.

SQLite keeps it in a file without a name, gone with the process; it holds nothing that the log does not. All of it is
one transaction that never ends: nothing is to outlive the process, and what fits into the cache is not written at
all. Entries go in by the thousand. The last ones, and histories read lately, are kept decoded.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

from registry.model.catalogue import histories_of
from registry.model.entries import Entry, trusted_entry

MOST_LATELY = 32_768  # entries, the last ones and those read again; some 3 KB each
MOST_READ = 8_192  # entries over all histories that are kept whole; most of them are among the others too
MOST_WAITING = 1_024  # entries that are not in the database yet
CACHE_KIB = 24 * 1024
SETTINGS = f"""
    PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
    PRAGMA cache_size = -{CACHE_KIB};
"""
TABLES = """
    CREATE TABLE ids (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
    CREATE TABLE entries (number INTEGER PRIMARY KEY, at INTEGER, leaf BLOB);
    CREATE TABLE filed (subject BLOB, number INTEGER, PRIMARY KEY (subject, number)) WITHOUT ROWID;
    CREATE TABLE accounts (account TEXT PRIMARY KEY, borrower TEXT) WITHOUT ROWID;
    CREATE TABLE used (lookup TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE ended (lookup TEXT PRIMARY KEY) WITHOUT ROWID;
"""
NUMBERS = "SELECT number FROM filed WHERE subject = ? ORDER BY number"
ENTRY = "SELECT number, at, leaf FROM entries WHERE number = ?"
HISTORY = """
    SELECT number, at, leaf FROM filed JOIN entries USING (number) WHERE subject = ? AND number <= ? ORDER BY number
"""
FEW = 4  # entries that are read one by one


class Filed:
    """Entries by id and by whom they are filed with. Takes them in log order."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(f"{SETTINGS}{TABLES}BEGIN;")
        self._run = self._database.execute
        self._lately: list[Entry | None] = [None] * MOST_LATELY  # an entry at its number modulo the length
        self._read: OrderedDict[str, list[Entry]] = OrderedDict()  # histories, whole, the latest asked about last
        self._count = 0
        self._leaves: list[bytes] = []  # what waits: the leaves of the last entries,
        self._ids: dict[str, Entry] = {}  # these by id, in log order,
        self._subjects: dict[str, list[Entry]] = {}  # and by subject

    def copy(self) -> Filed:
        """Another that knows the same."""
        other = Filed()
        self._write()
        for one in (self._run, other._run):
            one("COMMIT")  # SQLite copies nothing of a transaction
        self._database.backup(other._database)
        for one in (self._run, other._run):
            one("BEGIN")
        return other

    def knows(self, ident: str) -> bool:
        """Whether an entry has this id."""
        return ident in self._ids or self._number(ident) is not None

    def add(self, entry: Entry, leaf: bytes) -> None:
        """The next entry, of an id that none has."""
        self._lately[entry.index % MOST_LATELY] = entry
        self._ids[entry.id] = entry
        self._leaves.append(leaf)
        for subject in dict.fromkeys(histories_of(entry)):
            self._subjects.setdefault(subject, []).append(entry)
            known = self._read.get(subject)
            if known is not None:
                known.append(entry)
                self._count += 1
        if len(self._leaves) == MOST_WAITING:
            self._write()

    def entry(self, ident: str) -> Entry | None:
        """The entry with an id."""
        waiting = self._ids.get(ident)
        if waiting is not None:
            return waiting
        number = self._number(ident)
        return None if number is None else self._entry(number)

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, ascending."""
        found = {one: self._history(one) for one in ids}
        while self._count > MOST_READ and len(self._read) > len(found):
            _, gone = self._read.popitem(last=False)
            self._count -= len(gone) + 1
        return found

    def open_account(self, account: str, borrower: str) -> str:
        """The borrower whom an account belongs to: the first who is named."""
        self._run("INSERT OR IGNORE INTO accounts VALUES (?, ?)", (account, borrower))
        return self.borrower_of(account) or borrower

    def borrower_of(self, account: str) -> str | None:
        """The borrower of an account opened so far."""
        row = self._run("SELECT borrower FROM accounts WHERE account = ?", (account,)).fetchone()
        return None if row is None else str(row[0])

    def use(self, lookup: str) -> None:
        """A permit has been used."""
        self._run("INSERT OR IGNORE INTO used VALUES (?)", (lookup,))

    def is_used(self, lookup: str) -> bool:
        return self._run("SELECT 1 FROM used WHERE lookup = ?", (lookup,)).fetchone() is not None

    def end(self, lookup: str) -> None:
        """A permit has been given back."""
        self._run("INSERT OR IGNORE INTO ended VALUES (?)", (lookup,))

    def is_ended(self, lookup: str) -> bool:
        return self._run("SELECT 1 FROM ended WHERE lookup = ?", (lookup,)).fetchone() is not None

    def _history(self, subject: str) -> list[Entry]:
        known = self._read.get(subject)
        if known is not None:
            self._read.move_to_end(subject)
            return known
        found = [*self._written(bytes.fromhex(subject)), *self._subjects.get(subject, ())]
        self._read[subject] = found
        self._count += len(found) + 1
        return found

    def _written(self, subject: bytes) -> list[Entry]:
        """The part of a history that is in the database."""
        numbers = [number for number, in self._run(NUMBERS, (subject,)).fetchall()]
        lacking = [number for number in numbers if not self._is_decoded(number)]
        if len(lacking) > FEW:  # one statement a row takes longer than a statement that reads some rows in vain
            for number, at, leaf in self._run(HISTORY, (subject, lacking[-1])):
                if not self._is_decoded(number):
                    self._lately[number % MOST_LATELY] = trusted_entry(number, at, leaf)
        return [self._entry(number) for number in numbers]

    def _is_decoded(self, number: int) -> bool:
        entry = self._lately[number % MOST_LATELY]
        return entry is not None and entry[0] == number

    def _entry(self, number: int) -> Entry:
        """An entry that was added, decoded again where that is long ago."""
        place = number % MOST_LATELY
        entry = self._lately[place]
        if entry is None or entry[0] != number:
            entry = self._lately[place] = trusted_entry(*self._run(ENTRY, (number,)).fetchone())
        return entry

    def _number(self, ident: str) -> int | None:
        row = self._run("SELECT number FROM ids WHERE id = ?", (bytes.fromhex(ident),)).fetchone()
        return None if row is None else int(row[0])

    def _write(self) -> None:
        """What waits goes into the database, each table in the order of its keys."""
        many, entries = self._database.executemany, self._ids.values()
        many("INSERT INTO entries VALUES (?, ?, ?)", [
            (one.index, one.at, leaf) for one, leaf in zip(entries, self._leaves, strict=True)])
        many("INSERT INTO ids VALUES (?, ?)", sorted((bytes.fromhex(one.id), one.index) for one in entries))
        many("INSERT INTO filed VALUES (?, ?)", [
            (bytes.fromhex(subject), one.index) for subject in sorted(self._subjects)
            for one in self._subjects[subject]])
        self._leaves.clear()
        self._ids.clear()
        self._subjects.clear()
