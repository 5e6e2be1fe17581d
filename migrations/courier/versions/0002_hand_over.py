"""How far the hand-over of each message came, by which medium it goes, and what its carrier said of it since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("medium", sa.String, nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("since", sa.Integer))
    op.add_column("deliveries", sa.Column("receipt", sa.String))
    op.execute("UPDATE deliveries SET medium = coalesce(json_extract(about, '$.medium'), '')")


def downgrade() -> None:
    """Only while no message is in an older courier's unknown state: finish deliveries first."""
    open_ones = op.get_bind().execute(
        sa.text("SELECT count(*) FROM deliveries WHERE state IN ('handing', 'dead')")).scalar_one()
    if open_ones:
        raise RuntimeError("messages are being handed over: let the courier finish, then go back")
    for name in ("receipt", "since", "medium"):
        op.drop_column("deliveries", name)
