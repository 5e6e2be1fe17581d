"""Kinds about whose debt it is and who people are: assignment, liability, a move, what is reported of a contact."""

from __future__ import annotations

from registry.model.catalogue.terms import LANGUAGES, NOTE
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import ID_SHAPE, LANGUAGE, REGION, ZONE, Optional, words

# Templates of what is told of an assignment: to the borrower, and to a contact whose agreement it ended.
ASSIGNED, AGREEMENT_ENDED = "borrower-assigned", "agreement-ended"
# Of what is told of an erasure that an officer cancelled, to whoever was to be erased.
BORROWER_KEPT, CONTACT_KEPT = "borrower-erasure-cancelled", "contact-erasure-cancelled"

PERSONS = [
    # Another creditor's from here on. Ends placements, notices, approvals, and every consent for it; those for all
    # accounts end with the borrower's last account at this lender. No contact goes along.
    Kind("account-assigned/1", A.LENDER, {
        "account": ID_SHAPE, "borrower": ID_SHAPE, "lender": ID_SHAPE, "assignee": Optional(ID_SHAPE),
    }, ("borrower",), restricting=True),
    # Nothing that this contact agreed to, or was asked for, stands any more: `assignment` ended the last of it.
    Kind("agreement-ended/1", A.VAULT, {
        "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "assignment": ID_SHAPE,
    }, ("borrower",)),
    # What the account's borrower is liable for. `loan`: the first account of the same loan, another person's; once
    # said it stays said.
    Kind("liability-changed/1", A.LENDER, {
        "account": ID_SHAPE, "borrower": ID_SHAPE, "lender": ID_SHAPE,
        "liability": words("principal", "joint", "guarantor"), "loan": Optional(ID_SHAPE),
    }, ("borrower", "loan"), restricting=True),
    # Where the borrower lives now, and what he speaks. Residence and time zone come together.
    Kind("borrower-changed/1", A.LENDER, {
        "borrower": ID_SHAPE, "lender": ID_SHAPE, "residence": Optional(REGION), "time_zone": Optional(ZONE),
        "languages": Optional(LANGUAGES),
    }, ("borrower",), restricting=True),
    # Somebody says who answers on a contact's line, or what became of the contact.
    Kind("contact-reported/1", A.ANYONE, {
        "report": ID_SHAPE, "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE,
        "says": words("minor", "wrong-person", "deceased", "incapacitated"),
    }, ("borrower", "line"), restricting=True),
    Kind("contact-report-lifted/1", A.OFFICER, {
        "report": ID_SHAPE, "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "note": NOTE,
    }, ("borrower", "line")),
    # `about`: the entry that the person was told of: an assignment, the end of an agreement, an erasure that was
    # cancelled. A contact is told on the only line, a borrower on a channel.
    Kind("person-told/1", A.COURIER, {
        "about": ID_SHAPE, "borrower": ID_SHAPE, "contact": Optional(ID_SHAPE), "channel": Optional(ID_SHAPE),
        "opened": ID_SHAPE, "language": LANGUAGE,
    }, ("borrower",)),
]
