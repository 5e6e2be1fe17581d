"""What a permit rests on for as long as it lives. What has to wait (an hour, a fresh attempt, a feed, an approval,
grace) takes nothing away from one that was given."""

from __future__ import annotations

from tests.promises.naive import agreeing, asking
from tests.promises.naive.look import Look

CHECKS = (
    agreeing.consents, agreeing.contact, agreeing.line, agreeing.complaints, asking.account, asking.holds,
    asking.callback,
)


def objections(look: Look) -> list[str]:
    return [why for check in CHECKS for why in check(look)]
