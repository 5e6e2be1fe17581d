"""Complaints: taken down by lender or officer, read, settled and paid by officers."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import complaints
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas import officer_complaints as shapes
from registry.web.schemas.common import DraftQuerySchema, DraftSchema

blueprint = Blueprint("complaints", __name__, url_prefix="/v1/complaints", description="Complaints, and their end.")


@blueprint.route("", methods=["GET"])
@scopes("approvals")
@blueprint.arguments(shapes.ComplaintQuerySchema, location="query")
@blueprint.response(200, shapes.ComplaintPage)
def list_complaints(query: dict[str, Any]) -> Response:
    """Complaints with until when each is to be answered. Never their words."""
    return answer(complaints.listed(ports(), page(query)))


@blueprint.route("", methods=["POST"])
@scopes("holds", "approvals")
@blueprint.arguments(shapes.NewComplaintSchema)
@blueprint.response(201, shapes.FiledComplaintSchema)
def file_complaint(body: Body) -> Response:
    """Take a complaint down for a borrower or a contact. It holds the contact it is about until it is settled."""
    return created(complaints.file(ports(), actor(), body, idem(body)))


@blueprint.route("/<id:complaint>", methods=["GET"])
@scopes("approvals")
@blueprint.response(200, shapes.OpenedComplaintSchema)
def open_complaint(complaint: str) -> Response:
    """One complaint with its words. That somebody read them is an entry, made first."""
    return answer(complaints.opened(ports(), actor(), complaint))


@blueprint.route("/<id:complaint>/settlement", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.SettlementSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.SettledComplaintSchema)
def settle_complaint(query: Body, body: Body, complaint: str) -> Response:
    """Settle a complaint: what it held is held no more."""
    return act(query, body, lambda: complaints.settle_draft(ports(), actor(), complaint, body),
               lambda key: complaints.settle(ports(), actor(), complaint, body, key))


@blueprint.route("/<id:complaint>/payment", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.PaymentSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.PaidComplaintSchema)
def pay_complaint(query: Body, body: Body, complaint: str) -> Response:
    """Say on which day a compensation was paid."""
    return act(query, body, lambda: complaints.payment_draft(ports(), actor(), complaint, body),
               lambda key: complaints.pay(ports(), actor(), complaint, body, key))
