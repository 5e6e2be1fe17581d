"""What was done in a borrower's name and opens something: a consent by code or passkey, a new passkey.

Whoever has one of his channels for a moment, or planted one, can do either. So his other channels are told of it
(docs/adr/0012). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.catalogue.renewals import REQUESTED
from registry.model.catalogue.terms import TOLD_CONSENT, TOLD_PASSKEY
from registry.model.entries import Entry
from registry.vault.relations import of_kind

HIS_OWN = ("code", "passkey")  # assurances; what the lender recorded is the lender's word, and it has its own proof


def told_by(entry: Entry) -> str | None:
    """The template of the message about this entry; None for what nobody is told of in this way."""
    if entry.kind == "passkey-added/1":
        return TOLD_PASSKEY
    body = entry.body
    if entry.kind == "consent-given/1" and body["giver"] == "borrower" and body["assurance"] in HIS_OWN:
        return TOLD_CONSENT
    return None


def is_undone(entry: Entry, history: Sequence[Entry]) -> bool:
    """Whether the consent was withdrawn, or the passkey removed, so that nothing is left to undo."""
    if entry.kind == "passkey-added/1":
        return entry.id in of_kind(history, "passkey-removed/1", "passkey")
    return entry.body["consent"] in of_kind(history, "consent-withdrawn/1", "consent")


def knowing(entry: Entry, history: Sequence[Entry]) -> set[str]:
    """Lines that need no word of it: those told already, and the one to which the consent's code went."""
    line_of = {one.id: one.body["line"] for one in history if one.kind == "channel-added/1"}
    told = {one.body["channel"] for one in history
            if one.kind == "borrower-told/1" and one.body["about"] == entry.id}
    coded = {one.body["channel"] for one in history
             if one.kind in REQUESTED and one.id == entry.body.get("consent") and "channel" in one.body}
    return {line_of[channel] for channel in told | coded}
