"""Complaints of mine: what I say is sealed at once. While one is open nobody may use this number."""

from __future__ import annotations

from registry.model.times import stamp
from registry.usecases import complaints as all_complaints
from registry.usecases.c import listed, uses
from registry.usecases.c.listed import Listing
from registry.usecases.me.complaints import deadlines
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session

MOST = 200
SHOWN = ("contact", "about", "state", "verdict", "remedy", "amount_minor", "currency", "paid_on")


def file(ports: Ports, who: Session, found: dict[str, Listing], body: Body, idem: Idem | None = None) -> Record:
    """`{about, text, use?, contact?}` → `{complaint, state, answer_by, log_index, proof}`. About a use, the company
    that had the number is named in it for the officer.

    Raises NotFoundError, MalformedError `contact-needed`.
    """
    said: Record = {"about": body["about"], "text": body["text"]}
    contact = body.get("contact")
    if "use" in body:
        use = uses.contact_of(ports, who, body["use"])
        if contact not in (None, use["contact"]):
            raise listed.nothing()
        contact = use["contact"]
        said |= {"lookup": body["use"], "agency": use["client"]}
    one = listed.chosen(found, contact)
    filed = all_complaints.file(
        ports, one.actor, {"from": "contact", "borrower": one.borrower, "contact": one.contact, **said}, idem)
    by = deadlines(ports, [filed["complaint"]])
    return {**filed, "state": "open", "answer_by": by[filed["complaint"]]}


def of_all(ports: Ports, who: Session, found: dict[str, Listing]) -> list[Record]:
    """My own complaints, oldest first; what the others of a listing complained of is not mine."""
    rows = ports.store.records("complaints", {"contact": who.subjects, "from_": "contact"}, limit=MOST)
    by = deadlines(ports, [row["id"] for row in rows if row["state"] == "open"])
    return [_view(row, found[row["contact"]], by) for row in rows]


def one_of(ports: Ports, who: Session, found: dict[str, Listing], complaint: str) -> Record:
    """One of them. Raises NotFoundError."""
    row = ports.store.record("complaints", complaint)
    if row is None or row["from_"] != "contact" or row["contact"] not in who.subjects:
        raise listed.nothing()
    by = deadlines(ports, [complaint]) if row["state"] == "open" else {}
    return _view(row, found[row["contact"]], by)


def _view(row: Record, one: Listing, by: dict[str, str]) -> Record:
    view = {name: row[name] for name in SHOWN if row[name] is not None}
    view |= {"complaint": row["id"], "filed_at": stamp(row["filed_at"]), **listed.named(one)}
    if row["lookup"] is not None:
        view["use"] = row["lookup"]
    if row["settled_at"] is not None:
        view["settled_at"] = stamp(row["settled_at"])
    if row["id"] in by:
        view["answer_by"] = by[row["id"]]
    return view
