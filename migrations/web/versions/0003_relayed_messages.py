"""How far a relayed message came, and which lookup another one continues; no lookup logged before has either."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = ("message", "continues")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("lookups", sa.Column(name, sa.String()))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("lookups", name)
