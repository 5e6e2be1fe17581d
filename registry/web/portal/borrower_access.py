"""My sign-in and data: passkeys, who signed in as me, taking everything along, having it erased."""

from __future__ import annotations

import base64

import orjson
from flask import Response, request
from marshmallow import ValidationError

from registry.errors import ConflictError, MalformedError, UnauthorizedError
from registry.usecases.me import access, leaving
from registry.usecases.paging import Page, read_cursor
from registry.usecases.ports import Record
from registry.web.bodies import read_json
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.borrower_base import (
    BORROWER,
    blueprint,
    institutions,
    open_people,
    people,
    told_hours,
    whole,
)
from registry.web.portal.borrower_consents import SIGNING
from registry.web.portal.borrower_lookups import result_of
from registry.web.portal.borrower_reach import channel_words
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.problems import BadRequestError
from registry.web.schemas.me_writes import NewPasskeySchema

A_PAGE = 20
NOT_ADDED = (BadRequestError, ValidationError, MalformedError, UnauthorizedError, ConflictError)


@blueprint.get("/data")
@signed_in(BORROWER)
def data() -> Response:
    """Passkeys, sign-ins, export, erasure."""
    return _page()


def _page(failed: bool = False) -> Response:
    people()
    cursor = request.args.get("cursor")
    page = Page(A_PAGE, -1 if cursor is None else read_cursor(cursor))
    found: Record = {"items": [], "next": None}
    if current().strong:
        found = access.sign_ins(ports(), current(), page, newest=True)
    keys = access.passkeys(ports(), current())
    offer = access.offer(ports()) if current().strength in SIGNING else None
    holder = base64.urlsafe_b64encode(bytes.fromhex(current().subjects[0])).decode("ascii").rstrip("=")
    return show("borrower/data.html", 422 if failed else 200, sign_ins=found["items"], next=found["next"],
                first=cursor is None, passkeys=keys, offer=offer, failed=failed, holder=holder,
                credentials=" ".join(one["credential"] for one in keys))


@blueprint.post("/passkeys")
@signed_in(BORROWER)
def add_passkey() -> Response:
    """Adds what the browser made."""
    form = forms.read("attestation", "challenge")
    try:
        attestation = read_json(form["attestation"].encode("utf-8"))
        body = whole(NewPasskeySchema(), {"attestation": attestation, "challenge": form["challenge"]})
        access.add(ports(), current(), body)
    except NOT_ADDED:
        return _page(failed=True)
    return go("portal.borrower.data", said="me.said.passkey-added")


@blueprint.post("/passkeys/<id:passkey>/removal")
@signed_in(BORROWER)
def remove_passkey(passkey: str) -> Response:
    """One click."""
    forms.read()
    access.remove(ports(), current(), passkey)
    return go("portal.borrower.data", said="me.said.passkey-removed")


@blueprint.get("/export.json")
@signed_in(BORROWER, strong=True)
def export_json() -> Response:
    """Everything in one file."""
    text = orjson.dumps(leaving.export(ports(), current()), option=orjson.OPT_INDENT_2)
    return Response(text, content_type="application/json", headers=_attached("my-data.json"))


@blueprint.get("/export.html")
@signed_in(BORROWER, strong=True)
def export_html() -> Response:
    """The same for reading, as a file to keep."""
    people()
    found = leaving.export(ports(), current())
    lookups = [{**one, "result": result_of(one)} for one in found["lookups"]]
    response = show("borrower/export.html", found={**found, "lookups": lookups}, tongue=language.language(),
                    hours=told_hours, channel_words=channel_words)
    response.headers.extend(_attached("my-data.html"))
    return response


@blueprint.get("/erase")
@signed_in(BORROWER)
def erasure() -> Response:
    """What happens when everything is erased."""
    return _erasure({}) if open_people() else go("portal.borrower.home")


@blueprint.post("/erase")
@signed_in(BORROWER)
def erase() -> Response:
    """Erases, once it was confirmed."""
    form = forms.read(optional=("confirm", "borrower"))
    if form["confirm"] != "yes":
        return _erasure({"confirm": "me.error.confirm"})
    chosen = form["borrower"]
    leaving.erase(ports(), current(), {} if chosen in ("", "all") else {"borrower": chosen})
    return go("portal.borrower.home", said="me.said.erased")


def _erasure(errors: dict[str, str]) -> Response:
    own = open_people()
    names = list(institutions(own).items()) if len(own) > 1 else []
    return show("borrower/erase.html", 422 if errors else 200, errors=errors, names=names)


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
