"""Whose debt it is and who people are: assignment, liability, a move, holds by agencies, reports of contacts."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import persons
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas import persons as shapes
from registry.web.schemas.common import DraftQuerySchema, DraftSchema

blueprint = Blueprint("persons", __name__, url_prefix="/v1",
                      description="Assignment, liability, moves, holds by agencies, reports of contacts.")


@blueprint.route("/accounts/<id:account>/assignment", methods=["POST"])
@scopes("accounts")
@blueprint.arguments(shapes.AssignmentSchema)
@blueprint.response(201, shapes.AssignedSchema)
def assign_account(body: Body, account: str) -> Response:
    """Assign the account to another creditor: placements end, consents for it are void, no contact goes along, and
    people are told. It cannot be undone: the new creditor registers an account of its own."""
    return created(persons.assign(ports(), actor(), account, body, idem(body)))


@blueprint.route("/accounts/<id:account>/liability", methods=["POST"])
@scopes("accounts")
@blueprint.arguments(shapes.LiabilitySchema)
@blueprint.response(201, shapes.LiableSchema)
def change_liability(body: Body, account: str) -> Response:
    """Say what the borrower of this account is liable for, and of which loan."""
    return created(persons.liable(ports(), actor(), account, body, idem(body)))


@blueprint.route("/accounts/<id:account>/holds", methods=["POST"])
@scopes("outcomes")
@blueprint.arguments(shapes.AgencyHoldSchema)
@blueprint.response(201, shapes.AgencyHeldSchema)
def hold_account(body: Body, account: str) -> Response:
    """Place a hold on an account placed with you, at once; only an officer lifts it."""
    return created(persons.hold(ports(), actor(), account, body, idem(body)))


@blueprint.route("/borrowers/<id:borrower>", methods=["PATCH"])
@scopes("borrowers")
@blueprint.arguments(shapes.MoveSchema)
@blueprint.response(200, shapes.MovedSchema)
def change_borrower(body: Body, borrower: str) -> Response:
    """Say where a borrower lives now, or what he speaks. For the look-back the law he left holds as well."""
    return answer(persons.move(ports(), actor(), borrower, body, idem(body)))


@blueprint.route("/contacts/<id:contact>/reports", methods=["POST"])
@scopes("contacts")
@blueprint.arguments(shapes.ReportSchema)
@blueprint.response(201, shapes.ReportedSchema)
def report_contact(body: Body, contact: str) -> Response:
    """Say that a contact is a minor or the wrong person, has died or cannot decide any more: nobody asks again."""
    return created(persons.report(ports(), actor(), contact, body, idem(body)))


@blueprint.route("/contact-reports", methods=["GET"])
@scopes("holds:lift")
@blueprint.arguments(shapes.ReportQuerySchema, location="query")
@blueprint.response(200, shapes.ReportPage)
def list_contact_reports(query: dict[str, Any]) -> Response:
    """Reports of contacts, of every borrower."""
    return answer(persons.reports(ports(), page(query)))


@blueprint.route("/contact-reports/<id:report>/lift", methods=["POST"])
@scopes("holds:lift")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.LiftSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.ReportLiftedSchema)
def lift_contact_report(query: Body, body: Body, report: str) -> Response:
    """Lift a report, with a reason; never one that the contact made in person."""
    return act(query, body, lambda: persons.lift_report_draft(ports(), actor(), report, body),
               lambda key: persons.lift_report(ports(), actor(), report, body, key))
