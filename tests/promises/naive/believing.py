"""Which attempts are believed: not what a provider said that officers have suspended for then."""

from __future__ import annotations

from collections.abc import Iterable

from tests.promises.naive.look import Look, Told, when

SUSPENDED, RESUMED = "provider-suspended/1", "provider-resumed/1"


def believed(look: Look, one: Told) -> bool:
    """By what was logged before the moment looked at."""
    return not any(disbelieves(each, one, look.anywhere(RESUMED)) for each in look.anywhere(SUSPENDED))


def disbelieves(suspension: Told, one: Told, resumptions: Iterable[Told]) -> bool:
    """Whether an attempt was logged at or after what the suspension names, and before the provider was taken up."""
    provider = suspension.body["provider"]
    if one.body["provider"] != provider:
        return False
    ends = [each.place for each in resumptions
            if each.body["provider"] == provider and each.place > suspension.place]
    since = min(suspension.at, when(suspension.body["since"])) if "since" in suspension.body else suspension.at
    return one.at >= since and not (ends and one.place > min(ends))
