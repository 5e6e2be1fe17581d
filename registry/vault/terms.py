"""The terms of a consent as entries carry them, with their digest (CONTRACT section 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from registry.errors import MalformedError
from registry.model import canonical
from registry.model.times import HOUR, MINUTE, parse_rfc3339, stamp
from registry.vault.arguments import Args
from registry.vault.desk import Desk

# What somebody who asks for a consent may say of it; the rest the vault finds itself.
SAID = ("giver", "borrower", "contact", "account", "scope", "notice", "method", "separate", "given_at", "expires_at")
CURRENT = HOUR  # in the portal a consent is given now: an old draft is drawn up again


def terms_of(desk: Desk, args: Mapping[str, Any], lender: str, at: int, ident: str | None = None) -> dict[str, Any]:
    """The terms in the members `SAID` of `args`, for a consent of this id or a new one.

    Raises MalformedError, and NotFoundError for a contact or account that is not the borrower's.
    """
    borrower, contact = args["borrower"], args.get("contact")
    if not args["separate"]:
        raise MalformedError("/separate must be true: consent is asked for on its own", pointer="/separate",
                             code="consent-not-separate")
    if args["giver"] == "contact" and contact is None:
        raise MalformedError("/contact is needed for a contact's consent: say whose", pointer="/contact")
    expires_at = parse_rfc3339(args["expires_at"])
    if expires_at <= at:
        raise MalformedError("/expires_at lies in the past: give when this consent will end", pointer="/expires_at",
                             code="time-out-of-range")
    terms = {
        "consent": ident or desk.new_id(), "giver": args["giver"], "lender": lender, "borrower": borrower,
        "scope": args["scope"], "notice": args["notice"], "method": args["method"], "separate": True,
        "given_at": stamp(parse_rfc3339(args["given_at"])), "expires_at": stamp(expires_at),
    }
    if contact is not None:
        registered = desk.relations.of_borrower(contact, "contact-registered/1", borrower)
        terms |= {"contact": contact, "line": registered.body["line"]}
    if "account" in args:
        desk.relations.of_borrower(args["account"], "account-opened/1", borrower)
        terms["account"] = args["account"]
    return {**terms, "terms_sha256": hashlib.sha256(canonical.encode(terms)).hexdigest()}


def portal_terms(desk: Desk, args: Args, lender: str, at: int) -> dict[str, Any]:
    """Terms of what is said in the portal: now, and by the portal. Raises as `terms_of`."""
    said = {name: args[name] for name in SAID if name in args}
    said.setdefault("given_at", stamp(at))
    if said["method"] != "portal":
        raise MalformedError("/method is portal for what is given in the portal", pointer="/method")
    check_current(said["given_at"], at)
    return terms_of(desk, said, lender, at)


def check_drawn(desk: Desk, terms: Mapping[str, Any], lender: str, at: int) -> None:
    """Raises MalformedError `terms-changed` unless the terms are, to the letter, what the vault itself draws up, and
    `time-out-of-range` for a draft of more than an hour ago."""
    check_current(terms["given_at"], at)
    said = {name: terms[name] for name in SAID if name in terms}
    if terms["method"] != "portal" or terms_of(desk, said, lender, at, terms["consent"]) != dict(terms):
        raise MalformedError("/terms are not as they were drawn up: ask for a draft and send it back as it is",
                             pointer="/terms", code="terms-changed")


def check_current(given_at: str, at: int) -> None:
    """Raises MalformedError `time-out-of-range` unless that was within the last hour."""
    if not at - CURRENT <= parse_rfc3339(given_at) <= at + MINUTE:
        raise MalformedError("/given_at is now, by the log's clock: leave it out, or ask for a new draft",
                             pointer="/given_at", code="time-out-of-range")
