"""Alembic environment of `keys.db`: always given the vault's own connection, never a URL."""

from alembic import context

from registry.vault.keys.held import METADATA  # with every table

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
# The caller has begun the transaction, so that a migration is made whole or not at all.
context.run_migrations()
