"""Showing a page, and going to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, g, redirect, request, url_for
from jinja2 import Environment, StrictUndefined

from registry.texts import pages as texts
from registry.web.portal import assets, forms, language, sessions

HTML = "text/html; charset=utf-8"
ENVIRONMENT = "consentry-pages"
# Nothing from anywhere else, nothing inline, no frame around us.
SOURCES = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# `no-referrer` would have browsers say `Origin: null` of our own forms; beyond this host nothing is said either way.
REFERRER = "same-origin"
SAID = "consentry-said"
SAID_SECONDS = 60
# Where each role is at home.
HOMES = {role: f"portal.{role}.home" for role in ("borrower", "contact", "officer", "auditor")}


def show(template: str, status: int = 200, **context: Any) -> Response:
    """A page from `templates/portal/`, never stored by anybody.

    Every template has `t`, `day`, `moment`, `number`, `asset`, `form_field()`, `once_field()`, `session`, `said`,
    `nav`, and `errors` and `typed` (empty unless given). A name that it is not given is an error.
    """
    environment: Environment = current_app.extensions[ENVIRONMENT]
    values: dict[str, Any] = {
        "errors": {}, "typed": {}, "session": sessions.here(), "said": _said(), "nav": _nav(),
        "home": home(), "language": language.TAGS[language.language()], "other_languages": language.others(),
        **context,
    }
    current_app.update_template_context(values)
    text = environment.get_template(f"portal/{template}").render(values)
    return Response(text, status, content_type=HTML, headers={
        "Content-Security-Policy": SOURCES, "Referrer-Policy": REFERRER, "Cache-Control": "no-store"})


def go(endpoint: str, *, said: str | None = None, **values: Any) -> Response:
    """To another page after a form was done (303), which says the words of that key once.

    The key is kept in a cookie and not in the address: nobody can send a link that lies about what was done.
    """
    response = Response(status=303, headers={"Location": url_for(endpoint, **values), "Referrer-Policy": REFERRER})
    if said is not None:
        sessions.put(response, SAID, said, life=SAID_SECONDS)
    return response


def home() -> str:
    """The path of the page where this reader is at home."""
    session = sessions.here()
    return url_for("portal.sign_in.start" if session is None else HOMES[session.role])


def environment_of(original: Environment, more: Mapping[str, object]) -> Environment:
    """Jinja's settings for our pages: what a template is not given is an error, not an empty place."""
    found = original.overlay(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.globals = {**original.globals, **more}
    return found


def globals_of_pages() -> dict[str, object]:
    """What templates and their macros may call."""
    return {
        "t": language.t, "day": language.day, "moment": language.moment, "number": language.number,
        "asset": assets.link, "form_field": forms.field, "once_field": forms.once_field,
        "here": lambda: request.endpoint,
    }


def _said() -> str | None:
    """What was done before this page, once. Only a text of ours."""
    key = request.cookies.get(sessions.name_of(SAID))
    if key is None:
        return None
    g.said_once = True
    return language.t(key) if ".said." in f".{key}" and texts.known(key) else None


def forget_said(response: Response) -> None:
    """Takes the one-time words away once they were shown."""
    if g.get("said_once", False):
        sessions.drop(response, SAID)


def _nav() -> list[tuple[str, str]]:
    session = sessions.here()
    found: dict[str, list[tuple[str, str]]] = current_app.extensions[f"{ENVIRONMENT}-nav"]
    return [] if session is None else found.get(session.role, [])


def to_sign_in() -> Response:
    """To the sign-in page, and from there back to where somebody wanted to go, if that page has a plain address."""
    endpoint, over = request.endpoint or "", sessions.is_over()
    wanted = {"next": endpoint} if request.method == "GET" and not request.view_args else {}
    return go("portal.sign_in.start", said="sign-in.said.over" if over else None, **wanted)


def to_endpoint(name: str) -> Response:
    """To a page of ours by its endpoint's name; nothing that was typed is ever an address."""
    return redirect(url_for(name), 303)  # type: ignore[return-value]
