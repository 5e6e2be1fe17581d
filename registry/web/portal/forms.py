"""Forms: read strictly, and taken only from our own pages.

Two independent checks before any view sees a POST: where the browser says it comes from (Fetch Metadata, or Origin
where it sends none), and a token in the form that only a page shown to this very browser can know: an HMAC by the
session, or before there is one by a random cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Response, g, request
from markupsafe import Markup
from werkzeug.exceptions import UnsupportedMediaType

from registry.errors import UnauthorizedError
from registry.usecases.ports import Idem
from registry.web.context import ports
from registry.web.portal import sessions
from registry.web.problems import BadRequestError

MEMBER = "form"  # the hidden input
COOKIE = "consentry-form"  # before there is a session
CONTEXT = b"consentry-form/1"
SECRET = re.compile(r"[A-Za-z0-9_-]{43}\Z", re.ASCII)
ONCE = re.compile(r"[A-Za-z0-9_-]{22}\Z", re.ASCII)  # as `fresh` gives it: 16 random bytes
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def check() -> None:
    """Raises UnauthorizedError `form-foreign` for a POST that is not from a page of ours in this browser."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # A browser too old for Fetch Metadata, or one on plain http, says at least the origin.
    here = site == "same-origin" if site is not None else origin is None or urlsplit(origin).netloc == request.host
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType
    if not here or not _is_ours(request.form.getlist(MEMBER)):
        raise UnauthorizedError("this form is not from this page, or too old: open it again", code="form-foreign")


def field() -> Markup:
    """The hidden input that every form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(MEMBER, token())


def token() -> str:
    """What the hidden input holds, for this browser."""
    secret = _secret()
    if secret is None:
        secret = g.form_secret = base64.urlsafe_b64encode(ports().random(32)).decode("ascii").rstrip("=")
    return _token(secret)


def keep(response: Response) -> None:
    """Gives a browser without a session the cookie that its forms were made with; one with a session needs none."""
    if "form_secret" in g:
        sessions.put(response, COOKIE, g.form_secret)
    elif sessions.here() is not None and sessions.name_of(COOKIE) in request.cookies:
        sessions.drop(response, COOKIE)


def one(name: str) -> str:
    """The only member of a form, without the white space around it. Raises BadRequestError for any other form."""
    return read(name)[name]


def read(*names: str, optional: tuple[str, ...] = (), file: str = "") -> dict[str, str]:
    """The members of a form, each without the white space around it; an optional one that is absent is "".

    Raises BadRequestError `form-malformed` where one is missing, unknown, or given twice: which was meant? A `file`,
    if the form has a place for one, is left to the view.
    """
    found = {name: values for name, values in request.form.lists() if name != MEMBER}
    unknown = set(found) - {*names, *optional}
    foreign = set(request.files) - {file} or len(request.files.getlist(file)) > 1
    if unknown or foreign or not {*names} <= set(found) or any(len(values) > 1 for values in found.values()):
        raise BadRequestError("this form has other members than its page gave it", code="form-malformed")
    return {name: _clean(found.get(name, [""])[0]) for name in (*names, *optional)}


def fresh() -> str:
    """What a form holds in its member `once`: however often it is sent, it is done once."""
    return base64.urlsafe_b64encode(ports().random(16)).decode("ascii").rstrip("=")


def once_field() -> Markup:
    """The hidden input of a form that is done once, in a template that is given no `once` of its view."""
    return Markup('<input type="hidden" name="once" value="{}">').format(fresh())


def once(typed: Mapping[str, str]) -> Idem | None:
    """The key under which what was typed is done; None for a page from before it had one.

    Raises BadRequestError `form-malformed` for one that no page of ours holds.
    """
    key = typed.get("once", "")
    if not key:
        return None
    if ONCE.match(key) is None:
        raise BadRequestError("this form has another `once` than a page gives it", code="form-malformed")
    session = sessions.current()
    return {"scope": f"{session.actor().id}:form:{request.path}", "key": key, "request": dict(typed)}


def several(name: str, *names: str, optional: tuple[str, ...] = ()) -> tuple[list[str], dict[str, str]]:
    """The values of the boxes called `name` that were ticked, and the other members, as `read` gives them."""
    ticked, rest = boxes((name,), *names, optional=optional)
    return ticked[name], rest


def boxes(
    ticked: tuple[str, ...], *names: str, optional: tuple[str, ...] = ()
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The same of several groups of boxes."""
    values = {name: [_clean(value) for value in request.form.getlist(name)] for name in ticked}
    found = {one: given for one, given in request.form.lists() if one not in (MEMBER, *ticked)}
    wrong = set(found) - {*names, *optional} or not {*names} <= set(found)
    twice = any(len(set(given)) < len(given) for given in values.values())
    if wrong or twice or any(len(given) > 1 for given in found.values()):
        raise BadRequestError("this form has other members than its page gave it", code="form-malformed")
    return values, {one: _clean(found.get(one, [""])[0]) for one in (*names, *optional)}


def digits(typed: str) -> str:
    """A code as it was meant: full-width digits are digits, and spaces and dashes between them are nothing."""
    return "".join(one for one in unicodedata.normalize("NFKC", typed) if not one.isspace() and one not in "-–—")


def _secret() -> str | None:
    """What this browser's forms are bound to: the session's token, or before there is one a cookie's random bytes."""
    session = sessions.here()
    if session is not None:
        return session.token
    secret: str | None = g.get("form_secret") or request.cookies.get(sessions.name_of(COOKIE))
    return secret if secret is not None and SECRET.match(secret) else None


def _is_ours(given: list[str]) -> bool:
    secret = _secret()
    if secret is None or len(given) != 1:
        return False
    return hmac.compare_digest(_token(secret).encode("ascii"), given[0].encode("utf-8", "replace"))


def _token(secret: str) -> str:
    return hmac.new(secret.encode("ascii"), CONTEXT, hashlib.sha256).hexdigest()


def _clean(value: str) -> str:
    """As typed, but for how a browser breaks lines."""
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
