"""The page behind the link in every message: it restricts or answers, consents to nothing, and shows no name."""

from __future__ import annotations

from flask import Response, render_template, request
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from registry.errors import ConsentryError, IntegrityError, MalformedError, NotFoundError, UnavailableError
from registry.usecases import consents
from registry.web.api.routing import Blueprint
from registry.web.bodies import answer, read_json, received
from registry.web.context import ports
from registry.web.portal import assets
from registry.web.problems import MEDIA_TYPE, consentry, http
from registry.web.schemas.consents import AnsweredSchema, AnswerSchema

blueprint = Blueprint("person", __name__, url_prefix="/r", description="People who got a message: one click to stop.")
PAGE = {"type": "string"}
HTML = "text/html; charset=utf-8"
# Style and mark come from here; nothing runs.
SOURCES = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PAGES = {"stop": "person.html", "relay": "relay.html"}


@blueprint.route("/<id:token>", methods=["GET"])
@blueprint.response(200, PAGE, content_type="text/html")
def page(token: str) -> Response:
    """A plain page with one button each for refuse, withdraw, never again; for a relayed message, for each answer."""
    # An unknown token gets the same page as most: whether it is a good one shows only when a button is pressed.
    try:
        asks = consents.asked_by(ports(), token)
    except (UnavailableError, IntegrityError) as error:
        return _in_vain(error)
    return _page(PAGES[asks])


@blueprint.route("/<id:token>", methods=["POST"])
@blueprint.response(200, AnsweredSchema)
@blueprint.documented(requestBody={"required": True, "content": {
    "application/json": {"schema": AnswerSchema}, "application/x-www-form-urlencoded": {"schema": AnswerSchema}}})
def answer_link(token: str) -> Response:
    """Refuse, withdraw, object, or answer a relayed message; as a form the answer is a page, also where it fails,
    as JSON the receipt."""
    form = request.mimetype == "application/x-www-form-urlencoded"
    if not form and not request.is_json:
        raise UnsupportedMediaType
    sent = _form() if form else read_json(received(request))
    given = AnswerSchema().load(sent)
    try:
        done = consents.answer(ports(), token, given["answer"])
    except (NotFoundError, UnavailableError, IntegrityError) as error:
        if not form:
            raise
        return _in_vain(error)
    if not form:
        return answer(done)
    asked = "relay" if "answer" in done else "stop"
    return _page(PAGES[asked], done=done.get("answer", done["act"]), receipt=done["receipt"])


def cut_short(error: NotFound) -> Response:
    """A link that was not copied whole, in words for whoever opened it; any other unknown path is a problem."""
    reads = request.accept_mimetypes.best_match((MEDIA_TYPE, "text/html"), MEDIA_TYPE)
    if reads == MEDIA_TYPE or not request.path.startswith(f"{blueprint.url_prefix}/"):
        return http(error)
    return _in_vain(NotFoundError("this link is not whole"))


blueprint.record_once(lambda state: state.app.register_error_handler(404, cut_short))


def _form() -> dict[str, str]:
    """The members of a form. Raises MalformedError where one is given twice: which one was meant?"""
    twice = [name for name, values in request.form.lists() if len(values) > 1]
    if twice:
        raise MalformedError("/answer is given twice: give one answer", pointer="/answer")
    return request.form.to_dict()


def _in_vain(error: ConsentryError) -> Response:
    """The problem's status and headers, in words for somebody who pressed a button."""
    response = consentry(error)
    trouble = "gone" if isinstance(error, NotFoundError) else "later"
    shown = _page("person.html", trouble=trouble)
    response.set_data(shown.get_data())
    response.content_type = HTML
    response.headers["Content-Security-Policy"] = shown.headers["Content-Security-Policy"]
    return response


def _page(template: str, **values: object) -> Response:
    """A page with the portal's style sheet, both languages at once; whoever opens it is nobody we know."""
    text = render_template(template, asset=assets.link, **values)
    return Response(text, content_type=HTML, headers={"Content-Security-Policy": SOURCES})
