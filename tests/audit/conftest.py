from __future__ import annotations

from tests.vault_log.conftest import world

__all__ = ["world"]
