"""Whether a consent that somebody was asked for is still waiting for its code."""

from __future__ import annotations

from registry.model.catalogue.renewals import RENEWAL, REQUESTED
from registry.model.entries import Entry
from registry.model.times import DAY, stamp
from registry.vault.desk import Desk
from registry.vault.over import is_void
from registry.vault.personal import carries_codes
from registry.vault.relations import is_erased, of_kind

__all__ = ["REQUESTED", "is_pending"]

OWN_FOR = DAY  # a borrower who asked for a code in the portal is waiting for it
RENEWED_FOR = 7 * DAY  # one who is asked by his lender is not: as long as the code is good


def is_pending(desk: Desk, requested: Entry, at: int) -> bool:
    """Whether this request may still become a consent: not given, refused, objected to, erased, expired, or void by
    an assignment.

    A borrower's own, for a day, while the channel that its code goes to is his, and he has withdrawn nothing since;
    one that his lender asks him to renew, for a week.
    """
    body = requested.body
    own = body["giver"] == "borrower"
    history = desk.relations.history(body["borrower"], *(() if own else (body["line"],)))
    closed = of_kind(history, "consent-given/1", "consent") | of_kind(history, "consent-withdrawn/1", "consent")
    if body["consent"] in closed or is_erased(history, body["borrower"]) or stamp(at) >= body["expires_at"]:
        return False
    if is_void(history, requested):
        return False
    if own:
        life = RENEWED_FOR if requested.kind == RENEWAL else OWN_FOR
        return at - requested.at < life and carries_codes(history, body["channel"], at) and not any(
            one.kind == "consent-withdrawn/1" and one.body["giver"] == "borrower" and one.index > requested.index
            for one in history
        )
    objected = any(entry.kind == "objected/1" and entry.body["line"] == body["line"] for entry in history)
    return not objected and not is_erased(history, body["contact"])
