"""Who must vouch for an entry (DESIGN section 5): the web tier's bare word may restrict, never loosen.

A signature is an Ed25519 key's, or a passkey's assertion over the same act. `check_signatures` is pure and is what
the offline auditor runs too. `admit` adds what only the vault can know: whether it made the
entry itself. Whether an entry agrees with the log is the business of `references`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.errors import MalformedError, UnauthorizedError
from registry.jose import from_b64url
from registry.model.catalogue import KINDS
from registry.model.entries import Draft, Object, act_message
from registry.model.kinds import Authority, Kind
from registry.policy import Party, Passkey, Passkeys
from registry.vault.passkeys import check_act

MAX_SIGNATURES = 4
WEBAUTHN = "webauthn"
PASSKEY_MEMBERS = ("alg", "passkey", "client_data", "authenticator_data", "sig")
# What else than an officer's key or passkey may sign.
AUDITORS = frozenset(("resolution-approved/1",))
BORROWERS = frozenset(("consent-given/1",))

# The lender's row, less what the vault derives from a deposit: lines and digests are never the web tier's word.
DEPOSITED = frozenset((
    "borrower-registered/1", "channel-added/1", "contact-registered/1", "consent-requested/1",
    "consent-requested/3",
))
# Kinds that only tighten, but whose members the vault fills in from its own log, or that more follows from.
OWN_OPS = frozenset((
    "consent-withdrawn/1", "objected/1", "notice-requested/1", "outcome-reported/1", "message-answered/1",
    "use-answered/1", "visit-reported/1", "account-assigned/1", "call-recorded/1",
))

# Roles whose word an entry may carry. Kinds of an officer and of the courier need their signature besides.
ROLES: Mapping[Authority, frozenset[str]] = {
    Authority.VAULT: frozenset(("vault",)),
    Authority.OFFICER: frozenset(("officer",)),
    Authority.COURIER: frozenset(("courier",)),
    Authority.LENDER: frozenset(("lender",)),
    Authority.CONSENT: frozenset(("lender", "borrower", "contact")),
    Authority.WEB: frozenset(("web", "officer", "auditor", "lender")),
    Authority.ANYONE: frozenset(("lender", "agency", "officer", "auditor", "borrower", "contact", "web", "courier")),
}
# What a person may deposit about himself, or a contact about how to reach him, by an op of the vault's own.
DEPOSITORS = frozenset(("borrower", "contact"))
NEEDS_ID = frozenset(("lender", "agency", "borrower", "contact", "officer", "auditor"))


class Keys(Protocol):
    """The public keys in force: base64url of 32 raw bytes each."""

    @property
    def officers(self) -> Mapping[str, str]:
        """By officer id."""
        ...

    @property
    def courier_sig(self) -> str: ...

    def auditor_key(self, party: str, at: int) -> str | None:
        """Of an auditor's key file, in force at that time."""
        ...

    @property
    def passkeys(self) -> Passkeys:
        """Of borrowers and staff, not removed."""
        ...

    @property
    def parties(self) -> Mapping[str, Party]:
        """By id."""
        ...


def check_signatures(draft: Draft, directory: Keys, at: int, *, decoded: bool = False) -> None:
    """Raises UnauthorizedError unless every signature holds and those that the kind needs are there. Pure.

    `at`: the entry's stamp; the directory is as it stood before the entry. `decoded`: as `Draft.to_sign`.

    Code `signature-invalid` for one that does not hold, `authority-missing` for one that is not there.
    """
    kind = KINDS.get(draft.kind)
    if kind is None:
        raise UnauthorizedError("no authority exists for an unknown kind")
    signers = signers_of(draft, directory, at, decoded=decoded)
    if kind.authority is Authority.OFFICER and not signers - {"courier"}:
        raise UnauthorizedError("this act needs an officer's signature over the draft")
    if kind.authority is Authority.COURIER and "courier" not in signers:
        raise UnauthorizedError("this entry needs the courier's signature")


def signers_of(draft: Draft, directory: Keys, at: int, *, decoded: bool = False) -> frozenset[str]:
    """Ids of those whose signatures hold: officers', `courier`, and where the kind takes theirs, an auditor's or the
    borrower's. Raises UnauthorizedError on one that does not hold."""
    if not draft.auth:
        return frozenset()
    if len(draft.auth) > MAX_SIGNATURES:
        raise UnauthorizedError("an entry carries at most four signatures", code="signature-invalid")
    to_sign = draft.to_sign(decoded=decoded)
    message = act_message(to_sign)
    signers = [
        _by_passkey(item, draft.kind, to_sign, directory, at) if item.get("alg") == WEBAUTHN
        else _by_key(item, draft.kind, message, directory, at)
        for item in draft.auth
    ]
    if len(set(signers)) != len(signers):
        raise UnauthorizedError("each signature is by somebody else", code="signature-invalid")
    return frozenset(signers)


def check_courier(message: bytes, item: Object, directory: Keys) -> None:
    """Raises UnauthorizedError unless `item` is the courier's signature of `act_message(message)`."""
    if item.get("by") != "courier":
        raise UnauthorizedError("this needs the courier's signature")
    _signer(item, act_message(message), directory.courier_sig)


def admit(draft: Draft, kind: Kind, directory: Keys, at: int, *, made_here: bool) -> None:
    """Raises UnauthorizedError unless somebody who may say this has said it.

    `made_here`: one of the vault's own ops made the draft; nothing that comes in by `append` is.
    """
    depositing = made_here and kind.name == "channel-added/1" and draft.by.role in DEPOSITORS
    approving = kind.name in AUDITORS and draft.by.role == "auditor"
    if draft.by.role not in ROLES[kind.authority] and not depositing and not approving:
        raise UnauthorizedError("this role does not say such a thing")
    if draft.by.role in NEEDS_ID and draft.by.id is None:
        raise UnauthorizedError("by names who says it: give its id")
    own = kind.authority in (Authority.VAULT, Authority.CONSENT) or kind.name in DEPOSITED | OWN_OPS
    if own and not made_here:
        raise UnauthorizedError("entries of this kind are made by the vault itself, through their own op")
    check_signatures(draft, directory, at)
    if any(_is_suspended(str(item.get("officer")), directory) for item in draft.auth):
        raise UnauthorizedError("a suspended officer signs nothing, by whatever key", code="signature-invalid")


def _by_passkey(item: Object, kind: str, to_sign: bytes, directory: Keys, at: int) -> str:
    """Whose passkey signed this very act. Raises UnauthorizedError `signature-invalid`."""
    refused = UnauthorizedError("a passkey's signature is by its owner, for what he may sign, over this very act",
                                code="signature-invalid")
    passkey = directory.passkeys.get(str(item.get("passkey")))
    if passkey is None:
        raise refused
    who = "borrower" if passkey.role == "borrower" else "officer"
    if set(item) != {who, *PASSKEY_MEMBERS} or passkey.subject != item[who]:
        raise refused
    if kind not in _may_sign(passkey) or at < passkey.effective or _is_suspended(passkey.subject, directory):
        raise refused
    try:
        check_act(passkey, item, to_sign)
    except UnauthorizedError as error:
        raise refused from error
    return passkey.subject


def _may_sign(passkey: Passkey) -> Collection[str]:
    if passkey.role == "officer":
        return KINDS
    return AUDITORS if passkey.role == "auditor" else BORROWERS


def _is_suspended(subject: str, directory: Keys) -> bool:
    party = directory.parties.get(subject)
    return party is not None and party.suspended_at is not None


def _by_key(item: Object, kind: str, message: bytes, directory: Keys, at: int) -> str:
    """Who made this signature: the courier, an officer, or of what auditors may sign an auditor who is not suspended.

    Raises UnauthorizedError `signature-invalid`.
    """
    if "by" in item:
        return _signer(item, message, directory.courier_sig if item["by"] == "courier" else None)
    name = str(item.get("officer"))
    key = directory.officers.get(name)
    if key is None and kind in AUDITORS and not _is_suspended(name, directory):
        key = directory.auditor_key(name, at)
    return _signer(item, message, key)


@lru_cache(maxsize=256)
def _ready(key: str) -> Ed25519PublicKey:
    """A public key as it is used: the same few sign nearly everything. Raises MalformedError, ValueError."""
    return Ed25519PublicKey.from_public_bytes(from_b64url(key))


def _signer(item: Object, message: bytes, key: str | None) -> str:
    """Who made this signature, by this key. Raises UnauthorizedError `signature-invalid`."""
    name = item["by"] if "by" in item else item.get("officer")
    expected = {"by", "alg", "sig"} if "by" in item else {"officer", "alg", "sig"}
    if key is None or set(item) != expected or item["alg"] != "Ed25519":
        raise UnauthorizedError("a signature is {officer, alg: Ed25519, sig} by a known key, or the courier's",
                                code="signature-invalid")
    try:
        _ready(key).verify(from_b64url(item["sig"]), message)
    except (InvalidSignature, MalformedError, ValueError, TypeError) as error:
        raise UnauthorizedError("a signature does not hold for this entry", code="signature-invalid") from error
    return str(name)

