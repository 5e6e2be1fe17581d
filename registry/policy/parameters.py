"""The parameters a pack may set: name, shape, unit and how several packs merge (POLICY section 4).

Every merge tightens: whatever a pack says, the merged value is at least as strict as the floor's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import MalformedError

ASSURANCES = ("recorded", "code", "passkey")
EVIDENCE_GRADES = ("C", "B", "A")
REACH_GRADES = ("B", "A")
GROUNDS = ("consenting-contact", "guarantor-consenting")
PURPOSES = (
    "confirm-whereabouts", "location-information", "restore-contact", "obtain-contact-details", "relay-message",
)
MOST = 100_000      # of days, hours or anything else but money: no time that rules compute is beyond the year 9999
MODES = ("message", "call", "number")
# Whether the caller says for whom he calls, before the person called asks: a law may demand it, or forbid it.
NAMING = ("at-once", "when-asked")
DAYS = "days of the week"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MERGES: Mapping[str, Callable[[Any, Any], Any]] = {
    "min": min, "max": max, "and": lambda a, b: a and b, "or": lambda a, b: a or b,
    "intersect": lambda a, b: a & b, "union": lambda a, b: a | b,
    "overlap": lambda a, b: (max(a[0], b[0]), min(a[1], b[1])),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name` as written in packs, `field` as read by rules, `read` from TOML, `show` for people."""

    name: str
    field: str
    unit: str
    merge: str
    read: Callable[[object], Any]
    show: Callable[[Any], object] = lambda value: value
    called: bool = False    # taken from the pack of the person called only (and the floor)


def _bad(expected: str) -> MalformedError:
    return MalformedError(f"expected {expected}", code="pack-malformed")


def _integer(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MOST:
        raise _bad(f"an integer from 0 to {MOST}")
    return value


def _amount(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 10**12:
        raise _bad("an amount from 0 to 10^12")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise _bad("true or false")
    return value


def _one_of(scale: tuple[str, ...]) -> Callable[[object], int]:
    def read(value: object) -> int:
        if value not in scale:
            raise _bad("one of " + ", ".join(scale))
        return scale.index(str(value))

    return read


def _set_of(allowed: tuple[str, ...]) -> Callable[[object], frozenset[str]]:
    def read(value: object) -> frozenset[str]:
        if not isinstance(value, list) or not set(value) <= set(allowed):
            raise _bad("a list of " + ", ".join(allowed))
        return frozenset(value)

    return read


def minute_of(text: str) -> int:
    """Minutes since midnight of `HH:MM`; `24:00` is 1440. Raises MalformedError."""
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal() and (hours + minutes).isascii()):
        raise _bad("HH:MM")
    value = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or value > 1440:
        raise _bad("HH:MM up to 24:00")
    return value


def clock(minute: int) -> str:
    """`HH:MM` of minutes since midnight."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _hours(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(one, str) for one in value):
        raise _bad('["HH:MM", "HH:MM"], end exclusive')
    start, end = minute_of(value[0]), minute_of(value[1])
    if start >= end:
        raise _bad("hours that begin before they end")
    return start, end


def _count(name: str, field: str, unit: str, merge: str) -> Parameter:
    return Parameter(name, field, unit, merge, _amount if unit == "minor units" else _integer)


def _word(name: str, field: str, scale: tuple[str, ...]) -> Parameter:
    return Parameter(name, field, "grade", "max", _one_of(scale), lambda value: scale[value])


def _truth(name: str, field: str) -> Parameter:
    return Parameter(name, field, "flag", "or", _flag)


def _choice(name: str, field: str, allowed: tuple[str, ...], *, called: bool) -> Parameter:
    return Parameter(name, field, "set", "intersect", _set_of(allowed), sorted, called)


def _days(name: str, field: str) -> Parameter:
    return Parameter(name, field, DAYS, "intersect", _set_of(WEEK),
                     lambda value: [one for one in WEEK if one in value])


def _window(name: str, field: str) -> Parameter:
    return Parameter(name, field, "local time", "overlap", _hours, lambda pair: [clock(one) for one in pair])


PARAMETERS: tuple[Parameter, ...] = (
    _choice("third_party", "third_party", GROUNDS, called=False),
    _choice("purposes", "purposes", PURPOSES, called=True),
    _choice("release_modes", "release_modes", MODES, called=True),
    _choice("caller.names_institution", "caller_names_institution", NAMING, called=False),
    _window("hours.third_party", "third_party_hours"),
    _window("hours.borrower", "borrower_hours"),
    _days("days.third_party", "third_party_days"),
    _days("days.borrower", "borrower_days"),
    _count("borrower.max_dials_per_number_day", "max_dials_per_number_day", "dials", "min"),
    _count("borrower.max_conversations_day", "max_conversations_day", "conversations", "min"),
    _count("borrower.max_dials_7d", "max_dials_7d", "dials", "min"),
    _count("account.min_days_past_due", "min_days_past_due", "days", "max"),
    _count("account.min_balance_minor", "min_balance_minor", "minor units", "max"),
    _count("unreachable.min_attempts", "min_attempts", "attempts", "max"),
    _count("unreachable.min_days", "min_days", "local days", "max"),
    _count("unreachable.min_dayparts", "min_dayparts", "parts of the day", "max"),
    _count("unreachable.per_line_counted", "per_line_counted", "attempts", "max"),
    _count("unreachable.window_days", "window_days", "days", "min"),
    _count("unreachable.span_days", "span_days", "local days", "max"),
    _count("unreachable.max_staleness_days", "max_staleness_days", "days", "min"),
    _word("unreachable.min_grade", "min_grade", REACH_GRADES),
    _count("unreachable.unresponsive_approvals", "unresponsive_approvals", "approvals", "max"),
    _count("channel.lookback_days", "lookback_days", "days", "max"),
    _count("max_feed_age_hours", "max_feed_age_hours", "hours", "min"),
    _word("evidence.min_grade", "evidence_grade", EVIDENCE_GRADES),
    _count("attempt.min_ring_seconds", "min_ring_seconds", "seconds", "max"),
    _count("attempt.min_gap_minutes", "min_gap_minutes", "minutes", "max"),
    _count("attempt.cooling_days", "cooling_days", "days", "max"),
    _count("notice.grace_days", "grace_days", "days", "max"),
    _count("notice.notice_max_age_days", "notice_max_age_days", "days", "min"),
    _truth("consent.borrower", "borrower_consent"),
    _word("consent.borrower_assurance", "borrower_assurance", ASSURANCES),
    _truth("consent.contact", "contact_consent"),
    _word("consent.contact_assurance", "contact_assurance", ASSURANCES),
    _count("consent.max_age_days", "consent_max_age_days", "days", "min"),
    _count("consent.reask_days", "consent_reask_days", "days", "max"),
    _truth("consent.grantee_bound", "grantee_bound"),
    _count("contact.min_age", "contact_min_age", "years", "max"),
    _truth("contact.stop_on_refusal", "stop_on_refusal"),
    _truth("contact.inform", "contact_inform"),
    _count("line.max_conversations_per_case", "line_conversations_per_case", "conversations", "min"),
    _count("line.max_releases_30d", "line_releases_30d", "releases", "min"),
    _count("line.cooldown_days", "line_cooldown_days", "days", "max"),
    _count("line.max_messages_30d", "line_messages_30d", "messages", "min"),
    _truth("message.first", "message_first"),
    _count("message.wait_days", "message_wait_days", "days", "max"),
    _truth("call.first", "call_first"),
    _count("case.max_contacts", "case_contacts", "contacts", "min"),
    _count("release.ttl_hours", "ttl_hours", "hours", "min"),
    _count("release.approvals", "release_approvals", "approvals", "max"),
    _count("visit.min_days_past_due", "visit_days_past_due", "days", "max"),
    _count("visit.approvals", "visit_approvals", "approvals", "max"),
    _count("visit.visitors", "visit_visitors", "visitors", "max"),
    _window("visit.hours", "visit_hours"),
    _count("agency.max_approval_days", "agency_approval_days", "days", "min"),
    _count("complaint.days_to_answer", "complaint_days", "days", "min"),
    _count("retention.decisions_years", "retention_years", "years", "max"),
    _count("alarm.releases_per_collector_day", "collector_day_releases", "releases", "min"),
)
BY_NAME: Mapping[str, Parameter] = {one.name: one for one in PARAMETERS}
# Parameters that came after the first floor, and what an older floor means by its silence: a log keeps the floor that
# it was founded with, and goes on.
YOUNGER: Mapping[str, Any] = {
    "message.first": False, "message.wait_days": 3, "call.first": False,
    "caller.names_institution": frozenset(NAMING), "days.third_party": frozenset(WEEK),
    "days.borrower": frozenset(WEEK),
    "consent.reask_days": 90,
}
SOURCE_GRADES = ("P", "S", "W", "H")
