"""Several packs become one set of values, each remembering which pack it comes from (POLICY section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from registry.policy.derogations import NAME, Derogation
from registry.policy.pack import FLOOR, Pack, PackName
from registry.policy.parameters import BY_NAME, MERGES, PARAMETERS
from registry.policy.unsaid import in_texts

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Params:
    """The merged values, read by rules. Hours are minutes of the local day, end exclusive; grades are ranks on
    their scale in `parameters` (higher is stricter); the names and units of the rest are in `PARAMETERS`."""

    third_party: frozenset[str]
    purposes: frozenset[str]
    release_modes: frozenset[str]
    caller_names_institution: frozenset[str]
    third_party_hours: Window
    borrower_hours: Window
    third_party_days: frozenset[str]
    borrower_days: frozenset[str]
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
    consent_reask_days: int
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
    """One merged set. `packs`: those merged, and the derogations in force after them, the first
    `MOST_NAMED`. `origins`: parameter -> the packs whose value it is; `conflicts`: what cannot hold together;
    `must_not_say`: language -> all packs' words."""

    packs: tuple[PackName, ...]
    params: Params
    origins: Mapping[str, tuple[str, ...]]
    scripts: Mapping[str, Mapping[str, str]]
    messages: Mapping[str, Mapping[str, str]]
    conflicts: tuple[str, ...]
    must_not_say: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=256)
def merge(
    packs: tuple[Pack, ...], called: Pack | None, derogations: tuple[Derogation, ...] = (),
) -> Effective:
    """Merges packs, the floor first. `called` is the pack of the person called: purposes, modes, scripts and messages
    are its own and those of the country's pack that it is within, the first two within the floor's. A derogation's
    value stands in the place of the floor's, so that it loosens nothing that another pack asks for. Pure, and
    remembered: the same packs give the same set for ever."""
    if not packs or packs[0].id.name != FLOOR:
        raise ValueError("the floor is always merged, and first")
    values: dict[str, Any] = {}
    origins: dict[str, tuple[str, ...]] = {}
    loosened_to = {one.parameter: one for one in derogations}
    speakers = _speakers(packs, called)
    for parameter in PARAMETERS:
        name = parameter.name
        givers = (packs[0], *speakers) if parameter.called and speakers else packs
        given = [(one.id.name, one.settings[name].value) for one in givers if name in one.settings]
        if name in loosened_to:
            given[0] = f"{NAME}@{loosened_to[name].name.version}", loosened_to[name].value
        value = given[0][1]
        for _, other in given[1:]:
            value = MERGES[parameter.merge](value, other)
        values[parameter.field] = value
        origins[name] = tuple(dict.fromkeys(giver for giver, own in given if own == value)) or tuple(
            giver for giver, _ in given
        )
    params = Params(**values)
    words: dict[str, dict[str, None]] = {}
    for pack in packs:
        for language, own in pack.must_not_say.items():
            words.setdefault(language, {}).update(dict.fromkeys(own))
    speak = speakers or (packs[0],)
    scripts = {purpose: texts for one in speak for purpose, texts in one.scripts.items()}
    messages = {purpose: texts for one in speak for purpose, texts in one.messages.items()}
    must_not_say = {language: tuple(own) for language, own in words.items()}
    conflicts = [*_conflicts(params)]
    if in_texts((*scripts.values(), *messages.values()), must_not_say):
        conflicts.append(MUST_NOT_SAY)
    names = (*(one.id for one in packs), *(one.name for one in derogations))
    if len(names) > MOST_NAMED:
        conflicts.append(TOO_MANY)
    return Effective(
        names[:MOST_NAMED], params, origins, scripts, messages,
        tuple(conflicts), must_not_say,
    )


def _speakers(packs: tuple[Pack, ...], called: Pack | None) -> tuple[Pack, ...]:
    """The pack of the person called, after the one of the larger country that it lies within."""
    if called is None:
        return ()
    return (*(one for one in packs if called.within == one.id.name), called)


MOST_NAMED = 12     # packs and derogations that the entry of a decision names
TOO_MANY = "packs"  # more apply: what cannot be named whole cannot be replayed, and is refused
MUST_NOT_SAY = "must_not_say"    # the words of the pack of the person called are what another pack forbids
# What only a third person is owed: it hinders nobody from calling the borrower.
OF_THIRD_PARTIES = frozenset(("hours.third_party", "days.third_party", "caller.names_institution", MUST_NOT_SAY))


def _conflicts(params: Params) -> Iterator[str]:
    """What binding packs demand and nobody can do: a refusal, never a choice between laws."""
    if not params.caller_names_institution:
        yield "caller.names_institution"
    if not params.third_party_days:
        yield "days.third_party"
    if not params.borrower_days:
        yield "days.borrower"
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
