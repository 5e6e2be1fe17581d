"""Who is asking. Default deny: an endpoint is open only if it stands in OPEN; any other needs a scope it names."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic
from typing import Any, TypeVar

from flask import Flask, g, request

from registry.errors import UnauthorizedError
from registry.usecases import tokens
from registry.usecases.tokens import Client, Tokens
from registry.web.problems import UnauthenticatedError

# The one list of endpoints that take no token (CONTRACT section 0).
OPEN = frozenset({
    "health.healthz", "health.readyz", "docs.openapi", "docs.docs", "keys.keys", "log.checkpoint", "log.tile",
    "provider.receive", "provider.receive_batch", "consent-code.enter_code", "person.page", "person.answer_link",
    # How a person comes by a session in the first place: nobody has one yet, and none of them says who is known.
    "sign-in.ask_code", "sign-in.enter_code", "sign-in.open_link", "sign-in.ask_challenge", "sign-in.open_passkey",
    # A forwarded invitation with the code that came to the contact's own telephone is one more way in.
    "invitation.open_invitation", "portal.contact.invitation", "portal.contact.open_invitation",
    # The same as pages; each of their forms is checked by the portal for where it comes from.
    "portal.home", "portal.sign_in.start", "portal.sign_in.ask", "portal.sign_in.code", "portal.sign_in.enter",
    "portal.sign_in.link", "portal.sign_in.open", "portal.sign_in.staff", "portal.sign_in.with_token",
    "portal.sign_in.with_passkey",
    # To leave needs nothing that could be missing.
    "portal.sign_in.leave",
    # Style and scripts: the same bytes for everybody.
    "portal.assets.asset",
})
# Pages take no token but a cookie: `registry.web.portal` keeps their gate, and denies by default too.
PORTAL = "portal."
# Without a token only from this machine.
LOOPBACK = frozenset({"health.metrics"})
# A reverse proxy on this machine says with one of these that somebody else is asking.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")

CACHE_SECONDS = 2.0
CACHE_SIZE = 10_000

View = TypeVar("View", bound=Callable[..., Any])


def scopes(*any_of: str) -> Callable[[View], View]:
    """A view's scopes: a token needs one of them."""

    def mark(view: View) -> View:
        view.scopes = frozenset(any_of)  # type: ignore[attr-defined]
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Needs:
    """What a person's view needs instead of a scope: a session of these roles; `strong`: by more than a code."""

    roles: frozenset[str]
    strong: bool = False


def needs_of(app: Flask, endpoint: str) -> Needs | None:
    """What a person's view needs; None of a view that is none."""
    found: Needs | None = getattr(app.view_functions[endpoint], "needs", None)
    return found


def scopes_of(app: Flask, endpoint: str) -> frozenset[str]:
    """The scopes of an endpoint; none: nobody may use it."""
    found: frozenset[str] = getattr(app.view_functions[endpoint], "scopes", frozenset())
    return found


class Authenticator:
    """Finds the client of a token, remembering for two seconds what the database said: revoking takes that long."""

    def __init__(self, store: Tokens, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._known: dict[bytes, tuple[float, tokens.Known, Client]] = {}
        self._lock = threading.Lock()

    def client(self, token: str) -> Client:
        """The client. Raises UnauthenticatedError; UnauthorizedError `key-revoked`."""
        known, client = self._find(token)
        if known.revoked_at is not None:
            raise UnauthorizedError("this token was revoked: use the one that replaced it", code="key-revoked")
        if known.expires_at <= self._wall():
            raise UnauthenticatedError("this token has expired: have a new one issued", code="token-expired")
        return client

    def _find(self, token: str) -> tuple[tokens.Known, Client]:
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        at = monotonic()
        cached = self._known.get(digest)
        if cached is not None and cached[0] > at:
            return cached[1:]
        known = tokens.find(self._store, token)
        if known is None:
            raise UnauthenticatedError("this token is not known: was it copied whole?", code="token-unknown")
        client = tokens.client_of(known)
        with self._lock:
            if len(self._known) >= CACHE_SIZE:
                self._known.clear()
            self._known[digest] = (at + CACHE_SECONDS, known, client)
        return known, client


def install(app: Flask, authenticator: Authenticator, person: Callable[[str, Needs], None]) -> None:
    """Puts the gate before every request of the app. `person` lets a session's token in, or raises."""

    @app.before_request
    def _gate() -> None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in OPEN or (endpoint in LOOPBACK and _from_here()):
            return  # no endpoint: the framework's own 404 or 405 follows
        if endpoint.startswith(PORTAL):
            return
        needs = needs_of(app, endpoint)
        if needs is not None:
            person(bearer(), needs)
            return
        g.client = client = authenticator.client(bearer())
        needed = scopes_of(app, endpoint)
        if endpoint not in LOOPBACK and needed.isdisjoint(client.scopes):
            raise UnauthorizedError(
                f"this needs a token with the scope {' or '.join(sorted(needed)) or '(none is given out)'}",
                code="scope-missing")


def bearer() -> str:
    """The token of an Authorization header. Raises UnauthenticatedError."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("send Authorization: Bearer and a token")
    return token.strip()


def _from_here() -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
