"""The log of a period as a folder: offline, with everything that `audit verify` and `audit replay` need.

A decision depends on all that was said before it, so the entries go from the first to the end of the period, and one
more: its time shows that nothing of the period is missing. Of whatever came later only hashes are in it, those that
lead to the signed checkpoint. Everything else in the folder can be made again from these entries.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from registry.audit import reader as reading
from registry.audit.quorum import Demand
from registry.audit.reader import PERIOD, FolderReader, Progress, Reader, no_progress, write
from registry.audit.stated import Stated
from registry.audit.verify import verified_leaves
from registry.casefile.keyfiles import key_files
from registry.casefile.packing import MANIFEST, manifest, names_in
from registry.casefile.readme import readmes
from registry.casefile.witnessing import cosigners
from registry.errors import IntegrityError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry, entry_of
from registry.model.times import stamp
from registry.reporting.numbers import Period
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.note import parse_verifier
from registry.tlog.tiles import bundles_of, pack_bundle, split_bundle, tiles_of

CONTEXT = "consentry-bundle/1"
HEADS = ("index", "lookup", "logged_at", "client", "verdict", "reasons", "rules")
CLOSED = ("其中最后一条（第 {index} 条）在时期之后：时间从不倒退，所以时期内没有缺少的条目。",
          "The last one (entry {index}) is from after the period: time never goes back, so nothing of it is missing.")
OPEN = ("取出时日志在时期结束之前为止：之后可能还有属于这段时期的条目。",
        "The log ended within the period when this was made: more of the period may have come since.")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was made: `entries` from the first on, of `size` in the log; `lookups` decided in the period; whether the
    period was over."""

    origin: str
    size: int
    entries: int
    lookups: int
    closed: bool

    def __str__(self) -> str:
        end = "" if self.closed else "; the log ended within the period"
        return f"{self.entries} of {self.size} entries, {self.lookups} lookups in the period{end}"


def make(
    reader: Reader, vkey: str, over: Period, folder: Path, progress: Progress = no_progress, *,
    demand: Demand | None = None,
) -> Bundle:
    """Fills an empty folder, and verifies what is in it, cosignatures too where they are demanded. `progress` gets
    (done, all).

    Raises TlogError or NotFoundError where the log does not hold together, IntegrityError where its entries lie.
    """
    note = reader.checkpoint()
    checkpoint = open_checkpoint(note, parse_verifier(vkey))
    entries = _copy_entries(reader, checkpoint, over, folder, progress)
    for tile in tiles_of(checkpoint.size):
        write(folder / tile.path, reader.tile(tile))
    write(folder / "checkpoint", note)
    told = {"v": 1, "log": checkpoint.origin, "key": vkey, "since": over.since.isoformat(),
            "until": over.until.isoformat(), "entries": entries, "checkpoint_size": checkpoint.size}
    write(folder / PERIOD, _json(told))
    # Read again from the folder: what is verified is what is given away.
    found = _Found(over)
    for index, leaf in enumerate(verified_leaves(FolderReader(folder), vkey, None, progress, demand)):
        found.take(entry_of(index, leaf))
    if found.size != entries:
        raise IntegrityError("the log did not hold still while it was copied: try again")
    _finish(folder, told, note.decode("utf-8"), found)
    return Bundle(checkpoint.origin, checkpoint.size, entries, len(found.lookups), found.closed)


def _copy_entries(reader: Reader, checkpoint: Checkpoint, over: Period, folder: Path, progress: Progress) -> int:
    """Bundles of entries through the first one after the period; returns how many entries that are."""
    held = reading.held(reader, checkpoint.size)
    for bundle in bundles_of(held):
        first = bundle.n * 256
        progress(first, held)
        entries = split_bundle(reader.tile(bundle), bundle.width)
        wanted = _through(entries, first, over)
        write(folder / replace(bundle, width=wanted).path, pack_bundle(entries[:wanted]))
        if wanted < len(entries) or entry_of(first + wanted - 1, entries[-1]).at >= over.end:
            return first + wanted
    return held


def _through(entries: list[bytes], first: int, over: Period) -> int:
    """How many of these entries there are up to and with the first one after the period."""
    if entry_of(first, entries[-1]).at < over.end:
        return len(entries)  # times never go back: the last one says it of all
    return next(place for place, leaf in enumerate(entries, 1) if entry_of(first, leaf).at >= over.end)


class _Found:
    """What the entries of a period's log say."""

    def __init__(self, over: Period) -> None:
        self.over, self.stated = over, Stated()
        self.size = self.at = 0
        self.first: int | None = None
        self.lookups: list[tuple[object, ...]] = []

    @property
    def closed(self) -> bool:
        """Whether the last entry is from after the period."""
        return self.at >= self.over.end

    def take(self, entry: Entry) -> None:
        """The next entry. Raises IntegrityError where its time goes back."""
        if entry.at < self.at:
            raise IntegrityError(f"entry {entry.index}: logged_at goes back")
        self.size, self.at = entry.index + 1, entry.at
        self.stated.take(entry)
        if not self.over.start <= entry.at < self.over.end:
            return
        self.first = entry.index if self.first is None else self.first
        if entry.kind in DECIDED:
            body = entry.body
            self.lookups.append((entry.index, entry.id, stamp(entry.at), body["client"], body["verdict"],
                                 " ".join((*body["system"], *body["reasons"])), body["rules"]))


def _finish(folder: Path, told: dict[str, Any], note: str, found: _Found) -> None:
    """Everything that follows from the entries, and the manifest over all."""
    stated, vkey = found.stated, told["key"]
    witnesses = stated.witnesses()
    told = {**told, "witnesses": witnesses.said, "cosigned_by": cosigners(note, parse_verifier(vkey)),
            "lookups": len(found.lookups)}
    told |= {} if found.first is None else {"first_in_period": found.first}
    told |= {"closed_by": found.size - 1} if found.closed else {}
    texts = {
        "lookups.csv": _csv(found.lookups), **key_files(vkey, stated.genesis),
        **_packs(stated),
        **witnesses.files(),
        **readmes("bundle", {**_places(told, found), **witnesses.places()}, *witnesses.lacks()),
    }
    if stated.policy_text:
        texts["witness-policy.txt"] = stated.policy_text
    for name, text in texts.items():
        write(folder / name, text.encode("utf-8"))
    write(folder / PERIOD, _json(told))
    about = {"log": told["log"], "period": f"{told['since']} {told['until']}"}
    sums = {name: _digest(folder / name) for name in names_in(folder)}
    write(folder / MANIFEST, manifest(CONTEXT, about, sums).encode("utf-8"))


def _packs(stated: Stated) -> dict[str, str]:
    """Every pack's text; one of a version that was there before has its digest in its name."""
    found: dict[str, str] = {}
    for sha256, (name, version, text) in stated.packs.items():
        path = f"packs/{name}@{version}.toml"
        found[f"packs/{name}@{version}-{sha256[:8]}.toml" if path in found else path] = text
    return found


def _places(told: dict[str, Any], found: _Found) -> dict[str, str]:
    closed = [one.format(index=found.size - 1) for one in (CLOSED if found.closed else OPEN)]
    return {"ORIGIN": told["log"], "VKEY": told["key"], "SINCE": told["since"], "UNTIL": told["until"],
            "CLOSED_EN": closed[1], "CLOSED": closed[0]}


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    writer.writerows(rows)
    return text.getvalue()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
