"""Time zones of a region of residence or of a telephone line. Names only: offsets are asked for elsewhere.

A region is an ISO 3166 country, or one of its parts (`US-MA`). A part that we have no table for counts as its
country, so that its zone must be named rather than guessed.
"""

from __future__ import annotations

from types import MappingProxyType

from registry.model.zone_table import ZONES

Groups = tuple[tuple[str, ...], ...]

# Regions of telephone numbers that zone.tab has not: they keep the time of another.
SAME_AS = MappingProxyType({"AC": "SH", "TA": "SH", "XK": "RS"})

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)
# 15 U.S.C. 260-267 and 49 CFR part 71: states that keep one time, and states that a boundary crosses.
_STATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV", (_EASTERN,)),
    ("FL IN KY MI TN", (_EASTERN, _CENTRAL)),
    ("AL AR IA IL LA MN MO MS OK WI", (_CENTRAL,)),
    ("KS ND NE SD TX", (_CENTRAL, _MOUNTAIN)),
    ("CO MT NM UT WY", (_MOUNTAIN,)),
    ("AZ", ("America/Phoenix", _MOUNTAIN)),
    ("ID NV OR", (_MOUNTAIN, _PACIFIC)),
    ("CA WA", (_PACIFIC,)),
    ("AK", ("America/Anchorage", "America/Adak")),
    ("HI", ("Pacific/Honolulu",)),
)


def zones_of_region(region: str) -> tuple[str, ...]:
    """One zone for each time kept there; empty for a region we do not know."""
    return tuple(group[0] for group in _groups(region))


def needs_zone(region: str) -> bool:
    """Whether a person's zone must be named, because the region alone does not tell it."""
    return len(_groups(region)) != 1


def zone_fits(region: str, zone: str) -> bool:
    """Whether `zone` is one that is kept in the region, under any of its names."""
    return any(zone in group for group in _groups(region))


def _groups(region: str) -> Groups:
    country, _, part = region.partition("-")
    groups = _COUNTRIES.get(SAME_AS.get(country, country), ())
    kept = _PARTS.get(region) if part else None
    return groups if kept is None else tuple(group for group in groups if group[0] in kept)


def _parsed(table: str) -> dict[str, Groups]:
    countries: dict[str, list[list[str]]] = {}
    groups: list[list[str]] = []
    for token in table.split():
        if len(token) == 2:
            groups = countries.setdefault(token, [])
        elif token.startswith("="):
            groups[-1].append(token[1:])
        else:
            groups.append([token])
    return {country: tuple(tuple(group) for group in groups) for country, groups in countries.items()}


_COUNTRIES = MappingProxyType(_parsed(ZONES))
_PARTS = MappingProxyType({f"US-{state}": zones for states, zones in _STATES for state in states.split()})
