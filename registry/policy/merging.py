"""Several packs become one set of values, each remembering which pack it comes from (POLICY section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from registry.policy.pack import FLOOR, Pack, PackName
from registry.policy.parameters import BY_NAME, MERGES, PARAMETERS

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Params:
    """The merged values, read by rules. Hours are minutes of the local day, end exclusive; grades are ranks on
    their scale in `parameters` (higher is stricter); the names and units of the rest are in `PARAMETERS`."""

    third_party: frozenset[str]
    purposes: frozenset[str]
    release_modes: frozenset[str]
    third_party_hours: Window
    borrower_hours: Window
    max_dials_per_number_day: int
    max_conversations_day: int
    max_dials_7d: int
    min_days_past_due: int
    min_balance_minor: int
    min_attempts: int
    min_days: int
    min_dayparts: int
    per_line_counted: int
    window_days: int
    span_days: int
    max_staleness_days: int
    min_grade: int
    unresponsive_approvals: int
    lookback_days: int
    max_feed_age_hours: int
    evidence_grade: int
    min_ring_seconds: int
    min_gap_minutes: int
    cooling_days: int
    grace_days: int
    notice_max_age_days: int
    borrower_consent: bool
    borrower_assurance: int
    contact_consent: bool
    contact_assurance: int
    consent_max_age_days: int
    grantee_bound: bool
    contact_min_age: int
    stop_on_refusal: bool
    contact_inform: bool
    line_conversations_per_case: int
    line_releases_30d: int
    line_cooldown_days: int
    line_messages_30d: int
    message_first: bool
    message_wait_days: int
    call_first: bool
    case_contacts: int
    ttl_hours: int
    release_approvals: int
    visit_days_past_due: int
    visit_approvals: int
    visit_visitors: int
    visit_hours: Window
    agency_approval_days: int
    complaint_days: int
    retention_years: int
    collector_day_releases: int


@dataclass(frozen=True, slots=True)
class Effective:
    """One merged set. `origins`: parameter -> the packs whose value it is; `conflicts`: what cannot hold together."""

    packs: tuple[PackName, ...]
    params: Params
    origins: Mapping[str, tuple[str, ...]]
    scripts: Mapping[str, Mapping[str, str]]
    messages: Mapping[str, Mapping[str, str]]
    conflicts: tuple[str, ...]


@lru_cache(maxsize=256)
def merge(packs: tuple[Pack, ...], called: Pack | None) -> Effective:
    """Merges packs, the floor first. `called` is the pack of the person called: purposes, modes, scripts and messages
    are its own, the first two within the floor's. Pure, and remembered: the same packs give the same set for ever."""
    if not packs or packs[0].id.name != FLOOR:
        raise ValueError("the floor is always merged, and first")
    values: dict[str, Any] = {}
    origins: dict[str, tuple[str, ...]] = {}
    for parameter in PARAMETERS:
        givers = (packs[0], called) if parameter.called and called is not None else packs
        given = [(one.id.name, one.settings[parameter.name].value) for one in givers
                 if one is not None and parameter.name in one.settings]
        value = given[0][1]
        for _, other in given[1:]:
            value = MERGES[parameter.merge](value, other)
        values[parameter.field] = value
        origins[parameter.name] = tuple(dict.fromkeys(name for name, own in given if own == value)) or tuple(
            name for name, _ in given
        )
    params = Params(**values)
    speaks = packs[0] if called is None else called
    return Effective(
        tuple(one.id for one in packs), params, origins, speaks.scripts, speaks.messages, tuple(_conflicts(params)),
    )


def _conflicts(params: Params) -> Iterator[str]:
    """What binding packs demand and nobody can do: a refusal, never a choice between laws."""
    if params.third_party_hours[0] >= params.third_party_hours[1]:
        yield "hours.third_party"
    if params.borrower_hours[0] >= params.borrower_hours[1]:
        yield "hours.borrower"
    if params.cooling_days >= params.max_staleness_days:
        yield "attempt.cooling_days"
    if params.window_days < params.span_days:
        yield "unreachable.span_days"


def without_effect(pack: Pack, floor: Pack) -> tuple[str, ...]:
    """Parameters of a pack that can never take effect beside the floor, because the floor is stricter."""
    names = []
    for name, setting in pack.settings.items():
        base = floor.settings[name].value
        if setting.value != base and MERGES[BY_NAME[name].merge](base, setting.value) == base:
            names.append(name)
    return tuple(names)


def loosened(floor: Pack, other: Pack) -> tuple[str, ...]:
    """Parameters that another version of the floor would loosen: the floor is only ever superseded by a stricter one.
    Loosening needs a derogation, with two approvers and an expiry (POLICY section 4)."""
    return tuple(
        name for name, setting in floor.settings.items()
        if MERGES[BY_NAME[name].merge](setting.value, other.settings[name].value) != other.settings[name].value
    )


def shown(effective: Effective) -> list[dict[str, object]]:
    """The merged set for people: one row a parameter, with the packs that each value comes from."""
    return [
        {
            "parameter": one.name, "value": one.show(getattr(effective.params, one.field)), "unit": one.unit,
            "merge": one.merge, "from": list(effective.origins[one.name]),
        }
        for one in PARAMETERS
    ]
