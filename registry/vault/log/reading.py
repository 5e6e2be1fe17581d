"""What may be read of a log at any time: entries and histories, and what is served of its published size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from operator import attrgetter

from registry.errors import IntegrityError, NotFoundError
from registry.model.briefs import Brief
from registry.model.catalogue import histories_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry, kind_in, trusted_entry
from registry.model.times import DAY
from registry.tlog.growing import GrowingTree
from registry.tlog.proof import format_proof
from registry.tlog.tiles import ENTRIES, WIDTH, Tile, exists, pack_bundle
from registry.tlog.tree import HASH_SIZE, inclusion_proof, leaf_hash
from registry.vault.log.checked import Checked
from registry.vault.log.filing import hash_in, id_bytes, subjects_of
from registry.vault.log.kept import Kept, Past
from registry.vault.log.operation import Operation
from registry.vault.log.shelves import RESTORE, hash_of
from registry.vault.log.stated import Stated
from registry.vault.log.store import Store

REMEMBERED = 1 * DAY  # of wall clock


class ReadableLog:
    """The reading half. `size` counts the running round's entries too; `signed` is what our own checkpoint covers,
    `published` what the served one does: less, while a quorum of witnesses has still to cosign the rest.

    Raises MalformedError where an id is none.
    """

    def __init__(self, store: Store, tree: GrowingTree, signed: Stated, checked: Checked) -> None:
        self._store, self._tree, self._checked = store, tree, checked
        self._signed = self._published = signed
        self.size = tree.size
        self._kept = Kept()
        self._operation: Operation | None = None  # the one that is running

    @property
    def signed(self) -> int:
        return self._signed.size

    @property
    def published(self) -> int:
        return self._published.size

    def checkpoint(self) -> str:
        """The signed note of the published size, with its cosignatures."""
        return self._published.note

    def proof(self, index: int) -> str:
        """The tlog-proof of a signed entry: under the published note if that covers it. Raises NotFoundError."""
        stated = self._published if index < self.published else self._signed
        if not 0 <= index < stated.size:
            raise NotFoundError("no signed entry has this index")
        return format_proof(index, inclusion_proof(self._tree.node, index, stated.size), stated.note)

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """The first `width` (1..256) hashes of a tile; None where the published size does not cover them."""
        if level < 0 or not exists(Tile(level, n, width), self.published):
            return None
        if self._tree.holds(level, n):
            return self._tree.tile(level, n, width)
        return (self._store.tile(level, n) or b"")[: width * HASH_SIZE]

    def entry_bundle(self, n: int, width: int) -> bytes | None:
        """The first `width` (1..256) entries of a bundle; None where the published size does not cover them."""
        if not exists(Tile(ENTRIES, n, width), self.published):
            return None
        first = n * WIDTH
        return pack_bundle([data for _, _, data in self._checked.range(first, first + width)])

    def entry(self, index: int) -> Entry | None:
        """The entry at an index, the running round's included."""
        row = self._checked.by_index(index)
        return None if row is None else self._filed(trusted_entry(*row), row[2])

    def find(self, id: str) -> Entry | None:
        """The entry with an id, the running round's included."""
        row = self._checked.by_id(id_bytes(id))
        return None if row is None else self._filed(trusted_entry(*row), row[2])

    def _filed(self, entry: Entry, leaf: bytes) -> Entry:
        """An entry as it was read by itself, if it stands just so in the histories that hold it: these are compared
        with their sums. Raises IntegrityError."""
        filed = entry.index < self.size
        if entry.kind in ATTEMPTS:  # only the row says all of it: by its hash
            for subject in subjects_of(entry)[:1]:
                rows = chain(self._checked.histories([subject]), self._appended([subject]))
                found = [data for _, index, _, data in rows if index == entry.index]
                bound = [hash_in(data) or leaf_hash(data) for data in found[:1]]
                filed = filed and bound == [hash_of(entry.index, leaf)]
        else:
            for entries in self.histories(histories_of(entry)[:1]).values():
                place = bisect_left(entries, entry.index, key=attrgetter("index"))
                filed = filed and entries[place:place + 1] == (entry,)
        if not filed:
            raise IntegrityError(f"entry {entry.index} in the log's database is not the one filed: {RESTORE}")
        return entry

    def check_lease(self) -> None:
        """Returns if this process may still open what its entries allow: asked right before anything opened leaves.

        Raises IntegrityError `lease-lost` when another vault has taken over (the process must end), UnavailableError
        when that cannot be told now.
        """
        self._store.check_lease()

    def leaf_hash(self, index: int) -> bytes:
        """The hash of a leaf in the tree (RFC 6962), the running round's included. Raises NotFoundError."""
        row = self._checked.by_index(index)
        if row is None:
            raise NotFoundError("no entry has this index")
        return leaf_hash(row[2])

    def leaves(self, start: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` signed (index, leaf) from `start` on."""
        return [(index, data) for index, _, data in self._checked.range(start, min(start + limit, self.signed))]

    def entries_where(self, wanted: Callable[[str, bytes], bool], start: int, end: int) -> Iterator[Entry]:
        """Entries with start <= index < end whose kind and leaf are wanted, ascending; no others are decoded. Do not
        write while reading."""
        for index, at, data in self._checked.range(start, end):
            if wanted(kind_in(data), data):
                yield trusted_entry(index, at, data)

    def borrower_of(self, account: str) -> str | None:
        """The borrower under whom an account was opened."""
        found = self._checked.borrower_of(id_bytes(account))
        return None if found is None else found.hex()

    def histories(self, ids: Collection[str]) -> dict[str, tuple[Entry, ...]]:
        """The entries filed under each id but attempts, ascending, the running round's included; empty for an unknown
        id."""
        return {one: past.entries for one, past in self._pasts(ids).items()}

    def attempts(self, ids: Collection[str]) -> dict[str, tuple[Brief, ...]]:
        """The attempts filed under each id, in brief, likewise."""
        return {one: past.attempts for one, past in self._pasts(ids).items()}

    def whole(self, id: str) -> list[Entry]:
        """Everything filed under an id, ascending, attempts as the log has them. Raises IntegrityError where the log
        has others than were filed."""
        past, subject = self._pasts([id])[id], [id_bytes(id)]
        rows = chain(self._checked.histories(subject), self._appended(subject))
        filed = {index: data for _, index, _, data in rows}
        tried = {one.index: one.at for one in past.attempts}
        leaves = {index: filed[index] for index in tried}
        leaves |= self._checked.whole({
            index: bound for index, data in leaves.items() if (bound := hash_in(data)) is not None})
        attempts = [trusted_entry(index, at, leaves[index]) for index, at in tried.items()]
        return sorted([*past.entries, *attempts], key=attrgetter("index"))

    def _pasts(self, ids: Collection[str]) -> dict[str, Past]:
        subjects = {one: id_bytes(one) for one in ids}
        found = {subject: self._kept.get(subject) for subject in subjects.values()}
        lacking = [subject for subject, entries in found.items() if entries is None]
        if lacking:
            found |= self._kept.take(lacking, chain(self._checked.histories(lacking), self._appended(lacking)),
                                     self._checked.whole)
        return {one: found[subject] or Past() for one, subject in subjects.items()}

    def _appended(self, subjects: Collection[bytes]) -> Iterator[tuple[bytes, int, int, bytes]]:
        """The rows of histories that the running operation has appended: not folded yet, so that no sum has them."""
        if self._operation is not None:
            for entry, data in zip(self._operation.entries, self._operation.leaves, strict=True):
                yield from ((one, entry.index, entry.at, data) for one in subjects_of(entry) if one in subjects)

    @property
    def percent_checked(self) -> int:
        """How much of what was there at start has been compared with what was signed: 100 when all has."""
        return self._checked.percent

    def remembered(self, scope: str, key: str, wall: int) -> tuple[bytes, bytes] | None:
        """(fingerprint, answer) remembered less than 24 hours of wall clock ago."""
        row = self._store.remembered(scope, key)
        return None if row is None or row[2] <= wall - REMEMBERED else row[:2]
