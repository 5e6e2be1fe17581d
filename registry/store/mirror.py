"""What all mirrors of the log have in common."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from registry.store.database import Base


class Mirror(Base):
    """`place` is the log index of the entry that made the row, `updated_at` the log-clock milliseconds of the last
    entry that changed it."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(index=True)
    updated_at: Mapped[int]
