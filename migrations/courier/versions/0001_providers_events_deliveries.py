"""Providers and their secrets, what was reported, and messages to send.

A courier.db made before there were revisions has exactly this, and is stamped with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("meta", sa.Column("name", sa.String, primary_key=True),
                    sa.Column("value", sa.String, nullable=False))
    _providers()
    _events()
    op.create_table(
        "deliveries",
        sa.Column("delivery", sa.String, primary_key=True), sa.Column("entry_index", sa.Integer, nullable=False),
        sa.Column("template", sa.String, nullable=False), sa.Column("channel", sa.String, nullable=False),
        sa.Column("round", sa.Integer, nullable=False), sa.Column("subject", sa.String, nullable=False),
        sa.Column("names", sa.String, nullable=False), sa.Column("about", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False), sa.Column("due_at", sa.Integer, nullable=False),
        sa.Column("retry_at", sa.Integer, nullable=False), sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("why", sa.String), sa.Column("drafts", sa.String),
        sa.UniqueConstraint("entry_index", "template", "channel", "round"),
    )
    op.create_index("deliveries_by_state", "deliveries", ["state"])


def downgrade() -> None:
    for table in ("deliveries", "webhooks", "seqs", "attempts", "refused", "secrets", "accepted_gaps", "providers",
                  "meta"):
        op.drop_table(table)


def _providers() -> None:
    op.create_table(
        "providers",
        sa.Column("provider", sa.String, primary_key=True), sa.Column("name", sa.String, nullable=False),
        sa.Column("grade", sa.String, nullable=False), sa.Column("commitment", sa.String),
        sa.Column("public_key", sa.String), sa.Column("entry_index", sa.Integer, nullable=False),
    )
    op.create_index("providers_by_name", "providers", ["name"])
    op.create_table(
        "accepted_gaps",
        sa.Column("provider", sa.String), sa.Column("from_seq", sa.Integer), sa.Column("through_seq", sa.Integer),
        sa.PrimaryKeyConstraint("provider", "from_seq", "through_seq"),
    )
    op.create_table(
        "secrets",
        sa.Column("provider", sa.String, primary_key=True), sa.Column("secret", sa.String, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
    )
    op.create_table(
        "refused",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("provider", sa.String, nullable=False), sa.Column("webhook_id", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False), sa.Column("wall", sa.Integer, nullable=False),
        sa.UniqueConstraint("provider", "webhook_id", "why"),
    )


def _events() -> None:
    op.create_table(
        "attempts",
        sa.Column("provider", sa.String), sa.Column("digest", sa.String),
        sa.Column("attempt", sa.String, nullable=False), sa.Column("reached", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("provider", "digest"),
    )
    op.create_table(
        "seqs",
        sa.Column("provider", sa.String), sa.Column("seq", sa.Integer),
        sa.Column("attempt", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("provider", "seq"),
    )
    op.create_table(
        "webhooks",
        sa.Column("provider", sa.String), sa.Column("digest", sa.String),
        sa.Column("fingerprint", sa.String, nullable=False), sa.Column("wall", sa.Integer, nullable=False),
        sa.Column("drafts", sa.String),
        sa.PrimaryKeyConstraint("provider", "digest"),
    )
