"""When a provider was suspended, from when on it is not believed, and when it was taken up again.

Filled when the projections are rebuilt from the log: `registry web` sees by `progress.shape` that they must be.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TIMES = ("suspended_at", "suspended_since", "resumed_at")


def upgrade() -> None:
    for name in TIMES:
        op.add_column("providers", sa.Column(name, sa.BigInteger()))


def downgrade() -> None:
    for name in TIMES:
        op.drop_column("providers", name)
