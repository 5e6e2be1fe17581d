"""How often something was tried, over all workers and restarts. Who tried is an HMAC whose key lives a day."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from sqlalchemy import Connection, Engine, LargeBinary, case, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from registry.model.times import DAY
from registry.store.database import OF_THE_DAY, Base, alone, writing
from registry.store.statements import insert_or


class LimitKey(Base):
    """The random key of one day: once it is gone, nobody can tell whose a bucket was."""

    __tablename__ = "limit_keys"
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # days since 1970, wall clock
    key: Mapped[bytes] = mapped_column(LargeBinary)


class Tried(Base):
    """Tries in a period that began with the first of them. Times are wall-clock milliseconds."""

    __tablename__ = "tried"
    bucket: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[int]
    count: Mapped[int]


class Limits:
    """Counts tries; several workers count together."""

    _engine: Engine

    def tried(self, what: str, who: str, *, most: int, period: int, at: int, random: Callable[[int], bytes]) -> int:
        """Counts a try of `who` at `what`. Returns how long to wait, in milliseconds: nought while there were no
        more than `most` in a `period` that began with the first."""
        with writing(self._engine) as connection:
            key = _key(connection, at // DAY, random)
            bucket = hmac.new(key, f"{what}\n{who}".encode(), hashlib.sha256).hexdigest()[:32]
            fresh = insert_or(connection, Tried).values(bucket=bucket, began_at=at, count=1)
            # A clock that was set back must not leave anybody waiting for longer than a period.
            over = (Tried.began_at <= at - period) | (Tried.began_at > at)
            counted = fresh.on_conflict_do_update(index_elements=[Tried.bucket], set_={
                "began_at": case((over, at), else_=Tried.began_at), "count": case((over, 1), else_=Tried.count + 1),
            }).returning(Tried.began_at, Tried.count)
            began, count = connection.execute(counted).one()
        return 0 if count <= most else began + period - at


def _key(connection: Connection, day: int, random: Callable[[int], bytes]) -> bytes:
    found: bytes | None = connection.execute(select(LimitKey.key).where(LimitKey.day == day)).scalar_one_or_none()
    if found is None:
        alone(connection, OF_THE_DAY)
        made = insert_or(connection, LimitKey).values(day=day, key=random(32)).on_conflict_do_nothing()
        if connection.execute(made.returning(LimitKey.day)).one_or_none() is not None:
            # Yesterday's buckets are nobody's now.
            connection.execute(delete(LimitKey).where(LimitKey.day != day))
            connection.execute(delete(Tried))
        found = connection.execute(select(LimitKey.key).where(LimitKey.day == day)).scalar_one()
    return found
