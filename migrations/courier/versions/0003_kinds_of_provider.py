"""Which kind each provider is, and numbers found by attempt: what a provider that numbers nothing needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("providers", sa.Column("adapter", sa.String, nullable=False, server_default="neutral"))
    op.create_index("seqs_by_attempt", "seqs", ["provider", "attempt"])


def downgrade() -> None:
    """Only while every provider is neutral: an older courier would read the others' reports wrongly."""
    others = op.get_bind().execute(
        sa.text("SELECT count(*) FROM providers WHERE adapter <> 'neutral'")).scalar_one()
    if others:
        raise RuntimeError("a provider is of a kind that an older courier cannot read")
    op.drop_index("seqs_by_attempt", "seqs")
    op.drop_column("providers", "adapter")
