"""What an agency owes before it is answered again, by name: a refusal for it alone could not be mended."""

from __future__ import annotations

from typing import Any

from registry.policy import OUTCOME_WITHIN
from registry.vault.desk import Desk

OVERDUE = "outcome-overdue"
MOST = 20  # lookups named at a time: report these, and the next answer names more


def named(desk: Desk, view: dict[str, Any], agency: str, at: int) -> dict[str, Any]:
    """The view of a refusal at `at` (ms), with `lookups` beside `outcome-overdue`: the agency's own, oldest first."""
    for one in view["missing"]:
        if one["code"] == OVERDUE:
            permits = desk.directory.open_permits.get(agency, {})
            one["lookups"] = [lookup for lookup, given in permits.items() if at - given > OUTCOME_WITHIN][:MOST]
    return view
