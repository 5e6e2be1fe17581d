"""Sessions, one-time links, and challenges for passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = ("sessions", "links", "challenges")


def upgrade() -> None:
    for table in TABLES:
        op.create_table(
            table,
            sa.Column("sha256", sa.LargeBinary(32), primary_key=True),
            sa.Column("purpose", sa.String(), nullable=False),
            sa.Column("expires_at", LONG, nullable=False),
        )
        op.create_index(f"{table}_by_expiry", table, ["expires_at"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_index(f"{table}_by_expiry", table)
        op.drop_table(table)
