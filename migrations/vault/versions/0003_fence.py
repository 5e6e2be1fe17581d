"""Who writes the log, where a server keeps it; and on PostgreSQL, rows that stay whole in their page.

By default PostgreSQL compresses a row of more than 2 kB, which most entries are, and puts it elsewhere: every append
would pay for that, and every reading of a history again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WIDE = ("leaves", "history", "idempotency", "tiles")
MOST = 8160  # bytes of a row in a page of 8 kB, the largest that `toast_tuple_target` takes


def upgrade() -> None:
    op.create_table(
        "fence",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("epoch", LONG, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("beat", LONG, nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        for table in WIDE:
            op.execute(f"ALTER TABLE {table} SET (toast_tuple_target = {MOST})")
        # Hashes do not get smaller: a full tile is kept beside the table without trying.
        op.execute("ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTENDED")
        for table in WIDE:
            op.execute(f"ALTER TABLE {table} RESET (toast_tuple_target)")
    op.drop_table("fence")
