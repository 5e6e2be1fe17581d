"""Opening and reading sessions: the vault's own word on who has signed in (docs/adr/0010)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from registry.errors import NotFoundError
from registry.model.entries import Actor, Entry
from registry.model.times import MINUTE
from registry.vault.desk import Answer, Desk
from registry.vault.keys.sessions import LIVES, Session

STAFF = ("officer", "auditor")
CODE_LIFE = 10 * MINUTE  # of a code to sign in, on the log clock


def session_of(desk: Desk, token: str, *roles: str) -> Session:
    """The session of a token, of one of these roles where any are named. Raises NotFoundError `session-unknown`."""
    found = desk.keys.sessions.find(token, desk.clock.wall())
    if found is None or (roles and found.role not in roles) or _is_revoked(desk, found):
        raise NotFoundError("this session is over: sign in again", code="session-unknown")
    return found


def open_session(
    desk: Desk, at: int, role: str, strength: str, *, subjects: Sequence[str] = (), party: str | None = None,
    request: str | None = None, line: str | None = None, consent: str | None = None, passkey: str | None = None,
    borrower: str | None = None,
) -> Answer:
    """A new session, its entry, and a sign of life of each borrower in it.

    `request`: what it answers. One of `used_up` opens one session only; `borrower`: of the contact, for the entry.
    """
    opened_at = desk.clock.wall()
    session = Session(
        used_up(request) if request is not None and consent is None else desk.new_id(), role, strength, opened_at,
        opened_at + LIVES[role], tuple(subjects), party, consent, line, passkey,
    )
    named = {"borrower": borrower, "party": party, "line": line, "request": request}
    if subjects:
        named[role] = subjects[0]
    body: dict[str, Any] = {"session": session.id, "role": role, "strength": strength}
    body |= {name: value for name, value in named.items() if value is not None}
    entries = [desk.make("signed-in/1", body, at, ident=session.id)]
    if role == "borrower":
        entries += [_sign_of_life(desk, one, at) for one in subjects]
    token = desk.keys.sessions.open(session)
    shown = {name: value for name, value in session.shown().items() if name != "opened_at"}
    return desk.answer(entries, **{**shown, "session": token})


def used_up(request: str) -> str:
    """The id of the entry that a request for a code or link ends with. It can be made once: the log remembers what
    was used, also where the keys were restored from an older copy."""
    return hashlib.sha256(f"signed-in\n{request}".encode()).hexdigest()[:32]


def is_used(desk: Desk, request: str) -> bool:
    """Whether somebody signed in by this request."""
    return desk.log.find(used_up(request)) is not None


def is_staff(desk: Desk, role: str, party: str) -> bool:
    """Whether this is a registered officer or auditor who is not suspended. Genesis names the first officers."""
    known = desk.directory.parties.get(party)
    if known is None:
        return role == "officer" and party in desk.directory.officers
    return role in STAFF and known.role == role and known.suspended_at is None


def _is_revoked(desk: Desk, session: Session) -> bool:
    """Whether what it rests on was taken away since: the passkey, or the party's place here."""
    if session.passkey is not None and desk.directory.passkeys.get(session.passkey) is None:
        return True
    return session.party is not None and not is_staff(desk, session.role, session.party)


def _sign_of_life(desk: Desk, borrower: str, at: int) -> Entry:
    life = {"borrower": borrower, "source": "portal"}
    return desk.make("sign-of-life/1", life, at, Actor("borrower", borrower))
