"""What a permit has the courier open later: hours lie between, so that it is judged again then.

A use that may not be any more is given back by an entry, unless its address was opened before: then it may have left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from registry.errors import ConflictError
from registry.model.entries import Entry
from registry.vault.desk import Answer, Desk


def about(desk: Desk, permit: Entry) -> list[Entry]:
    """What came of a permit, in log order."""
    history = desk.relations.history(permit.body["borrower"])
    return [entry for entry in history if entry.index > permit.index and entry.body.get("lookup") == permit.id]


def is_settled(desk: Desk, permit: Entry, by: Collection[str]) -> bool:
    """Whether an entry of one of these kinds has come of it."""
    return any(entry.kind in by for entry in about(desk, permit))


def may_have_left(desk: Desk, permit: Entry, template: str) -> bool:
    """Whether its address was opened for that template already."""
    return desk.ledger.times_opened((permit.id, template, None)) > 0


def given_back(desk: Desk, permit: Entry, template: str, *, reasons: Sequence[str], at: int, why: str) -> Answer:
    """The answer that refuses to open the address and gives the use back. Raises ConflictError `message-withheld`,
    which is what the answer says too, where it may have left already."""
    refusal = ConflictError(why, code="message-withheld")
    if may_have_left(desk, permit, template):
        raise refusal
    body = permit.body
    answer = desk.answer([desk.make("opening-refused/1", {
        "lookup": permit.id, "borrower": body["borrower"], "line": body["line"], "agency": body["client"],
        "reasons": list(reasons),
    }, at)])
    answer.refusal = refusal
    return answer
