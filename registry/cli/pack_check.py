"""What is wrong with a pack before anybody signs it: each problem one line that names the pack and the place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.model import canonical
from registry.policy.merging import MUST_NOT_SAY, Effective, loosened, merge
from registry.policy.pack import FLOOR, Pack
from registry.texts.speakable import unspeakable

# A pack travels whole in one entry of the log: the kind's limit in characters, and what is left of 65,535 bytes.
MOST_CHARACTERS, MOST_BYTES = 40_000, 60_000
HOUSE = "house choice"
# Demands of words: laws do contradict each other in these, and the contradiction is kept, and found.
BY_LAW = frozenset(("caller.names_institution", MUST_NOT_SAY))


def problems(pack: Pack, text: str, others: Sequence[Pack]) -> list[str]:
    """Everything wrong with `pack`, whose text this is, among the `others` (the floor is one of them)."""
    found = [*_size(text), *_sources(pack)]
    floor = pack if pack.id.name == FLOOR else next(one for one in others if one.id.name == FLOOR)
    if pack is floor:
        known = [one for one in others if one.id.name == FLOOR and one.id != pack.id]
        found += [f"{name}: looser than the floor in force" for one in known for name in loosened(one, pack)]
    found += [f"{name}: cannot hold beside the floor" for name in merge(_both(floor, pack), pack).conflicts
              if name != MUST_NOT_SAY]
    if pack is not floor:
        outer = [one for one in others if one.id.name == pack.within]
        if pack.within is not None and not outer:
            found.append(f"within: there is no pack {pack.within}")
        merged = merge((*_both(floor, pack), *outer), pack)
        found += [*_texts(pack, merged), *_regions(pack, others), *_conflicts(pack, floor, others)]
    found += unspeakable(pack)
    return [f"{pack.id.name}@{pack.id.version}: {one}" for one in found]


def without_primary_source(pack: Pack) -> list[str]:
    """Parameters that no primary legal text backs."""
    return [name for name, one in pack.settings.items() if one.grade != "P"]


def _both(floor: Pack, pack: Pack) -> tuple[Pack, ...]:
    return (floor,) if pack is floor else (floor, pack)


def _size(text: str) -> Iterator[str]:
    if len(text) > MOST_CHARACTERS or len(canonical.encode({"text": text})) > MOST_BYTES:
        yield "too long to travel in an entry of the log"


def _sources(pack: Pack) -> Iterator[str]:
    for name, one in pack.settings.items():
        if one.source.startswith(HOUSE) != (one.grade == "H"):
            yield f"{name}: grade H, and nothing else, says `{HOUSE}`"


def _texts(pack: Pack, merged: Effective) -> Iterator[str]:
    """Words for every purpose, in the same languages: the pack's own, or those of the one that it is within."""
    params = merged.params
    spoken = bool(params.release_modes & {"number", "call"})
    written = "message" in params.release_modes and params.line_messages_30d > 0
    for what, texts, there, wanted in (
        ("scripts", pack.scripts, merged.scripts, spoken), ("messages", pack.messages, merged.messages, written),
    ):
        for purpose in sorted(params.purposes - set(there)) if wanted else ():
            yield f"{what}.{purpose}: missing"
        for purpose in sorted(set(texts) - params.purposes):
            yield f"{what}.{purpose}: for a purpose that is not allowed"
        if texts and not wanted:
            yield f"{what}: for a way of asking that is not allowed"
        languages = {language for said in texts.values() for language in said}
        for purpose, said in texts.items():
            for language in sorted(languages - set(said)):
                yield f"{what}.{purpose}.{language}: missing, other purposes have it"


def _regions(pack: Pack, others: Sequence[Pack]) -> Iterator[str]:
    for other in others:
        if other.id.name != pack.id.name:
            for region in sorted(set(pack.regions) & set(other.regions)):
                yield f"regions: {region} is {other.id.name}'s"


def contradictions(pack: Pack, others: Sequence[Pack]) -> list[str]:
    """What two laws demand and nobody can do both: no fault of either pack. Whoever both hold for is not released."""
    floor = pack if pack.id.name == FLOOR else next(one for one in others if one.id.name == FLOOR)
    return [] if pack is floor else [
        f"{pack.id.name}@{pack.id.version}: {name}: contradicts {other.id.name}@{other.id.version}: where both hold, "
        "every lookup ends in pack-conflict" for name, other in _beside(pack, floor, others) if name in BY_LAW
    ]


def _conflicts(pack: Pack, floor: Pack, others: Sequence[Pack]) -> Iterator[str]:
    """What cannot hold where a borrower, a contact and a lender bring several packs together."""
    for name, other in _beside(pack, floor, others):
        if name not in BY_LAW:
            yield f"{name}: cannot hold beside {other.id.name}@{other.id.version}"


def _beside(pack: Pack, floor: Pack, others: Sequence[Pack]) -> Iterator[tuple[str, Pack]]:
    for other in others:
        if other.id.name not in (FLOOR, pack.id.name):
            several = (floor, *sorted((pack, other), key=lambda one: one.id.name))
            for name in dict.fromkeys((*merge(several, pack).conflicts, *merge(several, other).conflicts)):
                yield name, other
