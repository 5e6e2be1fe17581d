"""What can be agreed to at all where somebody lives: asked of the vault, whose packs say it."""

from __future__ import annotations

from collections.abc import Iterable

from registry.usecases.ports import Ports, Record

FLOOR = "floor"
# Parameter of a pack → what it is called here.
ASKED = {"purposes": "purposes", "release_modes": "modes"}


def anywhere(ports: Ports, residences: Iterable[str]) -> dict[str, set[str]]:
    """`{purposes, modes}` that the packs in force allow at any of these residences."""
    packs = ports.vault.call("packs-in-words", {"language": "en"})["packs"]
    found: dict[str, set[str]] = {name: set() for name in ASKED.values()}
    for residence in residences:
        for row in _pack_of(packs, residence)["rows"]:
            if row["parameter"] in ASKED:
                found[ASKED[row["parameter"]]] |= {one for one in row["value"].split(", ") if one}
    return found


def _pack_of(packs: list[Record], residence: str) -> Record:
    """The pack of a residence, of its country, or the floor."""
    for region in (residence, residence.partition("-")[0]):
        for pack in packs:
            if region in pack["regions"]:
                return pack
    return next(pack for pack in packs if pack["name"] == FLOOR)
