"""Tokens and the drafts of officers' acts. All times are wall-clock milliseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update

from registry.store.database import reading, writing
from registry.store.statements import insert_or
from registry.store.tables import ActDraft, Token


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is known of a token: whose it is, what it may, and the SHA-256 by which it is recognised."""

    id: str
    client: str
    role: str
    scopes: tuple[str, ...]
    sha256: str
    expires_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """An unsigned entry and, once it was done, the signatures with which it was."""

    entry: dict[str, Any]
    opening: dict[str, Any]
    auth: list[dict[str, Any]] | None
    expires_at: int


class Credentials:
    """Tokens by their id; drafts by client and fingerprint."""

    _engine: Engine

    def add_token(
        self, id_: str, client: str, role: str, scopes: Sequence[str], *, sha256: str, expires_at: int, at: int
    ) -> None:
        """Stores a new token, made at `at`."""
        with writing(self._engine) as connection:
            connection.execute(insert(Token).values(
                id=id_, client=client, role=role, scopes=" ".join(scopes), sha256=sha256, created_at=at,
                expires_at=expires_at))

    def token(self, id_: str) -> StoredToken | None:
        """The token of that id."""
        statement = select(
            Token.id, Token.client, Token.role, Token.scopes, Token.sha256, Token.expires_at, Token.revoked_at
        ).where(Token.id == id_)
        with reading(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return StoredToken(row.id, row.client, row.role, tuple(row.scopes.split()), row.sha256, row.expires_at,
                           row.revoked_at)

    def revoke_tokens(self, client: str, at: int) -> int:
        """Revokes every token of a party that is not yet revoked. Returns how many."""
        with writing(self._engine) as connection:
            revoked = update(Token).where(Token.client == client, Token.revoked_at.is_(None)).values(revoked_at=at)
            return connection.execute(revoked).rowcount

    def keep_draft(
        self, client: str, fingerprint: str, entry: dict[str, Any], opening: dict[str, Any], *,
        expires_at: int, at: int,
    ) -> None:
        """Stores a draft, unless its id is there, and forgets those that have expired."""
        with writing(self._engine) as connection:
            connection.execute(delete(ActDraft).where(ActDraft.expires_at <= at))
            connection.execute(insert_or(connection, ActDraft).values(
                id=entry["id"], client=client, fingerprint=fingerprint, entry=json.dumps(entry),
                opening=json.dumps(opening), expires_at=expires_at).on_conflict_do_nothing())

    def drafts(self, client: str, fingerprint: str, at: int) -> Sequence[StoredDraft]:
        """Drafts of that fingerprint that have not expired, newest first."""
        table = ActDraft
        statement = select(table.entry, table.opening, table.auth, table.expires_at).where(
            table.client == client, table.fingerprint == fingerprint, table.expires_at > at
        ).order_by(table.expires_at.desc())
        with reading(self._engine) as connection:
            return [
                StoredDraft(json.loads(row.entry), json.loads(row.opening),
                            None if row.auth is None else json.loads(row.auth), row.expires_at)
                for row in connection.execute(statement)
            ]

    def finish_draft(self, id_: str, auth: Sequence[Mapping[str, Any]]) -> None:
        """Notes with which signatures the act of a draft was done."""
        with writing(self._engine) as connection:
            connection.execute(update(ActDraft).where(ActDraft.id == id_).values(auth=json.dumps(list(auth))))
