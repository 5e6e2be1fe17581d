"""Taking everything along, and having everything erased."""

from __future__ import annotations

from registry.model.times import stamp
from registry.usecases import writing
from registry.usecases.me import access, complaints, consents, contacts, lookups, mine, overview, reaching
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session


def export(ports: Ports, who: Session) -> Record:
    """Everything this registry knows and may tell of me, in one object; receipts too. Numbers stay masked."""
    given = consents.listed(ports, who)
    return {
        "made_at": stamp(ports.wall()), **overview.overview(ports, who), "channels": reaching.channels(ports, who),
        "contacts": contacts.listed(ports, who),
        "consents": [{**one, **_receipted(ports, who, one)} for one in given],
        "lookups": mine.every(lambda page: lookups.listed(ports, who, page)),
        "complaints": complaints.listed(ports, who),
        "sign_ins": mine.every(lambda page: access.sign_ins(ports, who, page)),
        "passkeys": access.passkeys(ports, who),
    }


def _receipted(ports: Ports, who: Session, one: Record) -> Record:
    if one["state"] == "pending-code" or "assurance" not in one:
        return {}  # asked for, and nothing done yet that could be receipted
    found = consents.receipt(ports, who, one["consent"])
    return {"last_act": found["act"], "receipt": found["receipt"]}


def erase(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{borrower?}` → `{erasures: [{borrower, log_index}]}`: closed at once, destroyed 72 hours later."""
    erasures = []
    for borrower in mine.meant(who, body.get("borrower")):
        entry = {"subject": borrower, "role": "borrower", "borrower": borrower}
        result = writing.append(
            ports, mine.actor(borrower), "erasure-requested/1", entry, mine.part_of(idem, borrower))
        erasures.append({"borrower": borrower, "log_index": result["log_index"]})
    return {"erasures": erasures}
