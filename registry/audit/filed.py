"""What a replay remembers of a log so far, however long: in a temporary database that outgrows memory.

SQLite keeps it in a file without a name, gone with the process; it holds nothing that the log does not. All of it is
one transaction that never ends: nothing is to outlive the process, and what fits into the cache is not written at
all. Entries go in by the thousand. The last ones, and histories read lately, are kept decoded.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from registry.model.briefs import Brief, brief_of, from_bytes, to_bytes
from registry.model.catalogue import histories_of
from registry.model.catalogue.evidence import ATTEMPTS
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
    CREATE TABLE filed (subject BLOB, number INTEGER, at INTEGER, brief BLOB, PRIMARY KEY (subject, number))
        WITHOUT ROWID;
    CREATE TABLE accounts (account TEXT PRIMARY KEY, borrower TEXT) WITHOUT ROWID;
    CREATE TABLE used (lookup TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE ended (lookup TEXT PRIMARY KEY) WITHOUT ROWID;
"""
FILED = "SELECT number, at, brief FROM filed WHERE subject = ? ORDER BY number"  # brief: of an attempt, else null
ENTRY = "SELECT number, at, leaf FROM entries WHERE number = ?"
HISTORY = """
    SELECT number, entries.at, leaf FROM filed JOIN entries USING (number)
    WHERE subject = ? AND number <= ? AND brief IS NULL ORDER BY number
"""
FEW = 4  # entries that are read one by one


@dataclass(slots=True)
class _Past:
    """What is filed under a subject, ascending: attempts in brief apart from all other entries."""

    entries: list[Entry] = field(default_factory=list)
    attempts: list[Brief] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.entries) + len(self.attempts)

    def add(self, one: Entry | Brief) -> None:
        if isinstance(one, Brief):
            self.attempts.append(one)
        else:
            self.entries.append(one)


class Filed:
    """Entries by id and by whom they are filed with. Takes them in log order."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(f"{SETTINGS}{TABLES}BEGIN;")
        self._run = self._database.execute
        self._lately: list[Entry | None] = [None] * MOST_LATELY  # an entry at its number modulo the length
        self._read: OrderedDict[str, _Past] = OrderedDict()  # histories, whole, the latest asked about last
        self._count = 0
        self._leaves: list[bytes] = []  # what waits: the leaves of the last entries,
        self._ids: dict[str, Entry] = {}  # these by id, in log order,
        self._subjects: dict[str, _Past] = {}  # and by subject

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
        self._ids[entry.id] = entry
        self._leaves.append(leaf)
        one: Entry | Brief = entry
        if entry.kind in ATTEMPTS:
            one = brief_of(entry)
        else:
            self._lately[entry.index % MOST_LATELY] = entry
        for subject in dict.fromkeys(histories_of(entry)):
            self._subjects.setdefault(subject, _Past()).add(one)
            known = self._read.get(subject)
            if known is not None:
                known.add(one)
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

    def whole(self, subject: str) -> list[Entry]:
        """Everything so far under an id, attempts among it, ascending."""
        past = self._past(subject)
        self._write()
        return [self._entry(number) for number in sorted({*_numbers(past.entries), *_numbers(past.attempts)})]

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, ascending; but attempts."""
        return {one: past.entries for one, past in self._pasts(ids).items()}

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        """Attempts so far under each id, in brief, ascending."""
        return {one: past.attempts for one, past in self._pasts(ids).items()}

    def _pasts(self, ids: Collection[str]) -> dict[str, _Past]:
        found = {one: self._past(one) for one in ids}
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

    def _past(self, subject: str) -> _Past:
        known = self._read.get(subject)
        if known is not None:
            self._read.move_to_end(subject)
            return known
        key, waiting = bytes.fromhex(subject), self._subjects.get(subject, _Past())
        rows = self._run(FILED, (key,)).fetchall()
        found = _Past(
            [*self._written(key, [number for number, _, brief in rows if brief is None]), *waiting.entries],
            [*(from_bytes(*row) for row in rows if row[2] is not None), *waiting.attempts])
        self._read[subject] = found
        self._count += len(found) + 1
        return found

    def _written(self, subject: bytes, numbers: Sequence[int]) -> list[Entry]:
        """The entries of a history that are in the database, but attempts: those of these numbers."""
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
        pasts = [(bytes.fromhex(subject), self._subjects[subject]) for subject in sorted(self._subjects)]
        many("INSERT INTO filed VALUES (?, ?, ?, NULL)", [
            (key, one.index, one.at) for key, past in pasts for one in past.entries])
        many("INSERT INTO filed VALUES (?, ?, ?, ?)", [
            (key, one.index, one.at, to_bytes(one, "")) for key, past in pasts for one in past.attempts])
        self._leaves.clear()
        self._ids.clear()
        self._subjects.clear()


def _numbers(filed: Sequence[Entry] | Sequence[Brief]) -> list[int]:
    return [one.index for one in filed]
