"""The account asked about: opened, changed, placed, recalled, assigned (POLICY section 3, U5 to U7)."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.model.times import day_number, local_day
from registry.policy.facts.model import Account
from registry.policy.facts.notes import Handler, Notes, Prolonged
from registry.policy.history import paid


def _account_opened(notes: Notes, entry: Entry) -> None:
    body = entry.body
    paid(entry, notes.balances)
    notes.assigned.take(entry)
    notes.accounts[body["account"]] = dict(body)


def _account_changed(notes: Notes, entry: Entry) -> None:
    body = entry.body
    if paid(entry, notes.balances) or body.get("state") == "paid":
        # Somebody paid, on whatever account: a sign of life (U5).
        notes.alive(entry)
    account = notes.accounts.get(body["account"])
    if account is not None:
        before = account["limitation_until"]
        if body.get("limitation_until", before) > before and notes.registered is not None:
            notes.prolonged.append(Prolonged(body["account"], entry.at, before, notes.registered["time_zone"]))
        account.update(body)


def lapsed(notes: Notes) -> bool:
    """Whether the limitation was moved to a later day after it had run out where the borrower lived. The zone's
    offset is the question's: half a day at most of difference, and only where a zone changed its own meanwhile."""
    ask = notes.ask
    return any(
        local_day(one.at, ask.offsets[one.time_zone]) > day_number(one.before)
        for one in notes.prolonged if one.account == ask.account
    )


def _placed(notes: Notes, entry: Entry) -> None:
    notes.placements[entry.body["placement"]] = entry


def _recalled(notes: Notes, entry: Entry) -> None:
    notes.recalled.setdefault(entry.body["placement"], entry.index)


def account_of(notes: Notes, today: int) -> Account | None:
    """The account asked about, as it stands."""
    body = notes.accounts.get(notes.ask.account)
    if body is None:
        return None
    return Account(
        body["lender"], body["state"], day_number(body["due_since"]), day_number(body["limitation_until"]),
        body["balance_minor"], placed_at(notes, notes.ask.client, today), assigned_at(notes), lapsed(notes),
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
    account = notes.ask.account
    times = [
        entry.at for placement, entry in notes.placements.items()
        if entry.body["account"] == account and entry.body["agency"] == agency
        and (before is None or entry.index < before)
        and (placement not in notes.recalled or (before is not None and notes.recalled[placement] > before))
        and day_number(entry.body["from"]) <= today <= day_number(entry.body["until"])
    ]
    return max(times, default=None)


HANDLERS: dict[str, Handler] = {
    "account-opened/1": _account_opened, "account-changed/1": _account_changed, "placed/1": _placed,
    "recalled/1": _recalled,
}
