"""What staff see and do beside judging: what they looked at, their own passkeys, holds to lift."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from registry.errors import MalformedError, NotFoundError
from registry.jose import b64url, from_b64url
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import stamp
from registry.usecases import acts, paging, relying, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

PASSKEYS = "/v1/passkeys"
MOST_SHOWN = 200


def viewed(ports: Ports, by: Actor, what: str, about: str | None = None) -> None:
    """That somebody of the staff looks at something about people is an entry."""
    writing.append(ports, by, "viewed/2", {"what": what, **({} if about is None else {"about": about})})


def holds(ports: Ports, page: Page) -> Record:
    """One page of holds, of every borrower."""
    writing.catch_up(ports)
    return paging.listed(ports, "holds", page, {}, lambda one: paging.shown(
        one, "borrower", "account", "type", "state", hold="id"))


def passkeys(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of the asker's own passkeys."""
    return paging.listed(ports, "passkeys", page, {"subject": by.id}, lambda one: {
        **paging.shown(one, "role", "credential", "rp_id", "state", passkey="id"),
        "added_at": stamp(one["added_at"])})


def live_passkeys(ports: Ports, party: str) -> list[Record]:
    """A member of staff's passkeys in force, as they are stored."""
    return ports.store.records("passkeys", {"subject": party, "state": "live"}, limit=MOST_SHOWN)


def passkey_proposal(ports: Ports, by: Actor, body: Body) -> acts.Proposal:
    """`{role, party?, attestation}`: a passkey made in a browser, for the asker or another of the staff.

    What vouches for it is the officer's signature over the act. Raises MalformedError for what is no passkey made
    for this installation, with the holder's own check of who he is.
    """
    rp_id, origin = relying.party(ports.public_url)
    credential, public_key = _made(body["attestation"], rp_id)
    passkey = new_id(ports.random)
    return acts.Proposal("staff-passkey-added/1", {
        "passkey": passkey, "role": body["role"], "party": body.get("party", by.id), "credential": credential,
        "public_key": public_key, "rp_id": rp_id, "origin": origin,
    }, entry_id=passkey)


def passkey_draft(ports: Ports, by: Actor, body: Body) -> Record:
    """What to sign for a passkey: good after a day, or at once where two officers sign."""
    return acts.draft(ports, by, PASSKEYS, body, lambda: passkey_proposal(ports, by, body))


def add_passkey(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{passkey, role, party, log_index, proof}`."""
    result = acts.sign_off(ports, by, PASSKEYS, body, idem)
    made = writing.recorded(result, "staff-passkey-added/1")
    return {name: made[name] for name in ("passkey", "role", "party")} | writing.proof_of(result)


def remove_passkey(ports: Ports, by: Actor, passkey: str, idem: Idem | None = None) -> Record:
    """Ends a passkey at once, one's own or another's: anyone may tighten. Raises NotFoundError."""
    found = ports.store.record("passkeys", passkey)
    if found is None or found["role"] == "borrower":
        raise NotFoundError("there is no such passkey of the staff")
    body = {"passkey": passkey, "party": found["subject"]}
    result = writing.append(ports, by, "passkey-removed/1", body, idem)
    return {"passkey": passkey, **writing.proof_of(result)}


def _made(attestation: Mapping[str, Any], rp_id: str) -> tuple[str, str]:
    """(credential id, public key in COSE form) of a browser's new credential, both base64url."""
    # Made for the few who enrol: the library is large, and a web process that never enrols anybody needs none of it.
    from webauthn.helpers import decode_credential_public_key, parse_attestation_object  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        found = parse_attestation_object(from_b64url(attestation["response"]["attestationObject"])).auth_data
        made = found.attested_credential_data
        if made is not None:
            decode_credential_public_key(made.credential_public_key)
    except (WebAuthnException, MalformedError, ValueError, KeyError, TypeError, IndexError) as error:
        raise _no_passkey("this is no new passkey: have the browser make it again") from error
    if made is None or b64url(made.credential_id) != attestation["id"]:
        raise _no_passkey("this is no new passkey: have the browser make it again")
    if found.rp_id_hash != hashlib.sha256(rp_id.encode("ascii")).digest():
        raise _no_passkey("this passkey is for another site: make it on the page of this registry")
    if not found.flags.uv:
        raise _no_passkey("this passkey did not check who you are: use one with a PIN, a fingerprint or a face")
    return b64url(made.credential_id), b64url(made.credential_public_key)


def _no_passkey(detail: str) -> MalformedError:
    return MalformedError(detail, pointer="/attestation", code="passkey-unusable")
