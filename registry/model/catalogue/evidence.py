"""Kinds about reaching the borrower: attempts, signs of life, holds, notices, messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.model.catalogue.terms import (
    CLASS,
    HOLD,
    LOCAL,
    MEDIUM,
    NOTE,
    OFFSETS,
    PACK,
    REASON,
    STATUS,
    VERSION,
)
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import (
    BOOL,
    DIGEST,
    ID_SHAPE,
    LANGUAGE,
    TIME,
    WORD,
    Optional,
    Shape,
    integer,
    listing,
    struct,
    text,
    words,
)

# Every kind that tells of an attempt to reach a borrower, or of a call from one.
ATTEMPTS = ("attempt-recorded/1", "attempt-recorded/2")
# Classes by which somebody was there.
SHOWS_LIFE = frozenset(
    {"reached-person", "engaged", "wrong-person", "declined", "household", "voicemail", "screened"}
)

ATTEMPT: dict[str, Shape | Optional] = {
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
}
EVIDENCE = [
    Kind("attempt-recorded/1", A.COURIER, ATTEMPT, ("borrower", "line"), directory=True),
    # `ticket`: the dial check that allowed it; `confirmed`: when the provider's own record, asked for, said the same.
    Kind("attempt-recorded/2", A.COURIER, {
        **ATTEMPT, "ticket": Optional(ID_SHAPE), "confirmed": Optional(TIME),
    }, ("borrower", "line"), directory=True),
    # What a dialler was told before it dialled. Without borrower: the account or the channel is none of the asker's.
    Kind("dial-checked/1", A.VAULT, {
        "check": ID_SHAPE, "client": ID_SHAPE, "agency": ID_SHAPE, "account": ID_SHAPE, "channel": ID_SHAPE,
        "borrower": Optional(ID_SHAPE), "line": Optional(ID_SHAPE), "lender": Optional(ID_SHAPE),
        "may_dial": BOOL, "reasons": listing(REASON, 80), "rules": VERSION, "packs": listing(PACK, 12),
        "offsets": OFFSETS, "not_before": Optional(TIME), "valid_until": Optional(TIME),
    }, ("borrower",)),
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
    Kind("message-relayed/1", A.COURIER, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "contact": ID_SHAPE, "line": ID_SHAPE, "opened": ID_SHAPE,
        "language": LANGUAGE, "script_sha256": DIGEST,
    }, ("borrower", "line")),
    Kind("message-receipt/1", A.COURIER, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "status": words("delivered", "failed"),
    }, ("borrower",)),
    Kind("message-answered/1", A.ANYONE, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "contact": ID_SHAPE, "line": ID_SHAPE,
        "answer": words("will-relay", "cannot", "not-me", "never", "replied"), "through": words("link", "reply"),
    }, ("borrower", "line"), restricting=True),
    Kind("address-opened/1", A.VAULT, {
        "about": ID_SHAPE, "subject": ID_SHAPE, "channel": Optional(ID_SHAPE), "template": WORD,
    }),
]


def answered(attempt: Mapping[str, Any]) -> bool:
    """Whether somebody was reached by an attempt, by its entry's body, or called himself."""
    return attempt["direction"] == "inbound" or attempt["class"] in SHOWS_LIFE
