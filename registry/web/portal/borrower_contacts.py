"""My contacts, and the invitation that I forward to one."""

from __future__ import annotations

from typing import Any

import segno
from flask import Response
from marshmallow import ValidationError

from registry.texts import notices
from registry.usecases.me import contacts, mine
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import consent_form, language
from registry.web.portal.borrower_base import BORROWER, blueprint, institutions, people
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in
from registry.web.schemas.me_writes import MyInvitationSchema

TONES = {"usable": "good", "pending": "wait", "not-usable": ""}


@blueprint.get("/contacts")
@signed_in(BORROWER)
def contacts_page() -> Response:
    """Who is listed for me."""
    own = people()
    found = contacts.listed(ports(), current())
    names = institutions(own) if len(own) > 1 else {}
    return show("borrower/contacts.html", contacts=found, names=names, tones=TONES)


@blueprint.get("/contacts/<id:contact>/invitation")
@signed_in(BORROWER)
def invitation(contact: str) -> Response:
    """What I would ask this contact to agree to."""
    own = people()
    return _form(own, mine.one(ports(), current(), "contacts", contact), consent_form.START, {})


@blueprint.post("/contacts/<id:contact>/invitation")
@signed_in(BORROWER)
def invite(contact: str) -> Response:
    """Sends the code to the contact, and shows the link once."""
    own = people()
    found = mine.one(ports(), current(), "contacts", contact)
    typed = consent_form.read()
    errors = consent_form.lacking(typed)
    if errors:
        return _form(own, found, typed, errors)
    body = {"scope": consent_form.scope(typed), "expires_at": consent_form.end(typed),
            "notice": notices.current("contact").shown(language.language())}
    try:
        made = contacts.invite(ports(), current(), contact, MyInvitationSchema().load(body))
    except ValidationError:
        return _form(own, found, typed, {"months": "me.error.choose"})
    except consent_form.REFUSED as error:
        return _form(own, found, typed, consent_form.refusal(error))
    link = made["invitation_url"]
    picture = segno.make(link, error="m").svg_data_uri(scale=6, border=4, light="#fff", dark="#000")
    return show("borrower/invited.html", 201, link=link, picture=picture)


def _form(own: list[Record], contact: Record, typed: dict[str, Any], errors: dict[str, str]) -> Response:
    notice = notices.current("contact")
    return show(
        "borrower/invite.html", 422 if errors else 200, contact=contact, typed=typed, errors=errors,
        paragraphs=notice.paragraphs(language.language()), options=consent_form.options(own),
        several=False)
