"""Whether a permit still stands: judged again, as of now, without the permit itself."""

from __future__ import annotations

from typing import Any

from registry.model.entries import Entry
from registry.policy import asked_in, gather, restricted_since
from registry.vault.desk import Desk
from registry.vault.judging import Judged, judge


def asked_of(permit: Entry) -> dict[str, Any]:
    """The question that a decision answered."""
    return asked_in(permit.body)


def judged_again(desk: Desk, permit: Entry, at: int) -> Judged:
    """The judgement of the same question at `at`, as if the permit had never been."""
    return judge(desk, asked_of(permit), at, without=permit.id)


def restricted(desk: Desk, permit: Entry) -> bool:
    """Whether anything was logged since that takes this permit away."""
    if desk.ledger.last_restriction <= permit.index:
        return False
    history = gather(desk, permit.body["account"])
    return restricted_since(history, permit.index, permit.body["client"])
