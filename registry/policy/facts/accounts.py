"""The account asked about: opened, changed, placed, recalled, assigned (POLICY section 3, U5 to U7)."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.model.times import local_day
from registry.policy.facts.model import Account
from registry.policy.facts.notes import Handler, Notes, day_number
from registry.policy.history import paid


def _account_opened(notes: Notes, entry: Entry) -> None:
    body = entry.body
    paid(entry, notes.balances)
    notes.assigned.take(entry)
    if body["account"] == notes.ask.account:
        notes.account = dict(body)


def _account_changed(notes: Notes, entry: Entry) -> None:
    body = entry.body
    if paid(entry, notes.balances) or body.get("state") == "paid":
        # Somebody paid, on whatever account: a sign of life (U5).
        notes.alive(entry)
    if body["account"] == notes.ask.account and notes.account is not None:
        notes.lapsed = notes.lapsed or _revives(notes, entry)
        notes.account.update(body)


def _revives(notes: Notes, entry: Entry) -> bool:
    """Whether an entry moves a limitation to a later day that had run out where the borrower lives. The zone's offset
    is the question's: half a day at most of difference, and only where a zone changed its own meanwhile."""
    assert notes.account is not None
    if notes.registered is None:
        return False    # nobody lives anywhere yet: no vault logs that
    before = notes.account["limitation_until"]
    today = local_day(entry.at, notes.ask.offsets[notes.registered["time_zone"]])
    return bool(entry.body.get("limitation_until", before) > before and today > day_number(before))


def _placed(notes: Notes, entry: Entry) -> None:
    if entry.body["account"] == notes.ask.account:
        notes.placements[entry.body["placement"]] = entry


def _recalled(notes: Notes, entry: Entry) -> None:
    notes.recalled.setdefault(entry.body["placement"], entry.index)


def account_of(notes: Notes, today: int) -> Account | None:
    """The account asked about, as it stands."""
    body = notes.account
    if body is None:
        return None
    return Account(
        body["lender"], body["state"], day_number(body["due_since"]), day_number(body["limitation_until"]),
        body["balance_minor"], placed_at(notes, notes.ask.client, today), assigned_at(notes), notes.lapsed,
    )


def assigned_at(notes: Notes) -> int | None:
    """When the account asked about became another creditor's."""
    entry = notes.assigned.at.get(notes.ask.account)
    return None if entry is None else entry.at


def placed_at(notes: Notes, agency: str | None, today: int, before: int | None = None) -> int | None:
    """When the agency's placement in force on a local day was logged; the latest if there are several.

    `before`: as the log stood before that index.
    """
    assigned = notes.assigned.at.get(notes.ask.account)
    if assigned is not None and (before is None or assigned.index < before):
        return None     # an assignment ends every placement, and none comes after it
    times = [
        entry.at for placement, entry in notes.placements.items()
        if entry.body["agency"] == agency
        and (before is None or entry.index < before)
        and (placement not in notes.recalled or (before is not None and notes.recalled[placement] > before))
        and day_number(entry.body["from"]) <= today <= day_number(entry.body["until"])
    ]
    return max(times, default=None)


HANDLERS: dict[str, Handler] = {
    "account-opened/1": _account_opened, "account-changed/1": _account_changed, "placed/1": _placed,
    "recalled/1": _recalled,
}
