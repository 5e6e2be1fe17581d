"""A consent artefact in the form of India's DEPA (the shape of the account aggregators' ConsentDetail).

What is shared is a telephone number under conditions, no financial information: members that speak of such are left
out or say the nearest true thing (docs/consent-records.md, "DEPA").
"""

from __future__ import annotations

from typing import Any

from registry.records.told import ENDING, EXPIRED, SPENT, URN, Told

CODES = {  # of our own: the aggregators' list (101 to 105) is about financial information alone
    "confirm-whereabouts": "C01", "location-information": "C02", "restore-contact": "C03",
    "obtain-contact-details": "C04", "relay-message": "C05", "contact-borrower": "C06",
}


def artefact(told: Told) -> dict[str, Any]:
    """The artefact. Of several purposes codes and words are joined. Raises ConflictError `record-not-yet`."""
    given = told.given()
    uses, grantee = told.scope["max_uses"], told.scope["grantee"]
    consumer = f"{URN}:party:{grantee['party']}" if told.party and "party" in grantee else told.recipient
    purposes = list(told.scope["purposes"])
    detail: dict[str, Any] = {
        "consentStart": given.at, "consentExpiry": told.ends_at, "consentMode": "STORE" if told.discloses else "VIEW",
        "fetchType": "ONETIME" if uses == 1 else "PERIODIC", "consentTypes": ["PROFILE"],
        "DataConsumer": {"id": consumer, "type": "recipient" if told.reader == "contact" else grantee["role"]},
        "DataProvider": {"id": told.registry, "type": "registry"},
        "Customer": {"id": f"{told.subject}@{told.origin}"},
        "DataLife": {"unit": "DAY", "value": 1},        # a release opens for at most 24 hours
        "Frequency": {"unit": "YEAR", "value": uses},   # no consent is good for more than a year
        "Purpose": {"code": "+".join(CODES[one] for one in purposes), "text": ", ".join(purposes)},
    }
    return {
        "ConsentDetail": detail,
        "status": status(told),
        "consentDetailDigitalSignature": told.receipt or "",
        "x-consentry": {
            "consent": told.consent, "terms_sha256": told.terms_sha256, "log": told.origin,
            "notice_sha256": told.notice["sha256"], **({"proof": told.proof} if told.proof else {}),
        },
    }


def status(told: Told) -> str:
    """`ACTIVE`, `REVOKED` or `EXPIRED`; nobody pauses a consent."""
    if told.state in ENDING:
        return "REVOKED"
    return "EXPIRED" if told.state in (EXPIRED, SPENT) else "ACTIVE"
