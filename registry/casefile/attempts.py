"""The attempts that a decision weighed, each with what it came to: for pages and packages."""

from __future__ import annotations

from typing import Any

from registry.model.times import date_of, stamp
from registry.policy import Facts
from registry.policy.merging import Params
from registry.policy.timeline import Told, timeline


def weighed(facts: Facts, params: Params | None) -> dict[str, Any]:
    """`{zone, attempts}`: every attempt with its class, whether it counts, and why not; none without parameters."""
    told = () if params is None else timeline(facts, params, facts.at)
    return {"zone": facts.time_zone or "UTC", "attempts": [_attempt(facts, one) for one in told]}


def _attempt(facts: Facts, told: Told) -> dict[str, Any]:
    """`date`, `minute`: the local ones at the borrower's residence; `minute` is absent where nobody told it."""
    one = told.attempt
    slot = facts.slots[one.slot].channel if one.slot >= 0 else None
    found = {
        "index": one.index, "at": stamp(one.at), "began_at": stamp(one.began), "date": date_of(one.day),
        "minute": one.minute if one.minute >= 0 else None, "medium": one.medium, "channel": slot,
        "agency": one.agency, "class": one.outcome, "counts": told.counts, "why": told.why,
    }
    return {name: value for name, value in found.items() if value is not None}
