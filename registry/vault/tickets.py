"""Tickets of dial checks: a compact JWS by the vault, or the check's id alone, told again with the attempt.

Nothing in a ticket is believed but that it names its check: what was permitted stands in the log.
"""

from __future__ import annotations

from registry import jose
from registry.errors import MalformedError
from registry.model.entries import Entry
from registry.model.ids import ID
from registry.model.times import SECOND, parse_stamp
from registry.policy import CHECKED
from registry.vault.desk import Desk


def ticket_of(desk: Desk, check: Entry) -> str:
    """The ticket of a check that permitted. `exp` is the first second in which no dial may begin any more."""
    body = check.body
    return desk.keys.sign_jws(jose.DIAL, {
        "iss": desk.keys.origin, "jti": body["check"], "aud": body["client"], "sub": body["account"],
        "channel": body["channel"], "iat": check.at // SECOND, "exp": parse_stamp(body["valid_until"]) // SECOND,
        "log_index": check.index,
    })


def check_named(desk: Desk, ticket: str) -> Entry | None:
    """The check that a ticket names, if the vault made it and it permitted; None for all that is no such ticket."""
    ident = ticket
    if "." in ticket:
        try:
            claims = jose.verify_jws(ticket, jose.DIAL, desk.keys.jwks())
        except MalformedError:
            return None
        if claims.get("iss") != desk.keys.origin:
            return None
        ident = str(claims.get("jti"))
    found = desk.log.find(ident) if ID.match(ident) else None
    return found if found is not None and found.kind == CHECKED and found.body["may_dial"] else None
