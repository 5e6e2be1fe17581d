"""Which providers are suspended: the last entry that suspended each, and the last that took it up again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("providers", sa.Column("suspended_index", sa.Integer))
    op.add_column("providers", sa.Column("resumed_index", sa.Integer))


def downgrade() -> None:
    """Only while nobody is suspended: an older courier would take every report, and the log is not followed again."""
    suspended = op.get_bind().execute(sa.text(
        "SELECT count(*) FROM providers WHERE suspended_index > coalesce(resumed_index, -1)")).scalar_one()
    if suspended:
        raise RuntimeError("a provider is suspended: take it up again, or stay with this version")
    op.drop_column("providers", "resumed_index")
    op.drop_column("providers", "suspended_index")
