"""Whether a contact's line is still written to: what was said there, by whoever it was, stops messages nobody asked
for as it stops releases.

A lender learns of it only what was reported of its own borrower's contact; what a person said, or what was said about
somebody else's, shows in decisions alone (promise P10).
"""

from __future__ import annotations

from registry.model.entries import Entry
from registry.policy import line_of, reports_of
from registry.vault.desk import Desk


def is_closed(desk: Desk, line: str) -> bool:
    """Whether somebody objected there, a minor or a stranger answers, the number is dead, or its owner is dead or
    unable to decide (POLICY section 6)."""
    said = line_of(desk.relations.history(line), "")
    return bool(said.objected or said.minor or said.wrong_person or said.dead or said.held)


def is_reported(desk: Desk, contact: Entry) -> bool:
    """Whether it was reported of this very borrower's contact, by lender or agency, that his line is none to ask."""
    own = [one for one in desk.relations.history(contact.body["line"])
           if one.body.get("borrower") == contact.body["borrower"]]
    said = line_of(own, "")
    return bool(said.minor or said.dead or said.held) or "wrong-person" in reports_of(own)
