"""The kinds by which a provider is not believed any more, and is taken up again."""

from __future__ import annotations

from registry.model.catalogue.terms import NOTE
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import ID_SHAPE, TIME, Optional

SUSPENDED, RESUMED = "provider-suspended/1", "provider-resumed/1"
# `since`: attempts by it logged from then on prove nothing; absent, from this entry on. `note`: the commitment to the
# officer's words, which stay sealed. One officer suspends: it only tightens. What was said before a provider is taken
# up again is never believed again.
PROVIDERS = [
    Kind(SUSPENDED, A.OFFICER, {
        "provider": ID_SHAPE, "since": Optional(TIME), "note": NOTE,
    }, restricting=True, directory=True),
    Kind(RESUMED, A.OFFICER, {"provider": ID_SHAPE, "note": NOTE}, directory=True),
]
