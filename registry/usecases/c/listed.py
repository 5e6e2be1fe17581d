"""Who listed me: the people of one line, by given name and institution. Nothing else of them is anybody's here."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from registry.errors import MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.texts import forbidden
from registry.usecases.ports import Ports, Record
from registry.usecases.sign_in import Session, shown

NAME = "name"


@dataclass(frozen=True, slots=True)
class Listing:
    """One contact of this line. `given_name` is None where it may not be shown; `receipt` is of the objection."""

    contact: str
    borrower: str
    lender: str
    institution: str
    time_zone: str
    given_name: str | None
    objected: bool
    erased: bool
    receipt: str | None = field(repr=False)
    objected_at: str | None
    log_index: int | None

    @property
    def actor(self) -> Actor:
        """In whose name this contact's own acts are written."""
        return Actor("contact", self.contact)


def listings(ports: Ports, who: Session) -> dict[str, Listing]:
    """Every contact of this session by its id, oldest first. Two queries."""
    standing = ports.vault.call("contact-standing", {"session": who.token})["contacts"]
    rows = ports.store.listings(who.subjects)
    names = _given_names(ports, who, tuple(dict.fromkeys(row["borrower"] for row in rows)))
    return {
        row["contact"]: Listing(
            row["contact"], row["borrower"], row["lender"], row["institution"], row["time_zone"],
            names.get(row["borrower"]), standing[row["contact"]]["objected"], standing[row["contact"]]["erased"],
            *(standing[row["contact"]].get(name) for name in ("receipt", "objected_at", "log_index")))
        for row in rows
    }


def overview(ports: Ports, who: Session) -> Record:
    """`{session, contacts: [{contact, institution, given_name?, objected, erased}]}`."""
    found = listings(ports, who)
    return {"session": shown(who), "contacts": [view(one) for one in found.values()]}


def view(one: Listing) -> Record:
    """One listing as its contact may know it."""
    return {"contact": one.contact, **named(one), "objected": one.objected, "erased": one.erased}


def named(one: Listing) -> Record:
    """For whom, and which institution."""
    name = {} if one.given_name is None else {"given_name": one.given_name}
    return {"institution": one.institution, **name}


def chosen(found: dict[str, Listing], contact: str | None) -> Listing:
    """The listing that is meant: named, or the only one.

    Raises NotFoundError for one that is not this session's, MalformedError `contact-needed`.
    """
    if contact is None:
        if len(found) != 1:
            raise MalformedError("/contact is needed: several people listed this number, say which one is meant",
                                 code="contact-needed", pointer="/contact")
        return next(iter(found.values()))
    if contact not in found:
        raise nothing()
    return found[contact]


def nothing() -> NotFoundError:
    """There is no such thing, or it is another's: one answer for both."""
    return NotFoundError("there is nothing of yours with this id")


def _given_names(ports: Ports, who: Session, borrowers: tuple[str, ...]) -> dict[str, str]:
    """Given names by borrower, as the vault shows them. A name that says what no contact may be told is left out:
    lenders type them."""
    sealed = ports.store.blobs_of(borrowers)
    blobs = {one: {NAME: base64.b64encode(named[NAME]).decode("ascii")} for one, named in sealed.items()
             if NAME in named}
    if not blobs:
        return {}
    found = ports.vault.call("own-values", {"session": who.token, "blobs": blobs})["values"]
    return {one: named[NAME] for one, named in found.items() if NAME in named and not forbidden([named[NAME]])}
