"""What I allow: each consent in a sentence with one switch; giving one by code or passkey; receipts."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from marshmallow import ValidationError

from registry.errors import MalformedError, UnauthorizedError
from registry.texts import notices
from registry.usecases.me import access, consents, mine, reaching, wording
from registry.usecases.ports import Record
from registry.web.bodies import read_json
from registry.web.context import ports
from registry.web.portal import consent_form, forms, language, sessions
from registry.web.portal.borrower_base import BORROWER, MEDIA_WITH_TEXT, blueprint, open_people, people, whole
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.problems import BadRequestError
from registry.web.schemas.me_writes import MyConsentSchema, MyTermsSchema

TONES = {"given": "good", "pending-code": "wait", "expired": "", "withdrawn": "", "refused": "", "void": ""}
BY_PASSKEY = "passkey"
# A link from the lender is the lender's word: nothing is signed in a session that it opened.
SIGNING = ("code", "passkey")


@blueprint.get("/consents")
@signed_in(BORROWER)
def consents_page() -> Response:
    """Every consent of mine."""
    people()
    found = consents.listed(ports(), current())
    for one in found:
        one["said"] = "expired" if one["state"] == "given" and not one["in_force"] else one["state"]
    return show("borrower/consents.html", consents=sorted(found, key=lambda one: not one["in_force"]), tones=TONES,
                tongue=language.language())


@blueprint.get("/consents/new")
@signed_in(BORROWER)
def new_consent() -> Response:
    """The text to read, and the choices."""
    own = open_people()
    if not own:
        return go("portal.borrower.home")
    return _form(own, consent_form.START, {})


@blueprint.post("/consents/new")
@signed_in(BORROWER)
def give_consent() -> Response:
    """Asks for the code, or shows what the passkey is to sign."""
    own = open_people()
    if not own:
        return go("portal.borrower.home")
    typed = consent_form.read("way", optional=("borrower", "channel", "contact"))
    typed["borrower"] = typed["borrower"] or (own[0]["id"] if len(own) == 1 else "")
    errors = consent_form.lacking(typed)
    if typed["borrower"] not in current().subjects:
        errors["borrower"] = "me.error.choose"
    if typed["way"] != BY_PASSKEY and not typed["channel"]:
        errors["channel"] = "me.error.choose"
    if errors:
        return _form(own, typed, errors)
    body = {"giver": BORROWER, "borrower": typed["borrower"], "scope": consent_form.scope(typed), "method": "portal",
            "separate": True, "notice": notices.current(BORROWER).shown(language.language()),
            "expires_at": consent_form.end(typed), **({"contact": typed["contact"]} if typed["contact"] else {})}
    try:
        if typed["way"] == BY_PASSKEY:
            return _to_sign(own, consents.draft(ports(), current(), whole(MyTermsSchema(), body)))
        asked = consents.give(
            ports(), current(), whole(MyConsentSchema(), {**body, "channel": typed["channel"]}))
    except ValidationError:
        return _form(own, typed, {"channel": "me.error.choose"})
    except consent_form.REFUSED as error:
        return _form(own, typed, consent_form.refusal(error))
    return go("portal.borrower.consent_code", consent=asked["consent"])


@blueprint.get("/consents/<id:consent>/code")
@signed_in(BORROWER)
def consent_code(consent: str) -> Response:
    """Where the code is typed."""
    people()
    return _code(consents.shown(ports(), current(), consent), {})


@blueprint.post("/consents/<id:consent>/code")
@signed_in(BORROWER)
def enter_consent_code(consent: str) -> Response:
    """Gives the consent."""
    people()
    typed = forms.digits(forms.one("code"))
    try:
        consents.enter_code(ports(), current(), consent, typed)
    except MalformedError:
        return _code(consents.shown(ports(), current(), consent), {"code": "me.error.code"})
    return go("portal.borrower.consents_page", said="me.said.given")


@blueprint.post("/consents/passkey")
@signed_in(BORROWER)
def sign_consent() -> Response:
    """Gives the consent that a passkey signed."""
    people()
    form = forms.read("terms", "assertion")
    try:
        terms, assertion = (read_json(form[name].encode("utf-8")) for name in ("terms", "assertion"))
        consents.give(ports(), current(), whole(MyConsentSchema(), {"terms": terms, "assertion": assertion}))
    except (BadRequestError, ValidationError, MalformedError, UnauthorizedError):
        return show("borrower/consent-failed.html", 422)
    return go("portal.borrower.consents_page", said="me.said.given")


@blueprint.post("/consents/<id:consent>/withdrawal")
@signed_in(BORROWER)
def withdraw_consent(consent: str) -> Response:
    """One click."""
    forms.read()
    consents.withdraw(ports(), current(), consent)
    return go("portal.borrower.consents_page", said="me.said.withdrawn")


@blueprint.get("/consents/<id:consent>/receipt")
@signed_in(BORROWER)
def consent_receipt(consent: str) -> Response:
    """The receipt as a file to keep."""
    found = consents.receipt(ports(), current(), consent)
    return Response(found["receipt"], content_type="application/jwt", headers={
        "Content-Disposition": f'attachment; filename="receipt-{consent[:8]}-{found["act"]}.jwt"'})


def _form(own: list[Record], typed: dict[str, Any], errors: dict[str, str]) -> Response:
    notice, tongue = notices.current(BORROWER), language.language()
    options = consent_form.options(own)
    options["channel"] = [
        (one["channel"], _channel(one)) for one in reaching.coded(ports(), current())
        if one["medium"] in MEDIA_WITH_TEXT]
    keys = current().strength == BY_PASSKEY or (
        current().strength in SIGNING and bool(access.passkeys(ports(), current())))
    options["contact"] = _contacts() if len(own) == 1 else []
    return show("borrower/consent-new.html", 422 if errors else 200, paragraphs=notice.paragraphs(tongue),
                sha256=notice.sha256(tongue), options=options, several=len(own) > 1, typed=typed, errors=errors,
                passkeys=keys)


def _contacts() -> list[tuple[str, str]]:
    """Whom a consent may be about, where there are several: any of them, or one."""
    found = ports().store.records("contacts", {"borrower": current().subjects})
    if len(found) < 2:
        return []
    return [("", language.t("me.new.contact.any")),
            *((one["id"], language.t(f"me.relation.{one['relation']}")) for one in found)]


def _channel(one: Record) -> str:
    medium = language.t(f"me.reach.medium.{one['medium']}")
    if "shown" in one:
        return language.t("me.reach.shown", medium=medium, shown=one["shown"])
    return language.t("me.reach.known", medium=medium)


def _code(consent: Record, errors: dict[str, str]) -> Response:
    """Of a renewal the text stands here: the borrower did not come by the page that shows it."""
    tongue = language.language()
    return show("borrower/consent-code.html", 422 if errors else 200, consent=consent, errors=errors, tongue=tongue,
                paragraphs=notices.ours(consent["notice"], tongue))


def _to_sign(own: list[Record], drafted: Record) -> Response:
    terms = drafted["terms"]
    names = mine.names(ports(), (one["lender"] for one in own))
    about = terms.get("contact")
    relation = mine.one(ports(), current(), "contacts", about)["relation"] if about else None
    keys = access.passkeys(ports(), current())
    return show(
        "borrower/consent-passkey.html", sentence=wording.sentence(terms, names, relation, language.language()),
        terms=json.dumps(terms, ensure_ascii=False), challenge=drafted["challenge"], rp_id=sessions.relying(),
        until=terms["expires_at"], credentials=" ".join(one["credential"] for one in keys))
