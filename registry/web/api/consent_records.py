"""Consents in others' formats: ISO/IEC TS 27560, Kantara 1.1, DEPA. Who may read a consent may take its record."""

from __future__ import annotations

import json
from typing import TypeVar, cast

from flask import Response

from registry.records import CONTENT_TYPES
from registry.usecases import consent_records
from registry.usecases.ports import Record
from registry.web.api.routing import Blueprint
from registry.web.auth import scopes
from registry.web.context import actor, ports
from registry.web.portal.sessions import current, person
from registry.web.schemas.consents import ConsentRecordSchema, RecordQuerySchema

OBJECT = {"schema": {"$ref": "#/components/schemas/ConsentRecord"}}
# What is made in linked data is answered as such.
CONTENT = dict.fromkeys(sorted(set(CONTENT_TYPES.values())), OBJECT)
LINKED = {"responses": {"200": {"description": "The record.", "content": CONTENT}}}
blueprint = Blueprint("consent-records", __name__, url_prefix="/v1",
                      description="Consents in others' formats: ISO/IEC TS 27560, Kantara 1.1, DEPA.")

View = TypeVar("View")


def linked(view: View) -> View:
    """Documents both content types."""
    return cast(View, blueprint.doc(**LINKED)(view))


@blueprint.route("/consents/<id:consent>/record", methods=["GET"])
@scopes("consents")
@blueprint.arguments(RecordQuerySchema, location="query")
@blueprint.response(200, ConsentRecordSchema)
@linked
def record_of_consent(query: dict[str, str], consent: str) -> Response:
    """A consent given to you, in that format."""
    return written(query["format"], consent_records.for_lender(ports(), actor(), consent, query["format"]))


@blueprint.route("/me/consents/<id:consent>/record", methods=["GET"])
@person("borrower")
@blueprint.arguments(RecordQuerySchema, location="query")
@blueprint.response(200, ConsentRecordSchema)
@linked
def record_of_my_consent(query: dict[str, str], consent: str) -> Response:
    """One of my own consents, in that format."""
    return written(query["format"], consent_records.for_borrower(ports(), current(), consent, query["format"]))


@blueprint.route("/c/consents/<id:consent>/record", methods=["GET"])
@person("contact")
@blueprint.arguments(RecordQuerySchema, location="query")
@blueprint.response(200, ConsentRecordSchema)
@linked
def record_of_my_agreement(query: dict[str, str], consent: str) -> Response:
    """What I was asked as a contact, in that format."""
    return written(query["format"], consent_records.for_contact(ports(), current(), consent, query["format"]))


def written(format_: str, value: Record) -> Response:
    """The record with its own content type, members in the order of the format."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return Response(text, content_type=CONTENT_TYPES[format_])


def as_file(consent: str, format_: str, value: Record) -> Response:
    """The same as a file to keep."""
    found = written(format_, value)
    suffix = "jsonld" if format_ == "27560" else "json"
    found.headers["Content-Disposition"] = f'attachment; filename="consent-{consent[:8]}-{format_}.{suffix}"'
    return found
