"""What a round has written and PostgreSQL does not have yet; the statements that send it, rows as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]

ADD_LEAVES = """
    INSERT INTO leaves ("index", id, at, leaf)
    SELECT * FROM unnest($1::int8[], $2::bytea[], $3::int8[], $4::bytea[])
"""
ADD_HISTORY = """
    INSERT INTO history (subject, "index", at, leaf)
    SELECT * FROM unnest($1::bytea[], $2::int8[], $3::int8[], $4::bytea[])
"""
ADD_ACCOUNTS = """
    INSERT INTO accounts (account, borrower) SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING
"""
PUT_ANSWERS = """
    INSERT INTO idempotency (scope, key, fingerprint, answer, wall)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::int8[])
    ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer,
    wall = excluded.wall
"""
PUT_TILES = """
    INSERT INTO tiles (level, n, hashes) SELECT * FROM unnest($1::int8[], $2::int8[], $3::bytea[])
    ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes
"""
PUT_HEAD = """
    INSERT INTO head (one, size, root, published) VALUES (1, $1::int8, $2::bytea, $3::text)
    ON CONFLICT (one) DO UPDATE SET size = excluded.size, root = excluded.root, published = excluded.published
"""
PUT_STATE = """
    INSERT INTO state (one, sealed) VALUES (1, $1::bytea) ON CONFLICT (one) DO UPDATE SET sealed = excluded.sealed
"""
FORGET_STATE = "DELETE FROM state"
FORGET = "DELETE FROM idempotency WHERE wall <= $1::int8"


@dataclass(slots=True)
class Round:
    """What a round has written and the database does not have yet."""

    leaves: list[tuple[int, bytes, int, bytes]] = field(default_factory=list)
    history: list[tuple[bytes, int, int, bytes]] = field(default_factory=list)
    accounts: dict[bytes, bytes] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[bytes, bytes, int]] = field(default_factory=dict)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    head: tuple[int, bytes, str] | None = None
    forget: int | None = None
    state: list[bytes | None] = field(default_factory=list)

    def copy(self) -> Round:
        """What can still be gone back to."""
        return Round(list(self.leaves), list(self.history), dict(self.accounts), dict(self.answers),
                     dict(self.tiles), self.head, self.forget, list(self.state))


NOTHING = Round()


def writes(running: Round) -> Iterator[tuple[str, Row]]:
    """The statements of a round, in their order. Empty arrays would be sent for nothing."""
    if running.leaves:
        yield ADD_LEAVES, _columns(running.leaves)
    if running.history:
        yield ADD_HISTORY, _columns(running.history)
    if running.accounts:
        yield ADD_ACCOUNTS, _columns(running.accounts.items())
    if running.forget is not None:
        yield FORGET, (running.forget,)
    if running.answers:
        yield PUT_ANSWERS, _columns([(*name, *answer) for name, answer in running.answers.items()])
    if running.tiles:
        yield PUT_TILES, _columns([(*place, hashes) for place, hashes in running.tiles.items()])
    if running.head is not None:
        yield PUT_HEAD, running.head
    for sealed in running.state:
        yield (FORGET_STATE, ()) if sealed is None else (PUT_STATE, (sealed,))


def _columns(rows: Any) -> Row:
    return tuple(map(list, zip(*rows, strict=True)))
