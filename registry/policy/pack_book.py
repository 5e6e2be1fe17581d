"""The packs a log has put in force, every version of each, and the derogations it has granted."""

from __future__ import annotations

from collections.abc import Iterator

from registry.model.entries import Entry
from registry.policy.derogations import Derogation, derogation_of
from registry.policy.merging import loosened
from registry.policy.pack import FLOOR, Pack, read_pack


class PackBook:
    """Part of the directory. `packs`: name -> (effective from, pack), `derogations`: both in log order."""

    def __init__(self) -> None:
        self.packs: dict[str, list[tuple[int, Pack]]] = {}
        self.derogations: list[Derogation] = []

    def pack_at(self, name: str, at: int) -> Pack | None:
        """The version of a pack in force: the last activated whose time has come. What was activated later in the log
        supersedes what was announced before it, whenever that was to begin."""
        found = None
        for effective, pack in self.packs.get(name, ()):
            if effective <= at:
                found = pack
        return found

    def pack_for_region(self, region: str, at: int) -> Pack | None:
        """The pack of a region, the finer first: US-MA before US."""
        for wanted in (region, region[:2]):
            for name in self.packs:
                pack = self.pack_at(name, at)
                if pack is not None and wanted in pack.regions:
                    return pack
        return None

    def coming(self, name: str, at: int) -> Iterator[tuple[int, Pack]]:
        """(effective from, pack) of what will come into force after `at`, soonest first: without the versions that a
        later act overtook before their day."""
        later = sorted({effective for effective, _ in self.packs.get(name, ()) if effective > at})
        before = self.pack_at(name, at)
        for effective in later:
            pack = self.pack_at(name, effective)
            if pack is not None and pack != before:
                yield effective, pack
            before = pack

    def loosened_by(self, pack: Pack) -> tuple[str, ...]:
        """Parameters that a pack would loosen in a floor that is, or will be, in force. Empty for any other pack."""
        known = self.packs.get(FLOOR, ()) if pack.id.name == FLOOR else ()
        return tuple(dict.fromkeys(name for _, floor in known for name in loosened(floor, pack)))

    def take_pack(self, effective: int, text: str) -> None:
        """A pack's text that is in force from then on."""
        pack = read_pack(text)
        self.packs.setdefault(pack.id.name, []).append((effective, pack))

    def take_derogation(self, entry: Entry) -> None:
        """A `derogation-granted` entry."""
        self.derogations.append(derogation_of(entry, len(self.derogations) + 1))
