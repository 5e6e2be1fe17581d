"""A first officer's signature over a draft, until a second officer's comes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "act_signatures",
        sa.Column("draft", sa.String(), primary_key=True),
        sa.Column("officer", sa.String(), primary_key=True),
        sa.Column("item", sa.String(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("act_signatures")
