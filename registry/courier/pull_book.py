"""Events that wait for the provider's own record, and when calls began to ring.

Every function runs in the caller's transaction. What an event says is sealed: courier.db holds no address.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.courier.schema import pulls, ringing
from registry.model.times import DAY, HOUR, MINUTE, SECOND

# A record may come later than its callback: asked at once, then less and less often.
WAITS = (2 * SECOND, 10 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR)
# An attempt that began a day ago is no longer placed: before that, what was told is logged, unconfirmed.
GIVE_UP = 23 * HOUR


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event that waits. Times are wall-clock milliseconds; `tries`: how often the provider was asked."""

    provider: str
    digest: str
    jwe: str
    since: int
    tries: int


def keep(db: Connection, provider: str, digest: str, jwe: str, wall: int) -> None:
    """Keeps an event until the provider was asked. Of one attempt the first event waits."""
    db.execute(insert(pulls).values(
        provider=provider, digest=digest, jwe=jwe, since=wall, next_at=wall, tries=0).on_conflict_do_nothing())


def due(db: Connection, wall: int) -> Waiting | None:
    """The event that is due for longest; asking about it is noted before it is done."""
    row = db.execute(
        select(pulls).where(pulls.c.next_at <= wall).order_by(pulls.c.next_at).limit(1)).mappings().first()
    if row is None:
        return None
    wait = WAITS[min(row["tries"], len(WAITS) - 1)]
    db.execute(
        update(pulls).where(pulls.c.provider == row["provider"], pulls.c.digest == row["digest"])
        .values(next_at=wall + wait, tries=row["tries"] + 1))
    return Waiting(row["provider"], row["digest"], row["jwe"], row["since"], row["tries"] + 1)


def forget(db: Connection, one: Waiting) -> None:
    """The event is settled."""
    db.execute(delete(pulls).where(pulls.c.provider == one.provider, pulls.c.digest == one.digest))


def waiting(db: Connection, provider: str) -> int:
    """How many events of a provider wait."""
    return db.execute(select(func.count()).select_from(pulls).where(pulls.c.provider == provider)).scalar_one()


def rings(db: Connection, provider: str, digest: str, at: int, wall: int) -> None:
    """Notes when a call began to ring: the latest it says, so that it never rang for longer than it did."""
    statement = insert(ringing).values(provider=provider, digest=digest, at=at, wall=wall)
    db.execute(statement.on_conflict_do_update(
        index_elements=["provider", "digest"], set_={"at": func.max(ringing.c.at, statement.excluded.at)}))
    db.execute(delete(ringing).where(ringing.c.wall < wall - DAY))


def rang_since(db: Connection, provider: str, digest: str) -> int | None:
    """When a call began to ring, by the provider's clock."""
    found = db.execute(
        select(ringing.c.at).where(ringing.c.provider == provider, ringing.c.digest == digest)).scalar()
    return None if found is None else int(found)
