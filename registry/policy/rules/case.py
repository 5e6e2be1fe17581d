"""What one rule looks at: facts, merged values, the moment, the contact under judgement, the effort weighed."""

from __future__ import annotations

from registry.model.value import value
from registry.policy.applicable import Applied
from registry.policy.effort import Effort
from registry.policy.facts.listed import Contact
from registry.policy.facts.model import Facts
from registry.policy.merging import Effective, Params


@value(frozen=True, slots=True)
class Case:
    """One question about one contact (None where none is listed). Rules are pure functions of it."""

    facts: Facts
    effective: Effective
    params: Params
    applied: Applied
    contact: Contact | None
    effort: Effort
    at: int
