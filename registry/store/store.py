"""The whole store: one object over one engine."""

from __future__ import annotations

from sqlalchemy import Engine

from registry.store.added import Added
from registry.store.comparisons import Comparisons
from registry.store.counting import Counting
from registry.store.credentials import Credentials
from registry.store.held import Held
from registry.store.inbox import Inbox
from registry.store.limits import Limits
from registry.store.listed import Listed
from registry.store.projected import Projected
from registry.store.released import Released
from registry.store.searching import Searching
from registry.store.signatures import Signatures
from registry.store.values import Values


class Store(
    Values, Credentials, Signatures, Inbox, Limits, Released, Listed, Projected, Searching, Counting, Comparisons,
    Held, Added,
):
    """Every method is its own transaction, committed on return. Safe for many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
