"""Names of alarms (docs/operating/trouble.md says what each means)."""

from __future__ import annotations

OVERDUE, UNLAWFUL = "opening-without-outcome", "attempt-unlawful"
UNRELEASED, DIFFERS = "unreleased-contact-call", "store-differs"
# Of these one agency can cause a hundred. Closing one closes the earlier ones of that name about that agency, too.
TOGETHER = frozenset((OVERDUE, UNLAWFUL))
MOST_DIFFERING = 20  # `store-differs` open at a time: after a restore of another database everything may differ
MOST_TOLD = 200  # entries of which the web tier says so at once; whose subject is erased, the vault passes over

# Every alarm that can be raised, those of the first kinds first.
ALARMS = (
    "attempt-sequence-conflict", "address-cap", "message-undeliverable", "checkpoint-gap", "fork-evidence",
    "witness-silent", "inbox-waiting", "clock-jump", "erasure-burst", OVERDUE, "releases-per-collector", UNLAWFUL,
    UNRELEASED, DIFFERS,
)
