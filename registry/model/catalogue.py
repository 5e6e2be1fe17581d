"""Every kind of entry that exists. Members are documented in docs/entries.md."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.model.kinds import Authority, Kind, registry_of
from registry.model.shapes import (
    B64URL,
    BOOL,
    DATE,
    DIGEST,
    ID_SHAPE,
    LANGUAGE,
    REGION,
    STAFF_CODE,
    TIME,
    WORD,
    ZONE,
    Optional,
    Shape,
    integer,
    listing,
    struct,
    text,
    words,
)

A = Authority

COUNT = integer(0, 2**53 - 1)
ZONES = listing(ZONE, 40, 1)
LANGUAGES = listing(LANGUAGE, 8, 1)
MEDIUM = words("voice", "sms", "email", "post", "app")
USE = words("personal", "shared", "work")
PURPOSE = words(
    "confirm-whereabouts", "location-information", "restore-contact", "obtain-contact-details",
    "relay-message", "contact-borrower",
)
MODE = words("message", "call", "number")
HOLD = words(
    "attorney", "dispute", "insolvency", "moratorium", "vulnerability", "cease", "complaint",
    "deceased", "incapacitated",
)
OUTCOME = words(
    "relayed", "will-relay", "refused", "wrong-person", "minor", "deceased", "number-dead",
    "no-answer", "gave-channel", "distress",
)
STATUS = words(
    "answered-person", "answered-household", "answered-machine", "screened", "rang-out", "busy", "rejected",
    "unreachable", "unallocated", "cancelled", "failed", "delivered", "bounced-hard", "bounced-soft",
    "replied", "unsubscribed", "complained",
)
CLASS = words(
    "reached-person", "engaged", "declined", "voicemail", "screened", "household", "delivered", "busy",
    "wrong-person", "no-answer", "not-alerted", "dead-address", "caller-fault", "unknown",
)
PACK = struct({"name": WORD, "version": text(r"[0-9]{1,6}", "version"), "sha256": DIGEST})
PACK_TEXT = text(r"(?s:.{1,40000})", "pack text")
JWK_P256 = struct({"kty": words("EC"), "crv": words("P-256"), "x": B64URL, "y": B64URL})
VERSION = text(r"[0-9]+(\.[0-9]+){0,2}", "version")
OFFSETS = listing(struct({"zone": ZONE, "minutes": integer(-1080, 1080)}), 80)
# Local minute and date of an attempt in one zone, written when it is logged: replay needs no zone database.
LOCAL = struct({"zone": ZONE, "date": DATE, "minute": integer(0, 1439), "offset": integer(-1080, 1080)})
REASON = WORD

SCOPE = struct({
    "purposes": listing(PURPOSE, 6, 1),
    "modes": listing(MODE, 3, 1),
    "data": listing(words("phone"), 1, 1),
    "grantee": struct({"party": Optional(ID_SHAPE), "role": words("lender", "entrusted", "independent")}),
    "max_uses": integer(1, 100),
    "hours": Optional(listing(text(r"([01]\d|2[0-3]):[0-5]\d|24:00", "HH:MM"), 2, 2)),
})
NOTICE_SHOWN = struct({
    "id": text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "notice id"),
    "version": text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", "version"),
    "language": LANGUAGE, "sha256": DIGEST,
})
TERMS: dict[str, Shape | Optional] = {
    "consent": ID_SHAPE, "giver": words("borrower", "contact"), "lender": ID_SHAPE, "borrower": ID_SHAPE,
    "contact": Optional(ID_SHAPE), "line": Optional(ID_SHAPE), "account": Optional(ID_SHAPE), "scope": SCOPE,
    "notice": NOTICE_SHOWN, "method": words("portal", "app", "message", "voice", "paper", "branch"),
    "separate": BOOL, "given_at": TIME, "expires_at": TIME, "terms_sha256": DIGEST,
}
ADDRESS: dict[str, Shape | Optional] = {
    # What the registry itself derived from the address when it was deposited; the address is in the blob.
    "line": ID_SHAPE, "region": Optional(REGION), "zones": Optional(ZONES), "blob_sha256": DIGEST,
}
# The officer's free words stay sealed in the web tier; the entry pins them by a salted commitment.
NOTE = Optional(DIGEST)

REGISTRY = [
    Kind("genesis/1", A.VAULT, {
        "origin": text(r"[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*", "origin"), "demo": BOOL,
        "log_key": text(r"[ -~]{1,300}", "verifier key"), "vault_sig": B64URL, "vault_enc": JWK_P256,
        "courier_sig": B64URL, "courier_enc": JWK_P256,
        "officers": listing(struct({"officer": ID_SHAPE, "key": B64URL}), 20, 1),
        "witness_policy": text(r"none|[0-9a-f]{64}", "digest or none"), "rules": VERSION,
        "packs": listing(struct({"name": WORD, "version": text(r"[0-9]{1,6}"), "sha256": DIGEST,
                                 "text": PACK_TEXT}), 4, 1),
    }, directory=True),
    Kind("demo-clock-advanced/1", A.VAULT, {"seconds": integer(1, 366 * 86_400)}),
    Kind("provider-registered/1", A.OFFICER, {
        "provider": ID_SHAPE, "name": WORD, "adapter": WORD, "grade": words("A", "B", "C"),
        "owner": words("registry", "lender", "neutral", "agency"), "owner_party": Optional(ID_SHAPE),
        "secret_commitment": Optional(DIGEST), "public_key": Optional(B64URL),
    }, directory=True),
    Kind("provider-gap-accepted/1", A.OFFICER, {
        "provider": ID_SHAPE, "from_seq": integer(1, 2**53 - 1), "through_seq": integer(1, 2**53 - 1),
    }, directory=True),
    Kind("party-registered/1", A.OFFICER, {
        "party": ID_SHAPE, "role": words("lender", "agency", "officer", "auditor"),
        "name": text(r"[^\n]{1,80}", "name of an institution"), "regulator": Optional(REGION), "enc_key": Optional(JWK_P256),
    }, directory=True),
    Kind("party-key-changed/1", A.OFFICER, {"party": ID_SHAPE, "enc_key": JWK_P256}, directory=True),
    Kind("party-suspended/1", A.ANYONE, {"party": ID_SHAPE}, restricting=True, directory=True),
    Kind("agency-approved/1", A.OFFICER, {
        "agency": ID_SHAPE, "lender": ID_SHAPE, "role": words("entrusted", "independent"), "until": TIME,
    }, directory=True),
    Kind("pack-activated/1", A.OFFICER, {
        "name": WORD, "version": text(r"[0-9]{1,6}", "version"), "sha256": DIGEST, "text": PACK_TEXT,
        "effective_from": TIME,
    }, directory=True),
    Kind("releases-stopped/1", A.ANYONE, {}, restricting=True, directory=True),
    Kind("releases-resumed/1", A.OFFICER, {}, directory=True),
]

LENDERS = [
    Kind("borrower-registered/1", A.LENDER, {
        "borrower": ID_SHAPE, "lender": ID_SHAPE, "residence": REGION, "time_zone": ZONE,
        "languages": LANGUAGES, "name_sha256": DIGEST,
    }, ("borrower",)),
    Kind("channel-added/1", A.LENDER, {
        "channel": ID_SHAPE, "borrower": ID_SHAPE, "medium": MEDIUM, "use": USE, **ADDRESS,
    }, ("borrower", "line")),
    Kind("channel-removed/1", A.LENDER, {"channel": ID_SHAPE, "borrower": ID_SHAPE}, ("borrower",)),
    Kind("channel-disputed/1", A.ANYONE, {"channel": ID_SHAPE, "borrower": ID_SHAPE}, ("borrower",),
         restricting=True),
    Kind("contact-registered/1", A.LENDER, {
        "contact": ID_SHAPE, "borrower": ID_SHAPE, "lender": ID_SHAPE, "rank": integer(1, 5),
        "relation": words("parent", "spouse", "sibling", "friend", "colleague", "other"),
        "languages": LANGUAGES, "residence": Optional(REGION), "name_sha256": DIGEST, **ADDRESS,
    }, ("borrower", "line")),
    Kind("account-opened/1", A.LENDER, {
        "account": ID_SHAPE, "borrower": ID_SHAPE, "lender": ID_SHAPE,
        "liability": words("principal", "joint", "guarantor"), "due_since": DATE, "balance_minor": COUNT,
        "currency": text(r"[A-Z]{3}", "currency"), "limitation_until": DATE,
        "state": words("open", "paid", "closed"), "as_of": DATE,
    }, ("borrower", "account")),
    Kind("account-changed/1", A.LENDER, {
        "account": ID_SHAPE, "borrower": ID_SHAPE, "due_since": Optional(DATE), "balance_minor": Optional(COUNT),
        "limitation_until": Optional(DATE), "state": Optional(words("open", "paid", "closed")), "as_of": DATE,
    }, ("borrower",)),
    Kind("placed/1", A.LENDER, {
        "placement": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE, "lender": ID_SHAPE, "agency": ID_SHAPE,
        "from": DATE, "until": DATE,
    }, ("borrower",)),
    Kind("recalled/1", A.ANYONE, {"placement": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE}, ("borrower",),
         restricting=True),
    Kind("feed-complete/1", A.LENDER, {
        "lender": ID_SHAPE, "feed": words("payments", "logins", "inbound"), "complete_through": TIME,
    }, directory=True),
]

CONSENTS = [
    Kind("contact-informed/1", A.COURIER, {
        "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "opened": ID_SHAPE, "language": LANGUAGE,
    }, ("borrower",)),
    Kind("consent-requested/1", A.LENDER, TERMS, ("borrower",)),
    Kind("consent-given/1", A.CONSENT, {
        **TERMS, "assurance": words("recorded", "code", "passkey"), "evidence_commitment": Optional(DIGEST),
    }, ("borrower",)),
    Kind("consent-withdrawn/1", A.ANYONE, {
        "consent": ID_SHAPE, "giver": words("borrower", "contact"), "borrower": ID_SHAPE,
        "contact": Optional(ID_SHAPE), "act": words("withdrawn", "refused"),
        "through": words("link", "reply", "portal", "lender", "agency"),
    }, ("borrower",), restricting=True),
    Kind("objected/1", A.ANYONE, {
        "line": ID_SHAPE, "contact": ID_SHAPE, "borrower": ID_SHAPE,
        "through": words("link", "reply", "portal", "lender", "agency"),
    }, ("borrower", "line"), restricting=True),
    Kind("code-sent/1", A.COURIER, {
        "consent": ID_SHAPE, "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "opened": ID_SHAPE,
        "language": LANGUAGE,
    }, ("borrower",)),
    Kind("erasure-requested/1", A.ANYONE, {
        "subject": ID_SHAPE, "role": words("borrower", "contact"), "borrower": ID_SHAPE,
    }, ("borrower",), restricting=True),
    Kind("erasure-cancelled/1", A.OFFICER, {
        "subject": ID_SHAPE, "role": words("borrower", "contact"), "borrower": ID_SHAPE,
    }, ("borrower",)),
]

EVIDENCE = [
    Kind("attempt-recorded/1", A.COURIER, {
        "provider": ID_SHAPE, "attempt": ID_SHAPE, "seq": integer(1, 2**53 - 1),
        "grade": words("A", "B", "C"), "medium": MEDIUM, "direction": words("outbound", "inbound"),
        # Absent where the dialled address is nobody's channel: the entry then only keeps the sequence whole.
        "borrower": Optional(ID_SHAPE), "channel": Optional(ID_SHAPE), "account": Optional(ID_SHAPE),
        "agency": Optional(ID_SHAPE), "line": Optional(ID_SHAPE),
        "cause": struct({"sip": Optional(integer(100, 699)), "q850": Optional(integer(1, 127)),
                         "status": Optional(STATUS), "hangup_by": Optional(words("caller", "callee", "network")),
                         "unmapped": Optional(BOOL)}),
        "class": CLASS, "table": PACK, "began_at": Optional(TIME), "ended_at": Optional(TIME),
        "ring_seconds": Optional(integer(0, 86_400)), "signed_at": TIME,
        "local": Optional(LOCAL), "line_local": Optional(listing(LOCAL, 40)),
    }, ("borrower", "line"), directory=True),
    Kind("sign-of-life/1", A.ANYONE, {
        "borrower": ID_SHAPE,
        "source": words("payment", "login", "inbound", "reply", "reach-late", "portal", "dispute", "lender"),
        "channel": Optional(ID_SHAPE),
    }, ("borrower",), restricting=True),
    Kind("callback-offered/1", A.ANYONE, {
        "borrower": ID_SHAPE, "channel": Optional(ID_SHAPE), "until": TIME,
        "windows": listing(text(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", "HH:MM-HH:MM"), 8),
        "language": Optional(LANGUAGE),
    }, ("borrower",), restricting=True),
    Kind("hold-placed/1", A.ANYONE, {
        "hold": ID_SHAPE, "borrower": ID_SHAPE, "account": Optional(ID_SHAPE), "type": HOLD,
    }, ("borrower",), restricting=True),
    Kind("hold-lifted/1", A.OFFICER, {"hold": ID_SHAPE, "borrower": ID_SHAPE, "note": NOTE}, ("borrower",)),
    Kind("notice-requested/1", A.ANYONE, {
        "notice": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE, "agency": Optional(ID_SHAPE),
    }, ("borrower",)),
    Kind("notice-sent/1", A.COURIER, {
        "notice": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE, "channel": ID_SHAPE, "medium": MEDIUM,
        "language": LANGUAGE, "opened": ID_SHAPE,
    }, ("borrower",)),
    Kind("notice-receipt/1", A.COURIER, {
        "notice": ID_SHAPE, "borrower": ID_SHAPE, "channel": ID_SHAPE, "status": words("delivered", "failed"),
    }, ("borrower",)),
    Kind("use-told/1", A.COURIER, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "to": words("borrower", "contact"), "opened": ID_SHAPE,
        "language": LANGUAGE,
    }),
    Kind("address-opened/1", A.VAULT, {
        "about": ID_SHAPE, "subject": ID_SHAPE, "channel": Optional(ID_SHAPE), "template": WORD,
    }),
]

LOOKUPS = [
    Kind("approval-requested/1", A.VAULT, {
        "approval": ID_SHAPE, "lookup": ID_SHAPE, "client": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE,
        "contact": ID_SHAPE, "purpose": PURPOSE, "mode": MODE,
    }, ("borrower",)),
    Kind("approval-given/1", A.OFFICER, {"approval": ID_SHAPE, "borrower": ID_SHAPE, "note": NOTE}, ("borrower",)),
    Kind("approval-refused/1", A.OFFICER, {"approval": ID_SHAPE, "borrower": ID_SHAPE, "note": NOTE},
         ("borrower",)),
    Kind("lookup-decided/1", A.VAULT, {
        "lookup": ID_SHAPE, "account": ID_SHAPE, "client": ID_SHAPE, "agent": STAFF_CODE,
        "about": words("contact", "borrower", "visit"), "purpose": PURPOSE, "mode": MODE,
        "verdict": words("permit", "deny"), "reasons": listing(REASON, 80), "system": listing(REASON, 16),
        "as_of": COUNT, "rules": VERSION, "packs": listing(PACK, 12), "offsets": OFFSETS,
        # Set where the account is known; a deny about an unknown account has none of them.
        "borrower": Optional(ID_SHAPE), "contact": Optional(ID_SHAPE), "line": Optional(ID_SHAPE),
        "lender": Optional(ID_SHAPE), "approval": Optional(ID_SHAPE), "expires_at": Optional(TIME),
        "local_date": Optional(DATE),
    }),
    Kind("lookup-redelivered/1", A.VAULT, {"lookup": ID_SHAPE, "borrower": ID_SHAPE}),
    Kind("opening-refused/1", A.VAULT, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "agency": ID_SHAPE,
        "reasons": listing(REASON, 80, 1),
    }, ("borrower", "line"), directory=True),
    Kind("outcome-reported/1", A.ANYONE, {
        "lookup": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE, "contact": ID_SHAPE, "line": ID_SHAPE,
        "agency": ID_SHAPE, "outcome": OUTCOME, "reported_at": TIME, "agent": STAFF_CODE,
    }, ("borrower", "line"), restricting=True, directory=True),
    Kind("alarm-raised/1", A.VAULT, {
        "alarm": words("attempt-sequence-conflict", "erasure-burst", "address-cap"),
        "provider": Optional(ID_SHAPE),
    }),
    Kind("viewed/1", A.WEB, {"what": words("lookup", "approvals", "entries"), "lookup": Optional(ID_SHAPE)}),
]

KINDS = registry_of([*REGISTRY, *LENDERS, *CONSENTS, *EVIDENCE, *LOOKUPS])


def histories_of(entry: Entry) -> tuple[str, ...]:
    """Ids (borrowers, accounts, lines) whose history holds this entry.

    A denied lookup belongs to no history, or hostile lookups would make histories grow.
    """
    body = entry.body
    if entry.kind == "lookup-decided/1":
        return (body["borrower"], body["line"]) if body["verdict"] == "permit" else ()
    return tuple(body[member] for member in KINDS[entry.kind].filed_under if member in body)
