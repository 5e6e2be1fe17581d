"""The contact as a person: told, willing, somebody else than the borrower."""

from __future__ import annotations

from collections.abc import Sequence

from registry.policy.reasons import Reason
from registry.policy.rules.case import Case


def no_contact(case: Case) -> Reason | None:
    """No contact is listed for this borrower."""
    return Reason("no-contact") if case.contact is None else None


def not_informed(case: Case) -> Reason | None:
    """`contact.inform`: the courier told the contact of being listed before any release (P8)."""
    contact = case.contact
    if contact is None or contact.informed or not case.params.contact_inform:
        return None
    return Reason("contact-not-informed")


def refused(case: Case) -> Reason | None:
    """`contact.stop_on_refusal`: asked, and said no; only the contact's own later consent restores anything."""
    contact = case.contact
    if contact is None or not contact.refused or any(not one.ended for one in contact.consents):
        return None
    return Reason("contact-refused")


def erased(case: Case) -> Reason | None:
    """The contact asked to be erased: closed at once."""
    return Reason("contact-erased") if case.contact is not None and case.contact.erased else None


def complained(case: Case) -> Reason | None:
    """U6 for a contact: a complaint that names him, or that whoever holds his line has made, is not settled yet."""
    held = case.contact is not None and (case.contact.complained or case.contact.line.complained)
    return Reason("hold-complaint") if held else None


def held(case: Case) -> Sequence[Reason]:
    """U6 for a contact: deceased and incapacitated stop everything, whoever reported it."""
    return [Reason(f"hold-{kind}") for kind in sorted(case.contact.line.held)] if case.contact is not None else []


def is_borrower(case: Case) -> Reason | None:
    """A borrower's own live channel cannot be the contact of the same account (DESIGN section 7)."""
    return Reason("contact-is-borrower") if case.contact is not None and case.contact.is_borrower else None
