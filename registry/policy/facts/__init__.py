"""Facts: what the log says about one question, frozen. `facts_from(history, ask, at)` is pure and total."""

from registry.policy.facts.model import Facts
from registry.policy.facts.reading import facts_from, person_facts
from registry.policy.facts.readings import Readings

__all__ = ["Facts", "Readings", "facts_from", "person_facts"]
