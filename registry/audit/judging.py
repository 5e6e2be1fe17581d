"""A logged question decided again, from the entries that a source holds so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.model.entries import Entry
from registry.policy import (
    RULES,
    Ask,
    Decision,
    Facts,
    History,
    Readings,
    Source,
    facts_from,
    gather,
    packs_for,
    zones_of,
)

# How far, in minutes, a zone's clock may have moved within the life of a permit.
SHIFTS = (0, -30, 30, -60, 60)


def judged(
    source: Source, history: History, body: Mapping[str, Any], at: int, offsets: Mapping[str, int], *,
    readings: Readings | None = None,
) -> tuple[Facts, Decision]:
    """Facts and decision of the question in a `lookup-decided`, by the rules that it names."""
    facts = facts_from(history, Ask.of(body, offsets), at, readings)
    return facts, RULES[body["rules"]](facts, packs_for(source.directory, facts, at), at)


def still_open(source: Source, permit: Entry, at: int) -> bool:
    """Whether a permit of the borrower's own channels would be given at `at` too.

    No entry says how the clocks stood then: they may have been put forward or back since the permit.
    """
    history = gather(source, permit.body["account"])
    then = {one["zone"]: one["minutes"] for one in permit.body["offsets"]}
    return any(
        judged(source, history, permit.body, at,
               {zone: then.get(zone, 0) + shift for zone in zones_of(history)})[1].verdict == "permit"
        for shift in SHIFTS
    )
