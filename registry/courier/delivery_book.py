"""Messages that entries asked for, and how far each has come. Every function runs in the caller's transaction.

wanted → (address opened, message handed to the transport) → sent → (entries in the log) → done; or dropped, with why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.courier.schema import deliveries
from registry.model.times import HOUR

FIRST_RETRY = 200
LAST_RETRY = HOUR


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message. `about` holds the ids that the entries will name; `names` the sealed values it needs.

    `due_at` is log-clock, `retry_at` wall-clock milliseconds; `channel` is empty for a contact's only line.
    """

    id: str
    index: int
    template: str
    channel: str
    round: int
    subject: str
    names: tuple[str, ...]
    about: Mapping[str, Any]
    due_at: int = 0
    state: str = "wanted"
    tries: int = 0
    why: str | None = None
    drafts: tuple[dict[str, Any], ...] = ()


def add(db: Connection, one: Delivery) -> None:
    """Notes a message to send, unless that very message of that entry was noted before."""
    db.execute(insert(deliveries).values(
        delivery=one.id, entry_index=one.index, template=one.template, channel=one.channel, round=one.round,
        subject=one.subject, names=json.dumps(one.names), about=json.dumps(dict(one.about)), state=one.state,
        due_at=one.due_at, retry_at=0, tries=0,
    ).on_conflict_do_nothing())


def find(db: Connection, delivery: str) -> Delivery | None:
    """The delivery of that id."""
    row = db.execute(select(deliveries).where(deliveries.c.delivery == delivery)).mappings().first()
    return None if row is None else _delivery(row)


def wanted(db: Connection, now: int, wall: int, limit: int) -> list[Delivery]:
    """Messages whose time has come, in the order of the entries that asked for them."""
    rows = db.execute(
        select(deliveries)
        .where(deliveries.c.state == "wanted", deliveries.c.due_at <= now, deliveries.c.retry_at <= wall)
        .order_by(deliveries.c.entry_index, deliveries.c.round, deliveries.c.template, deliveries.c.channel)
        .limit(limit)
    ).mappings()
    return [_delivery(row) for row in rows]


def unrecorded(db: Connection) -> list[Delivery]:
    """Messages that went out and whose entries the vault may not have."""
    rows = db.execute(
        select(deliveries).where(deliveries.c.state == "sent").order_by(deliveries.c.entry_index)
    ).mappings()
    return [_delivery(row) for row in rows]


def mark_sent(db: Connection, delivery: str, drafts: Sequence[dict[str, Any]]) -> None:
    """The message is out; `drafts` are the signed entries that say so. Without any, it is done."""
    state = "sent" if drafts else "done"
    db.execute(update(deliveries).values(state=state, drafts=json.dumps(drafts) if drafts else None)
               .where(deliveries.c.delivery == delivery))


def drop(db: Connection, delivery: str, why: str) -> None:
    """The message will never go out."""
    db.execute(update(deliveries).values(state="dropped", why=why, drafts=None)
               .where(deliveries.c.delivery == delivery))


def postpone(db: Connection, one: Delivery, why: str, wall: int) -> None:
    """Tries again later: 0.2 s after the first failure, twice as long each time, at most an hour."""
    pause = min(LAST_RETRY, FIRST_RETRY << min(one.tries, 20))
    db.execute(update(deliveries).values(tries=one.tries + 1, retry_at=wall + pause, why=why)
               .where(deliveries.c.delivery == one.id))


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["delivery"], index=row["entry_index"], template=row["template"], channel=row["channel"],
        round=row["round"], subject=row["subject"], names=tuple(json.loads(row["names"])),
        about=json.loads(row["about"]), due_at=row["due_at"], state=row["state"], tries=row["tries"],
        why=row["why"], drafts=tuple(json.loads(row["drafts"] or "[]")),
    )
