"""The only reader of the packs and outcome tables that ship with the product. The rules themselves read no file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from registry.errors import NotFoundError
from registry.policy.outcomes import OutcomeTable
from registry.policy.pack import Pack, PackName, read_pack


@dataclass(frozen=True, slots=True)
class ShippedPack:
    """A pack and its canonical text, as `genesis/1` and `pack-activated/1` carry it."""

    pack: Pack
    text: str

    @property
    def id(self) -> PackName:
        """Name, version and digest."""
        return self.pack.id

    def value(self) -> dict[str, str]:
        """The form inside `genesis/1`: name, version, sha256, text."""
        return {**self.pack.id.value(), "text": self.text}


@lru_cache(maxsize=1)
def shipped_packs() -> dict[str, ShippedPack]:
    """The newest shipped version of each pack by name, the floor first. Raises MalformedError on a broken file."""
    found: dict[str, ShippedPack] = {}
    for text in _texts("packs"):
        pack = read_pack(text)
        known = found.get(pack.id.name)
        if known is None or int(known.id.version) < int(pack.id.version):
            found[pack.id.name] = ShippedPack(pack, text)
    return dict(sorted(found.items(), key=lambda item: (item[0] != "floor", item[0])))


@lru_cache(maxsize=16)
def shipped_outcomes(adapter: str = "neutral") -> OutcomeTable:
    """The newest table of a kind of provider: what courier and vault map with. Raises NotFoundError."""
    tables = [one for one in outcome_tables() if one.name == adapter]
    if not tables:
        raise NotFoundError("there is no outcome table for this kind of provider", code="adapter-unknown")
    return max(tables, key=lambda one: int(one.version))


def outcome_tables() -> tuple[OutcomeTable, ...]:
    """Every table ever shipped: old ones stay, so that old attempts can be mapped again."""
    return tuple(OutcomeTable.read(text) for text in _texts("outcomes"))


def _texts(folder: str) -> Iterator[str]:
    for item in sorted(files("registry.policy").joinpath(folder).iterdir(), key=lambda one: one.name):
        if item.name.endswith(".toml"):
            yield item.read_text("utf-8")
