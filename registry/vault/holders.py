"""Who holds a line, for signing in: the borrowers whose own it is, and the contacts on it."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.entries import Entry
from registry.policy import reports_of, text_medium
from registry.vault.desk import Desk
from registry.vault.relations import is_erased, of_kind

TELEPHONES = ("voice", "sms")
# Somebody else, or a child, reads what is sent there.
STRANGERS = frozenset(("wrong-person", "minor", "not-me"))


def holders(desk: Desk, role: str, line: str, medium: str) -> list[Entry]:
    """Registrations of the channels, or contacts, that a code to this line would be for."""
    return (own_channels if role == "borrower" else contacts_on)(desk, line, medium)


def own_channels(desk: Desk, line: str, medium: str) -> list[Entry]:
    """Live personal channels on this line that carry a code, one for each borrower, that for text before that for
    calls; oldest borrower first. `medium`: as it was asked for."""
    # What a contact gave away as the borrower's is nobody's own, and takes nothing from him either.
    added = [one for one in desk.relations.history(line)
             if one.kind == "channel-added/1" and one.by.role != "contact"]
    found: dict[str, Entry] = {}
    for borrower in dict.fromkeys(one.body["borrower"] for one in added):
        history = desk.relations.history(borrower)
        if is_erased(history, borrower):
            continue
        mine = [one for one in added if one.body["borrower"] == borrower and _carries(one, medium)]
        standing = _standing(mine, history)
        if standing and all(one.body["use"] == "personal" for one in standing):
            found[borrower] = min(standing, key=lambda one: (one.body["medium"] == "voice", one.index))
    return list(found.values())


def contacts_on(desk: Desk, line: str, medium: str) -> list[Entry]:
    """Contacts on this line, oldest first; none where it was said to be somebody else's or a child's.

    Who objected has rights all the same.
    """
    history = desk.relations.history(line)
    stranger = any(_says_stranger(one) for one in history) or not reports_of(history).isdisjoint(STRANGERS)
    if medium not in TELEPHONES or stranger:
        return []
    return [
        one for one in history if one.kind == "contact-registered/1"
        and not desk.relations.is_gone(one.body["borrower"], one.id)
    ]


def _carries(channel: Entry, medium: str) -> bool:
    """Whether a code goes there: by mail for mail, by SMS for a telephone, whichever way it was asked for."""
    body = channel.body
    own = body["medium"]
    if (own in TELEPHONES) != (medium in TELEPHONES):
        return False
    return text_medium(own, body.get("mobile", False)) in ("sms", "email")


def _standing(channels: Sequence[Entry], history: Sequence[Entry]) -> list[Entry]:
    """Those of one line that were not removed, nor added before the line was disputed by any of them."""
    removed = of_kind(history, "channel-removed/1", "channel")
    ids = {one.id for one in channels}
    disputed = max((one.index for one in history
                    if one.kind == "channel-disputed/1" and one.body["channel"] in ids), default=-1)
    return [one for one in channels if one.id not in removed and one.index > disputed]


def _says_stranger(entry: Entry) -> bool:
    said = entry.body.get("outcome") or entry.body.get("answer")
    return entry.kind in ("outcome-reported/1", "message-answered/1", "use-answered/1") and said in STRANGERS
