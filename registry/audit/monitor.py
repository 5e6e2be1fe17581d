"""What has come to a log since somebody looked last (a monitor, RFC 6962 5.3): a second look costs what is new.

The checkpoint of the last look is kept. The next one must be its continuation, by a consistency proof made of the
log's tiles; whoever may read entries sees the new ones, each bound to the signed root. An operator who shows one
history to this reader and another to somebody else is found when both compare what they keep, or by witnesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.audit.quorum import Demand
from registry.audit.reader import Reader
from registry.model.catalogue import KINDS
from registry.model.entries import Entry, entry_of
from registry.model.kinds import Authority
from registry.model.times import stamp
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import parse_verifier
from registry.tlog.peaks import Peaks
from registry.tlog.tiles import WIDTH, Tile, bundles_of, node_reader, split_bundle, split_hashes
from registry.tlog.tree import Node, consistency_proof, leaf_hash, verify_consistency

# What changes the rules or the parties for everybody, and what the vault itself found wrong.
TOLD = frozenset(name for name, kind in KINDS.items() if kind.directory and kind.authority is Authority.OFFICER) | {
    "alarm-raised/1", "demo-clock-advanced/1", "keys-rotated/1", "party-suspended/1", "releases-stopped/1",
    "witness-policy-set/1",
}


@dataclass(frozen=True, slots=True)
class Look:
    """`note`: the checkpoint as signed and perhaps cosigned, to be kept; `since`: the one kept before, None at the
    first look; `cosigned`: by whom, where that was asked for."""

    note: bytes
    checkpoint: Checkpoint
    since: Checkpoint | None
    cosigned: str | None = None

    def __str__(self) -> str:
        size, cosigned = self.checkpoint.size, "" if self.cosigned is None else f", cosigned by {self.cosigned}"
        if self.since is None:
            return f"ok {self.checkpoint.origin}: {size} entries, kept from now on{cosigned}"
        return f"ok {self.checkpoint.origin}: {size} entries, {size - self.since.size} of them new{cosigned}"


class ContradictionError(TlogError):
    """Two checkpoints, both signed by the log's key, of which the later is not shown to continue the earlier. `note`
    is the later: with the one that was kept it proves a fork, unless the log can still show that it does."""

    def __init__(self, detail: str, note: bytes) -> None:
        super().__init__(detail)
        self.note = note


def look(reader: Reader, vkey: str, kept: bytes | None, demand: Demand | None = None) -> Look:
    """The log's checkpoint, as a continuation of the one `kept`.

    Raises ContradictionError; TlogError where the checkpoint, or what was kept, is not signed by the key, or not
    cosigned as demanded; NotFoundError, UnavailableError, UnauthorizedError when the log cannot be read.
    """
    verifier, note = parse_verifier(vkey), reader.checkpoint()
    checkpoint = open_checkpoint(note, verifier)
    since = None if kept is None else open_checkpoint(kept, verifier)
    if since is not None:
        _check_continued(reader, since, checkpoint, note)
    return Look(note, checkpoint, since, None if demand is None else demand.met_by(note, verifier))


def _check_continued(reader: Reader, since: Checkpoint, checkpoint: Checkpoint, note: bytes) -> None:
    if checkpoint.size < since.size:
        raise ContradictionError(f"the log shows {checkpoint.size} entries, but had {since.size} before", note)
    proof = consistency_proof(_nodes(reader, checkpoint.size), since.size, checkpoint.size)
    try:
        verify_consistency(since.size, since.root, checkpoint.size, checkpoint.root, proof)
    except TlogError as error:
        raise ContradictionError(
            f"the log's {checkpoint.size} entries do not begin with the {since.size} that were seen", note) from error


def new_entries(reader: Reader, seen: Look) -> Iterator[Entry]:
    """The entries since the look before, at the first look all; they are the log's only when the iterator ends
    without raising. Raises TlogError, MalformedError, and as `look`."""
    first = 0 if seen.since is None else seen.since.size
    begin, size = first - first % WIDTH, seen.checkpoint.size
    node, peaks, start = _nodes(reader, size), Peaks(), 0
    for level in reversed(range(begin.bit_length())):
        if begin & 1 << level:
            peaks.add(level, node(level, start >> level))
            start += 1 << level
    for bundle in bundles_of(size):
        if bundle.n * WIDTH < begin:
            continue
        for index, leaf in enumerate(split_bundle(reader.tile(bundle), bundle.width), bundle.n * WIDTH):
            peaks.add(0, leaf_hash(leaf))
            if index >= first:
                yield entry_of(index, leaf)
    # Whatever the server gave for what lies before, it is the log's: nothing else has this root.
    if peaks.root() != seen.checkpoint.root:
        raise TlogError(f"the entries from {first} on are not those of the signed checkpoint")


def told(entry: Entry) -> str | None:
    """A line about an entry that everybody who watches wants to know of: no personal value is in one."""
    if entry.kind not in TOLD:
        return None
    what = f" {entry.body['alarm']}" if entry.kind == "alarm-raised/1" else ""
    by = entry.by.role if entry.by.id is None else f"{entry.by.role} {entry.by.id}"
    return f"{entry.index} {stamp(entry.at)} {entry.kind}{what} by {by}"


def _nodes(reader: Reader, size: int) -> Node:
    """The log's subtrees by its tiles, each read once."""
    read: dict[tuple[int, int], list[bytes]] = {}

    def tile(level: int, n: int) -> list[bytes]:
        if (level, n) not in read:
            width = min(WIDTH, (size >> 8 * level) - n * WIDTH)
            read[level, n] = split_hashes(reader.tile(Tile(level, n, width)), width)
        return read[level, n]

    return node_reader(tile)
