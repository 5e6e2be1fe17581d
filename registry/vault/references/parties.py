"""Checks of entries about the registry itself: parties, providers, agencies, packs, feeds, the auditor's look."""

from __future__ import annotations

import hashlib

from registry.errors import ConflictError, MalformedError
from registry.jose import p256_key
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Draft
from registry.model.providers import KINDS, grade_of
from registry.model.times import DAY, HOUR, parse_stamp
from registry.policy import DEROGATION, read_pack
from registry.texts.speakable import unspeakable
from registry.vault.references.context import FUTURE, Check, Context
from registry.vault.relations import unknown

DRAFT_LIFE = HOUR  # an act is drafted, signed and posted within it (CONTRACT section 6)
AGENCY_APPROVAL_DAYS = 365  # POLICY section 4, agency.max_approval_days


def check_party(draft: Draft, member: str, role: str, context: Context) -> None:
    """Raises MalformedError unless the member names a registered party of this role."""
    party = context.directory.parties.get(draft.body[member])
    if party is None or party.role != role:
        raise MalformedError(f"/{member} is none of the registered: name a registered {role}",
                             pointer=f"/body/{member}", code="party-unknown")


def check_own(draft: Draft, context: Context) -> None:
    """Raises unless the entry is by the registered lender it names."""
    check_party(draft, "lender", "lender", context)
    if draft.by.id != draft.body["lender"]:
        raise unknown()


def _provider(draft: Draft, context: Context) -> None:
    body = draft.body
    if context.directory.provider_named(body["name"]) is not None:
        raise ConflictError("a provider of this name is registered: choose another", code="name-taken")
    if ("public_key" in body) == ("secret_commitment" in body):
        raise MalformedError("a provider signs with a public key or with a secret, one of them")
    if body["grade"] == "A" and "public_key" not in body:
        raise MalformedError("grade A needs a public key: a shared secret can be forged by whoever holds it")
    if body["adapter"] in KINDS:
        worth = grade_of(body["adapter"], public_key="public_key" in body)
        if worth is None:
            given = "public_key" if "public_key" in body else "secret_commitment"
            raise MalformedError(f"{KINDS[body['adapter']].title} signs with the other of public key and secret",
                                 pointer=f"/body/{given}")
        if body["grade"] < worth:
            raise MalformedError(f"what this kind of provider signs makes grade {worth} at best",
                                 pointer="/body/grade")
    if "owner_party" in body and body["owner_party"] not in context.directory.parties:
        raise MalformedError("/owner_party is none of the registered: name a registered party", code="party-unknown")


def _gap(draft: Draft, context: Context) -> None:
    provider = context.directory.provider(draft.body["provider"])
    if provider is None:
        raise unknown()
    if draft.body["from_seq"] > draft.body["through_seq"]:
        raise MalformedError("a gap ends after it begins", pointer="/body/through_seq")
    if draft.body["through_seq"] >= provider.sequence.highest:
        # Numbers still to come may not be excused beforehand: a held-back "answered" would leave no gap.
        raise MalformedError("a gap lies below the highest number that has arrived", pointer="/body/through_seq")


def _registered(draft: Draft, context: Context) -> None:
    _check_not_suspended(draft, context)
    _check_key(draft)


def _check_not_suspended(draft: Draft, context: Context) -> None:
    """An officer of genesis can be suspended before he is registered; nothing ends that."""
    known = context.directory.parties.get(draft.body["party"])
    if known is not None and known.suspended_at is not None:
        raise ConflictError("this officer is suspended, for good: register another one", code="officer-suspended")


def _check_key(draft: Draft) -> None:
    # A permit for a key that is no point of the curve could never be opened.
    if "enc_key" in draft.body:
        p256_key(draft.body["enc_key"])


def _known_party(draft: Draft, context: Context) -> None:
    if draft.body["party"] not in context.directory.parties:
        raise unknown()


def _known_or_of_genesis(draft: Draft, context: Context) -> None:
    if draft.body["party"] not in context.directory.officers:
        _known_party(draft, context)


def _key_changed(draft: Draft, context: Context) -> None:
    _known_party(draft, context)
    _check_key(draft)


def _suspended(draft: Draft, context: Context) -> None:
    """Everybody may suspend himself, a lender its agencies besides; the registry's own people may suspend anybody but
    the last officer: nobody could sign anything ever again, and the web tier's word alone must not do that."""
    _known_or_of_genesis(draft, context)
    by, party = draft.by, draft.body["party"]
    own = by.id == party or (by.role == "lender" and (party, by.id) in context.directory.approvals)
    if by.role in ("lender", "agency", "borrower", "contact") and not own:
        raise unknown()
    directory = context.directory
    if party in directory.officers or directory.parties[party].role == "officer":
        left = {*directory.officers, *(one.id for one in directory.parties.values() if one.role == "officer")}
        if not any(_can_sign(one, context) for one in left - {party}):
            raise ConflictError("nobody would be left who can sign: register another officer first",
                                code="last-officer")


def _can_sign(officer: str, context: Context) -> bool:
    """Whether an officer has a key or a passkey and is not suspended."""
    directory = context.directory
    party = directory.parties.get(officer)
    if party is not None and party.suspended_at is not None:
        return False
    return officer in directory.officers or directory.passkeys.has(officer)


def _agency(draft: Draft, context: Context) -> None:
    check_party(draft, "agency", "agency", context)
    check_party(draft, "lender", "lender", context)
    if parse_stamp(draft.body["until"]) > context.at + AGENCY_APPROVAL_DAYS * DAY:
        raise MalformedError("an agency is approved for at most 365 days", pointer="/body/until")


def _pack(draft: Draft, context: Context) -> None:
    body = draft.body
    if hashlib.sha256(body["text"].encode()).hexdigest() != body["sha256"]:
        raise MalformedError("/sha256 is not the digest of /text", pointer="/body/sha256")
    if parse_stamp(body["effective_from"]) < context.at - DRAFT_LIFE:
        raise MalformedError("a pack takes effect from now on, not in the past", pointer="/body/effective_from")
    pack = read_pack(body["text"])
    if (pack.id.name, pack.id.version) != (body["name"], body["version"]):
        raise MalformedError("/name and /version are those in /text", pointer="/body/text")
    if pack.id.name == DEROGATION:
        raise MalformedError("decisions name derogations so: call the pack otherwise", pointer="/body/name")
    unsaid = unspeakable(pack)
    if unsaid:
        raise MalformedError(f"a pack keeps to what must not be said; {unsaid[0]}", pointer="/body/text",
                             code="pack-unspeakable")
    loosened = context.directory.loosened_by(pack)
    if loosened:
        raise MalformedError(f"another floor may only tighten; this one loosens {', '.join(loosened)}",
                             pointer="/body/text", code="floor-loosened")


def _feed(draft: Draft, context: Context) -> None:
    check_own(draft, context)
    if parse_stamp(draft.body["complete_through"]) > context.at + FUTURE:
        raise MalformedError("/complete_through lies in the future: report a feed only as far as it is complete",
                             code="time-out-of-range", pointer="/body/complete_through")


def _viewed(draft: Draft, context: Context) -> None:
    if "lookup" in draft.body:
        context.relations.entry(draft.body["lookup"], *DECIDED)


PARTIES: dict[str, Check] = {
    "provider-registered/1": _provider, "provider-gap-accepted/1": _gap, "party-registered/1": _registered,
    "party-key-changed/1": _key_changed,
    "party-suspended/1": _suspended, "agency-approved/1": _agency, "pack-activated/1": _pack,
    "borrower-registered/1": check_own, "feed-complete/1": _feed, "viewed/1": _viewed,
}
