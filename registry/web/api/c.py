"""For contacts: everything the pages under `/c` do. The session says whose number it is."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import sign_in
from registry.usecases.c import complaints, consents, leaving, listed, uses
from registry.usecases.ports import Body, Record
from registry.web.api.routing import Blueprint, created, page
from registry.web.bodies import answer
from registry.web.context import idem, ports
from registry.web.portal import limits
from registry.web.portal.sessions import current, person
from registry.web.schemas import c as shapes
from registry.web.schemas import persons
from registry.web.schemas.common import EmptySchema, ListQuerySchema
from registry.web.schemas.me import MyReceiptSchema

blueprint = Blueprint("c", __name__, url_prefix="/v1/c",
                      description="Contacts: who listed my number, what I agreed to, when it was used.")
# One more way to sign in, and like the others for whoever has no session yet.
invitation_blueprint = Blueprint("invitation", __name__, url_prefix="/v1/sign-in/invitation",
                                 description="People: sign in with a forwarded invitation and its code.")
CONTACT = "contact"


@invitation_blueprint.route("", methods=["POST"])
@invitation_blueprint.arguments(shapes.InvitedSchema)
@invitation_blueprint.response(201, shapes.InvitedSessionSchema)
def open_invitation(body: Body) -> Response:
    """A session by the forwarded link and the code that came to the contact's own telephone."""
    limits.count("enter-code", limits.ENTERING)
    opened = consents.by_invitation(ports(), body["token"], body["code"])
    return created({"session": opened.token, "consent": opened.consent, **sign_in.shown(opened)})


@blueprint.route("", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, shapes.COverviewSchema)
def get_my_listings() -> Response:
    """Who listed my number."""
    return answer(listed.overview(ports(), current()))


@blueprint.route("/consents", methods=["GET"])
@person(CONTACT)
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.AskedConsentPage)
def list_what_i_was_asked(query: dict[str, Any]) -> Response:
    """Everything that I was asked to agree to, oldest first."""
    return answer(consents.listed_of(ports(), current(), _listings(), page(query)))


@blueprint.route("/consents/<id:consent>", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, shapes.AskedConsentSchema)
def get_what_i_was_asked(consent: str) -> Response:
    """One of them, with the text to read before agreeing."""
    return answer(consents.one_of(ports(), current(), _listings(), consent))


@blueprint.route("/consents/<id:consent>/agreement", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(shapes.AgreementSchema)
@blueprint.response(201, shapes.AgreedSchema)
def agree_to_be_asked(body: Body, consent: str) -> Response:
    """Agree."""
    limits.count("enter-code", limits.ENTERING)
    return created(consents.agree(ports(), current(), consent, body, idem(body)))


@blueprint.route("/consents/<id:consent>/withdrawal", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.EndedSchema)
def end_my_agreement(body: Body, consent: str) -> Response:
    """Refuse what I am asked, or withdraw what I agreed to: at once and without a reason."""
    return created(consents.end(ports(), current(), consent, idem(body)))


@blueprint.route("/consents/<id:consent>/receipt", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, MyReceiptSchema)
def get_my_agreement_receipt(consent: str) -> Response:
    """The receipt of the last act on it."""
    return answer(consents.receipt(ports(), current(), consent))


@blueprint.route("/uses", methods=["GET"])
@person(CONTACT)
@blueprint.arguments(shapes.UseQuerySchema, location="query")
@blueprint.response(200, shapes.UsePage)
def list_uses_of_my_number(query: dict[str, Any]) -> Response:
    """Every use of my number, newest first."""
    return answer(uses.of_all(ports(), current(), _listings(), page(query)))


@blueprint.route("/uses/<id:use>", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, shapes.UseSchema)
def get_use_of_my_number(use: str) -> Response:
    """One use."""
    return answer(uses.one_of(ports(), current(), _listings(), use))


@blueprint.route("/uses/<id:use>/answer", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(shapes.AnswerToUseSchema)
@blueprint.response(201, shapes.UseAnsweredSchema)
def answer_use_of_my_number(body: Body, use: str) -> Response:
    """Answer instead of being called. `never` is an objection besides."""
    return created(uses.answer(ports(), current(), use, body, idem(body)))


@blueprint.route("/objections", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, shapes.ObjectionPage)
def list_my_objections() -> Response:
    """What I objected to, with the receipts."""
    return _whole([
        {"contact": one.contact, "receipt": one.receipt, "log_index": one.log_index}
        for one in _listings().values() if one.receipt is not None])


@blueprint.route("/objections", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.ObjectionsSchema)
def object_for_ever(body: Body) -> Response:
    """Never again: for ever, for everybody who listed this number and every institution."""
    return created(leaving.object_(ports(), current(), idem(body)))


@blueprint.route("/complaints", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(shapes.CComplaintSchema)
@blueprint.response(201, shapes.CComplaintWrittenSchema)
def complain_as_contact(body: Body) -> Response:
    """Complain. While it is open nobody may use this number."""
    return created(complaints.file(ports(), current(), _listings(), body, idem(body)))


@blueprint.route("/complaints", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, shapes.CComplaintPage)
def list_complaints_as_contact() -> Response:
    """My complaints, what was decided, and until when each is to be answered."""
    return _whole(complaints.of_all(ports(), current(), _listings()))


@blueprint.route("/complaints/<id:complaint>", methods=["GET"])
@person(CONTACT)
@blueprint.response(200, shapes.CComplaintViewSchema)
def get_complaint_as_contact(complaint: str) -> Response:
    """One of my complaints."""
    return answer(complaints.one_of(ports(), current(), _listings(), complaint))


@blueprint.route("/reports", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(persons.CReportSchema)
@blueprint.response(201, persons.CReportedSchema)
def report_as_contact(body: Body) -> Response:
    """I am a minor; that is not me; or the person who listed me has died or cannot decide any more."""
    return created(leaving.report(ports(), current(), body, idem(body)))


@blueprint.route("/erasure", methods=["POST"])
@person(CONTACT)
@blueprint.arguments(shapes.CErasureSchema)
@blueprint.response(201, shapes.CErasuresSchema)
def erase_me_as_contact(body: Body) -> Response:
    """Have my number erased: out of use at once, destroyed after 72 hours. An objection stays."""
    return created(leaving.erase(ports(), current(), body, idem(body)))


def _listings() -> dict[str, listed.Listing]:
    return listed.listings(ports(), current())


def _whole(items: list[Record]) -> Response:
    """A list that always fits one page."""
    return answer({"items": items, "next": None})
