"""Signing in as JSON, for a lender's app: what the pages do, with a session that goes into `Authorization`."""

from __future__ import annotations

from flask import Response

from registry.usecases import sign_in
from registry.usecases.ports import Body
from registry.usecases.sign_in import PEOPLE, STAFF, Session
from registry.web.api.routing import Blueprint, created
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.portal import limits
from registry.web.portal.pacing import steady
from registry.web.portal.sessions import current, person, relying
from registry.web.schemas import sign_in as shapes
from registry.web.schemas.common import EmptySchema

blueprint = Blueprint("sign-in", __name__, url_prefix="/v1",
                      description="People: sign in with a code, a link from the lender, or a passkey.")
ANYBODY = (*PEOPLE, *STAFF)


@blueprint.route("/sign-in", methods=["POST"])
@blueprint.arguments(shapes.AskCodeSchema)
@blueprint.response(202, shapes.AskedSchema)
def ask_code(body: Body) -> Response:
    """Have a code sent to a telephone or mailbox. The answer is the same whether anybody is known there."""
    limits.count("ask-code", limits.ASKING)
    with steady():
        asked = sign_in.ask_code(ports(), body["role"], body["address"], body.get("medium"))
    return answer(asked, 202)


@blueprint.route("/sign-in/<id:request>/code", methods=["POST"])
@blueprint.arguments(shapes.SignInCodeSchema)
@blueprint.response(201, shapes.OpenedSchema)
def enter_code(body: Body, request: str) -> Response:
    """Open a session with the six digits of the message. Wrong, unknown, used and expired are answered alike."""
    limits.count("enter-code", limits.ENTERING)
    return _opened(sign_in.enter_code(ports(), request, body["code"]))


@blueprint.route("/sign-in/link", methods=["POST"])
@blueprint.arguments(shapes.SignInLinkSchema)
@blueprint.response(201, shapes.OpenedSchema)
def open_link(body: Body) -> Response:
    """Open a session with the end of a one-time link."""
    limits.count("enter-code", limits.ENTERING)
    return _opened(sign_in.open_link(ports(), body["token"]))


@blueprint.route("/sign-in/passkey/options", methods=["POST"])
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.ChallengeSchema)
def ask_challenge(body: Body) -> Response:
    """What a passkey is to sign."""
    limits.count("challenge", limits.CHALLENGES)
    return created({"challenge": sign_in.challenge(ports()), "rp_id": relying()})


@blueprint.route("/sign-in/passkey", methods=["POST"])
@blueprint.arguments(shapes.PasskeySignInSchema)
@blueprint.response(201, shapes.OpenedSchema)
def open_passkey(body: Body) -> Response:
    """Open a session with a passkey's answer."""
    limits.count("enter-code", limits.ENTERING)
    return _opened(sign_in.open_passkey(ports(), body["assertion"]))


@blueprint.route("/session", methods=["GET"])
@person(*ANYBODY)
@blueprint.response(200, shapes.SessionSchema)
def session() -> Response:
    """Who this session is, and until when."""
    return answer(sign_in.shown(current()))


@blueprint.route("/session", methods=["DELETE"])
@person(*ANYBODY)
@blueprint.arguments(EmptySchema, required=False)
@blueprint.response(200, shapes.ClosedSchema)
def close_session(body: Body) -> Response:
    """Sign out."""
    sign_in.close(ports(), current().token)
    return answer({})


@blueprint.route("/borrowers/<id:borrower>/portal-links", methods=["POST"])
@scopes("borrowers")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.PortalLinkSchema)
def make_portal_link(body: Body, borrower: str) -> Response:
    """A link that lets your borrower into the portal, once, within 24 hours. Send it where only they read it."""
    return created(sign_in.make_link(ports(), actor(), borrower))


def _opened(opened: Session) -> Response:
    return created({"session": opened.token, **sign_in.shown(opened)})
