"""ISO/IEC TS 27560:2023 as JSON-LD in the words of the Data Privacy Vocabulary (its guide "consent-27560", 2024).

Every word of the context stands in the record itself: a reader fetches nothing, and learns nobody's address by it.
"""

from __future__ import annotations

from typing import Any

from registry.records.told import (
    ASSURED,
    EXPIRED,
    GIVEN,
    OBJECTED,
    PURPOSES_ZH,
    REFUSED,
    REQUESTED,
    SPENT,
    URN,
    VOID,
    WITHDRAWN,
    Happened,
    Told,
)

Node = dict[str, Any]
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record"
CONTEXT: Node = {
    "dpv": "https://w3id.org/dpv#", "pd": "https://w3id.org/dpv/pd#", "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/", "schema": "https://schema.org/", "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xsd": "http://www.w3.org/2001/XMLSchema#",
    "consentry": f"{URN}:terms#",
}
STATUS = {
    REQUESTED: "dpv:ConsentRequested", GIVEN: "dpv:ConsentGiven", WITHDRAWN: "dpv:ConsentWithdrawn",
    REFUSED: "dpv:ConsentRefused", OBJECTED: "dpv:ConsentWithdrawn", VOID: "dpv:ConsentRevoked",
    EXPIRED: "dpv:ConsentExpired", SPENT: "dpv:ConsentExpired",
}
RENEWED, REVOKED = "dpv:RenewedConsentGiven", "dpv:ConsentRevoked"
ENDLESS: Node = {"@type": "dpv:EndlessDuration"}
RIGHTS = ("withdraw", "object", "access", "erase", "complain")


def linked_record(told: Told) -> Node:
    """The record. Fields of TS 27560 in their order: header, notice, processing, parties, events."""
    return {
        "@context": CONTEXT,
        "@id": f"{URN}:consent:{told.consent}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": SCHEMA},
        "dct:identifier": told.consent,
        "dpv:hasDataSubject": {"@id": told.principal},
        "dct:creator": {"@id": told.registry},
        **({"dct:replaces": {"@id": f"{URN}:consent:{told.renews}"}} if told.renews else {}),
        "dpv:hasNotice": _notice(told),
        "dpv:hasProcess": [_process(told, purpose) for purpose in told.scope["purposes"]],
        "dpv:hasEntity": _entities(told),
        "dpv:hasConsentStatus": _events(told),
        "dct:provenance": _provenance(told),
    }


def _time(text: str) -> Node:
    return {"@type": "xsd:dateTime", "@value": text}


def _notice(told: Told) -> Node:
    notice = told.notice
    return {
        "@id": f"{URN}:notice:{notice['id']}:{notice['version']}:{notice['sha256']}", "@type": "dpv:ConsentNotice",
        "dct:identifier": notice["id"], "dct:hasVersion": notice["version"], "dct:language": notice["language"],
        "consentry:sha256": notice["sha256"],
    }


def _process(told: Told, purpose: str) -> Node:
    """What the consent allows for one purpose."""
    scope = told.scope
    allowed = [{"@id": "dpv:Store"}, {"@id": "dpv:Use"}, *([{"@id": "dpv:Disclose"}] if told.discloses else [])]
    contact = told.contact if told.giver == "borrower" else None
    about = {"consentry:account": told.account, "consentry:contact": contact}
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@id": f"{URN}:purpose:{purpose}", "@type": "dpv:Purpose",
            "skos:broader": {"@id": "dpv:CommunicationManagement"},
            "dct:title": [{"@language": "en", "@value": purpose.replace("-", " ")},
                          {"@language": "zh", "@value": PURPOSES_ZH[purpose]}],
        },
        "dpv:hasPersonalData": {
            "@type": "dpv:PersonalData", "skos:broader": {"@id": "pd:TelephoneNumber"},
            "dpv:hasNecessity": {"@id": "dpv:Required"},
        },
        "dpv:hasProcessing": allowed,
        "dpv:hasDataSource": {"@id": "dpv:DataControllerDataSource"},
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": _until(told.ends_at)},
            {"@type": "dpv:StorageDeletion", "dct:description": "destroyed 72 hours after erasure is asked for"},
        ],
        "dpv:hasProcessingCondition": _conditions(told),
        "dpv:hasDataController": {"@id": told.controller},
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
        "dpv:hasRecipient": {"@id": _recipient(told)},
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent", "schema:url": told.page,
            "dct:description": "one click there, the link of every message, or the reply N",
        },
        "dpv:hasJurisdiction": {"@id": f"loc:{told.jurisdiction}"},
        "dpv:hasRight": [{"@id": f"{URN}:right:{one}", "@type": "dpv:DataSubjectRight", "schema:url": told.page}
                         for one in RIGHTS],
        "dpv:hasService": {"@id": f"{URN}:service:contact-registry", "@type": "dpv:Service"},
        "consentry:mode": list(scope["modes"]),
        **{name: {"@id": f"{URN}:{name.split(':')[1]}:{one}"} for name, one in about.items() if one is not None},
    }


def _conditions(told: Told) -> list[Node]:
    found: list[Node] = [{"@type": "dpv:ProcessingDuration", "dpv:hasDuration": {
        "@type": "dpv:FixedOccurrencesDuration", "rdf:value": str(told.scope["max_uses"])}}]
    if "hours" in told.scope:
        start, end = told.scope["hours"]
        found.append({"@type": "dpv:ProcessingCondition", "consentry:hours": f"{start}/{end}"})
    return found


def _recipient(told: Told) -> str:
    party = told.scope["grantee"].get("party")
    if told.party is not None and party is not None:
        return f"{URN}:party:{party}"
    return f"{URN}:recipient:{told.consent}"


def _entities(told: Told) -> list[Node]:
    """The parties. A person has no name, address or number here: the pseudonym is known to who may resolve it."""
    country = {"schema:addressCountry": told.country or told.jurisdiction}
    contact = {"@type": "schema:ContactPoint", "schema:contactType": "registry of consents", "schema:url": told.page}
    return [
        {"@id": told.principal, "@type": "dpv:DataSubject", "dpv:hasIdentifier": told.principal},
        {"@id": told.controller, "@type": "dpv:DataController", "dpv:hasIdentifier": told.controller,
         "dpv:hasName": told.institution, "schema:contactPoint": contact,
         "schema:address": {"@type": "schema:PostalAddress", **country}},
        {"@id": _recipient(told), "@type": "dpv:Recipient", "dpv:hasIdentifier": _recipient(told),
         "dpv:hasName": told.recipient, "schema:contactPoint": contact,
         "schema:address": {"@type": "schema:PostalAddress", **country}},
        {"@id": told.registry, "@type": "dpv:DataProcessor", "dpv:hasIdentifier": told.registry,
         "dpv:hasName": told.origin, "schema:url": told.public_url, "schema:contactPoint": contact,
         "schema:address": {"@type": "schema:PostalAddress", **country}},
    ]


def _events(told: Told) -> list[Node]:
    """Every act, oldest first, and the end that time or use brought."""
    found = [_event(told, one) for one in told.events]
    if told.state in (EXPIRED, SPENT):
        # Of a consent that was used up the moment is its last use's: the uses' own entries say when.
        when = {"dpv:isIndicatedAtTime": _time(told.ends_at)} if told.state == EXPIRED else {}
        found.append({
            "@type": STATUS[told.state], **when, "dpv:isIndicatedBy": {"@id": told.registry},
            "dpv:hasDuration": ENDLESS, "consentry:why": told.state,
        })
    return found


def _event(told: Told, one: Happened) -> Node:
    status = STATUS[one.act]
    own = one.by == told.giver
    if one.act == GIVEN and told.renews:
        status = RENEWED
    if one.act == WITHDRAWN and not own:
        status = REVOKED
    node = {
        "@type": [status, "dpv:ExplicitlyExpressedConsent"] if one.act == GIVEN else status,
        "dpv:isIndicatedAtTime": _time(one.at),
        "dpv:isIndicatedBy": {"@id": told.principal if own else told.controller},
        "dpv:hasDuration": _until(told.ends_at) if one.act in (GIVEN, REQUESTED) else ENDLESS,
        "consentry:logIndex": one.index,
    }
    if one.act == GIVEN:
        node["dpv:hasIndicationMethod"] = f"{told.method}: {ASSURED[told.assurance or 'recorded']}"
    return node


def _until(text: str) -> Node:
    return {"@type": "dpv:UntilTimeDuration", "rdf:value": _time(text)}


def _provenance(told: Told) -> Node:
    """What proves it: the digest of the terms, the registry's receipt of the last act, its place in the log."""
    return {
        "@type": "dct:ProvenanceStatement", "consentry:termsSha256": told.terms_sha256,
        "consentry:log": told.origin, "consentry:keys": f"{told.public_url}/v1/keys",
        **({"consentry:receipt": told.receipt} if told.receipt else {}),
        **({"consentry:proof": told.proof} if told.proof else {}),
    }
