"""Whether a contact's consent is still waiting for its code."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.model.times import stamp
from registry.vault.desk import Desk
from registry.vault.relations import is_erased, of_kind


def is_pending(desk: Desk, requested: Entry, at: int) -> bool:
    """Whether this request may still become a consent: not given, refused, objected to, erased or expired."""
    body = requested.body
    history = desk.relations.history(body["borrower"], body["line"])
    closed = of_kind(history, "consent-given/1", "consent") | of_kind(history, "consent-withdrawn/1", "consent")
    objected = any(entry.kind == "objected/1" and entry.body["line"] == body["line"] for entry in history)
    erased = is_erased(history, body["borrower"]) or is_erased(history, body["contact"])
    return body["consent"] not in closed and not objected and not erased and stamp(at) < body["expires_at"]
