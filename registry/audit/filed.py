"""What a replay remembers of a log so far, however long: in a temporary database that outgrows memory.

SQLite keeps it in a file without a name, gone with the process; it holds nothing that the log does not. All of it is
one transaction that never ends: nothing is to outlive the process, and what fits into the cache is not written at
all. Entries go in by the thousand. So many histories as may be are kept decoded besides, each whole: from its first
entry on, or since it was read back for somebody who was asked about.
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

MOST_KEPT = 65_536  # entries over all histories that are kept; 1 to 3 KB each, many in two histories
MOST_DECODED = 4_096  # entries read back that are not decoded again for another history
MOST_WAITING = 1_024  # entries that are not in the database yet
DIGITS = 6  # of an id, by which what may be in the database is told from what cannot be
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
# Of an attempt the brief; of any other entry null, and its leaf.
FILED = """
    SELECT subject, number, at, brief,
        CASE WHEN brief IS NULL THEN (SELECT leaf FROM entries WHERE number = filed.number) END
    FROM filed WHERE subject IN ({}) ORDER BY subject, number
"""
ENTRY = "SELECT number, at, leaf FROM entries WHERE number = ?"


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
        self._kept: OrderedDict[str, _Past] = OrderedDict()  # whole histories, the latest begun or asked about last
        self._count = 0
        self._decoded: dict[int, Entry] = {}
        # Whether the database has any entry or subject whose id begins so: most questions are about a new one.
        self._begun = bytearray(16 ** DIGITS)
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
        other._begun[:] = self._begun
        return other

    def knows(self, ident: str) -> bool:
        """Whether an entry has this id."""
        return ident in self._ids or (self._may_be_written(ident) and self._number(ident) is not None)

    def add(self, entry: Entry, leaf: bytes) -> None:
        """The next entry, of an id that none has."""
        self._ids[entry.id] = entry
        self._leaves.append(leaf)
        one = brief_of(entry) if entry.kind in ATTEMPTS else entry
        for subject in dict.fromkeys(histories_of(entry)):
            kept, waiting = self._kept.get(subject), self._subjects.get(subject)
            if kept is None and waiting is None and not self._may_be_written(subject):
                kept = self._keep(subject, _Past())
            if kept is not None:
                kept.add(one)
                self._count += 1
            if waiting is None:
                waiting = self._subjects[subject] = _Past()
            waiting.add(one)
        self._forget(1)
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
        past = self._pasts((subject,))[subject]
        self._write()
        return [self._entry(number) for number in sorted({*_numbers(past.entries), *_numbers(past.attempts)})]

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, ascending; but attempts."""
        return {one: past.entries for one, past in self._pasts(ids).items()}

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        """Attempts so far under each id, in brief, ascending."""
        return {one: past.attempts for one, past in self._pasts(ids).items()}

    def _pasts(self, ids: Collection[str]) -> dict[str, _Past]:
        found, lacking = dict[str, _Past](), []
        for one in ids:
            past = self._kept.get(one)
            if past is not None:
                self._kept.move_to_end(one)
                found[one] = past
            elif one in self._subjects or self._may_be_written(one):
                lacking.append(one)
            else:
                found[one] = _Past()
        if lacking:
            found |= self._read_back(lacking)
            self._forget(len(found))
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

    def _keep(self, subject: str, past: _Past) -> _Past:
        self._kept[subject] = past
        self._count += len(past) + 1
        return past

    def _forget(self, least: int) -> None:
        """Keeps no more than may be, but the last `least` histories."""
        while self._count > MOST_KEPT and len(self._kept) > least:
            _, gone = self._kept.popitem(last=False)
            self._count -= len(gone) + 1

    def _read_back(self, subjects: Sequence[str]) -> dict[str, _Past]:
        """Histories that are not kept: what is in the database, then what waits."""
        found = {one: _Past() for one in subjects}
        by_key = {bytes.fromhex(one): past for one, past in found.items()}
        for key, number, at, brief, leaf in self._run(FILED.format(", ".join("?" * len(by_key))), tuple(by_key)):
            by_key[key].add(from_bytes(number, at, brief) if leaf is None else self._decode(number, at, leaf))
        for subject, past in found.items():
            waiting = self._subjects.get(subject)
            if waiting is not None:
                past.entries += waiting.entries
                past.attempts += waiting.attempts
            self._keep(subject, past)
        return found

    def _decode(self, number: int, at: int, leaf: bytes) -> Entry:
        """An entry that was added: one about a borrower's line is in the histories of both."""
        entry = self._decoded.get(number)
        if entry is None:
            if len(self._decoded) >= MOST_DECODED:
                self._decoded.clear()
            entry = self._decoded[number] = trusted_entry(number, at, leaf)
        return entry

    def _entry(self, number: int) -> Entry:
        return self._decode(*self._run(ENTRY, (number,)).fetchone())

    def _may_be_written(self, ident: str) -> bool:
        """False only where the database knows nothing of an entry, or of a history, by this id."""
        return self._begun[int(ident[:DIGITS], 16)] == 1

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
        for ident in (*self._ids, *self._subjects):
            self._begun[int(ident[:DIGITS], 16)] = 1
        self._leaves.clear()
        self._ids.clear()
        self._subjects.clear()


def _numbers(filed: Sequence[Entry] | Sequence[Brief]) -> list[int]:
    return [one.index for one in filed]
