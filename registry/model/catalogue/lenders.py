"""Kinds a lender's client reports: borrowers, channels, contacts, accounts, placements, feeds."""

from __future__ import annotations

from registry.model.catalogue.terms import ADDRESS, COUNT, LANGUAGES, MEDIUM, USE
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import BOOL, DATE, DIGEST, ID_SHAPE, REGION, TIME, ZONE, Optional, integer, text, words

LENDERS = [
    Kind("borrower-registered/1", A.LENDER, {
        "borrower": ID_SHAPE, "lender": ID_SHAPE, "residence": REGION, "time_zone": ZONE,
        "languages": LANGUAGES, "name_sha256": DIGEST,
    }, ("borrower",)),
    Kind("channel-added/1", A.LENDER, {
        "channel": ID_SHAPE, "borrower": ID_SHAPE, "medium": MEDIUM, "use": USE, **ADDRESS,
        # Of a voice channel: whether its number may be a mobile's, which gets text as SMS.
        "mobile": Optional(BOOL),
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
