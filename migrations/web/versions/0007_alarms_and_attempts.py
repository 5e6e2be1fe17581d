"""What alarms are about and who closed them; attempts of a day, counted.

Both are filled when the projections are rebuilt from the log: `registry web` sees by `progress.shape` that they must
be.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TEXTS = ("agency", "client", "agent", "witness", "officer", "note")
NUMBERS = ("count", "closed_at")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("alarms", sa.Column(name, sa.String()))
    for name in NUMBERS:
        op.add_column("alarms", sa.Column(name, sa.BigInteger()))
    op.create_index("ix_alarms_state", "alarms", ["state"])
    op.create_table(
        "attempt_days",
        *(sa.Column(one, sa.String(), primary_key=True) for one in ("day", "agency", "what")),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("attempt_days")
    op.drop_index("ix_alarms_state", "alarms")
    for name in (*TEXTS, *NUMBERS):
        op.drop_column("alarms", name)
