"""Who is at a page, or asks as a person: the session behind a cookie (pages) or a bearer token (JSON), and no other.

A view names the role it is for; what names none is for nobody. The checks themselves run before the view does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Response, g, request

from registry.errors import ConsentryError, UnauthorizedError
from registry.relying import party
from registry.usecases import sign_in
from registry.usecases.sign_in import Session, SessionUnknownError
from registry.web.auth import Needs
from registry.web.context import ports
from registry.web.problems import BadRequestError, UnauthenticatedError
from registry.web.shapes import IDEMPOTENCY_KEY

View = TypeVar("View", bound=Callable[..., Any])
COOKIE = "consentry"


def signed_in(*roles: str, strong: bool = False) -> Callable[[View], View]:
    """A page for these roles; `strong`: opened by more than a code (a link from the lender, a passkey, a token)."""
    return _needs(Needs(frozenset(roles), strong=strong))


def person(*roles: str, strong: bool = False) -> Callable[[View], View]:
    """The same of a JSON path, which takes the session as `Authorization: Bearer cns_…`."""
    return _needs(Needs(frozenset(roles), strong=strong))


def current() -> Session:
    """The session of this request. Raises ConsentryError at an open page without one: a fault of ours."""
    found = here()
    if found is None:
        raise ConsentryError("this view is open and has no session")
    return found


def here() -> Session | None:
    """The session of this request, None where nobody signed in."""
    return cast("Session | None", g.get("session"))


def from_bearer(token: str, needs: Needs) -> None:
    """Puts the session of a JSON request in place.

    Raises UnauthenticatedError `session-unknown`; UnauthorizedError `session-role`, `session-too-weak`;
    BadRequestError for an Idempotency-Key that is none, also where nothing would be done twice.
    """
    try:
        found = sign_in.session(ports(), token)
    except SessionUnknownError as error:
        raise UnauthenticatedError(error.detail, code=error.code) from error
    if found.role not in needs.roles:
        raise UnauthorizedError("this path is for somebody signed in as another: see `GET /v1/session`",
                                code="session-role")
    if needs.strong and not found.strong:
        raise UnauthorizedError("sign in with a passkey, or with a link from your lender", code="session-too-weak")
    key = request.headers.get("Idempotency-Key")
    if key is not None and IDEMPOTENCY_KEY.match(key) is None:
        raise BadRequestError("an Idempotency-Key is 1 to 64 of A-Z a-z 0-9 _ -", code="idempotency-key-malformed")
    g.session = found


def from_cookie() -> None:
    """Puts the session of a page in place, if the cookie names one that is still open."""
    token = request.cookies.get(name_of(COOKIE))
    if token is None:
        return
    try:
        g.session = sign_in.session(ports(), token)
    except SessionUnknownError:
        g.session_over = True


def is_over() -> bool:
    """Whether the browser sent a session that is over."""
    return bool(g.get("session_over", False))


def begin(response: Response, opened: Session) -> Response:
    """Gives the browser a session: always a token that nobody had before. The one before it is closed."""
    before = here()
    if before is not None:
        sign_in.close(ports(), before.token)
    put(response, COOKIE, opened.token)
    g.session_over = False
    return response


def end(response: Response) -> Response:
    """Closes the session for good, and has the browser forget it."""
    found = here()
    if found is not None:
        sign_in.close(ports(), found.token)
    drop(response, COOKIE)
    return response


def relying() -> str:
    """The host that passkeys of this installation are bound to (WebAuthn level 3, 5.1.4)."""
    return party(ports().public_url)[0]


def secure() -> bool:
    """Whether people reach us by https."""
    return ports().public_url.startswith("https:")


def name_of(cookie: str) -> str:
    """A cookie's name: with `__Host-` no other host of the domain can set it, which browsers grant to https alone."""
    return f"__Host-{cookie}" if secure() else cookie


def put(response: Response, cookie: str, value: str, *, life: int | None = None) -> None:
    """Sets a cookie that scripts cannot read and that no other site sends along but by following a link.

    `life` in seconds; without, until the browser ends.
    """
    response.set_cookie(name_of(cookie), value, max_age=life, secure=secure(), httponly=True, samesite="Lax",
                        path="/")


def drop(response: Response, cookie: str) -> None:
    """Has the browser forget a cookie."""
    response.delete_cookie(name_of(cookie), secure=secure(), httponly=True, samesite="Lax", path="/")


def _needs(needs: Needs) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.needs = needs  # type: ignore[attr-defined]
        return view

    return mark
