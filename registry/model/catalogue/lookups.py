"""Kinds about lookups: approvals, decisions, openings, outcomes, alarms."""

from __future__ import annotations

from registry.model.catalogue.terms import COUNT, MODE, NOTE, OFFSETS, OUTCOME, PACK, PURPOSE, REASON, VERSION
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import DATE, ID_SHAPE, STAFF_CODE, TIME, Optional, listing, text, words

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
    }, directory=True),
    Kind("lookup-redelivered/1", A.VAULT, {"lookup": ID_SHAPE, "borrower": ID_SHAPE}),
    Kind("lookup-continued/1", A.VAULT, {"lookup": ID_SHAPE, "continues": ID_SHAPE}, ("lookup",)),
    Kind("opening-refused/1", A.VAULT, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "agency": ID_SHAPE,
        "reasons": listing(REASON, 80, 1),
    }, ("borrower", "line"), directory=True),
    # Of a permit about the borrower's own channels: it was on no contact's line.
    Kind("opening-refused/2", A.VAULT, {
        "lookup": ID_SHAPE, "borrower": ID_SHAPE, "agency": ID_SHAPE, "reasons": listing(REASON, 80, 1),
    }, ("borrower",), directory=True),
    Kind("outcome-reported/1", A.ANYONE, {
        "lookup": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE, "contact": ID_SHAPE, "line": ID_SHAPE,
        "agency": ID_SHAPE, "outcome": OUTCOME, "reported_at": TIME, "agent": STAFF_CODE,
    }, ("borrower", "line"), restricting=True, directory=True),
    Kind("alarm-raised/1", A.VAULT, {
        "alarm": words("attempt-sequence-conflict", "erasure-burst", "address-cap"),
        "provider": Optional(ID_SHAPE),
    }),
    # `about`: the entry that asked for the message.
    Kind("alarm-raised/2", A.VAULT, {"alarm": words("message-undeliverable"), "about": ID_SHAPE}),
    # `about`: what it is about, an entry or another id; `count`: how many, or milliseconds; `witness`: its name.
    Kind("alarm-raised/3", A.VAULT, {
        "alarm": words(
            "checkpoint-gap", "fork-evidence", "witness-silent", "inbox-waiting", "clock-jump", "erasure-burst",
            "opening-without-outcome", "releases-per-collector", "attempt-unlawful", "unreleased-contact-call",
            "store-differs",
        ),
        "about": Optional(ID_SHAPE), "agency": Optional(ID_SHAPE), "client": Optional(ID_SHAPE),
        "agent": Optional(STAFF_CODE), "provider": Optional(ID_SHAPE),
        "witness": Optional(text(r"[!-*,-~]{1,200}", "witness name")), "count": Optional(COUNT),
    }),
    Kind("alarm-closed/1", A.OFFICER, {"alarm": ID_SHAPE, "note": NOTE}),
    Kind("viewed/1", A.WEB, {"what": words("lookup", "approvals", "entries"), "lookup": Optional(ID_SHAPE)}),
]
