"""For borrowers: to be reached, to complain, to see who came in, to take everything along, to be forgotten."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases.me import access, complaints, leaving, reaching
from registry.usecases.ports import Body
from registry.web.api.me import BORROWER, whole
from registry.web.api.routing import Blueprint, created, page
from registry.web.bodies import answer
from registry.web.context import idem, ports
from registry.web.portal.sessions import current, person
from registry.web.schemas import me as shapes
from registry.web.schemas import me_writes as writes
from registry.web.schemas.common import EmptySchema

blueprint = Blueprint("my-rights", __name__, url_prefix="/v1/me",
                      description="Borrowers: how to reach me, complaints, sign-ins, passkeys, all my data.")


@blueprint.route("/channels", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyChannelPage)
def list_my_channels() -> Response:
    """My own personal channels; masked addresses to a strong session alone."""
    return whole(reaching.channels(ports(), current()))


@blueprint.route("/channels/<id:channel>/dispute", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(EmptySchema)
@blueprint.response(201, writes.MyChannelWrittenSchema)
def dispute_my_channel(body: Body, channel: str) -> Response:
    """Say that a channel is not mine: nobody dials it any more."""
    return created(reaching.dispute_channel(ports(), current(), channel, idem(body)))


@blueprint.route("/reachable", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.ReachableSchema)
@blueprint.response(201, writes.ReachableWrittenSchema)
def be_reachable(body: Body) -> Response:
    """Reach me like this: it becomes what collectors are told to do next, for seven days."""
    return created(reaching.reachable(ports(), current(), body, idem(body)))


@blueprint.route("/hardship", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.WhoseSchema)
@blueprint.response(201, writes.MyHoldsSchema)
def report_hardship(body: Body) -> Response:
    """I cannot pay: everything is paused until an officer has looked at it."""
    return created(reaching.cannot_pay(ports(), current(), body, idem(body)))


@blueprint.route("/complaints", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.MyComplaintSchema)
@blueprint.response(201, writes.MyComplaintWrittenSchema)
def file_my_complaint(body: Body) -> Response:
    """Complain. While it is open, what it is about is paused."""
    return created(complaints.file(ports(), current(), body, idem(body)))


@blueprint.route("/complaints", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyComplaintPage)
def list_my_complaints() -> Response:
    """My complaints, with the day until which each is to be answered."""
    return whole(complaints.listed(ports(), current()))


@blueprint.route("/complaints/<id:complaint>", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyComplaintViewSchema)
def get_my_complaint(complaint: str) -> Response:
    """One of my complaints."""
    return answer(complaints.shown(ports(), current(), complaint))


@blueprint.route("/sign-ins", methods=["GET"])
@person(BORROWER, strong=True)
@blueprint.arguments(shapes.MySignInQuerySchema, location="query")
@blueprint.response(200, shapes.MySignInPage)
def list_my_sign_ins(query: dict[str, Any]) -> Response:
    """Who signed in as me: when, and by what."""
    return answer(access.sign_ins(ports(), current(), page(query)))


@blueprint.route("/passkeys", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyPasskeyPage)
def list_my_passkeys() -> Response:
    """My passkeys in force."""
    return whole(access.passkeys(ports(), current()))


@blueprint.route("/passkeys/options", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(EmptySchema)
@blueprint.response(201, writes.PasskeyOfferSchema)
def offer_my_passkey(body: Body) -> Response:
    """A challenge for a new passkey, good once and for five minutes."""
    return created(access.offer(ports()))


@blueprint.route("/passkeys", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.NewPasskeySchema)
@blueprint.response(201, writes.MyPasskeyWrittenSchema)
def add_my_passkey(body: Body) -> Response:
    """Add a passkey: in a session opened by a code or a passkey, not by a lender's link."""
    return created(access.add(ports(), current(), body))


@blueprint.route("/passkeys/<id:passkey>", methods=["DELETE"])
@person(BORROWER)
@blueprint.arguments(EmptySchema, required=False)
@blueprint.response(200, writes.MyPasskeyWrittenSchema)
def remove_my_passkey(body: Body, passkey: str) -> Response:
    """Remove a passkey, at once."""
    return answer(access.remove(ports(), current(), passkey, idem(body)))


@blueprint.route("/export", methods=["GET"])
@person(BORROWER, strong=True)
@blueprint.response(200, shapes.MyExportSchema)
def export_my_data() -> Response:
    """Everything that is known of me and that I may be told, in one object."""
    return answer(leaving.export(ports(), current()))


@blueprint.route("/erasure", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.MyErasureSchema)
@blueprint.response(201, writes.MyErasuresSchema)
def erase_my_data(body: Body) -> Response:
    """Have everything erased: closed at once, destroyed after 72 hours."""
    return created(leaving.erase(ports(), current(), body, idem(body)))
