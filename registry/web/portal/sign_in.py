"""Signing in and out as pages: by a code, a link from the lender, a passkey, or a token of staff.

What somebody typed decides nothing that can be seen: known or not, the same page follows.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError

from registry.errors import ConflictError, MalformedError, NotFoundError, UnauthorizedError
from registry.usecases import sign_in
from registry.usecases.sign_in import PEOPLE, Session
from registry.web import shapes
from registry.web.auth import OPEN, PORTAL, needs_of
from registry.web.bodies import read_json
from registry.web.context import ports
from registry.web.portal import forms, limits, pages, sessions
from registry.web.portal.pacing import steady
from registry.web.problems import BadRequestError
from registry.web.schemas.sign_in import AssertionSchema

blueprint = Blueprint("sign_in", __name__)
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
# Whatever is wrong with a passkey's answer, it is one sentence.
NOT_TAKEN = (BadRequestError, ValidationError, MalformedError, NotFoundError, UnauthorizedError, ConflictError)


@blueprint.get("/sign-in")
def start() -> Response:
    """Who are you, and where can a code reach you?"""
    wanted = request.args.get("role", "")
    return _start({"role": wanted if wanted in PEOPLE else "", "next": _wanted()})


@blueprint.post("/sign-in")
def ask() -> Response:
    """Sends a code, if there is anybody to send one to."""
    form = forms.read("address", optional=("role",))
    typed = {**form, "next": _wanted()}
    if form["role"] not in PEOPLE:
        return _start(typed, {"role": "sign-in.error.role"})
    if not 0 < len(form["address"]) <= LONGEST_ADDRESS:
        return _start(typed, {"address": "sign-in.error.address"})
    limits.count("ask-code", limits.ASKING)
    try:
        with steady():
            asked = sign_in.ask_code(ports(), form["role"], form["address"], None)
    except MalformedError:
        return _start(typed, {"address": "sign-in.error.address"})
    return pages.go("portal.sign_in.code", request=asked["request"], next=typed["next"] or None)


@blueprint.get("/sign-in/code")
def code() -> Response:
    """Type the code."""
    if shapes.ID.match(request.args.get("request", "")) is None:
        return pages.to_endpoint("portal.sign_in.start")
    return _code()


@blueprint.post("/sign-in/code")
def enter() -> Response:
    """Opens a session with a code. What was typed of it is never shown again."""
    typed, asked = forms.digits(forms.one("code")), request.args.get("request", "")
    if shapes.ID.match(asked) is None:
        return pages.to_endpoint("portal.sign_in.start")
    limits.count("enter-code", limits.ENTERING)
    try:
        opened = sign_in.enter_code(ports(), asked, typed)
    except MalformedError:
        return _code({"code": "sign-in.error.code"})
    return _inside(opened)


@blueprint.get("/sign-in/link/<token>")
def link(token: str) -> Response:
    """One button: programs that look at links before people do press none, and the link works once."""
    return pages.show("sign-in-link.html", token=token, gone=False)


@blueprint.post("/sign-in/link/<token>")
def open(token: str) -> Response:
    """Opens a session with a link."""
    forms.read()
    limits.count("enter-code", limits.ENTERING)
    try:
        opened = sign_in.open_link(ports(), token)
    except NotFoundError:
        return pages.show("sign-in-link.html", 404, token="", gone=True)
    return _inside(opened)


@blueprint.get("/sign-in/staff")
def staff() -> Response:
    """For officers and auditors."""
    return _staff()


@blueprint.post("/sign-in/token")
def with_token() -> Response:
    """Opens a session of an officer or auditor with an API token."""
    typed = forms.one("token")
    limits.count("enter-code", limits.ENTERING)
    opened = sign_in.open_token(ports(), typed)
    return _staff({"token": "sign-in.error.token"}) if opened is None else _inside(opened)


@blueprint.post("/sign-in/passkey")
def with_passkey() -> Response:
    """Opens a session with a passkey's answer, which the page's script put into the form."""
    form = forms.read("assertion", optional=("staff",))
    limits.count("enter-code", limits.ENTERING)
    try:
        opened = sign_in.open_passkey(ports(), AssertionSchema().load(read_json(form["assertion"].encode("utf-8"))))
    except NOT_TAKEN:
        errors = {"passkey": "sign-in.error.passkey"}
        return _staff(errors) if form["staff"] else _start({"role": "", "next": _wanted()}, errors)
    return _inside(opened)


@blueprint.post("/sign-out")
def leave() -> Response:
    """Ends the session."""
    forms.read()
    return sessions.end(pages.go("portal.sign_in.start", said="sign-in.said.out"))


def _start(typed: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    return _shown("sign-in.html", {"address": "", **typed}, errors)


def _code(errors: dict[str, str] | None = None) -> Response:
    return _shown("sign-in-code.html", {"request": request.args["request"], "next": _wanted()}, errors)


def _staff(errors: dict[str, str] | None = None) -> Response:
    return _shown("sign-in-staff.html", {"next": _wanted()}, errors)


def _shown(template: str, typed: dict[str, str], errors: dict[str, str] | None) -> Response:
    return pages.show(template, 422 if errors else 200, typed=typed, errors=errors or {})


def _wanted() -> str:
    """The endpoint that `next` names, if that is a page to be opened by its bare address; else ""."""
    name = request.args.get("next", "")
    if not name.startswith(PORTAL) or name in OPEN or name not in current_app.view_functions:
        return ""
    rules = current_app.url_map.iter_rules(name)
    return name if any("GET" in (rule.methods or ()) and not rule.arguments for rule in rules) else ""


def _inside(opened: Session) -> Response:
    """To the page that was wanted, if it is one of this role's; else home."""
    wanted = _wanted()
    needs = needs_of(current_app, wanted) if wanted else None
    fits = needs is not None and opened.role in needs.roles
    return sessions.begin(pages.to_endpoint(wanted if fits else pages.HOMES[opened.role]), opened)
