"""Consents: recorded by lenders, given by contacts with a code, withdrawn by anybody who may."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import consents
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, needed_idem, ports
from registry.web.schemas import consents as shapes
from registry.web.schemas.common import EmptySchema

blueprint = Blueprint("consents", __name__, url_prefix="/v1", description="Consents: given, read, withdrawn.")
code_blueprint = Blueprint("consent-code", __name__, url_prefix="/v1",
                           description="The one act of a consent that needs no token: the code that came by message.")


@blueprint.route("/consents", methods=["POST"])
@scopes("consents")
@blueprint.arguments(shapes.ConsentSchema)
@blueprint.response(201, shapes.ConsentWrittenSchema)
def give(body: Body) -> Response:
    """Record a borrower's consent, or ask a contact for one: a code goes to that very line."""
    return created(consents.give(ports(), actor(), body, needed_idem(body)))


@blueprint.route("/consents", methods=["GET"])
@scopes("consents")
@blueprint.arguments(shapes.ConsentQuerySchema, location="query")
@blueprint.response(200, shapes.ConsentPage)
def list_consents(query: dict[str, Any]) -> Response:
    """Consents given to you or asked for by you."""
    return answer(consents.listed(ports(), actor(), page(query)))


@blueprint.route("/consents/<id:consent>", methods=["GET"])
@scopes("consents")
@blueprint.response(200, shapes.ConsentViewSchema)
def consent(consent: str) -> Response:
    """One consent."""
    return answer(consents.shown(ports(), actor(), consent))


@blueprint.route("/consents/<id:consent>/withdrawal", methods=["POST"])
@scopes("consents", "outcomes")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.WithdrawnSchema)
def withdraw(body: Body, consent: str) -> Response:
    """Pass on a withdrawal: by the lender, or by an agency that the account is placed with."""
    return created(consents.withdraw(ports(), actor(), consent, idem(body)))


@blueprint.route("/consents/<id:consent>/renewal", methods=["POST"])
@scopes("consents")
@blueprint.arguments(shapes.RenewalSchema)
@blueprint.response(201, shapes.RenewalWrittenSchema)
def renew(body: Body, consent: str) -> Response:
    """Ask the person to agree again to what ends or is used up: the same or narrower. Nobody who said no is asked."""
    return created(consents.renew(ports(), actor(), consent, body, idem(body)))


@code_blueprint.route("/consents/<id:consent>/code", methods=["POST"])
@code_blueprint.arguments(shapes.CodeSchema)
@code_blueprint.response(201, shapes.ConsentWrittenSchema)
def enter_code(body: Body, consent: str) -> Response:
    """Give consent with the six digits from the message. Wrong, unknown and expired are answered alike."""
    return created(consents.enter_code(ports(), consent, body["code"]))
