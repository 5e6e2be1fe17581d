"""Reads about the packs in force: all they say in plain words, and until when they want a complaint answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE, listing, words
from registry.model.times import DAY, stamp
from registry.policy import FLOOR, Pack, merge
from registry.texts.pack_explained import title_of
from registry.texts.pack_rows import merged_rows
from registry.texts.pack_words import LANGUAGES
from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.ops.table import Op

COMPLAINT = "complaint-filed/1"
MOST_COMPLAINTS = 200  # one page of a list


def packs_in_words(desk: Desk, args: Args) -> dict[str, Any]:
    """Every pack in force, merged with the floor as it is applied: what it says, where that comes from, the words
    that are spoken and written to a contact; and what is to come, of these and of packs that are not in force yet."""
    at = desk.clock.now()
    floor = desk.directory.pack_at(FLOOR, at)
    found = []
    for name, versions in desk.directory.packs.items():
        pack = desk.directory.pack_at(name, at)
        if pack is not None and floor is not None:
            since = max(effective for effective, one in versions if effective <= at and one.id == pack.id)
            found.append({
                **pack.id.value(), "title": title_of(pack, args["language"]), "regions": list(pack.regions),
                "since": stamp(since),
                "coming": [{**one.id.value(), "from": stamp(effective)}
                           for effective, one in desk.directory.coming(name, at)],
                **_in_words(pack, floor, _outer(desk, pack, at), args["language"]),
            })
    coming = [
        {**one.id.value(), "title": title_of(one, args["language"]), "regions": list(one.regions),
         "from": stamp(effective)}
        for name in desk.directory.packs for effective, one in desk.directory.coming(name, at)
    ]
    return {"packs": found, "coming": sorted(coming, key=lambda one: str(one["from"])), "at": stamp(at)}


def _in_words(pack: Pack, floor: Pack, outer: Sequence[Pack], language: str) -> dict[str, Any]:
    """`rows`: one a parameter; `unbacked`: the pack's own parameters that no primary legal text backs."""
    chosen = (floor,) if pack.id == floor.id else (floor, *outer, pack)
    rows = [
        {"parameter": row.name, "sentence": row.sentence, "value": row.value, "sources": list(row.sources)}
        for row in merged_rows(merge(chosen, pack), chosen, language)
    ]
    return {
        "rows": rows, "unbacked": [name for name, one in pack.settings.items() if one.grade != "P"],
        "scripts": pack.scripts, "messages": pack.messages,
    }


def _outer(desk: Desk, pack: Pack, at: int) -> Sequence[Pack]:
    """The pack in force of the larger country that this one lies within."""
    found = None if pack.within is None else desk.directory.pack_at(pack.within, at)
    return () if found is None else (found,)


def complaint_deadlines(desk: Desk, args: Args) -> dict[str, Any]:
    """Until when each complaint is to be answered, by the packs that were in force when it was filed."""
    filed = [desk.relations.entry(one, COMPLAINT) for one in args["complaints"]]
    deadlines = {one.id: stamp(one.at + _days(desk, one) * DAY) for one in filed}
    return {"deadlines": deadlines, "at": stamp(desk.clock.now())}


def _days(desk: Desk, filed: Entry) -> int:
    """The strictest of the floor, the borrower's residence and the lender's regulator."""
    borrower = desk.relations.borrower(filed.body["borrower"]).body
    lender = desk.directory.parties.get(borrower["lender"])
    floor = desk.directory.pack_at(FLOOR, filed.at)
    assert floor is not None, "genesis brings a floor"
    regions = [borrower["residence"], *([lender.regulator] if lender is not None and lender.regulator else [])]
    packs = [desk.directory.pack_for_region(region, filed.at) for region in regions]
    own = {pack.id.name: pack for pack in packs if pack is not None}
    return merge((floor, *(own[name] for name in sorted(own))), None).params.complaint_days


PACKS = {
    "packs-in-words": Op({"language": words(*LANGUAGES)}, read=packs_in_words),
    "complaint-deadlines": Op({"complaints": listing(ID_SHAPE, MOST_COMPLAINTS)}, read=complaint_deadlines),
}
