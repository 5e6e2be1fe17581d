"""A line's history names by its hash what the borrower's holds whole, instead of holding it again.

Those second copies were half of what a lookup read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LEAVES = sa.table("leaves", sa.column("index", LONG), sa.column("leaf", sa.LargeBinary))
HISTORY = sa.table(
    "history", sa.column("subject", sa.LargeBinary), sa.column("index", LONG), sa.column("leaf", sa.LargeBinary))
AT_ONCE = 5_000  # entries
HASH = 32  # bytes: every leaf is longer


def upgrade() -> None:
    connection = op.get_bind()
    borrowers = HISTORY.alias()
    whole = sa.exists().where(
        borrowers.c.index == sa.bindparam("at"), borrowers.c.subject == sa.bindparam("borrower"))
    shorten = (
        sa.update(HISTORY).values(leaf=sa.bindparam("hashed"))
        .where(HISTORY.c.index == sa.bindparam("at"), HISTORY.c.subject == sa.bindparam("line"), whole)
    )
    for rows in _in_steps(connection):
        lines = [found for index, leaf in rows if (found := _on_a_line(index, leaf)) is not None]
        if lines:
            connection.execute(shorten, lines)


def downgrade() -> None:
    whole = sa.select(LEAVES.c.leaf).where(LEAVES.c.index == HISTORY.c.index).scalar_subquery()
    op.execute(sa.update(HISTORY).values(leaf=whole).where(sa.func.length(HISTORY.c.leaf) == HASH))


def _in_steps(connection: sa.Connection) -> Iterator[list[Any]]:
    step = sa.select(LEAVES.c.index, LEAVES.c.leaf).where(LEAVES.c.index > sa.bindparam("after")).order_by(
        LEAVES.c.index).limit(AT_ONCE)
    after = -1
    while rows := list(connection.execute(step, {"after": after})):
        yield rows
        after = rows[-1][0]


def _on_a_line(index: int, leaf: bytes) -> dict[str, Any] | None:
    """Where an entry about a borrower's line is filed twice."""
    if b'"line":"' not in leaf:
        return None
    body = json.loads(leaf)["body"]
    if "borrower" not in body or "line" not in body or body["borrower"] == body["line"]:
        return None
    return {"at": index, "borrower": bytes.fromhex(body["borrower"]), "line": bytes.fromhex(body["line"]),
            "hashed": hashlib.sha256(b"\0" + leaf).digest()}
