"""Events that wait for the provider's own record, when calls began to ring, and the refused rows of a batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "pulls",
        sa.Column("provider", sa.String), sa.Column("digest", sa.String),
        sa.Column("jwe", sa.String, nullable=False), sa.Column("since", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Integer, nullable=False), sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("provider", "digest"),
    )
    op.create_index("pulls_by_time", "pulls", ["next_at"])
    op.create_table(
        "ringing",
        sa.Column("provider", sa.String), sa.Column("digest", sa.String),
        sa.Column("at", sa.Integer, nullable=False), sa.Column("wall", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("provider", "digest"),
    )
    op.add_column("refused", sa.Column("rows", sa.String))


def downgrade() -> None:
    """What waits for a provider's record is lost: unconfirmed, it counted nothing."""
    op.drop_column("refused", "rows")
    op.drop_table("ringing")
    op.drop_index("pulls_by_time", "pulls")
    op.drop_table("pulls")
