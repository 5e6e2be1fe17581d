"""Verifies a whole log against its public key alone (RFC 6962, C2SP tlog-tiles); trusts nobody who serves it.

1. The checkpoint is signed by the key, is of the log the key names, and is cosigned as a policy demands, if given.
2. An earlier checkpoint, if given, is signed by the same key and is not larger.
3. Every entry's hash is the one in its level-0 tile.
4. Every hash in a higher tile is the root of the full tile below it. (3 and 4 are each entry's inclusion: a proof
   is nothing but hashes of these tiles.)
5. The root over all entries is the checkpoint's.
6. The root over the entries of the earlier checkpoint is that one's: nothing was changed or dropped since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from registry.audit import reader as reading
from registry.audit.quorum import Demand
from registry.audit.reader import Progress, Reader, no_progress
from registry.errors import NotFoundError
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import encode_base64, parse_verifier
from registry.tlog.peaks import Peaks
from registry.tlog.tiles import WIDTH, Tile, bundles_of, split_bundle, split_hashes, tile_root
from registry.tlog.tree import EMPTY_ROOT, HASH_SIZE, leaf_hash


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `failure` says what is wrong; the other fields are as far as they were verified. `held`: how
    many entries the reader has, where those are the first alone; of the others it has the hashes. `cosigned`: by
    which witnesses, where a policy was given."""

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    since: int | None = None
    failure: str | None = None
    held: int | None = None
    cosigned: str | None = None

    @property
    def ok(self) -> bool:
        return self.failure is None

    def __str__(self) -> str:
        if self.failure is not None:
            return f"FAILED {self.origin}: {self.failure}"
        kept = "" if self.since is None else f", consistent with size {self.since}"
        held = "" if self.held is None else f"; the first {self.held} are here, of the others the hashes"
        cosigned = "" if self.cosigned is None else f", cosigned by {self.cosigned}"
        return f"ok {self.origin}: {self.size} entries, root {encode_base64(self.root)}{kept}{cosigned}{held}"


def verify(
    reader: Reader, vkey: str, since: str | None = None, progress: Progress = no_progress,
    demand: Demand | None = None,
) -> Report:
    """Steps 1 to 6. `since` is the signed note of an earlier checkpoint; `progress` gets (entries, all entries).

    Raises TlogError when `vkey` is none, UnavailableError or UnauthorizedError when the log cannot be read.
    """
    origin = parse_verifier(vkey).name
    done = 0
    try:
        checkpoint, earlier, cosigned = _checkpoints(reader, vkey, since, demand)
        progress(0, checkpoint.size)
        for entries in _walk(reader, checkpoint, earlier):
            done += len(entries)
            progress(done, checkpoint.size)
    except (TlogError, NotFoundError) as error:
        return Report(origin, done, failure=error.detail)
    held = reading.held(reader, checkpoint.size)
    return Report(origin, checkpoint.size, checkpoint.root, None if earlier is None else earlier.size,
                  held=None if held == checkpoint.size else held, cosigned=cosigned)


def verified_leaves(
    reader: Reader, vkey: str, since: str | None = None, progress: Progress = no_progress,
    demand: Demand | None = None,
) -> Iterator[bytes]:
    """Every leaf, read once, verified on the way: steps 1 to 6 hold only when the iterator ends without raising. Of
    the bundle of a period, every leaf that it holds.

    A reader who verifies first and reads again could be shown two different logs. Raises TlogError or NotFoundError.
    """
    checkpoint, earlier, _ = _checkpoints(reader, vkey, since, demand)
    done = 0
    for entries in _walk(reader, checkpoint, earlier):
        yield from entries
        done += len(entries)
        progress(done, checkpoint.size)


def _checkpoints(
    reader: Reader, vkey: str, since: str | None, demand: Demand | None
) -> tuple[Checkpoint, Checkpoint | None, str | None]:
    verifier, note = parse_verifier(vkey), reader.checkpoint()
    checkpoint = open_checkpoint(note, verifier)  # 1
    cosigned = None if demand is None else demand.met_by(note, verifier)
    earlier = None if since is None else open_checkpoint(since, verifier)  # 2
    if earlier is not None and earlier.size > checkpoint.size:
        raise TlogError(f"the log has {checkpoint.size} entries, but had {earlier.size} before")
    return checkpoint, earlier, cosigned


def _walk(reader: Reader, checkpoint: Checkpoint, earlier: Checkpoint | None) -> Iterator[list[bytes]]:
    peaks, higher, held = Peaks(), _HigherTiles(reader), reading.held(reader, checkpoint.size)
    if earlier is not None and earlier.size == 0:
        earlier = None  # every log begins with the empty one
    for bundle in bundles_of(checkpoint.size):
        first = bundle.n * WIDTH
        here = min(bundle.width, max(0, held - first))
        entries = split_bundle(reader.tile(replace(bundle, width=here)), here) if here else []
        hashes = list(map(leaf_hash, entries))
        joined = reader.tile(Tile(0, bundle.n, bundle.width))
        if b"".join(hashes) != joined[: here * HASH_SIZE] or len(joined) != bundle.width * HASH_SIZE:  # 3
            raise TlogError(f"the entries from {first} on are not those of their tile")
        if here < bundle.width:
            hashes = split_hashes(joined, bundle.width)
        if earlier is not None and first < earlier.size <= first + bundle.width:
            _check_root(earlier, peaks.root(hashes[: earlier.size - first]))  # 6
        if bundle.width == WIDTH:
            value = tile_root(joined)
            peaks.add(8, value)
            higher.add(1, value)
            hashes = []
        yield entries
    higher.finish()
    _check_root(checkpoint, peaks.root(hashes if checkpoint.size else ()))  # 5


def _check_root(checkpoint: Checkpoint, root: bytes) -> None:
    if root != checkpoint.root:
        raise TlogError(f"the first {checkpoint.size} entries are not those of the signed checkpoint")


class _HigherTiles:
    """Collects the hashes of the tiles above level 0 and compares each tile when it is complete (4)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._open: dict[int, tuple[int, list[bytes]]] = {}  # level -> (n, hashes)

    def add(self, level: int, value: bytes) -> None:
        n, hashes = self._open.setdefault(level, (0, []))
        hashes.append(value)
        if len(hashes) == WIDTH:
            self._compare(level, n, hashes)
            self._open[level] = (n + 1, [])
            self.add(level + 1, tile_root(b"".join(hashes)))

    def finish(self) -> None:
        for level, (n, hashes) in self._open.items():
            if hashes:
                self._compare(level, n, hashes)

    def _compare(self, level: int, n: int, hashes: list[bytes]) -> None:
        tile = Tile(level, n, len(hashes))
        if self._reader.tile(tile) != b"".join(hashes):
            raise TlogError(f"{tile.path} does not hold the roots of the tiles below it")
