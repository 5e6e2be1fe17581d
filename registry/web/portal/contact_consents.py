"""What I am asked and what I agreed to: the forwarded invitation, agreeing, refusing, withdrawing, receipts."""

from __future__ import annotations

from flask import Response

from registry.errors import MalformedError
from registry.usecases.c import consents, wording
from registry.usecases.c.listed import Listing
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language, limits, sessions
from registry.web.portal.contact_base import CONTACT, blueprint, done, listings, named, receipt_file
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in

TONES = {"pending-code": "wait", "given": "good"}


@blueprint.get("/i/<token>")
def invitation(token: str) -> Response:
    """Asks for the code; who has only the link learns nothing, not even for whom it is."""
    consents.invited(ports(), token)
    return show("contact/invitation.html", token=token)


@blueprint.post("/i/<token>")
def open_invitation(token: str) -> Response:
    """Opens the contact's session, at what is asked."""
    typed = forms.digits(forms.one("code"))
    limits.count("enter-code", limits.ENTERING)
    try:
        opened = consents.by_invitation(ports(), token, typed)
    except MalformedError:
        return show("contact/invitation.html", 422, token=token, errors={"code": "c.error.code"})
    return sessions.begin(go("portal.contact.consent_page", consent=opened.consent), opened)


@blueprint.get("/consents")
@signed_in(CONTACT)
def consents_page() -> Response:
    """Everything that I was asked, what waits for me first, then what is in force."""
    found = listings()
    order = list(TONES)
    rows = sorted(consents.of_all(ports(), current(), found),
                  key=lambda one: order.index(one["state"]) if one["state"] in order else len(order))
    return show("contact/consents.html", consents=rows, tones=TONES, tongue=language.language(),
                names={one.contact: named(one) for one in found.values()})


@blueprint.get("/consents/<id:consent>")
@signed_in(CONTACT)
def consent_page(consent: str) -> Response:
    """One of them, whole."""
    return _page(consent, {})


@blueprint.post("/consents/<id:consent>/agreement")
@signed_in(CONTACT)
def agree(consent: str) -> Response:
    """Agrees."""
    form = forms.read(optional=("code",))
    code = forms.digits(form["code"])
    limits.count("enter-code", limits.ENTERING)
    if current().consent != consent and not code:
        return _page(consent, {"code": "c.error.code"})
    try:
        agreed = consents.agree(ports(), current(), consent, {"code": code} if code else {})
    except MalformedError:
        return _page(consent, {"code": "c.error.code"})
    return done("given", [agreed["receipt"]])


@blueprint.post("/consents/<id:consent>/withdrawal")
@signed_in(CONTACT)
def end_consent(consent: str) -> Response:
    """No, or no more: one click."""
    forms.read()
    ended = consents.end(ports(), current(), consent)
    return done(ended["act"], [ended["receipt"]])


@blueprint.get("/consents/<id:consent>/receipt")
@signed_in(CONTACT)
def consent_receipt(consent: str) -> Response:
    """The receipt of the last act as a file."""
    found = consents.receipt(ports(), current(), consent)
    return receipt_file(found["receipt"], f"receipt-{consent[:8]}-{found['act']}")


def _page(consent: str, errors: dict[str, str]) -> Response:
    found = listings()
    one = consents.one_of(ports(), current(), found, consent)
    listing: Listing = found[one["contact"]]
    tongue = language.language()
    return show(
        "contact/consent.html", 422 if errors else 200, one=one, words=one["in_words"][tongue], errors=errors,
        tones=TONES, name=wording.name(listing, tongue), notice=_notice(one["notice"], tongue),
        code_known=current().consent == consent)


def _notice(shown: Record, tongue: str) -> Record | None:
    """The very text that is agreed to, in its own language, and the same in the reader's where that is another."""
    if "text" not in shown:
        return None
    text = shown["text"]
    other = [] if text["language"] == tongue else consents.translated(shown, tongue)
    return {**text, "tag": language.TAGS[text["language"]], "translated": other}
