"""For lenders: borrowers, channels, contacts, signs of life, holds."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import borrowers, contacts, holds
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas import lender as shapes
from registry.web.schemas.common import EmptySchema, ListQuerySchema, RefQuerySchema

blueprint = Blueprint("lender", __name__, url_prefix="/v1", description="Lenders: people, and what is known of them.")


@blueprint.route("/borrowers", methods=["POST"])
@scopes("borrowers")
@blueprint.arguments(shapes.BorrowerSchema)
@blueprint.response(201, shapes.BorrowerWrittenSchema)
def register_borrower(body: Body) -> Response:
    """Register a borrower with channels under a ref of your own."""
    return created(borrowers.register(ports(), actor(), body, idem(body)))


@blueprint.route("/borrowers", methods=["GET"])
@scopes("borrowers")
@blueprint.arguments(RefQuerySchema, location="query")
@blueprint.response(200, shapes.BorrowerPage)
def list_borrowers(query: dict[str, Any]) -> Response:
    """Your borrowers, oldest first."""
    return answer(borrowers.listed(ports(), actor(), page(query)))


@blueprint.route("/borrowers/<id:borrower>", methods=["GET"])
@scopes("borrowers")
@blueprint.response(200, shapes.BorrowerViewSchema)
def borrower(borrower: str) -> Response:
    """One borrower; neither name nor address can be read back."""
    return answer(borrowers.shown(ports(), actor(), borrower))


@blueprint.route("/borrowers/<id:borrower>/channels", methods=["POST"])
@scopes("borrowers")
@blueprint.arguments(shapes.ChannelSchema)
@blueprint.response(201, shapes.ChannelWrittenSchema)
def add_channel(body: Body, borrower: str) -> Response:
    """Add a channel."""
    return created(borrowers.add_channel(ports(), actor(), borrower, body, idem(body)))


@blueprint.route("/borrowers/<id:borrower>/channels", methods=["GET"])
@scopes("borrowers")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.ChannelPage)
def list_channels(query: dict[str, Any], borrower: str) -> Response:
    """A borrower's channels, without their addresses."""
    return answer(borrowers.channels(ports(), actor(), borrower, page(query)))


@blueprint.route("/borrowers/<id:borrower>/channels/<id:channel>", methods=["DELETE"])
@scopes("borrowers")
@blueprint.arguments(EmptySchema, required=False)
@blueprint.response(200, shapes.ChannelEndedSchema)
def remove_channel(body: Body, borrower: str, channel: str) -> Response:
    """Remove a channel; for the look-back it must still be tried."""
    return answer(borrowers.remove_channel(ports(), actor(), borrower, channel, idem(body)))


@blueprint.route("/borrowers/<id:borrower>/channels/<id:channel>/dispute", methods=["POST"])
@scopes("borrowers")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.ChannelEndedSchema)
def dispute_channel(body: Body, borrower: str, channel: str) -> Response:
    """Say that a stranger answers there: nobody dials it any more."""
    return created(borrowers.dispute_channel(ports(), actor(), borrower, channel, idem(body)))


@blueprint.route("/borrowers/<id:borrower>/contacts", methods=["POST"])
@scopes("contacts")
@blueprint.arguments(shapes.ContactSchema)
@blueprint.response(201, shapes.ContactWrittenSchema)
def register_contact(body: Body, borrower: str) -> Response:
    """Register a contact; the courier tells that line. The answer is the same whoever's number it is."""
    return created(contacts.register(ports(), actor(), borrower, body, idem(body)))


@blueprint.route("/borrowers/<id:borrower>/contacts", methods=["GET"])
@scopes("contacts")
@blueprint.arguments(RefQuerySchema, location="query")
@blueprint.response(200, shapes.ContactPage)
def list_contacts(query: dict[str, Any], borrower: str) -> Response:
    """A borrower's contacts: usable, pending or not-usable, and never why."""
    return answer(contacts.listed(ports(), actor(), borrower, page(query)))


@blueprint.route("/contacts/<id:contact>", methods=["GET"])
@scopes("contacts")
@blueprint.response(200, shapes.ContactViewSchema)
def contact(contact: str) -> Response:
    """One contact."""
    return answer(contacts.shown(ports(), actor(), contact))


@blueprint.route("/borrowers/<id:borrower>/signs-of-life", methods=["POST"])
@scopes("signs")
@blueprint.arguments(shapes.SignOfLifeSchema)
@blueprint.response(201, shapes.SubjectWrittenSchema)
def report_sign_of_life(body: Body, borrower: str) -> Response:
    """Report a sign of life: a payment, a login, a call, anything. It always wins."""
    return created(borrowers.report_sign_of_life(ports(), actor(), borrower, body, idem(body)))


@blueprint.route("/borrowers/<id:borrower>/holds", methods=["POST"])
@scopes("holds")
@blueprint.arguments(shapes.HoldSchema)
@blueprint.response(201, shapes.HoldWrittenSchema)
def place_hold(body: Body, borrower: str) -> Response:
    """Place a hold, at once; only an officer's signature lifts it."""
    return created(holds.place(ports(), actor(), borrower, body, idem(body)))


@blueprint.route("/borrowers/<id:borrower>/holds", methods=["GET"])
@scopes("holds")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.HoldPage)
def list_holds(query: dict[str, Any], borrower: str) -> Response:
    """A borrower's holds, lifted ones too."""
    return answer(holds.listed(ports(), actor(), borrower, page(query)))


@blueprint.route("/borrowers/<id:borrower>/erasure", methods=["POST"])
@scopes("borrowers")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.SubjectWrittenSchema)
def erase_borrower(body: Body, borrower: str) -> Response:
    """Pass on a borrower's wish to be erased: closed at once, destroyed later."""
    return created(borrowers.request_erasure(ports(), actor(), "borrower", borrower, idem(body)))


@blueprint.route("/contacts/<id:contact>/erasure", methods=["POST"])
@scopes("contacts")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.SubjectWrittenSchema)
def erase_contact(body: Body, contact: str) -> Response:
    """Pass on a contact's wish to be erased: closed at once, destroyed later."""
    return created(borrowers.request_erasure(ports(), actor(), "contact", contact, idem(body)))
