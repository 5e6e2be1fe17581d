"""What is asked for, beside what the packs allow at all (POLICY sections 1 and 4)."""

from __future__ import annotations

from registry.model.times import DAY
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case

# Brokered calls have no path out of the vault in version 1 of the rules.
MODES_BUILT = frozenset({"message", "number"})


def pack_missing(case: Case) -> Reason | None:
    """Every side's region has a pack in force; an unknown region has none."""
    return Reason("pack-missing") if case.applied.missing else None


def pack_conflict(case: Case) -> Reason | None:
    """Binding packs contradict each other: a refusal, never a choice between laws."""
    return Reason("pack-conflict") if case.effective.conflicts else None


def pack_forbids(case: Case) -> Reason | None:
    """`third_party`: the grounds on which a third person may be reached at all."""
    return None if "consenting-contact" in case.params.third_party else Reason("pack-forbids")


def ground_missing(case: Case) -> Reason | None:
    """`third_party`, for who the contact is: one who is liable for the same loan himself is no mere third person, and
    is reached on `guarantor-consenting` alone. By a line that only the lender says is his, once it has been in the
    log for `channel.lookback_days`."""
    since = None if case.contact is None else case.contact.liable_since
    liable = since is not None and case.at - since >= case.params.lookback_days * DAY
    ground = "guarantor-consenting" if liable else "consenting-contact"
    return None if ground in case.params.third_party else Reason("pack-forbids")


def purpose_not_allowed(case: Case) -> Reason | None:
    """`purposes` of the person called, within the floor's. Version 1 asks about contacts and borrowers only."""
    ask = case.facts.ask
    if ask.about == "contact" and ask.purpose in case.params.purposes:
        return None
    return Reason("purpose-not-allowed")


def mode_not_allowed(case: Case) -> Reason | None:
    """`release_modes` of the person called, within the floor's, and built."""
    mode = case.facts.ask.mode
    return None if mode in case.params.release_modes and mode in MODES_BUILT else Reason("mode-not-allowed")
