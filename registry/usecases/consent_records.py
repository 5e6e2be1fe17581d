"""A consent in another's format, for its lender, or for who gave it: with nothing that this reader may not see."""

from __future__ import annotations

from dataclasses import replace

from registry.model.entries import Actor
from registry.records import record, told_from
from registry.records.told import ENDING
from registry.usecases import writing
from registry.usecases.c import consents as of_contact
from registry.usecases.me import consents as of_borrower
from registry.usecases.ports import Ports, Record
from registry.usecases.sign_in import Session


def for_lender(ports: Ports, by: Actor, consent: str, format_: str) -> Record:
    """Raises NotFoundError, ConflictError `record-not-yet`."""
    writing.owned(ports, "consents", consent, by)
    return _record(ports, consent, "lender", format_)


def for_borrower(ports: Ports, who: Session, consent: str, format_: str) -> Record:
    """One of my own consents. Raises NotFoundError, ConflictError `record-not-yet`."""
    of_borrower.own(ports, who, consent)
    return _record(ports, consent, "borrower", format_)


def for_contact(ports: Ports, who: Session, consent: str, format_: str) -> Record:
    """What I was asked or agreed to as a contact. Raises NotFoundError, ConflictError `record-not-yet`."""
    row = of_contact.own(ports, who, consent)
    standing = ports.vault.call("contact-standing", {"session": who.token})["contacts"][row["contact"]]
    return _record(ports, consent, "contact", format_, closed=standing["objected"] or standing["erased"])


def _record(ports: Ports, consent: str, reader: str, format_: str, *, closed: bool = False) -> Record:
    """`closed`: the reader objected as somebody else's contact, which ends this too, and is the reader's to know."""
    told = told_from(ports.vault.call("consent-record", {"consent": consent}), reader, ports.public_url)
    return record(format_, replace(told, state="objected") if closed and told.state not in ENDING else told)
