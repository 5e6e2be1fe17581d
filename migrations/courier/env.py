"""Migrations of courier.db. `registry.courier.database` runs them and passes its connection."""

from __future__ import annotations

from alembic import context

from registry.courier.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
# The caller has begun the transaction, so that a migration is made whole or not at all.
context.run_migrations()
