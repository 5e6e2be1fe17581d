"""Answers kept for repeats lie in the order they came, not in that of their keys: a commit writes half the pages.

Of SQLite alone: PostgreSQL's rows lie in the order they came anyway.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _made_again(with_rowid=True)


def downgrade() -> None:
    _made_again(with_rowid=False)


def _made_again(*, with_rowid: bool) -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    op.drop_index("ix_idempotency_wall", "idempotency")
    op.rename_table("idempotency", "idempotency_before")
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("wall", sa.Integer, nullable=False),
        sqlite_with_rowid=with_rowid,
    )
    op.execute(
        "INSERT INTO idempotency (scope, key, fingerprint, answer, wall) "
        "SELECT scope, key, fingerprint, answer, wall FROM idempotency_before ORDER BY wall"
    )
    op.drop_table("idempotency_before")
    op.create_index("ix_idempotency_wall", "idempotency", ["wall"])
