"""Complaints of mine: what I say is sealed at once; only an officer who looks into it, and an auditor, open it."""

from __future__ import annotations

from registry.model.times import stamp
from registry.usecases import complaints as all_complaints
from registry.usecases import writing
from registry.usecases.me import mine
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session

MOST = 200
WEAK = {"lookup": None, "agency": None}  # who asked, and when, is history: not for whoever holds a telephone


def file(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{about, text, lookup?, agency?, borrower?}` → `{complaint, state, answer_by, log_index, proof}`."""
    said = {name: body[name] for name in ("about", "text", "agency") if name in body}
    if "lookup" in body:
        writing.catch_up(ports)
        found = mine.one(ports, who, "lookups", body["lookup"])
        owner = found["borrower"]
        if body.get("borrower", owner) != owner:
            raise mine.nothing()
        said |= {"lookup": body["lookup"], "agency": found["client"]}
    else:
        owner = mine.chosen(who, body.get("borrower"))
    filed = all_complaints.file(ports, mine.actor(owner), {"from": "borrower", "borrower": owner, **said}, idem)
    by = deadlines(ports, [filed["complaint"]])
    return {**filed, "state": "open", "answer_by": by[filed["complaint"]]}


def listed(ports: Ports, who: Session) -> list[Record]:
    """My own complaints, oldest first; a contact's are not mine. `answer_by`, while open: the packs' deadline."""
    found = ports.store.records("complaints", {"borrower": who.subjects, "from_": "borrower"}, limit=MOST)
    return _views(ports, who, found)


def shown(ports: Ports, who: Session, complaint: str) -> Record:
    """One of them. Raises NotFoundError."""
    found = mine.one(ports, who, "complaints", complaint)
    if found["from_"] != "borrower":
        raise mine.nothing()
    return _views(ports, who, [found])[0]


def deadlines(ports: Ports, ids: list[str]) -> dict[str, str]:
    """Until when each is to be answered."""
    if not ids:
        return {}
    found: dict[str, str] = ports.vault.call("complaint-deadlines", {"complaints": ids})["deadlines"]
    return found


def _views(ports: Ports, who: Session, found: list[Record]) -> list[Record]:
    by = deadlines(ports, [one["id"] for one in found if one["state"] == "open"])
    names = mine.names(ports, (one["agency"] for one in found))
    return [_view(one if who.strong else {**one, **WEAK}, by, names) for one in found]


def _view(one: Record, by: dict[str, str], names: dict[str, str]) -> Record:
    members = ("borrower", "about", "lookup", "agency", "state", "verdict", "remedy", "amount_minor", "currency",
               "paid_on")
    view = {name: one[name] for name in members if one[name] is not None}
    view |= {"complaint": one["id"], "filed_at": stamp(one["filed_at"])}
    if one["agency"] in names:
        view["agency_name"] = names[one["agency"]]
    if one["settled_at"] is not None:
        view["settled_at"] = stamp(one["settled_at"])
    if one["id"] in by:
        view["answer_by"] = by[one["id"]]
    return view
