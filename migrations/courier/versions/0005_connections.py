"""Connections of brokered calls: which stand, the bridge's own number, the calls told of, the entry of their end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "bindings",
        sa.Column("binding", sa.String, primary_key=True), sa.Column("lookup", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False), sa.Column("x", sa.String, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False), sa.Column("max_calls", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False), sa.Column("calls", sa.String, nullable=False),
        sa.Column("draft", sa.String),
    )
    op.create_index("bindings_by_lookup", "bindings", ["lookup"])
    op.create_index("bindings_by_state", "bindings", ["state"])


def downgrade() -> None:
    """Only while no connection stands: an older courier would not end it, and the log would not hear of it."""
    standing = op.get_bind().execute(sa.text("SELECT count(*) FROM bindings WHERE state <> 'over'")).scalar_one()
    if standing:
        raise RuntimeError("a brokered call still stands: wait until it is over")
    op.drop_index("bindings_by_state", "bindings")
    op.drop_index("bindings_by_lookup", "bindings")
    op.drop_table("bindings")
