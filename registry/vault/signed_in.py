"""Who may do what by being signed in, for ops that open or loosen something: judged here, never on the web tier's
word. What each strength of a session may is in docs/adr/0012."""

from __future__ import annotations

from registry.errors import UnauthorizedError
from registry.model.entries import Actor
from registry.vault.desk import Desk
from registry.vault.keys.sessions import Session
from registry.vault.relations import is_erased, unknown
from registry.vault.sessions import session_of

HIS_OWN = ("code", "passkey")  # how a borrower shows that it is he; a link is the lender's word


def signed_in(desk: Desk, token: str, role: str, *strengths: str) -> Session:
    """The session of a token.

    Raises NotFoundError `session-unknown` for none; UnauthorizedError `session-role` for one of somebody else's kind
    and `session-too-weak` for one opened in a way that is none of `strengths`, where any are given.
    """
    found = session_of(desk, token)
    if found.role != role:
        raise UnauthorizedError(f"sign in as a {role} for this", code="session-role")
    if strengths and found.strength not in strengths:
        raise UnauthorizedError("this needs a stronger sign-in than the one you used", code="session-too-weak")
    return found


def speaks_for(desk: Desk, session: Session, borrower: str) -> Actor:
    """The borrower of a session, as entries name him. Raises NotFoundError for anybody else, and once erased."""
    if borrower not in session.subjects or is_erased(desk.relations.history(borrower), borrower):
        raise unknown()
    return Actor("borrower", borrower)
