"""Mirrors of the portal's kinds, and by what auditors search and count lookups.

What is new of rows that are there stays NULL until the projections are rebuilt from the log: `registry web` sees by
`progress.shape` that they must be, and does it while it serves.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Columns of text (a `?` at the end: may be NULL), others with their types, and which are indexed.
TABLES: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "complaints": (
        "from_ borrower contact? lookup? agency? about text? state verdict? remedy? currency? note? paid_on? "
        "officer?",
        {"filed_at": sa.BigInteger(), "amount_minor?": sa.BigInteger(), "settled_at?": sa.BigInteger()},
        ("borrower", "contact", "lookup", "agency", "state"),
    ),
    "passkeys": ("role subject credential rp_id state", {"added_at": sa.BigInteger()}, ("subject", "credential")),
    "callbacks": ("borrower channel? until language?", {"windows": sa.JSON(), "at": sa.BigInteger()}, ("borrower",)),
    "evaluations": (
        "agency lender from_ until result licence licence_until", {"score": sa.BigInteger()}, ("agency",)),
    "sign_ins": (
        "role borrower? contact? party? strength", {"at": sa.BigInteger()}, ("borrower", "contact", "party")),
    "alarms": ("alarm provider? about? state", {"at": sa.BigInteger()}, ()),
    "resolutions": (
        "complaint address state",
        {"signers": sa.JSON(), "asked_at": sa.BigInteger(), "resolved_at?": sa.BigInteger(), "borrowers": sa.JSON(),
         "contacts": sa.JSON()},
        ("complaint",),
    ),
}
COLUMNS: dict[str, dict[str, Any]] = {
    "lookups": {"reasons": sa.JSON(), "system": sa.JSON(), "decided_at": sa.BigInteger(), "answer": sa.String()},
    "consents": {"scope": sa.JSON(), "notice": sa.JSON(), "method": sa.String(), "asked_at": sa.BigInteger(),
                 "settled_at": sa.BigInteger()},
    "approvals": {"requested_at": sa.BigInteger(), "settled_at": sa.BigInteger(), "officer": sa.String()},
}
# An index with the place behind the member gives a page in order without sorting.
SEARCHED = ("account", "client", "agent", "verdict", "purpose", "mode", "about")
PLAIN = ("account", "client")  # indexed alone before


def upgrade() -> None:
    for name, (texts, others, indexed) in TABLES.items():
        columns: dict[str, Any] = {one: sa.String() for one in texts.split()} | others
        op.create_table(
            name, sa.Column("id", sa.String(), primary_key=True), sa.Column("place", sa.BigInteger(), nullable=False),
            sa.Column("updated_at", sa.BigInteger(), nullable=False),
            *(sa.Column(one.rstrip("?"), kind, nullable=one.endswith("?")) for one, kind in columns.items()),
        )
        for column in ("place", *indexed):
            op.create_index(f"ix_{name}_{column}", name, [column])
    for name, added in COLUMNS.items():
        for column, kind in added.items():
            op.add_column(name, sa.Column(column, kind))
    op.add_column("progress", sa.Column("shape", sa.BigInteger(), nullable=False, server_default="1"))
    op.create_table(
        "lookup_reasons", sa.Column("reason", sa.String(), primary_key=True),
        sa.Column("place", sa.BigInteger(), primary_key=True),
    )
    op.create_table(
        "lookup_days",
        *(sa.Column(one, sa.String(), primary_key=True) for one in ("day", "agency", "verdict", "reason")),
        sa.Column("count", sa.BigInteger(), nullable=False), sa.Column("first", sa.BigInteger(), nullable=False),
    )
    for column in PLAIN:
        op.drop_index(f"ix_lookups_{column}", "lookups")
    for column in SEARCHED:
        op.create_index(f"lookups_by_{column}", "lookups", [column, "place"])


def downgrade() -> None:
    for column in SEARCHED:
        op.drop_index(f"lookups_by_{column}", "lookups")
    for column in PLAIN:
        op.create_index(f"ix_lookups_{column}", "lookups", [column])
    for name in ("lookup_days", "lookup_reasons", *TABLES):
        op.drop_table(name)
    op.drop_column("progress", "shape")
    for name, added in COLUMNS.items():
        for column in added:
            op.drop_column(name, column)
