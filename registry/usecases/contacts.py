"""Contacts: third persons who are asked before anything else happens with their number."""

from __future__ import annotations

from registry.model.entries import Actor
from registry.usecases import paging, writing
from registry.usecases.borrowers import deposit
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

# All that a lender reads back of a contact's answer.
SHOWN = {"pending": "pending", "usable": "usable", "withdrawn": "not-usable", "stopped": "not-usable",
         "erased": "not-usable"}


def register(ports: Ports, by: Actor, borrower: str, body: Body, idem: Idem | None = None) -> Record:
    """`{ref, name, relation, number | jwe, languages, residence?, rank}` → `{contact, ref, state, …}`.

    The answer is the same whoever the number belongs to. Raises ConflictError `ref-exists`.
    """
    writing.owned(ports, "borrowers", borrower, by)
    fields = {"borrower": borrower, **{name: value for name, value in body.items() if name != "ref"}}
    request = {"borrower": borrower, **body}
    result = deposit(ports, by, "contact", ref=body["ref"], fields=fields, request=request, idem=idem)
    return {"contact": result["contact"], "ref": body["ref"], "state": "pending", **writing.proof_of(result)}


def listed(ports: Ports, by: Actor, borrower: str, page: Page) -> Record:
    """One page of a borrower's contacts; of each answer only usable, pending or not-usable."""
    writing.owned(ports, "borrowers", borrower, by)
    return paging.listed(ports, "contacts", page, {"borrower": borrower}, _view)


def shown(ports: Ports, by: Actor, contact: str) -> Record:
    """One contact of the lender's."""
    return _view(writing.owned(ports, "contacts", contact, by))


def _view(one: Record) -> Record:
    view = paging.shown(one, "ref", "borrower", "relation", "rank", "languages", "residence", contact="id")
    return {**view, "state": SHOWN[one["state"]]}
