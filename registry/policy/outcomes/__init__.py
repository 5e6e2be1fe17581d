"""Raw causes of attempts become classes (POLICY section 3, CONTRACT section 4): a versioned table, pure."""

from registry.policy.outcomes.table import OutcomeTable

__all__ = ["OutcomeTable"]
