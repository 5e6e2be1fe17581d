"""For borrowers: everything the pages under `/me` do, for a lender's app. The session says whose it is."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.texts import notices
from registry.texts.pages import LANGUAGES
from registry.usecases.me import consents, contacts, lookups, overview
from registry.usecases.ports import Body, Record
from registry.web.api.routing import Blueprint, created, page
from registry.web.bodies import answer
from registry.web.context import idem, ports
from registry.web.portal.sessions import current, person
from registry.web.schemas import me as shapes
from registry.web.schemas import me_writes as writes
from registry.web.schemas.common import EmptySchema

blueprint = Blueprint("me", __name__, url_prefix="/v1/me",
                      description="Borrowers: what is known of me, who asked, what I allow.")
BORROWER = "borrower"


@blueprint.route("", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyOverviewSchema)
def get_myself() -> Response:
    """Where things stand, for each institution that knows me."""
    return answer(overview.overview(ports(), current()))


@blueprint.route("/contacts", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyContactPage)
def list_my_contacts() -> Response:
    """My contacts; the last two digits to a strong session alone."""
    return whole(contacts.listed(ports(), current()))


@blueprint.route("/contacts/<id:contact>/invitation", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.MyInvitationSchema)
@blueprint.response(201, writes.MyInvitationWrittenSchema)
def invite_my_contact(body: Body, contact: str) -> Response:
    """Ask a contact to agree: a code goes to the contact's line, the link is for me to forward."""
    return created(contacts.invite(ports(), current(), contact, body, idem(body)))


@blueprint.route("/notices", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.NoticesSchema)
def list_consent_notices() -> Response:
    """The texts to show before a consent, with what the consent keeps of them."""
    return answer({audience: _notice(notices.current(audience)) for audience in notices.CURRENT})


@blueprint.route("/consents", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyConsentPage)
def list_my_consents() -> Response:
    """My own consents, each in one sentence."""
    return whole(consents.listed(ports(), current()))


@blueprint.route("/consents", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.MyConsentSchema)
@blueprint.response(201, writes.MyConsentWrittenSchema)
def give_my_consent(body: Body) -> Response:
    """Agree: by a code to a channel of mine, or with a passkey over drafted terms."""
    return created(consents.give(ports(), current(), body, idem(body)))


@blueprint.route("/consents/drafts", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.MyTermsSchema)
@blueprint.response(201, writes.MyDraftSchema)
def draft_my_consent(body: Body) -> Response:
    """What a passkey is to sign. Nothing is kept of it."""
    return created(consents.draft(ports(), current(), body))


@blueprint.route("/consents/<id:consent>", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyConsentViewSchema)
def get_my_consent(consent: str) -> Response:
    """One of my consents."""
    return answer(consents.shown(ports(), current(), consent))


@blueprint.route("/consents/<id:consent>/code", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(writes.MyCodeSchema)
@blueprint.response(201, writes.MyConsentWrittenSchema)
def enter_my_code(body: Body, consent: str) -> Response:
    """Give a consent with the six digits that came to my channel."""
    return created(consents.enter_code(ports(), current(), consent, body["code"]))


@blueprint.route("/consents/<id:consent>/withdrawal", methods=["POST"])
@person(BORROWER)
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.MyWithdrawnSchema)
def withdraw_my_consent(body: Body, consent: str) -> Response:
    """Withdraw, at once and without a reason."""
    return created(consents.withdraw(ports(), current(), consent, idem(body)))


@blueprint.route("/consents/<id:consent>/receipt", methods=["GET"])
@person(BORROWER)
@blueprint.response(200, shapes.MyReceiptSchema)
def get_my_receipt(consent: str) -> Response:
    """The receipt of the last act on a consent."""
    return answer(consents.receipt(ports(), current(), consent))


@blueprint.route("/lookups", methods=["GET"])
@person(BORROWER, strong=True)
@blueprint.arguments(shapes.MyLookupQuerySchema, location="query")
@blueprint.response(200, shapes.MyLookupPage)
def list_my_lookups(query: dict[str, Any]) -> Response:
    """Every lookup about me, granted or refused, oldest first."""
    return answer(lookups.listed(ports(), current(), page(query)))


@blueprint.route("/lookups/<id:lookup>", methods=["GET"])
@person(BORROWER, strong=True)
@blueprint.response(200, shapes.MyProvedLookupSchema)
def get_my_lookup(lookup: str) -> Response:
    """One lookup, with the proof that it stands in the log."""
    return answer(lookups.shown(ports(), current(), lookup))


def whole(items: list[Record]) -> Response:
    """A list that always fits one page."""
    return answer({"items": items, "next": None})


def _notice(one: notices.Notice) -> Record:
    return {
        "id": one.id, "version": one.version, "texts": dict(one.texts),
        "sha256": {language: one.sha256(language) for language in LANGUAGES},
    }
