"""For officers: acts in two steps, and stopping things at once."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import approvals, governance, holds, providers
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas import officer as shapes
from registry.web.schemas import officer_reading as reading
from registry.web.schemas.common import (
    ActSchema,
    DraftQuerySchema,
    DraftSchema,
    EmptySchema,
    ListQuerySchema,
)
from registry.web.schemas.persons import LiftSchema

blueprint = Blueprint("officer", __name__, url_prefix="/v1", description="Officers: signed acts, in two steps.")


@blueprint.route("/approvals", methods=["GET"])
@scopes("approvals")
@blueprint.arguments(shapes.ApprovalQuerySchema, location="query")
@blueprint.response(200, shapes.ApprovalPage)
def list_approvals(query: dict[str, Any]) -> Response:
    """Requests for approval; open ones with facts and what to sign. Never a number."""
    return answer(approvals.listed(ports(), actor(), page(query)))


@blueprint.route("/approvals", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.ApprovalSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.ApprovalWrittenSchema)
def settle_approval(query: Body, body: Body) -> Response:
    """Approve or refuse."""
    return act(query, body, lambda: approvals.draft(ports(), actor(), body),
               lambda key: approvals.settle(ports(), actor(), body, key))


@blueprint.route("/approvals/<id:approval>", methods=["GET"])
@scopes("approvals")
@blueprint.response(200, reading.ApprovalCaseSchema)
def approval(approval: str) -> Response:
    """One request with every fact, attempt and word that would be said. Never a number; the look is an entry."""
    return answer(approvals.opened(ports(), actor(), approval))


@blueprint.route("/providers", methods=["GET"])
@scopes("providers", "feeds")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.ProviderPage)
def list_providers(query: dict[str, Any]) -> Response:
    """Providers."""
    return answer(providers.listed(ports(), page(query)))


@blueprint.route("/providers", methods=["POST"])
@scopes("providers")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.ProviderSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.ProviderWrittenSchema)
def register_provider(query: Body, body: Body) -> Response:
    """Register a provider account. Its secret goes to the courier; the entry pins it."""
    return act(query, body, lambda: providers.draft(ports(), actor(), body),
               lambda key: providers.register(ports(), actor(), body, key))


@blueprint.route("/providers/<word:name>", methods=["GET"])
@scopes("providers", "feeds")
@blueprint.response(200, shapes.ProviderStatusSchema)
def provider(name: str) -> Response:
    """What became of a provider's reports: gaps in its sequence, what waits, what was refused and why."""
    return answer(providers.status(ports(), name))


@blueprint.route("/providers/<word:name>/gaps", methods=["POST"])
@scopes("providers")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.GapSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.GapWrittenSchema)
def accept_gap(query: Body, body: Body, name: str) -> Response:
    """Accept that some reports of a provider will never come."""
    return act(query, body, lambda: providers.gap_draft(ports(), actor(), name, body),
               lambda key: providers.accept_gap(ports(), actor(), name, body, key))


@blueprint.route("/agencies", methods=["GET"])
@scopes("agencies")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.AgencyPage)
def list_agencies(query: dict[str, Any]) -> Response:
    """Approvals of agencies."""
    return answer(governance.agencies(ports(), page(query)))


@blueprint.route("/agencies", methods=["POST"])
@scopes("agencies")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.AgencySchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.AgencyWrittenSchema)
def approve_agency(query: Body, body: Body) -> Response:
    """Approve an agency for a lender until a day."""
    return act(query, body, lambda: governance.agency_draft(ports(), actor(), body),
               lambda key: governance.approve_agency(ports(), actor(), body, key))


@blueprint.route("/packs", methods=["GET"])
@scopes("packs")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.PackPage)
def list_packs(query: dict[str, Any]) -> Response:
    """Activations of packs."""
    return answer(governance.packs(ports(), page(query)))


@blueprint.route("/packs", methods=["POST"])
@scopes("packs")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.PackSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.PackWrittenSchema)
def activate_pack(query: Body, body: Body) -> Response:
    """Activate a pack: after 24 hours, or at once where two officers sign."""
    return act(query, body, lambda: governance.pack_draft(ports(), actor(), body),
               lambda key: governance.activate_pack(ports(), actor(), body, key))


@blueprint.route("/packs/in-force", methods=["GET"])
@scopes("packs")
@blueprint.arguments(reading.PackWordsQuerySchema, location="query")
@blueprint.response(200, reading.PacksInWordsSchema)
def list_packs_in_force(query: dict[str, Any]) -> Response:
    """The packs in force, every parameter in plain words with its sources."""
    return answer(governance.in_words(ports(), query["language"]))


@blueprint.route("/holds/<id:hold>/lift", methods=["POST"])
@scopes("holds:lift")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(LiftSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.HoldLiftedSchema)
def lift_hold(query: Body, body: Body, hold: str) -> Response:
    """Lift a hold, with a reason that its borrower is shown."""
    return act(query, body, lambda: holds.lift_draft(ports(), actor(), hold, body),
               lambda key: holds.lift(ports(), actor(), hold, body, key))


@blueprint.route("/parties", methods=["GET"])
@scopes("agencies")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.PartyPage)
def list_parties(query: dict[str, Any]) -> Response:
    """Lenders, agencies, officers, auditors."""
    return answer(governance.parties(ports(), page(query)))


@blueprint.route("/parties/<id:party>/suspension", methods=["POST"])
@scopes("agencies")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.PartyWrittenSchema)
def suspend_party(body: Body, party: str) -> Response:
    """Suspend a party at once. Anyone may tighten: no signature is needed."""
    return created(governance.suspend(ports(), actor(), party, idem(body)))


@blueprint.route("/releases/stop", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.ReleasesSchema)
def stop_releases(body: Body) -> Response:
    """Stop every release at once."""
    return created(governance.stop(ports(), actor(), idem(body)))


@blueprint.route("/releases/resume", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(ActSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.ReleasesSchema)
def resume_releases(query: Body, body: Body) -> Response:
    """Let releases go on."""
    return act(query, body, lambda: governance.resume_draft(ports(), actor(), body),
               lambda key: governance.resume(ports(), actor(), body, key))
