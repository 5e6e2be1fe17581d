"""Which of a borrower's channels a code for his own consent may go to: what the page offers is what is then taken."""

from __future__ import annotations

from typing import Any

from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.ops.sign_in import TOKEN
from registry.vault.ops.table import Op
from registry.vault.personal import carries_codes
from registry.vault.sessions import session_of


def coded_channels(desk: Desk, args: Args) -> dict[str, Any]:
    """{channels: [id]} of a borrower's session. Raises NotFoundError `session-unknown`."""
    at = desk.clock.now()
    found = []
    for borrower in session_of(desk, args["session"], "borrower").subjects:
        history = desk.relations.history(borrower)
        found += [one.id for one in history if one.kind == "channel-added/1" and carries_codes(history, one.id, at)]
    return {"channels": found}


CODED_CHANNELS = {"coded-channels": Op({"session": TOKEN}, read=coded_channels)}
