"""Wrapped keys, lines, codes and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.String(), primary_key=True), sa.Column("value", sa.String(), nullable=False),
    )
    op.create_table(
        "long_lived",
        sa.Column("name", sa.String(), primary_key=True), sa.Column("kek_id", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "subjects",
        sa.Column("subject", sa.String(32), primary_key=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kek_id", sa.String(), nullable=False), sa.Column("wrapped", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "lines",
        sa.Column("prf", sa.LargeBinary(32), primary_key=True),
        sa.Column("line", sa.String(32), nullable=False, unique=True),
    )
    op.create_table(
        "codes",
        sa.Column("consent", sa.String(32), primary_key=True),
        sa.Column("terms_sha256", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False), sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("sha256", sa.LargeBinary(32), primary_key=True), sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
    )
    op.create_index("tokens_by_expiry", "tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_index("tokens_by_expiry", "tokens")
    for table in ("tokens", "codes", "lines", "subjects", "long_lived", "settings"):
        op.drop_table(table)
