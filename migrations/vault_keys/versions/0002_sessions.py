"""Sessions, one-time links, and challenges for passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("sessions", "links", "challenges")


def upgrade() -> None:
    for table in TABLES:
        op.create_table(
            table,
            sa.Column("sha256", sa.LargeBinary(32), primary_key=True),
            sa.Column("purpose", sa.String(), nullable=False),
            sa.Column("expires_at", sa.Integer(), nullable=False),
        )
        op.create_index(f"{table}_by_expiry", table, ["expires_at"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_index(f"{table}_by_expiry", table)
        op.drop_table(table)
