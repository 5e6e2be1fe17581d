"""What is said to the person called, in which language, at which hour (POLICY section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from registry.model.times import DAY, MINUTE
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.consent import agreed_hours


def texts_for(case: Case, mode: str) -> Mapping[str, str] | None:
    """The pack's words for this purpose, by language: what is written in a relayed message, else what is said."""
    table = case.effective.messages if mode == "message" else case.effective.scripts
    return table.get(case.facts.ask.purpose)


def script_of(case: Case, mode: str) -> str | None:
    """The pack's words in the first of the contact's languages that it speaks."""
    texts = texts_for(case, mode)
    if texts is None or case.contact is None:
        return None
    found = in_first_language(texts, case.contact.languages)
    return None if found is None else found[1]


def in_first_language(texts: Mapping[str, str], languages: Iterable[str]) -> tuple[str, str] | None:
    """(language, text) in the first of somebody's languages that a pack speaks, with or without its region."""
    for language in languages:
        for wanted in (language.lower(), language.lower().split("-")[0]):
            if wanted in texts:
                return wanted, texts[wanted]
    return None


def script_missing(case: Case) -> Reason | None:
    """The pack of the person called says what to say or write, or nothing is."""
    if case.contact is None or texts_for(case, case.facts.ask.mode) is not None:
        return None
    return Reason("script-missing")


def language_missing(case: Case) -> Reason | None:
    """The words exist in a language of the contact's."""
    mode = case.facts.ask.mode
    if case.contact is None or texts_for(case, mode) is None:
        return None
    return None if script_of(case, mode) is not None else Reason("language-missing")


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
    return Reason("outside-hours", not_before=max(opens_at(case.at, minute, start, end) for _, minute, _ in clocks))


def opens_at(at: int, minute: int, start: int, end: int) -> int:
    """When the window next opens in a zone where it is `minute` now; now, where it is open."""
    if start <= minute < end:
        return at
    floor = at - at % MINUTE
    wait = start - minute if minute < start else start - minute + DAY // MINUTE
    return floor + wait * MINUTE
