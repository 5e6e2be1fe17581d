"""Signing in: the vault makes codes, links, challenges and sessions; this tier carries them and believes none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import ConsentryError, NotFoundError, code_refused
from registry.model.entries import Actor
from registry.model.times import stamp
from registry.usecases import tokens, writing
from registry.usecases.ports import Body, Ports, Record

TOKEN = re.compile(r"cns_[A-Za-z0-9_-]{43}\Z", re.ASCII)
LINK = re.compile(r"[A-Za-z0-9_-]{16,128}\Z", re.ASCII)
CODE = re.compile(r"[0-9]{6}\Z", re.ASCII)
PEOPLE = ("borrower", "contact")
STAFF = ("officer", "auditor")
# A code proves only that somebody holds that telephone now: enough to restrict, too little to read a history.
STRONG = frozenset({"link", "passkey", "token"})


class SessionUnknownError(NotFoundError):
    """No such session, or its time is over."""

    code = "session-unknown"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in. `expires_at` in wall-clock milliseconds; `subjects` are the borrowers or contacts of
    the line that the code came to, `party` a member of staff, `consent` the one whose invitation's code was typed."""

    id: str
    token: str
    role: str
    strength: str
    subjects: tuple[str, ...]
    party: str | None
    consent: str | None
    expires_at: int

    @property
    def strong(self) -> bool:
        """Whether it was opened by more than a code."""
        return self.strength in STRONG

    def actor(self) -> Actor:
        """In whose name this session's acts are written: the first of its people, or the member of staff."""
        return Actor(self.role, self.party or self.subjects[0])


def ask_code(ports: Ports, role: str, address: str, medium: str | None) -> Record:
    """A code goes to that address if anybody of that role is reached there → `{request}`, the same if not.

    `medium` is sms, voice or email; absent: email for what has an @, else sms. Raises MalformedError for what is no
    address at all.
    """
    wanted = medium or ("email" if "@" in address else "sms")
    asked = ports.vault.call("ask-code", {"role": role, "address": address, "medium": wanted})
    return {"request": asked["request"]}


def enter_code(ports: Ports, request: str, code: str) -> Session:
    """The session that a code opens. Wrong, unknown, used and expired are one MalformedError `code-refused`."""
    if CODE.match(code) is None:
        raise code_refused()
    return _opened(ports, ports.vault.call("enter-code", {"request": request, "code": code}))


def open_link(ports: Ports, token: str) -> Session:
    """The session of a one-time link. Unknown, used and expired are one NotFoundError."""
    over = NotFoundError("this link is not known, or was used already, or its time is over")
    if LINK.match(token) is None:
        raise over
    try:
        opened = ports.vault.call("open-link", {"token": token})
    except NotFoundError as error:
        raise over from error
    return _opened(ports, opened)


def challenge(ports: Ports) -> str:
    """What a passkey is to sign: 32 random bytes in base64url, good once and for five minutes."""
    return str(ports.vault.call("passkey-challenge", {})["challenge"])


def open_passkey(ports: Ports, assertion: Body) -> Session:
    """The session of a passkey's answer, as `PublicKeyCredential.toJSON()` says it.

    Raises UnauthorizedError `passkey-refused`.
    """
    return _opened(ports, ports.vault.call("open-passkey", {"assertion": dict(assertion)}))


def open_token(ports: Ports, token: str) -> Session | None:
    """The session of an officer or auditor by an API token; None for one that is unknown, over, or of others."""
    known = tokens.find(ports.store, token)
    if known is None or known.revoked_at is not None or known.expires_at <= ports.wall() or known.role not in STAFF:
        return None
    return _opened(ports, ports.vault.call("open-token", {"by": tokens.client_of(known).actor.value()}))


def session(ports: Ports, token: str) -> Session:
    """The session of a token. Raises SessionUnknownError for one that is unknown, closed or expired."""
    if TOKEN.match(token) is None:
        raise SessionUnknownError("this session is not known: sign in")
    try:
        found = ports.vault.call("session", {"token": token})
    except NotFoundError as error:
        raise SessionUnknownError("this session is over: sign in again") from error
    return Session(
        found["session"], token, found["role"], found["strength"], tuple(found["subjects"]), found.get("party"),
        found.get("consent"), found["expires_at"])


def close(ports: Ports, token: str) -> None:
    """Ends a session at once, here and in every copy of its token."""
    ports.vault.call("close-session", {"token": token})


def make_link(ports: Ports, by: Actor, borrower: str) -> Record:
    """A one-time link to the portal for a borrower of the lender's → `{url, token, expires_at}`."""
    writing.owned(ports, "borrowers", borrower, by)
    made = ports.vault.call("make-link", {"by": by.value(), "role": "borrower", "subject": borrower})
    url = f"{ports.public_url}/sign-in/link/{made['token']}"
    return {"url": url, "token": made["token"], "expires_at": stamp(made["expires_at"])}


def shown(opened: Session) -> Record:
    """A session as its holder may know it, without the token."""
    return {"role": opened.role, "strength": opened.strength, "expires_at": stamp(opened.expires_at)}


def _opened(ports: Ports, answer: Mapping[str, Any]) -> Session:
    """The session just opened, as the vault keeps it: its answer tells the token, not everything behind it."""
    token = answer["session"]
    if not isinstance(token, str) or TOKEN.match(token) is None:
        raise ConsentryError("the vault opened a session without a token")
    return session(ports, token)
