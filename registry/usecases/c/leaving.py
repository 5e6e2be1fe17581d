"""Never again: the objection of the whole number. And having everything erased."""

from __future__ import annotations

from registry.model.ids import new_id
from registry.usecases import writing
from registry.usecases.c import listed
from registry.usecases.me.mine import part_of
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session


def object_(ports: Ports, who: Session, idem: Idem | None = None) -> Record:
    """→ `{objections: [{contact, receipt, log_index}]}`: one for everybody who listed this number, for ever and for
    every institution. Said again it gives the same receipts.

    Raises NotFoundError where everything was erased: nobody speaks for that number here any more."""
    objections = []
    for one in listed.listings(ports, who).values():
        if one.erased:
            continue
        args = {"by": one.actor.value(), "contact": one.contact, "through": "portal"}
        result = writing.write(ports, "object", args, part_of(idem, one.contact))
        objections.append({"contact": one.contact, "receipt": result["receipt"], "log_index": result["log_index"]})
    if not objections:
        raise listed.nothing()
    return {"objections": objections}


# What a contact says of who listed him, as the hold that follows.
OF_THE_BORROWER = {"borrower-deceased": "deceased", "borrower-incapacitated": "incapacitated"}


def report(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{says, contact?}` → `{contact, says, log_index, proof}`. Of himself: nobody asks on that line any more. Of the
    borrower: everything stops until an officer has looked at it. Raises NotFoundError, MalformedError
    `contact-needed`."""
    one = listed.chosen(listed.listings(ports, who), body.get("contact"))
    if one.erased:
        raise listed.nothing()
    says = body["says"]
    if says in OF_THE_BORROWER:
        hold = new_id(ports.random)
        entry = {"hold": hold, "borrower": one.borrower, "type": OF_THE_BORROWER[says]}
        result = writing.append(ports, one.actor, "hold-placed/1", entry, idem, entry_id=hold)
    else:
        args = {"by": one.actor.value(), "contact": one.contact, "says": says}
        result = writing.write(ports, "report-contact", args, idem)
    return {"contact": one.contact, "says": says, **writing.proof_of(result)}


def erase(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{contact?}` → `{erasures: [{contact, log_index}]}`: out of use at once, destroyed 72 hours later. What is
    erased already stays as it is. Raises NotFoundError."""
    found = listed.listings(ports, who)
    wanted = [listed.chosen(found, body["contact"])] if "contact" in body else list(found.values())
    erasures = []
    for one in wanted:
        if one.erased:
            continue
        entry = {"subject": one.contact, "role": "contact", "borrower": one.borrower}
        result = writing.append(ports, one.actor, "erasure-requested/1", entry, part_of(idem, one.contact))
        erasures.append({"contact": one.contact, "log_index": result["log_index"]})
    return {"erasures": erasures}
