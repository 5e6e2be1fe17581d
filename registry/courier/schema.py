"""courier.db: what the courier remembers. No address, no name, no text of a message is in it.

`migrations/courier` makes these tables; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

# From the log: who may report, and at which grade.
providers = Table(
    "providers", metadata,
    Column("provider", String, primary_key=True), Column("name", String, nullable=False),
    Column("grade", String, nullable=False), Column("commitment", String), Column("public_key", String),
    Column("entry_index", Integer, nullable=False),
    Column("adapter", String, nullable=False, server_default="neutral"),
    # The last entry that suspended it, and the last that took it up again: whichever is later holds.
    Column("suspended_index", Integer), Column("resumed_index", Integer),
    Index("providers_by_name", "name"),
)
accepted_gaps = Table(
    "accepted_gaps", metadata,
    Column("provider", String), Column("from_seq", Integer), Column("through_seq", Integer),
    PrimaryKeyConstraint("provider", "from_seq", "through_seq"),
)
# From the web tier, believed only when it opens the commitment that an officer signed.
secrets = Table(
    "secrets", metadata,
    Column("provider", String, primary_key=True), Column("secret", String, nullable=False),
    Column("salt", String, nullable=False),
)

# A provider's own ids are here only as keyed digests; `attempt` is our random id.
attempts = Table(
    "attempts", metadata,
    Column("provider", String), Column("digest", String), Column("attempt", String, nullable=False),
    Column("reached", Boolean, nullable=False),
    PrimaryKeyConstraint("provider", "digest"),
)
seqs = Table(
    "seqs", metadata,
    Column("provider", String), Column("seq", Integer), Column("attempt", String, nullable=False),
    PrimaryKeyConstraint("provider", "seq"),
    Index("seqs_by_attempt", "provider", "attempt"),
)
# Every verified message: `drafts` holds its signed entries until the vault has them.
webhooks = Table(
    "webhooks", metadata,
    Column("provider", String), Column("digest", String), Column("fingerprint", String, nullable=False),
    Column("wall", Integer, nullable=False), Column("drafts", String),
    PrimaryKeyConstraint("provider", "digest"),
)
refused = Table(
    "refused", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True), Column("provider", String, nullable=False),
    Column("webhook_id", String, nullable=False), Column("why", String, nullable=False),
    Column("wall", Integer, nullable=False), Column("rows", String),
    Column("member", String),
    UniqueConstraint("provider", "webhook_id", "why"),
)
# Events that count only once the provider's own record says the same: sealed to the courier's own key. `digest` is
# the attempt's in disguise; `next_at` when to ask (again), wall clock.
pulls = Table(
    "pulls", metadata,
    Column("provider", String), Column("digest", String), Column("jwe", String, nullable=False),
    Column("since", Integer, nullable=False), Column("next_at", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("provider", "digest"),
    Index("pulls_by_time", "next_at"),
)
# When a call began to ring, by the provider's clock, until another event says how it ended.
ringing = Table(
    "ringing", metadata,
    Column("provider", String), Column("digest", String), Column("at", Integer, nullable=False),
    Column("wall", Integer, nullable=False),
    PrimaryKeyConstraint("provider", "digest"),
)

# One message that an entry asks for. `state`: see `delivery_book`. `since`: wall clock of the first hand-over;
# `receipt`: what its carrier said of it last.
deliveries = Table(
    "deliveries", metadata,
    Column("delivery", String, primary_key=True), Column("entry_index", Integer, nullable=False),
    Column("template", String, nullable=False), Column("channel", String, nullable=False),
    Column("round", Integer, nullable=False), Column("subject", String, nullable=False),
    Column("names", String, nullable=False), Column("about", String, nullable=False),
    Column("state", String, nullable=False), Column("due_at", Integer, nullable=False),
    Column("retry_at", Integer, nullable=False), Column("tries", Integer, nullable=False),
    Column("why", String), Column("drafts", String),
    Column("medium", String, nullable=False, server_default=""), Column("since", Integer), Column("receipt", String),
    UniqueConstraint("entry_index", "template", "channel", "round"),
    Index("deliveries_by_state", "state"),
)

# A connection of a brokered call. `x`: the bridge's own number; `calls`: disguised ids of the calls told of.
bindings = Table(
    "bindings", metadata,
    Column("binding", String, primary_key=True), Column("lookup", String, nullable=False),
    Column("about", String, nullable=False), Column("x", String, nullable=False),
    Column("expires_at", Integer, nullable=False), Column("max_calls", Integer, nullable=False),
    Column("state", String, nullable=False), Column("calls", String, nullable=False), Column("draft", String),
    Index("bindings_by_lookup", "lookup"), Index("bindings_by_state", "state"),
)
