"""Where a pack lets no third person be reached at all, nothing about the question could be put right.

Version 1 said besides that purpose, mode or words were wrong, as if another question could be answered: the collector
saw `fix-request`. There is none; `pack-forbids` says all.
"""

from __future__ import annotations

from registry.policy.reasons import Reason
from registry.policy.rules import asked, call, telling
from registry.policy.rules.case import Case


def purpose_not_allowed(case: Case) -> Reason | None:
    """`purposes` of the person called, where there is any."""
    return asked.purpose_not_allowed(case) if case.params.third_party else None


def mode_not_allowed(case: Case) -> Reason | None:
    """`release_modes` of the person called, where there is any."""
    return call.mode_not_allowed(case) if case.params.third_party else None


def script_missing(case: Case) -> Reason | None:
    """The words of the pack of the person called, where there is anything to say."""
    return telling.script_missing(case) if case.params.third_party else None
