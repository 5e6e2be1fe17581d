"""Entries about providers' accounts applied to their mirror: registered, suspended, taken up again."""

from __future__ import annotations

from sqlalchemy import select

from registry.model.catalogue.providers import RESUMED, SUSPENDED
from registry.model.entries import Entry
from registry.model.times import parse_stamp
from registry.store.changing import Apply, add, change, some
from registry.store.gathered import Gathered
from registry.store.mirrors import Provider


def _registered(connection: Gathered, entry: Entry) -> None:
    add(connection, Provider, entry, entry.body["provider"],
        **some(entry.body, "name", "adapter", "grade", "owner", "owner_party"))


def _suspended(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    since = min(entry.at, parse_stamp(body["since"])) if "since" in body else entry.at
    known = select(Provider.suspended_at, Provider.suspended_since, Provider.resumed_at)
    row = connection.execute(known.where(Provider.id == body["provider"])).one_or_none()
    if row is None:
        return
    if row.suspended_at is not None and row.resumed_at is None:
        # Once more while it is: the earlier moment holds.
        change(connection, Provider, entry, body["provider"], suspended_since=min(since, row.suspended_since))
        return
    change(connection, Provider, entry, body["provider"], suspended_at=entry.at, suspended_since=since,
           resumed_at=None)


def _resumed(connection: Gathered, entry: Entry) -> None:
    change(connection, Provider, entry, entry.body["provider"], resumed_at=entry.at)


PROVIDERS: dict[str, Apply] = {
    "provider-registered/1": _registered, SUSPENDED: _suspended, RESUMED: _resumed,
}
