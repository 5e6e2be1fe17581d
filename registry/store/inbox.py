"""The sealed inbox: callbacks that were committed and acknowledged, and not yet settled by the courier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, literal_column, select

from registry.store.database import OF_A_PROVIDER, alone, reading, writing
from registry.store.statements import compiled, fetched
from registry.store.tables import WaitingCallback


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One committed callback. `received_at` is wall-clock milliseconds; `jwe` is encrypted to the courier's key."""

    id: str
    provider: str
    received_at: int
    jwe: str


# Built once: the pump asks ten times a second.
OLDEST = compiled(
    select(WaitingCallback.id, WaitingCallback.provider, WaitingCallback.received_at, WaitingCallback.jwe)
    .order_by(WaitingCallback.place).limit(bindparam("limit")).offset(literal_column("0")))


class Inbox:
    """Callbacks in order of arrival."""

    _engine: Engine

    def put_callback(
        self, id_: str, provider: str, received_at: int, jwe: str, *, counts: bool, most: int
    ) -> bool:
        """Commits a callback. False, and nothing is stored, where `most` of its provider wait already."""
        with writing(self._engine) as connection:
            # What is counted must not grow before it is added to.
            alone(connection, OF_A_PROVIDER + crc32(provider.encode()) % (1 << 30))
            if _waiting_of(connection, provider) >= most:
                return False
            connection.execute(insert(WaitingCallback).values(
                id=id_, provider=provider, counts=counts, received_at=received_at, jwe=jwe))
            return True

    def oldest_inbox(self, limit: int) -> Sequence[InboxItem]:
        """The oldest waiting callbacks, oldest first."""
        return [InboxItem(*row) for row in fetched(self._engine, OLDEST, {"limit": limit})]

    def delete_inbox(self, item: str) -> None:
        """Forgets a callback that the courier has settled. Deleting twice is no error."""
        with writing(self._engine) as connection:
            connection.execute(delete(WaitingCallback).where(WaitingCallback.id == item))

    def waiting(self, provider: str) -> int:
        """How many callbacks of a provider wait."""
        with reading(self._engine) as connection:
            return _waiting_of(connection, provider)

    def backlog(self) -> tuple[int, int | None]:
        """How many callbacks wait in all, and when the oldest came (wall-clock milliseconds)."""
        counted = select(func.count(), func.min(WaitingCallback.received_at))
        with reading(self._engine) as connection:
            count, oldest = connection.execute(counted).one()
            return count, oldest


def _waiting_of(connection: Connection, provider: str) -> int:
    counted = select(func.count()).select_from(WaitingCallback).where(WaitingCallback.provider == provider)
    return connection.scalar(counted) or 0
