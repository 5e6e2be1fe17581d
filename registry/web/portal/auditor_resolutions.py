"""From a complaint to a pseudonym, by two people: auditors or officers, each with a signature of their own."""

from __future__ import annotations

import json

from flask import Response
from marshmallow import ValidationError

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.usecases import auditing, relying, resolutions, staff
from registry.usecases.paging import Page, read_cursor
from registry.usecases.ports import Record
from registry.web import shapes
from registry.web.bodies import read_json
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.auditor_shared import PAGE, asked, blueprint, me, say
from registry.web.portal.sessions import signed_in
from registry.web.problems import BadRequestError
from registry.web.schemas.common import SignatureSchema

STAFF = ("auditor", "officer")
LONGEST = 254  # RFC 5321, 4.5.3.1.3
REFUSED = (UnauthorizedError, ConflictError, MalformedError, BadRequestError, ValidationError)


@blueprint.get("/resolutions", endpoint="resolutions")
@signed_in(*STAFF)
def resolutions_page() -> Response:
    """All of them, and a new one."""
    return _all({}, {})


@blueprint.post("/resolutions")
@signed_in(*STAFF)
def ask_resolution() -> Response:
    """Seals the address and draws up what the first of two signs. What was typed of it is not shown again."""
    form = forms.read("complaint", "address")
    errors = {}
    if shapes.ID.match(form["complaint"]) is None:
        errors["complaint"] = "auditor.error.complaint"
    if not 3 <= len(form["address"]) <= LONGEST:
        errors["address"] = "auditor.error.address"
    if errors:
        return _all({"complaint": form["complaint"]}, errors)
    try:
        drawn = resolutions.draft(ports(), me(), form)
    except NotFoundError:
        return _all({"complaint": form["complaint"]}, {"complaint": "auditor.error.complaint"})
    return pages.go("portal.auditor.sign_resolution", draft=drawn["entry"]["id"])


@blueprint.get("/resolutions/<id:resolution>")
@signed_in(*STAFF)
def resolution(resolution: str) -> Response:
    """One resolution: who signed, and what came of it."""
    found = resolutions.resolution(ports(), me(), resolution)
    return pages.show("auditor/resolution.html", one=found, mine=me().id in found["signers"],
                      names=auditing.names(ports()))


@blueprint.post("/resolutions/<id:resolution>/signature")
@signed_in(*STAFF)
def agree_to_resolution(resolution: str) -> Response:
    """Draws up what the second signs."""
    forms.read()
    try:
        drawn = resolutions.second_draft(ports(), me(), resolution)
    except ConflictError:
        return pages.go("portal.auditor.resolution", resolution=resolution)
    return pages.go("portal.auditor.sign_resolution", draft=drawn["entry"]["id"])


@blueprint.post("/resolutions/<id:resolution>/answer")
@signed_in(*STAFF)
def answer_resolution(resolution: str) -> Response:
    """Has the vault say whose address it is."""
    forms.read()
    resolutions.resolve(ports(), me(), resolution)
    return pages.go("portal.auditor.resolution", resolution=resolution, said="auditor.said.resolved")


@blueprint.get("/resolutions/drafts/<id:draft>")
@signed_in(*STAFF)
def sign_resolution(draft: str) -> Response:
    """The draft, to read and to sign."""
    return _draft(resolutions.drafted(ports(), me(), draft))


@blueprint.get("/resolutions/drafts/<id:draft>/draft.json")
@signed_in(*STAFF)
def resolution_file(draft: str) -> Response:
    """The draft as a file, for `officer sign`."""
    found = resolutions.drafted(ports(), me(), draft)
    text = json.dumps({"entry": found["entry"], "to_sign": found["to_sign"]}, ensure_ascii=False, indent=1)
    return Response(f"{text}\n", content_type="application/json", headers={
        "Content-Disposition": f'attachment; filename="act-{draft[:8]}.json"', "Cache-Control": "no-store"})


@blueprint.post("/resolutions/drafts/<id:draft>")
@signed_in(*STAFF)
def signed_resolution(draft: str) -> Response:
    """Signs, with a passkey's answer or what `officer sign` printed."""
    typed = forms.one("auth")
    found = resolutions.drafted(ports(), me(), draft)
    try:
        signature = SignatureSchema().load(read_json(typed.encode("utf-8")))
        done = resolutions.signed(ports(), me(), draft, signature)
    except REFUSED as error:
        key = "signed-before" if isinstance(error, ConsentryError) and error.code == "approval-closed" else "auth"
        return _draft(found, typed, f"auditor.error.{key}")
    return pages.go("portal.auditor.resolution", resolution=done, said="auditor.said.signed")


def _all(typed: dict[str, str], errors: dict[str, str]) -> Response:
    cursor = asked("cursor").get("cursor")
    found = resolutions.listed(ports(), Page(PAGE, -1 if cursor is None else read_cursor(cursor)))
    offered = [(one["complaint"], f"{language.day(one['filed_at'])} · {say('complaint.' + one['about'])} · "
                                  f"{one['complaint'][:8]}") for one in resolutions.complaints(ports())]
    return pages.show("auditor/resolutions.html", 422 if errors else 200, items=found["items"], next=found["next"],
                      offered=offered, typed={**asked("complaint"), **typed}, errors=errors)


def _draft(found: Record, typed: str = "", wrong: str | None = None) -> Response:
    entry, party = found["entry"], me()
    passkeys = staff.live_passkeys(ports(), party.id or "")
    rp_id, _ = relying.party(ports().public_url)
    return pages.show(
        "auditor/resolution-sign.html", 422 if wrong else 200, act=found, body=entry["body"], party=party.id,
        rp_id=rp_id, passkeys=" ".join(f"{one['credential']}={one['id']}" for one in passkeys),
        file=f"act-{entry['id'][:8]}.json", typed={"auth": typed},
        errors={"auth": wrong} if wrong else {},
    )
