"""Accounts: lenders open, change and place them; collectors see those placed with them."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import accounts, collecting
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas.collector import PlacedAccountPage, PlacedAccountSchema
from registry.web.schemas.common import EmptySchema, ListQuerySchema, RefQuerySchema
from registry.web.schemas.lender import (
    AccountChangeSchema,
    AccountSchema,
    AccountWrittenSchema,
    FeedSchema,
    FeedWrittenSchema,
    PlacementEndedSchema,
    PlacementPage,
    PlacementSchema,
    PlacementWrittenSchema,
)

blueprint = Blueprint("accounts", __name__, url_prefix="/v1", description="Accounts, placements, feeds.")


@blueprint.route("/accounts", methods=["POST"])
@scopes("accounts")
@blueprint.arguments(AccountSchema)
@blueprint.response(201, AccountWrittenSchema)
def open_account(body: Body) -> Response:
    """Register an account under a ref of your own."""
    return created(accounts.open_account(ports(), actor(), body, idem(body)))


@blueprint.route("/accounts", methods=["GET"])
@scopes("accounts", "accounts:read")
@blueprint.arguments(RefQuerySchema, location="query")
@blueprint.response(200, PlacedAccountPage)
def list_accounts(query: dict[str, Any]) -> Response:
    """A lender's own accounts; for a collector those placed with it."""
    listed = accounts.listed if actor().role == "lender" else collecting.accounts
    return answer(listed(ports(), actor(), page(query)))


@blueprint.route("/accounts/<id:account>", methods=["GET"])
@scopes("accounts", "accounts:read")
@blueprint.response(200, PlacedAccountSchema)
def account(account: str) -> Response:
    """For its lender the terms; for the agency it is placed with, whether and how it may be worked."""
    shown = accounts.shown if actor().role == "lender" else collecting.account
    return answer(shown(ports(), actor(), account))


@blueprint.route("/accounts/<id:account>", methods=["PATCH"])
@scopes("accounts")
@blueprint.arguments(AccountChangeSchema)
@blueprint.response(200, AccountWrittenSchema)
def change(body: Body, account: str) -> Response:
    """Change what is owed, and as of when."""
    return answer(accounts.change(ports(), actor(), account, body, idem(body)))


@blueprint.route("/accounts/<id:account>/placements", methods=["POST"])
@scopes("placements")
@blueprint.arguments(PlacementSchema)
@blueprint.response(201, PlacementWrittenSchema)
def place(body: Body, account: str) -> Response:
    """Place the account with an agency."""
    return created(accounts.place(ports(), actor(), account, body, idem(body)))


@blueprint.route("/accounts/<id:account>/placements", methods=["GET"])
@scopes("placements")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, PlacementPage)
def list_placements(query: dict[str, Any], account: str) -> Response:
    """Whom the account was placed with."""
    return answer(accounts.placements(ports(), actor(), account, page(query)))


@blueprint.route("/accounts/<id:account>/placements/<id:placement>", methods=["DELETE"])
@scopes("placements")
@blueprint.arguments(EmptySchema, required=False)
@blueprint.response(200, PlacementEndedSchema)
def recall(body: Body, account: str, placement: str) -> Response:
    """Recall the account from the agency, at once."""
    return answer(accounts.recall(ports(), actor(), account, placement, idem(body)))


@blueprint.route("/feeds/<any(payments,logins,inbound):feed>", methods=["PUT"])
@scopes("feeds")
@blueprint.arguments(FeedSchema)
@blueprint.response(200, FeedWrittenSchema)
def report_feed(body: Body, feed: str) -> Response:
    """Say up to when all payments, logins or inbound contacts were reported."""
    return answer(accounts.report_feed(ports(), actor(), feed, body, idem(body)))
