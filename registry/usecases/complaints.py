"""Complaints: filed by people (or by staff who took one down), settled and paid by officers' signed acts."""

from __future__ import annotations

import base64

from registry.errors import ConflictError, NotFoundError
from registry.model.entries import Actor
from registry.model.times import parse_stamp, stamp
from registry.usecases import acts, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

PATH = "/v1/complaints"
NAMED = ("from", "borrower", "contact", "lookup", "agency", "about")
SHOWN = ("borrower", "contact", "lookup", "agency", "about", "state", "verdict", "remedy", "amount_minor", "currency",
         "paid_on", "officer")


def file(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """`{from, borrower, contact?, lookup?, agency?, about, text}` → `{complaint, log_index, proof}`.

    The words are sealed; an open complaint that names a contact, or a lookup of one, holds that contact.
    """
    args: Record = {"by": by.value(), **{name: body[name] for name in NAMED if name in body}}
    if "text" in body:
        args["text"] = acts.seal_note(ports, body["text"])
    result = writing.write(ports, "complain", args, idem)
    return {"complaint": result["complaint"], **writing.proof_of(result)}


def listed(ports: Ports, page: Page) -> Record:
    """One page of complaints, oldest first, each with until when it is to be answered. Never their words."""
    writing.catch_up(ports)
    found = paging.listed(ports, "complaints", page, {}, lambda one: one)
    return {**found, "items": _views(ports, found["items"])}


def pressing(ports: Ports, limit: int = paging.MOST) -> list[Record]:
    """Open complaints, those whose time to answer is over first, then by how soon it will be."""
    writing.catch_up(ports)
    views = _views(ports, ports.store.records("complaints", {"state": "open"}, limit=limit))
    return sorted(views, key=lambda one: str(one["deadline"]))


def complaint(ports: Ports, ident: str) -> Record:
    """One complaint, without its words. Raises NotFoundError."""
    return _views(ports, [_found(ports, ident)])[0]


def opened(ports: Ports, by: Actor, ident: str) -> Record:
    """One complaint with its words (`text`, absent where it has none). That they were read is an entry first."""
    found = _found(ports, ident)
    view = _views(ports, [found])[0]
    if found["text"] is None:
        return view
    blob = ports.store.notes([found["text"]]).get(found["text"])
    if blob is None:
        raise NotFoundError("the words of this complaint are not here any more")
    sealed = base64.b64encode(blob).decode("ascii")
    result = writing.write(ports, "open-note", {
        "by": by.value(), "commitment": found["text"], "blob": sealed, "about": ident}, None)
    return {**view, "text": result["text"]}


def _views(ports: Ports, found: list[Record]) -> list[Record]:
    if not found:
        return []
    told = ports.vault.call("complaint-deadlines", {"complaints": [one["id"] for one in found]})
    at = parse_stamp(told["at"])
    return [_view(one, told["deadlines"][one["id"]], at) for one in found]


def _view(one: Record, deadline: str, at: int) -> Record:
    view = paging.shown(one, *SHOWN, **{"complaint": "id", "from": "from_"})
    view["filed_at"] = stamp(one["filed_at"])
    if one["settled_at"] is not None:
        view["settled_at"] = stamp(one["settled_at"])
    overdue = one["state"] == "open" and at > parse_stamp(deadline)
    return view | {"deadline": deadline, "overdue": overdue, "has_text": one["text"] is not None}


def settlement_path(ident: str) -> str:
    """The path of settling a complaint."""
    return f"{PATH}/{ident}/settlement"


def settlement(ports: Ports, ident: str, body: Body) -> acts.Proposal:
    """`{verdict, remedy, amount_minor?, currency?}`. Raises NotFoundError, ConflictError `complaint-settled`."""
    found = _found(ports, ident)
    if found["state"] != "open":
        raise ConflictError("this complaint was settled already", code="complaint-settled")
    members = {name: body[name] for name in ("verdict", "remedy", "amount_minor", "currency") if name in body}
    # Lines are no business of ours; the vault knows which one the complaint holds, and the act names it.
    filed = ports.vault.call("entry", {"id": ident})["entry"]["body"]
    line = {"line": filed["line"]} if "line" in filed else {}
    return acts.Proposal("complaint-settled/1", {
        "complaint": ident, "borrower": found["borrower"], **line, **members})


def settle_draft(ports: Ports, by: Actor, ident: str, body: Body, once: str | None = None) -> Record:
    """What to sign for settling a complaint; `note?` is sealed."""
    return acts.draft(ports, by, settlement_path(ident), body, lambda: settlement(ports, ident, body), once=once)


def settle(ports: Ports, by: Actor, ident: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{complaint, verdict, remedy, log_index, proof}`. What it held is held no more."""
    result = acts.sign_off(ports, by, settlement_path(ident), body, idem)
    return {"complaint": ident, "verdict": body["verdict"], "remedy": body["remedy"], **writing.proof_of(result)}


def payment_path(ident: str) -> str:
    """The path of saying that a compensation was paid."""
    return f"{PATH}/{ident}/payment"


def payment(ports: Ports, ident: str, body: Body) -> acts.Proposal:
    """`{paid_on}`. Raises NotFoundError, ConflictError `remedy-not-due`, `remedy-paid`."""
    found = _found(ports, ident)
    if found["remedy"] != "compensation":
        raise ConflictError("no compensation was promised for this complaint: settle it with one first",
                            code="remedy-not-due")
    if found["paid_on"] is not None:
        raise ConflictError("this compensation was said to be paid already", code="remedy-paid")
    return acts.Proposal("remedy-paid/1", {
        "complaint": ident, "borrower": found["borrower"], "paid_on": body["paid_on"]})


def payment_draft(ports: Ports, by: Actor, ident: str, body: Body) -> Record:
    """What to sign for saying that a compensation was paid."""
    return acts.draft(ports, by, payment_path(ident), body, lambda: payment(ports, ident, body))


def pay(ports: Ports, by: Actor, ident: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{complaint, paid_on, log_index, proof}`."""
    result = acts.sign_off(ports, by, payment_path(ident), body, idem)
    return {"complaint": ident, "paid_on": body["paid_on"], **writing.proof_of(result)}


def _found(ports: Ports, ident: str) -> Record:
    found = ports.store.record("complaints", ident)
    if found is None:
        writing.catch_up(ports)
        found = ports.store.record("complaints", ident)
    if found is None:
        raise NotFoundError("there is no such complaint")
    return found
