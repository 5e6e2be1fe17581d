"""An officer's own passkeys: made in the browser, vouched for by key file, ended at once."""

from __future__ import annotations

from flask import Response
from marshmallow import ValidationError

from registry.errors import MalformedError
from registry.jose import b64url
from registry.usecases import relying, sign_in, staff
from registry.web.bodies import read_json
from registry.web.context import ports
from registry.web.portal import forms, pages
from registry.web.portal.officer_shared import blueprint, me, to_act
from registry.web.portal.sessions import signed_in
from registry.web.problems import BadRequestError
from registry.web.schemas.staff import StaffPasskeySchema


@blueprint.get("/passkeys")
@signed_in("officer")
def passkeys() -> Response:
    """My passkeys, and a form that has the browser make another."""
    return own()


@blueprint.post("/passkeys")
@signed_in("officer")
def enrol() -> Response:
    """Draws up a new passkey. It is good once officers have signed for it with their key files."""
    typed = forms.one("attestation")
    try:
        body = StaffPasskeySchema().load({"role": "officer", "attestation": read_json(typed.encode("utf-8"))})
        return to_act(staff.passkey_draft(ports(), me(), body))
    except (ValidationError, MalformedError, BadRequestError):
        return own("officer.error.attestation")


@blueprint.post("/passkeys/<id:passkey>/removal")
@signed_in("officer")
def end_passkey(passkey: str) -> Response:
    """Ends a passkey at once."""
    forms.read()
    staff.remove_passkey(ports(), me(), passkey)
    return pages.go("portal.officer.passkeys", said="officer.said.passkey-ended")


def own(wrong: str | None = None) -> Response:
    """The page of one's own passkeys; `wrong`: the text of why a new one was not taken."""
    party = me().id or ""
    found = staff.live_passkeys(ports(), party)
    rp_id, _ = relying.party(ports().public_url)
    return pages.show(
        "officer/passkeys.html", 422 if wrong else 200, passkeys=found, rp_id=rp_id, wrong=wrong,
        challenge=sign_in.challenge(ports()), credentials=" ".join(one["credential"] for one in found),
        user=b64url(bytes.fromhex(party)), party=party,
    )
