"""Comparisons of packs, asked for by officers and made by one process at a time. Times are wall-clock milliseconds.

A job lives in this database alone: whoever made it is asked for it at any worker, and who works on it says so again
and again. One that nobody speaks of any more is over: it is asked for anew.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, Select, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from registry.errors import ConflictError
from registry.model.times import DAY, SECOND
from registry.store.database import COMPARING, Base, alone, reading, writing

SILENT = 30 * SECOND  # after which a job that is worked on is taken for dead
KEPT = 35 * DAY
MOST_WAITING = 8
LIVE = ("waiting", "running")


class ComparisonJob(Base):
    """A job. `state` is waiting, running, done or failed; `why` an error's code; `result` JSON."""

    __tablename__ = "comparisons"
    id: Mapped[str] = mapped_column(primary_key=True)
    officer: Mapped[str]
    name: Mapped[str]
    version: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]
    since: Mapped[str | None]
    until: Mapped[str | None]
    state: Mapped[str]
    asked_at: Mapped[int]
    seen_at: Mapped[int]  # when somebody last said that it is worked on, or it was asked for
    done: Mapped[int]
    total: Mapped[int]
    result: Mapped[str | None]
    why: Mapped[str | None]


class Comparisons:
    """Jobs by their id."""

    _engine: Engine

    def ask_comparison(self, id_: str, officer: str, draft: dict[str, Any], at: int) -> None:
        """Adds a job. `draft`: name, version, sha256, text, and perhaps since and until. Raises ConflictError
        `comparison-waiting` where that many wait already. Forgets what is older than 35 days."""
        with writing(self._engine) as connection:
            alone(connection, COMPARING)
            connection.execute(delete(ComparisonJob).where(ComparisonJob.asked_at <= at - KEPT))
            live = select(func.count()).select_from(ComparisonJob).where(
                ComparisonJob.state.in_(LIVE), ComparisonJob.seen_at > at - SILENT)
            if connection.execute(live).scalar_one() >= MOST_WAITING:
                raise ConflictError("several comparisons wait already: try again when one is done",
                                    code="comparison-waiting")
            connection.execute(ComparisonJob.__table__.insert().values(  # type: ignore[attr-defined]
                id=id_, officer=officer, state="waiting", asked_at=at, seen_at=at, done=0, total=0, **draft))

    def comparison_waits(self, at: int) -> bool:
        """Whether a job waits and none is worked on; says of each that waits that it does, or it would be taken for
        forgotten."""
        waiting = select(ComparisonJob.id).where(ComparisonJob.state == "waiting").limit(1)
        with reading(self._engine) as connection:
            if connection.execute(waiting).first() is None:
                return False
        with writing(self._engine) as connection:
            connection.execute(update(ComparisonJob).where(ComparisonJob.state == "waiting").values(seen_at=at))
            return connection.execute(_busy(at)).first() is None

    def take_comparison(self, at: int) -> dict[str, Any] | None:
        """The oldest job that waits, now running; None where none waits, or one is worked on by anybody."""
        with writing(self._engine) as connection:
            alone(connection, COMPARING)
            if connection.execute(_busy(at)).first() is not None:
                return None
            row = connection.execute(select(ComparisonJob.__table__).where(ComparisonJob.state == "waiting").order_by(
                ComparisonJob.asked_at, ComparisonJob.id).limit(1)).mappings().first()
            if row is None:
                return None
            connection.execute(update(ComparisonJob).where(ComparisonJob.id == row["id"]).values(
                state="running", seen_at=at))
            return dict(row)

    def note_comparison(self, id_: str, at: int, done: int, total: int) -> None:
        """Says that a job is worked on, and how far it is."""
        with writing(self._engine) as connection:
            connection.execute(update(ComparisonJob).where(
                ComparisonJob.id == id_, ComparisonJob.state == "running").values(
                seen_at=at, done=done, total=total))

    def end_comparison(self, id_: str, at: int, result: dict[str, Any] | None, why: str | None = None) -> None:
        """A job is done, with its result, or failed, with an error's code."""
        with writing(self._engine) as connection:
            connection.execute(update(ComparisonJob).where(
                ComparisonJob.id == id_, ComparisonJob.state == "running").values(
                seen_at=at, state="done" if why is None else "failed", why=why,
                result=None if result is None else json.dumps(result, ensure_ascii=False)))

    def comparison(self, id_: str, at: int) -> dict[str, Any] | None:
        """One job, `result` as an object; `lost` in the place of its state where nobody works on it any more."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(ComparisonJob.__table__).where(ComparisonJob.id == id_)).mappings().first()
        return None if row is None else _shown(dict(row), at)

    def comparisons(self, at: int, limit: int) -> list[dict[str, Any]]:
        """The newest jobs, without their results and texts."""
        columns = [one for one in ComparisonJob.__table__.columns if one.name not in ("result", "text")]
        with reading(self._engine) as connection:
            rows = connection.execute(select(*columns).order_by(
                ComparisonJob.asked_at.desc(), ComparisonJob.id).limit(limit)).mappings().all()
        return [_shown(dict(row), at) for row in rows]


def _busy(at: int) -> Select[str]:
    """A job that somebody works on."""
    return select(ComparisonJob.id).where(
        ComparisonJob.state == "running", ComparisonJob.seen_at > at - SILENT).limit(1)


def _shown(row: dict[str, Any], at: int) -> dict[str, Any]:
    if row["state"] in LIVE and row["seen_at"] <= at - SILENT:
        row["state"] = "lost"
    if row.get("result") is not None:
        row["result"] = json.loads(row["result"])
    return row
