"""The borrower's own channels: who may be given them, and when (POLICY section 5, `about: borrower`).

No consent, notice, effort or approval: the debt is the borrower's. Never the address for post: that is for a visit.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.model.times import local_minute
from registry.policy.effort import TEXT, personal_slots
from registry.policy.facts.model import Slot
from registry.policy.merging import OF_THIRD_PARTIES
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.telling import opens_at

PURPOSE, MODE = "contact-borrower", "number"
WEEK = 7
LEAST_PAST_DUE = 1      # from stage `early` on


def pack_conflict(case: Case) -> Reason | None:
    """Binding packs contradict each other in what the borrower himself is owed; what they demand towards a third
    person hinders nobody from calling the borrower."""
    return Reason("pack-conflict") if set(case.effective.conflicts) - OF_THIRD_PARTIES else None


def purpose_not_allowed(case: Case) -> Reason | None:
    """To speak with the borrower, and nothing else (CONTRACT section 1)."""
    return None if case.facts.ask.purpose == PURPOSE else Reason("purpose-not-allowed")


def mode_not_allowed(case: Case) -> Reason | None:
    """The channels as they are (CONTRACT section 1)."""
    return None if case.facts.ask.mode == MODE else Reason("mode-not-allowed")


def not_overdue(case: Case) -> Reason | None:
    """Section 5: one day past due, by the local date at the residence."""
    account = case.facts.account
    if account is None:
        return None
    have = case.facts.today - account.due_since
    return Reason("account-not-overdue-enough", have, LEAST_PAST_DUE) if have < LEAST_PAST_DUE else None


def no_channel(case: Case) -> Reason | None:
    """No live personal channel at all."""
    return None if _personal(case) else Reason("no-channel")


def line_is_contact(case: Case) -> Reason | None:
    """A line that is or was a contact's is judged as a contact's, whatever it is filed as (DESIGN section 7)."""
    return Reason("line-is-contact") if _personal(case) and not _nobody_elses(case) else None


def borrower_cap(case: Case) -> Reason | None:
    """Every telephone is at its cap of dials or talks, and nothing carries text."""
    return Reason("borrower-cap") if _nobody_elses(case) and not open_channels(case) else None


def outside_hours(case: Case) -> Reason | None:
    """`hours.borrower`, at the residence."""
    start, end = case.params.borrower_hours
    minute = local_minute(case.at, case.facts.offset)
    if start <= minute < end:
        return None
    return Reason("outside-hours", not_before=None if start >= end else opens_at(case.at, minute, start, end))


def open_channels(case: Case) -> tuple[str, ...]:
    """Ids of the channels that a permit opens, in the order they came: what carries text, and every telephone that
    may still be dialled today."""
    full = _full(case)
    return tuple(
        slot.channel for place, slot in _nobody_elses(case).items() if slot.medium in TEXT or place not in full
    )


def _personal(case: Case) -> Mapping[int, Slot]:
    return personal_slots(case.facts, case.params, case.at)


def _nobody_elses(case: Case) -> Mapping[int, Slot]:
    return {place: slot for place, slot in _personal(case).items() if not slot.of_contact}


def _full(case: Case) -> frozenset[int]:
    """Places of the telephones at a cap, counted as for the lawfulness of attempts, over all agencies."""
    facts, params = case.facts, case.params
    places = frozenset(place for place, slot in enumerate(facts.slots) if slot.medium not in TEXT)
    dials = [one for one in facts.attempts if one.medium == "voice"]
    today = [one for one in dials if one.day == facts.today]
    talks = sum(1 for one in today if one.outcome == "reached-person")
    week = sum(1 for one in dials if one.day > facts.today - WEEK)
    if week >= params.max_dials_7d or talks >= params.max_conversations_day:
        return places
    return frozenset(
        place for place in places
        if sum(1 for one in today if one.slot == place) >= params.max_dials_per_number_day
    )
