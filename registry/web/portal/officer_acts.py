"""The page of one act: the act in words, then two ways to sign the same draft, by passkey or by key file."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, url_for
from marshmallow import ValidationError

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import draft_of
from registry.officer_words import members, sentence
from registry.texts.pages import known
from registry.usecases import approvals, relying, signing, staff
from registry.usecases.paging import MOST
from registry.usecases.ports import Record
from registry.web.bodies import read_json
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.officer_shared import blueprint, me, names, parties
from registry.web.portal.sessions import signed_in
from registry.web.problems import BadRequestError
from registry.web.schemas.common import SignatureSchema

# Where an officer goes on after an act, by what it was.
AFTER = {
    "approval-given/1": "approvals", "approval-refused/1": "approvals", "agency-approved/1": "agencies",
    "agency-evaluated/1": "agencies", "complaint-settled/1": "complaints", "remedy-paid/1": "complaints",
    "hold-lifted/1": "holds", "contact-report-lifted/1": "holds", "releases-resumed/1": "releases",
    "staff-passkey-added/1": "passkeys", "provider-registered/1": "providers",
    "provider-gap-accepted/1": "providers", "provider-suspended/1": "providers",
    "provider-resumed/1": "providers", "officer-role-set/1": "roles",
    "pack-activated/1": "packs", "derogation-granted/1": "packs", "alarm-closed/1": "alarms",
    "erasure-cancelled/1": "erasures",
}
# The page of what an act is about, by the member of the act that names it.
ABOUT = {"approval": "approval", "complaint": "complaint", "agency": "agency", "alarm": "alarm"}
REFUSED = (UnauthorizedError, ConflictError, MalformedError, NotFoundError, BadRequestError)


@blueprint.get("/acts")
@signed_in("officer")
def acts() -> Response:
    """Drafts that one officer signed and that wait for another."""
    called = _called()
    found = [
        {**one, "id": one["entry"]["id"], "sentence": _said(one["entry"], called)}
        for one in signing.waiting(ports())
    ]
    return pages.show("officer/acts.html", acts=found)


@blueprint.get("/acts/<id:draft>")
@signed_in("officer")
def act(draft: str) -> Response:
    """One draft, to read and to sign."""
    return _page(signing.draft(ports(), draft))


@blueprint.get("/acts/<id:draft>/draft.json")
@signed_in("officer")
def draft_file(draft: str) -> Response:
    """The draft as a file, for `officer sign`."""
    found = signing.draft(ports(), draft)
    asked = _asked(found["entry"])
    told = {"entry": found["entry"], "to_sign": found["to_sign"], **({} if asked is None else {"request": asked})}
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return Response(f"{text}\n", content_type="application/json", headers={
        "Content-Disposition": f'attachment; filename="{_file(draft)}"', "Cache-Control": "no-store"})


@blueprint.post("/acts/<id:draft>")
@signed_in("officer")
def sign_act(draft: str) -> Response:
    """Signs: does the act, or keeps the signature until a second officer's comes."""
    form = forms.read("auth", "way")
    found = signing.draft(ports(), draft)
    if form["way"] not in ("now", "keep"):
        raise BadRequestError("this form has other members than its page gave it", code="form-malformed")
    if found["done"]:
        return pages.go("portal.officer.act", draft=draft)  # a button pressed twice
    try:
        signature = _signature(form["auth"])
    except REFUSED:
        return _page(found, form["auth"], "officer.error.auth")
    try:
        if form["way"] == "keep":
            signing.keep(ports(), draft, signature)
            return pages.go("portal.officer.acts", said="officer.said.kept")
        signing.done(ports(), draft, signature)
    except REFUSED as error:
        return _page(found, form["auth"], _why(error))
    after = AFTER.get(found["entry"]["kind"], "home")
    return pages.go(f"portal.officer.{after}", said="officer.said.done")


def _page(found: Record, typed: str = "", wrong: str | None = None) -> Response:
    """The act's page; `wrong`: the text of what is wrong with the signature that was sent."""
    entry = found["entry"]
    passkeys = staff.live_passkeys(ports(), me().id or "")
    rp_id, _ = relying.party(ports().public_url)
    return pages.show(
        "officer/act.html", 422 if wrong else 200, act=found, kind=entry["kind"], file=_file(entry["id"]),
        sentence=_said(entry, _called()), members=members(draft_of(dict(entry))), party=me().id, rp_id=rp_id,
        back=_back(entry), passkeys=" ".join(f"{one['credential']}={one['id']}" for one in passkeys),
        requested=_asked(entry), typed={"auth": typed}, errors={"auth": wrong} if wrong else {},
    )


def _asked(entry: dict[str, Any]) -> Record | None:
    """What an approval is of: the act itself names the request's id alone."""
    return approvals.asked(ports(), entry["body"]["approval"]) if entry["kind"] in approvals.KINDS.values() else None


def _back(entry: dict[str, Any]) -> str | None:
    """Where the act was drawn up, if it is about something that has a page."""
    member = next((name for name in ABOUT if name in entry["body"]), None)
    return None if member is None else url_for(f"portal.officer.{ABOUT[member]}", **{member: entry["body"][member]})


def _called() -> dict[str, str]:
    """What institutions and providers' accounts are called, by id."""
    return names([*parties(), *ports().store.records("providers", {}, limit=MOST)])


def _said(entry: dict[str, Any], called: dict[str, str]) -> str:
    return sentence(draft_of(dict(entry)), language.language(), called)


def _signature(typed: str) -> Record:
    """The element of `auth` that was pasted, or put there by the page's script. Raises ConsentryError."""
    try:
        found: Record = SignatureSchema().load(read_json(typed.encode("utf-8")))
    except ValidationError as error:
        raise MalformedError("this is not what `officer sign` prints") from error
    return found


def _why(error: ConsentryError) -> str:
    key = f"officer.refused.{error.code}"
    return key if known(key) else "officer.refused.other"


def _file(draft: str) -> str:
    return f"act-{draft[:8]}.json"
