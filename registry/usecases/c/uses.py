"""Every use of my number, and answering instead of being called. Permits alone: who was refused asked nobody."""

from __future__ import annotations

from registry.errors import MalformedError
from registry.model.times import stamp
from registry.usecases import writing
from registry.usecases.c import listed
from registry.usecases.c.listed import Listing
from registry.usecases.paging import Page, cursor_at
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session


def of_all(ports: Ports, who: Session, found: dict[str, Listing], page: Page) -> Record:
    """`{items, next}`: one page, newest first."""
    writing.catch_up(ports)
    rows = ports.store.uses(who.subjects, before=page.after, limit=page.limit + 1)
    here = rows[: page.limit]
    return {"items": [_view(row, found[row["contact"]]) for row in here],
            "next": cursor_at(here[-1]["place"]) if len(rows) > page.limit else None}


def one_of(ports: Ports, who: Session, found: dict[str, Listing], lookup: str) -> Record:
    """One use. Raises NotFoundError."""
    row = _own(ports, who, lookup)
    return _view(row, found[row["contact"]])


def answer(ports: Ports, who: Session, lookup: str, body: Body, idem: Idem | None = None) -> Record:
    """`{answer, address?}` → `{use, answer, act, receipt, log_index, proof}`. `never` is an objection besides.

    Raises NotFoundError, MalformedError for an address that is none.
    """
    row = _own(ports, who, lookup)
    args = {"by": {"role": "contact", "id": row["contact"]}, "lookup": lookup, **body}
    if "address" in body:
        args["medium"] = "email" if "@" in body["address"] else "voice"
    elif body["answer"] == "gave-channel":
        raise MalformedError("/address is needed: say how this person can be reached", pointer="/address")
    result = writing.write(ports, "answer-use", args, idem)
    return {"use": lookup, "answer": result["answer"], "act": result["act"], "receipt": result["receipt"],
            **writing.proof_of(result)}


def contact_of(ports: Ports, who: Session, lookup: str) -> Record:
    """`{contact, client}` of one use of mine. Raises NotFoundError."""
    row = _own(ports, who, lookup)
    return {"contact": row["contact"], "client": row["client"]}


def _own(ports: Ports, who: Session, lookup: str) -> Record:
    writing.catch_up(ports)
    rows = ports.store.uses(who.subjects, before=-1, limit=1, lookup=lookup)
    if not rows:
        raise listed.nothing()
    return rows[0]


def _view(row: Record, one: Listing) -> Record:
    return {
        "use": row["id"], "contact": row["contact"], **listed.named(one), "at": stamp(row["decided_at"]),
        "mode": row["mode"], **({} if row["answer"] is None else {"answer": row["answer"]}),
    }
