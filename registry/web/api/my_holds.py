"""For borrowers: holds of mine and why they were lifted, and what my institution changed about me."""

from __future__ import annotations

from flask import Response

from registry.usecases.me import holding
from registry.usecases.ports import Body
from registry.web.api.me import BORROWER, whole
from registry.web.api.routing import Blueprint, created
from registry.web.context import idem, ports
from registry.web.portal.sessions import current, person
from registry.web.schemas import persons as shapes

blueprint = Blueprint("my-holds", __name__, url_prefix="/v1/me",
                      description="Borrowers: holds, and what my institution changed about me.")


@blueprint.route("/holds", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.OwnHoldPage)
def list_my_holds() -> Response:
    """What stops everything, or stopped it once; why it was lifted, to a strong session."""
    return whole(holding.listed(ports(), current()))


@blueprint.route("/holds", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(shapes.OwnHoldSchema)
@blueprint.response(201, shapes.OwnHeldSchema)
def place_my_hold(body: Body) -> Response:
    """I dispute the debt, have a lawyer, am insolvent: everything stops until an officer has looked at it."""
    return created(holding.place(ports(), current(), body, idem(body)))


@blueprint.route("/changes", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyChangePage)
def list_my_changes() -> Response:
    """Accounts assigned, limitations moved, liability, and where I am said to live, newest first."""
    return whole(holding.changes(ports(), current()))
