"""What lenders change of accounts and people, reports of contacts, and who placed and lifted a hold.

All are filled when the projections are rebuilt from the log: `registry web` sees by `progress.shape` that they must
be.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXTS = ("by_role", "officer", "note")
NUMBERS = ("placed_at", "lifted_at")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("holds", sa.Column(name, sa.String()))
    for name in NUMBERS:
        op.add_column("holds", sa.Column(name, sa.BigInteger()))
    _mirror("changes", "borrower", "lender", "what", sa.Column("account", sa.String()),
            sa.Column("said", sa.JSON(), nullable=False), sa.Column("at", sa.BigInteger(), nullable=False),
            indexed=("borrower", "account"))
    _mirror("contact_reports", "borrower", "contact", "says", "by_role", "state",
            sa.Column("at", sa.BigInteger(), nullable=False), sa.Column("lifted_at", sa.BigInteger()),
            sa.Column("officer", sa.String()), sa.Column("note", sa.String()),
            indexed=("borrower", "contact", "state"))


def _mirror(table: str, *columns: str | sa.Column[object], indexed: tuple[str, ...]) -> None:
    op.create_table(
        table, sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(one, sa.BigInteger(), nullable=False) for one in ("place", "updated_at")),
        *(sa.Column(one, sa.String(), nullable=False) if isinstance(one, str) else one for one in columns),
    )
    for one in ("place", *indexed):
        op.create_index(f"ix_{table}_{one}", table, [one])


def downgrade() -> None:
    for table in ("contact_reports", "changes"):
        op.drop_table(table)
    for name in (*TEXTS, *NUMBERS):
        op.drop_column("holds", name)
