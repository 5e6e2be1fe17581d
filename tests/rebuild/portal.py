"""Entries of the portal's kinds behind a world's own, made by hand: what the mirrors show of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, Entry
from registry.model.kinds import kind_of

OFFICERS = ("a5" * 16, "a6" * 16)
DIGEST, DATE, TIME = "0a" * 32, "2026-11-22", "2026-12-22T00:00:00.000Z"


def portal_entries(lived: Sequence[Entry]) -> list[Entry]:
    """One of nearly every kind, each by a millisecond later, all about the first contact that was asked for."""
    decided = next(one for one in lived if one.kind == "lookup-decided/1" and "contact" in one.body)
    asked = next(one.body for one in lived if one.kind == "consent-requested/1")
    who = {"borrower": decided.body["borrower"], "contact": decided.body["contact"]}
    line = {"line": decided.body["line"]} if "line" in decided.body else {"line": "77" * 16}
    agency, lookup, key = decided.body["client"], decided.id, {"credential": "AbC", "public_key": "AbC"}
    lender = decided.body["lender"]
    account = {"account": decided.body["account"], "borrower": who["borrower"]}
    relying = {"rp_id": "localhost", "origin": "http://localhost:8000"}
    made = [
        ("signed-in/1", {"session": "01" * 16, "role": "borrower", "strength": "code", "borrower": who["borrower"]}),
        ("passkey-added/1", {"passkey": "02" * 16, "borrower": who["borrower"], **key, **relying}),
        ("staff-passkey-added/1", {"passkey": "03" * 16, "role": "officer", "party": OFFICERS[0], **key, **relying}),
        ("passkey-removed/1", {"passkey": "02" * 16, "borrower": who["borrower"]}),
        ("callback-offered/1", {"borrower": who["borrower"], "until": TIME, "windows": ["08:00-12:00"]}),
        ("use-answered/1", {"lookup": lookup, **who, **line, "answer": "will-relay", "through": "portal"}),
        ("consent-requested/2", {**asked, "consent": "04" * 16}),
        ("consent-withdrawn/1", {"consent": "04" * 16, "giver": "contact", **who, "act": "refused",
                                 "through": "portal"}),
        ("complaint-filed/1", {"complaint": "05" * 16, "from": "contact", **who, **line, "lookup": lookup,
                               "agency": agency, "about": "lookup", "text": DIGEST}),
        ("complaint-settled/1", {"complaint": "05" * 16, "borrower": who["borrower"], "verdict": "upheld",
                                 "remedy": "compensation", "amount_minor": 10_000, "currency": "CNY"}),
        ("remedy-paid/1", {"complaint": "05" * 16, "borrower": who["borrower"], "paid_on": DATE}),
        ("complaint-filed/1", {"complaint": "06" * 16, "from": "borrower", "borrower": who["borrower"],
                               "about": "lender"}),
        ("agency-evaluated/1", {"agency": agency, "lender": "aa" * 16, "from": DATE, "until": DATE, "score": 77,
                                "result": "good", "licence": "Invented licence 1", "licence_until": DATE}),
        ("resolution-approved/1", {"resolution": "07" * 16, "complaint": "06" * 16, "address": DIGEST}),
        ("resolution-approved/1", {"resolution": "07" * 16, "complaint": "06" * 16, "address": DIGEST}),
        ("identity-resolved/1", {"resolution": "07" * 16, "complaint": "06" * 16, "borrowers": [who["borrower"]],
                                 "contacts": []}),
        ("hold-placed/1", {"hold": "08" * 16, "borrower": who["borrower"], "type": "attorney"}),
        ("hold-lifted/1", {"hold": "08" * 16, "borrower": who["borrower"], "note": DIGEST}),
        ("contact-reported/1", {"report": "09" * 16, **who, **line, "says": "incapacitated"}),
        ("contact-reported/1", {"report": "0b" * 16, **who, **line, "says": "minor"}),
        ("contact-report-lifted/1", {"report": "09" * 16, **who, **line, "note": DIGEST}),
        ("borrower-changed/1", {"borrower": who["borrower"], "lender": lender, "residence": "US-MA",
                                "time_zone": "America/New_York", "languages": ["en"]}),
        ("account-changed/1", {**account, "limitation_until": "2099-01-01", "as_of": DATE}),
        ("liability-changed/1", {**account, "lender": lender, "liability": "joint", "loan": "0c" * 16}),
        ("account-assigned/1", {**account, "lender": lender}),
        ("agreement-ended/1", {**who, **line, "assignment": "0d" * 16}),
        ("alarm-raised/2", {"alarm": "message-undeliverable", "about": lookup}),
    ]
    signers = iter(OFFICERS)
    first, at = lived[-1].index + 1, lived[-1].at + 1
    return [_entry(first + place, at + place, kind, body, next(signers) if kind.startswith("resolution-") else None)
            for place, (kind, body) in enumerate(made)]


def _entry(index: int, at: int, kind: str, body: Mapping[str, Any], signer: str | None) -> Entry:
    officer = signer or OFFICERS[0]
    auth = ({"officer": officer, "alg": "Ed25519", "sig": "AbC"},)
    draft = Draft(body.get("complaint") if kind == "complaint-filed/1" else f"{index:032x}", kind,
                  Actor("officer", officer), body, auth)
    kind_of(draft, KINDS)  # such an entry could be in a log
    return Entry(index, at, draft)
