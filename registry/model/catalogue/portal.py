"""Kinds about people's own acts in the portal: signing in, passkeys, answers to a use, complaints, resolutions."""

from __future__ import annotations

from registry.model.catalogue.terms import COUNT, MEDIUM, NOTE, TERMS
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import B64URL, DATE, DIGEST, ID_SHAPE, LANGUAGE, Optional, integer, listing, text, words

ROLE = words("borrower", "contact", "officer", "auditor")
# The registered scheme and host of the portal, which a passkey is bound to (WebAuthn level 3, 5.1.4).
RELYING = {
    "rp_id": text(r"[a-z0-9.-]{1,253}", "host"), "origin": text(r"https?://[a-z0-9.:\[\]-]{1,260}", "web origin"),
}
CREDENTIAL = {"credential": B64URL, "public_key": B64URL}  # the key in COSE form (RFC 9052), as its maker gave it

PORTAL = [
    # Somebody asked to be let in. Where nobody of that address is known the entry names nobody.
    Kind("sign-in-asked/1", A.VAULT, {
        "request": ID_SHAPE, "way": words("code", "link"), "role": ROLE, "borrower": Optional(ID_SHAPE),
        "contact": Optional(ID_SHAPE), "channel": Optional(ID_SHAPE), "line": Optional(ID_SHAPE),
        "medium": Optional(MEDIUM), "party": Optional(ID_SHAPE),
    }),
    Kind("signed-in/1", A.VAULT, {
        "session": ID_SHAPE, "role": ROLE, "strength": words("code", "link", "passkey", "token"),
        "request": Optional(ID_SHAPE), "borrower": Optional(ID_SHAPE), "contact": Optional(ID_SHAPE),
        "line": Optional(ID_SHAPE), "party": Optional(ID_SHAPE),
    }),
    # `about`: the request for a code, or the consent that the code is for.
    Kind("code-sent/2", A.COURIER, {
        "about": ID_SHAPE, "borrower": Optional(ID_SHAPE), "contact": Optional(ID_SHAPE),
        "channel": Optional(ID_SHAPE), "opened": ID_SHAPE, "language": LANGUAGE,
    }),
    Kind("passkey-added/1", A.VAULT, {
        "passkey": ID_SHAPE, "borrower": ID_SHAPE, **CREDENTIAL, **RELYING,
    }, ("borrower",), directory=True),
    # `about`: the consent given, or the passkey added, that this channel of the borrower's was told of.
    Kind("borrower-told/1", A.COURIER, {
        "about": ID_SHAPE, "borrower": ID_SHAPE, "channel": ID_SHAPE, "opened": ID_SHAPE, "language": LANGUAGE,
    }, ("borrower",)),
    Kind("staff-passkey-added/1", A.OFFICER, {
        "passkey": ID_SHAPE, "role": words("officer", "auditor"), "party": ID_SHAPE, **CREDENTIAL, **RELYING,
    }, directory=True),
    # An Ed25519 key by which an auditor signs what auditors may sign, as officers have in genesis; the last counts.
    Kind("auditor-key-added/1", A.OFFICER, {"party": ID_SHAPE, "key": B64URL}, directory=True),
    Kind("passkey-removed/1", A.ANYONE, {
        "passkey": ID_SHAPE, "borrower": Optional(ID_SHAPE), "party": Optional(ID_SHAPE),
    }, ("borrower",), restricting=True, directory=True),
    # Asked by the borrower himself, in the portal: his own consent, or that a contact give one.
    Kind("consent-requested/2", A.CONSENT, {**TERMS, "channel": Optional(ID_SHAPE)}, ("borrower",)),
    # What a contact says of a use of his number, in the portal.
    Kind("use-answered/1", A.ANYONE, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "contact": ID_SHAPE, "line": ID_SHAPE,
        "answer": words("will-relay", "cannot", "gave-channel", "not-me", "never"), "through": words("portal"),
        "channel": Optional(ID_SHAPE),
    }, ("borrower", "line"), restricting=True),
    Kind("complaint-filed/1", A.ANYONE, {
        "complaint": ID_SHAPE, "from": words("borrower", "contact"), "borrower": ID_SHAPE,
        "contact": Optional(ID_SHAPE), "line": Optional(ID_SHAPE), "lookup": Optional(ID_SHAPE),
        "agency": Optional(ID_SHAPE), "about": words("lookup", "agency", "lender", "registry"), "text": NOTE,
    }, ("borrower", "line"), restricting=True),
    Kind("complaint-settled/1", A.OFFICER, {
        "complaint": ID_SHAPE, "borrower": ID_SHAPE, "verdict": words("upheld", "partly-upheld", "not-upheld"),
        "remedy": words("none", "apology", "correction", "agency-warned", "agency-suspended", "compensation"),
        "amount_minor": Optional(COUNT), "currency": Optional(text(r"[A-Z]{3}", "currency")), "note": NOTE,
        # The complaint's own: what held a line for every borrower must end for every one.
        "line": Optional(ID_SHAPE),
    }, ("borrower", "line")),
    Kind("remedy-paid/1", A.OFFICER, {"complaint": ID_SHAPE, "borrower": ID_SHAPE, "paid_on": DATE}),
    Kind("agency-evaluated/1", A.OFFICER, {
        "agency": ID_SHAPE, "lender": ID_SHAPE, "from": DATE, "until": DATE, "score": integer(0, 100),
        "result": words("good", "sufficient", "insufficient"), "licence": text(r"[^\n]{1,80}", "licence"),
        "licence_until": DATE, "note": NOTE,
    }),
    # `address`: a commitment to what was asked about; the address itself stays sealed.
    Kind("resolution-approved/1", A.OFFICER, {"resolution": ID_SHAPE, "complaint": ID_SHAPE, "address": DIGEST},
         ("resolution",)),
    Kind("identity-resolved/1", A.VAULT, {
        "resolution": ID_SHAPE, "complaint": ID_SHAPE, "borrowers": listing(ID_SHAPE, 64),
        "contacts": listing(ID_SHAPE, 64),
    }),
    Kind("viewed/2", A.WEB, {
        "what": words("complaint", "complaints", "timeline", "lookups", "export", "report", "agencies", "person"),
        "about": Optional(ID_SHAPE),
    }),
    # `about`: the lookup of a case taken out as evidence.
    Kind("viewed/3", A.WEB, {"what": words("case", "alarms"), "about": Optional(ID_SHAPE)}),
]
