"""The pages for people: one blueprint an audience, and one gate before all of them.

The hooks are the portal's own, not the app's: a lookup does not pass them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from registry.errors import ConsentryError
from registry.web.auth import OPEN, needs_of
from registry.web.portal import (
    assets,
    auditor,
    borrower,
    consent_records,  # noqa: F401 - puts its pages into two audiences' blueprints
    contact,
    forms,
    language,
    officer,
    pages,
    problems,
    sessions,
    sign_in,
)

AUDIENCES: Mapping[str, Any] = {"borrower": borrower, "contact": contact, "officer": officer, "auditor": auditor}


def install(app: Flask) -> None:
    """Puts all pages into the app."""
    language.install(app)
    app.extensions[pages.ENVIRONMENT] = pages.environment_of(app.jinja_env, pages.globals_of_pages())
    app.extensions[f"{pages.ENVIRONMENT}-nav"] = {role: one.NAV for role, one in AUDIENCES.items()}
    portal = Blueprint("portal", __name__)
    for one in (assets.blueprint, sign_in.blueprint, *(audience.blueprint for audience in AUDIENCES.values())):
        portal.register_blueprint(one)
    portal.add_url_rule("/", "home", _home, methods=["GET"])
    portal.before_request(_gate)
    portal.after_request(_keep)
    portal.register_error_handler(ConsentryError, problems.consentry)
    portal.register_error_handler(HTTPException, problems.http)
    portal.register_error_handler(Exception, problems.any_other)
    app.register_blueprint(portal)
    problems.outside(app)


def _home() -> Response:
    """The way in: to the reader's own first page, or to the sign-in page."""
    session = sessions.here()
    return pages.to_endpoint("portal.sign_in.start" if session is None else pages.HOMES[session.role])


def _gate() -> Response | None:
    """Default deny: a page that is not open is for the roles it names; a form is taken from our own pages only."""
    endpoint = request.endpoint or ""
    if endpoint == "portal.assets.asset":
        return None
    sessions.from_cookie()
    session, needs = sessions.here(), needs_of(current_app, endpoint)
    if endpoint not in OPEN:
        if needs is None:
            raise ConsentryError("this page names nobody that it is for")
        if session is None:
            return pages.to_sign_in()
        if session.role not in needs.roles:
            return pages.show("sign-in-other.html", 403, wanted=sorted(needs.roles)[0])
        if needs.strong and not session.strong:
            return pages.show("sign-in-stronger.html", 403)
    if request.method == "POST":
        forms.check()
    return None


def _keep(response: Response) -> Response:
    if request.endpoint != "portal.assets.asset":
        language.keep(response)
        forms.keep(response)
        pages.forget_said(response)
        if sessions.is_over():
            sessions.drop(response, sessions.COOKIE)
    return response
