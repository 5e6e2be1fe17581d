"""Providers that officers have suspended: what they report is refused, but for what holds a release back (P7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, update

from registry.courier.provider_book import Provider
from registry.courier.providers.event import RefusedEvent
from registry.courier.recording import RESTRICTS
from registry.courier.schema import providers
from registry.model.catalogue.providers import RESUMED, SUSPENDED
from registry.model.entries import Entry

COLUMNS = {SUSPENDED: "suspended_index", RESUMED: "resumed_index"}


def fold(db: Connection, entry: Entry) -> None:
    """Takes in one entry of the log, if it suspends a provider or takes one up again. Twice changes nothing."""
    name = COLUMNS.get(entry.kind)
    if name is None:
        return
    column = providers.c[name]
    db.execute(update(providers).where(providers.c.provider == entry.body["provider"])
               .values({name: func.max(func.coalesce(column, -1), entry.index)}))


def recorded_all_the_same(provider: Provider, body: Mapping[str, Any]) -> bool:
    """Whether an attempt, by its entry's body, goes into the log: of a suspended provider only what restricts."""
    return not provider.suspended or body["class"] in RESTRICTS


def refusal(webhook_id: str = "") -> RefusedEvent:
    """What the status of the provider says of the rest."""
    return RefusedEvent("this provider is suspended", code="provider-suspended", webhook_id=webhook_id)
