"""What was folded from the log, kept sealed, so that a long log need not be folded again at every start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "state",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        # What is sealed does not get smaller: it is kept beside the table without trying.
        op.execute("ALTER TABLE state ALTER COLUMN sealed SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("state")
