"""What is said to the person called, in which language, at which hour (POLICY section 4)."""

from __future__ import annotations

from registry.model.times import DAY, MINUTE
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.consent import agreed_hours


def script_of(case: Case) -> str | None:
    """The script for this purpose in the first of the contact's languages that the pack speaks."""
    scripts = case.effective.scripts.get(case.facts.ask.purpose)
    if scripts is None or case.contact is None:
        return None
    for language in case.contact.languages:
        for wanted in (language.lower(), language.lower().split("-")[0]):
            if wanted in scripts:
                return scripts[wanted]
    return None


def script_missing(case: Case) -> Reason | None:
    """The pack of the person called says what to say, or nothing is said."""
    if case.contact is None or case.facts.ask.purpose in case.effective.scripts:
        return None
    return Reason("script-missing")


def language_missing(case: Case) -> Reason | None:
    """The script exists in a language of the contact's."""
    if case.contact is None or case.facts.ask.purpose not in case.effective.scripts:
        return None
    return None if script_of(case) is not None else Reason("language-missing")


def call_window(case: Case) -> tuple[int, int]:
    """Local minutes in which the contact may be called: `hours.third_party`, and what the consents name."""
    start, end = case.params.third_party_hours
    for other_start, other_end in agreed_hours(case):
        start, end = max(start, other_start), min(end, other_end)
    return start, end


def outside_hours(case: Case) -> Reason | None:
    """The called person's local time, in every zone of the line; an unknown zone is never inside."""
    if case.contact is None:
        return None
    start, end = call_window(case)
    clocks = case.contact.clocks
    if clocks and all(start <= minute < end for _, minute, _ in clocks):
        return None
    if not clocks or start >= end:
        return Reason("outside-hours")
    return Reason("outside-hours", not_before=max(_next(case.at, minute, start, end) for _, minute, _ in clocks))


def _next(at: int, minute: int, start: int, end: int) -> int:
    """When the window next opens in a zone where it is `minute` now; now, where it is open."""
    if start <= minute < end:
        return at
    floor = at - at % MINUTE
    wait = start - minute if minute < start else start - minute + DAY // MINUTE
    return floor + wait * MINUTE
