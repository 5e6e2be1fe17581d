"""What went wrong, as a page: in words, with what to do next, and the same status as a program would get."""

from __future__ import annotations

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, NotFound

from registry.errors import ConsentryError
from registry.logs import unexpected
from registry.texts.pages import known
from registry.web import problems
from registry.web.api import person
from registry.web.portal import pages
from registry.web.portal.limits import LimitError

# Paths of pages: what is not found below them is told to a person. `/` too: somebody typed our name.
PAGES = ("/sign-in", "/sign-out", "/me", "/c", "/officer", "/auditor")
RETRY = "Retry-After"


def consentry(error: ConsentryError) -> Response:
    """One of our own errors."""
    if error.code == problems.SESSION_OVER:
        g.session_over = True
        return pages.to_sign_in()
    status = problems.status_of(error)
    if status == 500:
        return any_other(error)
    headers = {}
    if status in (429, 503):
        headers[RETRY] = str(error.seconds if isinstance(error, LimitError) else problems.RETRY_SECONDS)
    return _page(status, error.code, headers)


def http(error: HTTPException) -> Response:
    """An error of the framework, with the headers that belong to it."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    code, _ = problems.HTTP_CODES.get(status, ("http-error", ""))
    kept = {name: value for name, value in error.get_headers() if name in problems.KEPT_HEADERS}
    return _page(status, code, kept)


def any_other(error: Exception) -> Response:
    """A fault of ours: logged by type and place, told without its words."""
    unexpected("web", error)
    try:
        return _page(500, "internal", {})
    except Exception as another:  # noqa: BLE001 - what tells of a fault may share it
        unexpected("web", another)
        return problems.problem(500, "internal", "something went wrong here, also in telling you so")


def outside(app: Flask) -> None:
    """Has paths that no page has, and methods that a page does not take, told to a person where a person asks."""

    @app.errorhandler(404)
    def _unknown(error: NotFound) -> Response:
        return http(error) if _is_page() else person.cut_short(error)

    @app.errorhandler(405)
    def _method(error: HTTPException) -> Response:
        return http(error) if _is_page() else problems.http(error)


def _is_page() -> bool:
    path = request.path
    return any(path == one or path.startswith(f"{one}/") for one in PAGES)


def _page(status: int, code: str, headers: dict[str, str]) -> Response:
    g.problem = code
    key = next((key for key in (f"problem.{code}", f"problem.{status}") if known(f"{key}.title")), "problem.other")
    response = pages.show("problem.html", status, title=f"{key}.title", advice=f"{key}.advice")
    response.headers.extend(headers)
    return response
