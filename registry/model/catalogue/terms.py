"""Shapes that several kinds share."""

from __future__ import annotations

from registry.model.shapes import (
    B64URL,
    BOOL,
    DATE,
    DIGEST,
    ID_SHAPE,
    LANGUAGE,
    REGION,
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
REACHED = (
    "relayed", "will-relay", "refused", "wrong-person", "minor", "deceased", "number-dead",
    "no-answer", "gave-channel", "distress",
)
OUTCOME = words(*REACHED)
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
SIGN_IN_CODE, CONSENT_CODE = "sign-in-code", "borrower-consent-code"  # templates of messages with a code
TOLD_CONSENT, TOLD_PASSKEY = "borrower-told-consent", "borrower-told-passkey"  # of what opened something in his name
# What its reader asked for and waits for, or what warns him: sent at any hour, before all that may wait.
AT_ANY_HOUR = frozenset((SIGN_IN_CODE, CONSENT_CODE, TOLD_CONSENT, TOLD_PASSKEY))
RELAYED = "relayed-message"  # the template of an address opened for a message to a contact

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
