"""Which member of a provider's event is ill-formed, beside why it was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("refused", sa.Column("member", sa.String))


def downgrade() -> None:
    op.drop_column("refused", "member")
