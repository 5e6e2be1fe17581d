"""Comparisons of a draft of a pack with the one in force: jobs and what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(one, sa.String(), nullable=False) for one in ("officer", "name", "version", "sha256", "text")),
        sa.Column("since", sa.String()),
        sa.Column("until", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        *(sa.Column(one, sa.BigInteger(), nullable=False) for one in ("asked_at", "seen_at", "done", "total")),
        sa.Column("result", sa.String()),
        sa.Column("why", sa.String()),
    )


def downgrade() -> None:
    op.drop_table("comparisons")
