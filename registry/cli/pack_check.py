"""What is wrong with a pack before anybody signs it: each problem one line that names the pack and the place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from registry.model import canonical
from registry.policy.merging import Params, loosened, merge
from registry.policy.pack import FLOOR, Pack
from registry.texts import forbidden

# A pack travels whole in one entry of the log: the kind's limit in characters, and what is left of 65,535 bytes.
MOST_CHARACTERS, MOST_BYTES = 40_000, 60_000
# What a script tells the caller to do or to fill in; it is not said.
_DIRECTION = re.compile(r"\([^()]*\)|（[^（）]*）")
HOUSE = "house choice"


def problems(pack: Pack, text: str, others: Sequence[Pack]) -> list[str]:
    """Everything wrong with `pack`, whose text this is, among the `others` (the floor is one of them)."""
    found = [*_size(text), *_sources(pack)]
    floor = pack if pack.id.name == FLOOR else next(one for one in others if one.id.name == FLOOR)
    if pack is floor:
        known = [one for one in others if one.id.name == FLOOR and one.id != pack.id]
        found += [f"{name}: looser than the floor in force" for one in known for name in loosened(one, pack)]
    found += [f"{name}: cannot hold beside the floor" for name in merge(_both(floor, pack), pack).conflicts]
    params = merge(_both(floor, pack), pack).params
    if pack is not floor:
        found += [*_texts(pack, params), *_regions(pack, others), *_conflicts(pack, floor, others)]
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


def _texts(pack: Pack, params: Params) -> Iterator[str]:
    """Words for every purpose, in the same languages, and none that a third person must not hear."""
    spoken = bool(params.release_modes & {"number", "call"})
    written = "message" in params.release_modes and params.line_messages_30d > 0
    for what, texts, wanted in (("scripts", pack.scripts, spoken), ("messages", pack.messages, written)):
        for purpose in sorted(params.purposes - set(texts)) if wanted else ():
            yield f"{what}.{purpose}: missing"
        for purpose in sorted(set(texts) - params.purposes):
            yield f"{what}.{purpose}: for a purpose that is not allowed"
        if texts and not wanted:
            yield f"{what}: for a way of asking that is not allowed"
        languages = {language for said in texts.values() for language in said}
        for purpose, said in texts.items():
            for language in sorted(languages - set(said)):
                yield f"{what}.{purpose}.{language}: missing, other purposes have it"
        yield from _unsaid(what, texts)


def _unsaid(what: str, texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for purpose, said in texts.items():
        for language, text in said.items():
            for word in forbidden([_DIRECTION.sub(" ", text)]):
                yield f"{what}.{purpose}.{language}: says {word!r}, which a third person must not hear"


def _regions(pack: Pack, others: Sequence[Pack]) -> Iterator[str]:
    for other in others:
        if other.id.name != pack.id.name:
            for region in sorted(set(pack.regions) & set(other.regions)):
                yield f"regions: {region} is {other.id.name}'s"


def _conflicts(pack: Pack, floor: Pack, others: Sequence[Pack]) -> Iterator[str]:
    """What cannot hold where a borrower, a contact and a lender bring several packs together."""
    for other in others:
        if other.id.name not in (FLOOR, pack.id.name):
            several = (floor, *sorted((pack, other), key=lambda one: one.id.name))
            for name in dict.fromkeys((*merge(several, pack).conflicts, *merge(several, other).conflicts)):
                yield f"{name}: cannot hold beside {other.id.name}@{other.id.version}"
