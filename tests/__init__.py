"""The tests. Whoever imports any of them gets the vault's engine that was asked for, in child processes too."""

import os

if os.environ.get("CONSENTRY_TEST_DATABASE") == "postgresql":
    from tests import vault_engine

    vault_engine.install()
