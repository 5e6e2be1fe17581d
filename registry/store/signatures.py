"""Officers' signatures over drafts, kept from the first officer to the second. Times are wall-clock milliseconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, select

from registry.store.database import reading, writing
from registry.store.statements import insert_or
from registry.store.tables import ActDraft, ActSignature


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """A draft with the signatures so far; `auth`: those with which it was done, None while it was not."""

    entry: dict[str, Any]
    opening: dict[str, Any]
    auth: list[dict[str, Any]] | None
    expires_at: int
    signatures: tuple[dict[str, Any], ...]


class Signatures:
    """Drafts by their id, whoever drew them up."""

    _engine: Engine

    def draft(self, id_: str, at: int) -> WaitingDraft | None:
        """The draft of that id, None where there is none or it has expired."""
        found = self._waiting(ActDraft.id == id_, ActDraft.expires_at > at)
        return found[0] if found else None

    def waiting_drafts(self, at: int) -> Sequence[WaitingDraft]:
        """Live drafts with a signature that are not done, oldest first."""
        signed = select(ActSignature.draft)
        return self._waiting(ActDraft.auth.is_(None), ActDraft.expires_at > at, ActDraft.id.in_(signed))

    def keep_signature(self, draft: str, officer: str, item: dict[str, Any]) -> None:
        """Keeps one officer's signature, in the place of an earlier one of his; forgets those of forgotten drafts."""
        values = {"draft": draft, "officer": officer, "item": json.dumps(item)}
        with writing(self._engine) as connection:
            connection.execute(delete(ActSignature).where(ActSignature.draft.not_in(select(ActDraft.id))))
            connection.execute(insert_or(connection, ActSignature).values(values).on_conflict_do_update(
                index_elements=["draft", "officer"], set_={"item": values["item"]}))

    def _waiting(self, *clauses: ColumnElement[bool]) -> list[WaitingDraft]:
        statement = (
            select(ActDraft, ActSignature.item).outerjoin(ActSignature, ActSignature.draft == ActDraft.id)
            .where(*clauses).order_by(ActDraft.expires_at, ActDraft.id, ActSignature.officer)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[Any]] = {}
        for row in rows:
            found.setdefault(row.id, []).append(row)
        return [_draft(many) for many in found.values()]


def _draft(rows: Sequence[Any]) -> WaitingDraft:
    first = rows[0]
    return WaitingDraft(
        json.loads(first.entry), json.loads(first.opening), None if first.auth is None else json.loads(first.auth),
        first.expires_at, tuple(_items(row.item for row in rows)),
    )


def _items(texts: Iterable[str | None]) -> list[dict[str, Any]]:
    return [json.loads(text) for text in texts if text is not None]
