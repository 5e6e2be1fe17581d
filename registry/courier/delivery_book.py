"""Messages that entries asked for, and how far each has come. Every function runs in the caller's transaction.

wanted → handing (address opened; the transport may have it) → sent → (entries in the log) → done.
Or given up, with why: dead → (what the log must hear of it) → dropped; dropped at once where nobody asks any more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, case, func, null, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.courier.schema import deliveries
from registry.errors import NotFoundError
from registry.model.catalogue.renewals import RENEW_CONTACT
from registry.model.catalogue.terms import AT_ANY_HOUR
from registry.model.times import HOUR

WANTED, HANDING, SENT, DONE, DEAD, DROPPED = "wanted", "handing", "sent", "done", "dead", "dropped"
# Why a message is dropped that nobody asks for any more, or that the vault withheld by an entry: no alarm for that.
ANSWERED = "answered"
UNASKED = (ANSWERED, "not-found", "message-withheld")
OUTSIDE_HOURS = "outside-hours"  # nobody is written to now: it waits, and its first lawful minute is not missed
FIRST_RETRY = 200
LAST_RETRY = HOUR
REMINDED = ("contact-invitation", RENEW_CONTACT)  # once; then silence is no


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message. `about` holds the ids that the entries will name; `names` the sealed values it needs.

    `due_at` is log-clock milliseconds, `since` (the first hand-over) wall-clock; `channel` is empty for a contact's
    only line; `receipt` is what the carrier said last.
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
    state: str = WANTED
    tries: int = 0
    why: str | None = None
    drafts: tuple[dict[str, Any], ...] = ()
    medium: str = ""
    since: int | None = None
    receipt: str | None = None


def add(db: Connection, one: Delivery) -> None:
    """Notes a message to send, unless that very message of that entry was noted before."""
    db.execute(insert(deliveries).values(
        delivery=one.id, entry_index=one.index, template=one.template, channel=one.channel, round=one.round,
        subject=one.subject, names=json.dumps(one.names), about=json.dumps(dict(one.about)), state=one.state,
        due_at=one.due_at, retry_at=0, tries=0, medium=one.about.get("medium", ""), why=one.why,
    ).on_conflict_do_nothing())


# Built once: they are asked several times a second, or for each message.
_ONE = select(deliveries).where(deliveries.c.delivery == bindparam("wanted"))
_WANTED = (
    select(deliveries)
    .where(deliveries.c.state.in_((WANTED, HANDING)), deliveries.c.due_at <= bindparam("now"),
           deliveries.c.retry_at <= bindparam("wall"))
    .order_by(deliveries.c.template.not_in(AT_ANY_HOUR),
              deliveries.c.entry_index, deliveries.c.round, deliveries.c.template, deliveries.c.channel)
    .limit(bindparam("most"))
)
_UNRECORDED = select(deliveries).where(deliveries.c.state.in_((SENT, DEAD))).order_by(deliveries.c.entry_index)


def find(db: Connection, delivery: str) -> Delivery | None:
    """The delivery of that id."""
    row = db.execute(_ONE, {"wanted": delivery}).mappings().first()
    return None if row is None else _delivery(row)


def get(db: Connection, delivery: str) -> Delivery:
    """The delivery of that id. Raises NotFoundError."""
    one = find(db, delivery)
    if one is None:
        raise NotFoundError("there is no such delivery")
    return one


def again(one: Delivery, id_: str, due_at: int) -> Delivery:
    """The same message in its next round."""
    return Delivery(
        id=id_, index=one.index, template=one.template, channel=one.channel, round=one.round + 1,
        subject=one.subject, names=one.names, about=one.about, due_at=due_at,
    )


def wanted(
    db: Connection, now: int, wall: int, limit: int, *, but: Collection[str] = (), media: Collection[str] = (),
) -> list[Delivery]:
    """Messages whose time has come, those first that go at any hour, then in the order of the entries that asked
    for them, without those of ids `but` and of `media`. One whose hand-over has no known end is among them."""
    statement = _WANTED
    if but or media:
        statement = statement.where(deliveries.c.delivery.not_in(but), deliveries.c.medium.not_in(media))
    rows = db.execute(statement, {"now": now, "wall": wall, "most": limit}).mappings()
    return [_delivery(row) for row in rows]


def unrecorded(db: Connection) -> list[Delivery]:
    """Messages that went out, or never will, and of which the vault may not have been told."""
    return [_delivery(row) for row in db.execute(_UNRECORDED).mappings()]


def undeliverable(db: Connection, media: Collection[str]) -> int:
    """How many messages of these media were given up although somebody asked for them."""
    return db.execute(
        select(func.count()).select_from(deliveries)
        .where(deliveries.c.medium.in_(media), deliveries.c.state.in_((DEAD, DROPPED)),
               deliveries.c.why.not_in(UNASKED))
    ).scalar_one()


def mark_handing(db: Connection, one: Delivery, drafts: Sequence[dict[str, Any]], wall: int) -> Delivery:
    """The transport is given the message now; `drafts` are the entries that will say so once it has it. As it is
    noted from here on."""
    since = wall if one.since is None else one.since
    db.execute(update(deliveries).values(
        state=HANDING, drafts=json.dumps(drafts), since=since).where(deliveries.c.delivery == one.id))
    return replace(one, state=HANDING, drafts=tuple(drafts), since=since)


def mark_sent(
    db: Connection, delivery: str, drafts: Sequence[dict[str, Any]], receipt: str | None = None,
) -> None:
    """The message is out; `drafts` are the signed entries that say so. Without any, it is done. `receipt`: what its
    carrier said at once."""
    kept = {"state": SENT, "drafts": json.dumps(drafts)} if drafts else {"state": DONE, "drafts": None}
    if receipt is not None:
        kept["receipt"] = receipt
    db.execute(update(deliveries).values(kept).where(deliveries.c.delivery == delivery))


def mark_receipt(db: Connection, delivery: str, status: str) -> None:
    """What its carrier said of it last."""
    db.execute(update(deliveries).values(receipt=status).where(deliveries.c.delivery == delivery))


def mark_dead(db: Connection, delivery: str, why: str, drafts: Sequence[dict[str, Any]]) -> None:
    """The message is given up; an alarm and these entries are still to be put before the vault."""
    db.execute(update(deliveries).values(state=DEAD, why=why, drafts=json.dumps(drafts))
               .where(deliveries.c.delivery == delivery))


def drop(db: Connection, delivery: str, why: str) -> None:
    """The message will never go out."""
    db.execute(update(deliveries).values(state=DROPPED, why=why, drafts=None)
               .where(deliveries.c.delivery == delivery))


def postpone(db: Connection, one: Delivery, why: str, wall: int, *, state: str | None = None) -> None:
    """Tries again later: 0.2 s after the first failure, twice as long each time, at most an hour."""
    pause = min(LAST_RETRY, FIRST_RETRY << min(one.tries, 20))
    db.execute(update(deliveries).values(
        tries=one.tries + 1, retry_at=wall + pause, why=why, state=state or one.state,
    ).where(deliveries.c.delivery == one.id))


def wait(db: Connection, delivery: str, until: int) -> None:
    """Nothing is asked or tried before `until` of the log clock: a demo's clock set forward brings it at once.

    Waiting for its hours is no failure: what goes wrong afterwards is tried again as soon, as often and as long as if
    it were the first thing to go wrong. Only what a transport may have stays as old as it is."""
    # One try, not none: of what was tried it is asked first whether anybody still wants it.
    db.execute(update(deliveries).values(
        tries=1, retry_at=0, why=OUTSIDE_HOURS, due_at=until,
        since=case((deliveries.c.state == WANTED, null()), else_=deliveries.c.since),
    ).where(deliveries.c.delivery == delivery))


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["delivery"], index=row["entry_index"], template=row["template"], channel=row["channel"],
        round=row["round"], subject=row["subject"], names=tuple(json.loads(row["names"])),
        about=json.loads(row["about"]), due_at=row["due_at"], state=row["state"], tries=row["tries"],
        why=row["why"], drafts=tuple(json.loads(row["drafts"] or "[]")), medium=row["medium"], since=row["since"],
        receipt=row["receipt"],
    )
