"""Raising an alarm: an entry, once while the same is open (docs/operating/trouble.md says what each means)."""

from __future__ import annotations

from typing import Any

from registry.model.entries import Entry
from registry.vault.desk import Desk


def raise_alarm(desk: Desk, at: int, alarm: str, **members: Any) -> list[Entry]:
    """The `alarm-raised/3` of that name, or nothing while the same is open.

    `members`: about, agency, client, agent, provider, witness tell alarms of one name apart; `count` does not.
    """
    if desk.ledger.alarms.is_open(alarm, members):
        return []
    return [desk.make("alarm-raised/3", {"alarm": alarm, **members}, at)]
