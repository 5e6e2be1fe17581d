"""Which of a borrower's channels a consent by code may rest on: personal, his alone, and his for a week at least."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.entries import Entry
from registry.model.times import DAY
from registry.vault.relations import of_kind

KNOWN_FOR = 7 * DAY  # CONTRACT section 5
CODED = ("voice", "sms", "email")  # what carries a code: to a telephone as SMS


def carries_codes(history: Sequence[Entry], channel: str, at: int) -> bool:
    """Whether a code sent to this channel shows that the borrower himself reads it. `history`: the borrower's.

    It was added as personal at least 7 days ago and stands undisputed; neither it nor its line was ever filed as
    anything else, or as a contact's. So whoever adds a line again, or calls it something else, makes it no older.
    Nothing of other borrowers is looked at: who is refused learns nothing of them.
    """
    added = {one.id: one for one in history if one.kind == "channel-added/1" and one.by.role != "contact"}
    found = added.get(channel)
    if found is None or found.body["medium"] not in CODED or at - found.at < KNOWN_FOR:
        return False
    line = found.body["line"]
    ended = of_kind(history, "channel-removed/1", "channel") | of_kind(history, "channel-disputed/1", "channel")
    same = [one for one in added.values() if one.body["line"] == line]
    return (
        channel not in ended and all(one.body["use"] == "personal" for one in same)
        and line not in of_kind(history, "contact-registered/1", "line")
    )
