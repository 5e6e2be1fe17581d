"""A consent in another's format as a file to keep, for who gave it."""

from __future__ import annotations

from flask import Response

from registry.errors import NotFoundError
from registry.records import FORMATS
from registry.usecases import consent_records
from registry.web.api.consent_records import as_file
from registry.web.context import ports
from registry.web.portal import borrower_base, contact_base
from registry.web.portal.sessions import current, signed_in


@borrower_base.blueprint.get("/consents/<id:consent>/record/<form>")
@signed_in(borrower_base.BORROWER)
def consent_record(consent: str, form: str) -> Response:
    """My own consent as a file."""
    _check(form)
    return as_file(consent, form, consent_records.for_borrower(ports(), current(), consent, form))


@contact_base.blueprint.get("/consents/<id:consent>/record/<form>", endpoint="consent_record")
@signed_in(contact_base.CONTACT)
def agreement_record(consent: str, form: str) -> Response:
    """What I agreed to as a contact, as a file."""
    _check(form)
    return as_file(consent, form, consent_records.for_contact(ports(), current(), consent, form))


def _check(form: str) -> None:
    """Raises NotFoundError for a format that there is not."""
    if form not in FORMATS:
        raise NotFoundError("there is no such format")
