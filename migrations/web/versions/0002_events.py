"""The projection behind `GET /v1/events`. It begins with the next entry; `registry rebuild` fills in earlier ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "events", sa.Column("id", sa.String(), primary_key=True),
        sa.Column("place", sa.BigInteger(), nullable=False), sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False), sa.Column("lender", sa.String()),
        sa.Column("agency", sa.String()), sa.Column("object", sa.String()),
        sa.Column("about", sa.JSON(), nullable=False),
    )
    op.create_index("ix_events_place", "events", ["place"])
    op.create_index("ix_events_object", "events", ["object"])
    for owner in ("agency", "lender", "kind"):
        op.create_index(f"events_of_{owner}", "events", [owner, "place"])


def downgrade() -> None:
    op.drop_table("events")
