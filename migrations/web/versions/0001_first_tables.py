"""The first tables: what exists only in SQL, and the projections of the log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

OWN = ("sealed_values", "refs", "tokens", "act_drafts", "sealed_notes", "inbox", "progress")
# Mirrors: their columns of text (a `?` at the end: may be NULL) and which of these are indexed.
MIRRORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "borrowers": ("lender residence time_zone state", ("lender",)),
    "channels": ("borrower medium use state", ("borrower",)),
    "contacts": ("borrower lender relation residence? state", ("borrower",)),
    "accounts": ("borrower lender liability due_since currency limitation_until state as_of", ("borrower", "lender")),
    "placements": ("account borrower lender agency starts until state", ("account", "agency")),
    "consents": ("giver lender borrower contact? account? state assurance? given_at expires_at",
                 ("borrower", "contact", "lender")),
    "holds": ("borrower account? type state", ("borrower",)),
    "approvals": ("lookup client account borrower contact purpose mode state", ("state",)),
    "lookups": ("account client agent about purpose mode verdict borrower? contact? approval? opening",
                ("account", "client")),
    "providers": ("name adapter grade owner owner_party?", ("name",)),
    "parties": ("role name regulator? state", ()),
    "agency_approvals": ("agency lender role until", ()),
    "pack_activations": ("name version sha256 effective_from", ()),
}
# Columns of mirrors that are not text.
OTHERS: dict[str, list[tuple[str, Any]]] = {
    "borrowers": [("languages", sa.JSON())],
    "contacts": [("rank", sa.BigInteger()), ("languages", sa.JSON())],
    "accounts": [("balance_minor", sa.BigInteger())],
}


def upgrade() -> None:
    _own_tables()
    _credentials()
    for name, (columns, indexed) in MIRRORS.items():
        op.create_table(
            name, sa.Column("id", sa.String(), primary_key=True),
            sa.Column("place", sa.BigInteger(), nullable=False),
            sa.Column("updated_at", sa.BigInteger(), nullable=False),
            *(sa.Column(one.rstrip("?"), sa.String(), nullable=one.endswith("?")) for one in columns.split()),
            *(sa.Column(column, kind, nullable=False) for column, kind in OTHERS.get(name, [])),
        )
        for column in ("place", *indexed):
            op.create_index(f"ix_{name}_{column}", name, [column])


def downgrade() -> None:
    for name in (*MIRRORS, *OWN):
        op.drop_table(name)


def _own_tables() -> None:
    op.create_table(
        "sealed_values", sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True), sa.Column("blob", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "sealed_notes", sa.Column("commitment", sa.String(), primary_key=True),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "refs", sa.Column("id", sa.String(), primary_key=True), sa.Column("owner", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False), sa.Column("ref", sa.String(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False), sa.Column("key", sa.String()),
        sa.UniqueConstraint("owner", "kind", "ref"),
    )
    op.create_table(
        "inbox", sa.Column("place", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("provider", sa.String(), nullable=False), sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False), sa.Column("jwe", sa.String(), nullable=False),
    )
    op.create_index("inbox_by_provider", "inbox", ["provider"])
    op.create_index("inbox_by_age", "inbox", ["counts", "received_at"])
    op.create_table(
        "progress", sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
    )


def _credentials() -> None:
    op.create_table(
        "tokens", sa.Column("id", sa.String(), primary_key=True), sa.Column("client", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False), sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False), sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False), sa.Column("revoked_at", sa.BigInteger()),
    )
    op.create_index("ix_tokens_client", "tokens", ["client"])
    op.create_table(
        "act_drafts", sa.Column("id", sa.String(), primary_key=True),
        sa.Column("client", sa.String(), nullable=False), sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False), sa.Column("opening", sa.String(), nullable=False),
        sa.Column("auth", sa.String()), sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("act_drafts_found_by", "act_drafts", ["client", "fingerprint"])
