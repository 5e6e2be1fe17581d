"""Kantara Consent Receipt 1.1.0: what a person could keep of a consent that was given."""

from __future__ import annotations

import json
from typing import Any

from registry.model.times import SECOND, parse_stamp
from registry.records.told import ASSURED, URN, Told

VERSION = "KI-CR-v1.1.0"
CONTACT_DATA = "2 - Contact"                      # Kantara's categories of personal data
# And of purposes: what a company does for the institution, and what one does for itself.
CORE, DELIVERY, OTHERS = "1 - Core Function", "8 - Sharing for Delivery", "10 - 3rd Party Sharing for Core Function"
SEE_PAGE = "not held by this registry: see contact"


def kantara_receipt(told: Told) -> dict[str, Any]:
    """The receipt. Raises ConflictError `record-not-yet` for a consent that was never given."""
    given = told.given()
    return {
        "version": VERSION,
        "jurisdiction": told.jurisdiction,
        "consentTimestamp": parse_stamp(given.at) // SECOND,
        "collectionMethod": f"{told.method}: {ASSURED[told.assurance or 'recorded']}",
        "consentReceiptID": told.consent,
        "publicKey": json.dumps(dict(told.key), sort_keys=True, separators=(",", ":")),
        "language": told.notice["language"],
        "piiPrincipalId": told.principal,
        "piiControllers": [{
            "piiController": told.institution, "onBehalf": False, "contact": told.page,
            "address": {"addressCountry": told.country or told.jurisdiction}, "email": SEE_PAGE, "phone": SEE_PAGE,
            "piiControllerUrl": told.page,
        }],
        "policyUrl": f"{told.page}#{told.notice['id']}@{told.notice['version']}",
        "services": [{
            "service": "contact registry",
            "purposes": [_purpose(told, purpose) for purpose in told.scope["purposes"]],
        }],
        "sensitive": False,
        "spiCat": [],
        "x-consentry": _own(told),
    }


def _purpose(told: Told, purpose: str) -> dict[str, Any]:
    shared = OTHERS if told.scope["grantee"]["role"] == "independent" else DELIVERY
    party = {"thirdPartyName": told.recipient} if told.discloses else {}
    return {
        "purpose": purpose, "purposeCategory": [shared if told.discloses else CORE], "consentType": "EXPLICIT",
        "piiCategory": [CONTACT_DATA], "primaryPurpose": purpose == told.scope["purposes"][0],
        "termination": f"{told.ends_at}, or after {told.scope['max_uses']} uses, or when withdrawn",
        "thirdPartyDisclosure": told.discloses, **party,
    }


def _own(told: Told) -> dict[str, Any]:
    """What Kantara has no place for: the scope to the letter, the state, and what proves all of it."""
    scope = {name: told.scope[name] for name in ("modes", "max_uses", "hours") if name in told.scope}
    more = {"renews": f"{URN}:consent:{told.renews}" if told.renews else None,
            "account": f"{URN}:account:{told.account}" if told.account else None,
            "receipt": told.receipt, "proof": told.proof}
    return {
        "state": told.state, "scope": scope, "notice_sha256": told.notice["sha256"],
        "terms_sha256": told.terms_sha256, "log": told.origin,
        **{name: value for name, value in more.items() if value is not None},
    }
