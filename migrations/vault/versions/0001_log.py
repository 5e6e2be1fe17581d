"""The log: leaves, histories, tiles, head, accounts and remembered answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "leaves",
        sa.Column("index", LONG, primary_key=True, autoincrement=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("at", LONG, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "history",
        sa.Column("subject", sa.LargeBinary(16), primary_key=True),
        sa.Column("index", LONG, primary_key=True, autoincrement=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", LONG, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("size", LONG, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("published", sa.String, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
        sa.Column("borrower", sa.LargeBinary(16), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("wall", LONG, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_wall", "idempotency", ["wall"])


def downgrade() -> None:
    for table in ("idempotency", "accounts", "head", "tiles", "history", "leaves"):
        op.drop_table(table)
