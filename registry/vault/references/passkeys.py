"""Checks of passkeys: whose they are, that their key can be used, and who may take one away."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.errors import ConflictError, MalformedError, UnauthorizedError
from registry.jose import from_b64url
from registry.model.entries import Actor, Draft
from registry.vault.passkeys import check_key
from registry.vault.references.context import Check, Context
from registry.vault.relations import unknown

REGISTRYS_OWN = ("officer", "web")
BY_OTHERS = 2  # officers who vouch for somebody's second key


def _added(draft: Draft, context: Context) -> None:
    _check_new(draft, context)
    context.relations.borrower(draft.body["borrower"])


def _staff_added(draft: Draft, context: Context) -> None:
    """Of a registered officer or auditor who is not suspended. Genesis names the first officers.

    Who has a key already signs for the next one himself, or two officers do: else one officer could make a key in
    another's name, and be two people by it.
    """
    _check_new(draft, context)
    body, directory = draft.body, context.directory
    party = directory.parties.get(body["party"])
    first = body["role"] == "officer" and body["party"] in directory.officers
    registered = party is not None and party.role == body["role"] and party.suspended_at is None
    if not registered and not (party is None and first):
        raise MalformedError(f"/party is no registered {body['role']}: register it first", pointer="/body/party",
                             code="party-unknown")
    signers = {item["officer"] for item in draft.auth if "officer" in item}
    known = body["party"] in directory.officers or directory.passkeys.has(body["party"])
    if known and body["party"] not in signers and len(signers) < BY_OTHERS:
        raise UnauthorizedError("who has a key signs for another one himself, or two officers do")


def _auditor_key(draft: Draft, context: Context) -> None:
    """Of a registered auditor who is not suspended. An auditor signs no officer's act: whoever has a key or passkey
    already is given another by two officers."""
    body, directory = draft.body, context.directory
    party = directory.parties.get(body["party"])
    if party is None or party.role != "auditor" or party.suspended_at is not None:
        raise MalformedError("/party is no registered auditor: register it first", pointer="/body/party",
                             code="party-unknown")
    _check_ed25519(body["key"])
    taken = {*directory.officers.values(), *(key for keys in directory.auditors.values() for _, key in keys)}
    if body["key"] in taken:
        raise ConflictError("this key is known already: each person has one of his own", code="key-known")
    signers = {item["officer"] for item in draft.auth if "officer" in item}
    known = body["party"] in directory.auditors or directory.passkeys.has(body["party"])
    if known and len(signers) < BY_OTHERS:
        raise UnauthorizedError("two officers give another key to an auditor who has one")


def _check_ed25519(key: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(from_b64url(key))
    except (MalformedError, ValueError) as error:
        raise MalformedError("/key is the public part of an Ed25519 key, 32 bytes in base64url", pointer="/body/key",
                             code="key-malformed") from error


def _check_new(draft: Draft, context: Context) -> None:
    check_key(draft.body["public_key"])
    if context.directory.passkeys.of_credential(draft.body["credential"]) is not None:
        raise ConflictError("this passkey is known already", code="passkey-exists")


def _removed(draft: Draft, context: Context) -> None:
    """By its owner, a borrower's lender, or the registry's own people; once."""
    body, by = draft.body, draft.by
    passkey = context.directory.passkeys.get(body["passkey"])
    if passkey is None:
        raise unknown()
    member = "borrower" if passkey.role == "borrower" else "party"
    if {name: body[name] for name in ("borrower", "party") if name in body} != {member: passkey.subject}:
        raise unknown()
    if by.role in REGISTRYS_OWN or by == Actor(passkey.role, passkey.subject):
        return
    if passkey.role != "borrower":
        raise unknown()
    context.relations.check_lender(by, passkey.subject)


PASSKEYS: dict[str, Check] = {
    "passkey-added/1": _added, "staff-passkey-added/1": _staff_added, "passkey-removed/1": _removed,
    "auditor-key-added/1": _auditor_key,
}
