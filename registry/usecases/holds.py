"""Holds: anyone authenticated may place one, only an officer's signature lifts it."""

from __future__ import annotations

from registry.errors import NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.usecases import acts, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record


def place(ports: Ports, by: Actor, borrower: str, body: Body, idem: Idem | None = None) -> Record:
    """`{type, account?}` → `{hold, borrower, type, account?, log_index, proof}`, by the lender or an officer."""
    if by.role != "officer":
        writing.owned(ports, "borrowers", borrower, by)
    elif ports.store.record("borrowers", borrower) is None:
        raise NotFoundError("there is no such borrower")
    hold = new_id(ports.random)
    entry = {"hold": hold, "borrower": borrower, **body}
    result = writing.append(ports, by, "hold-placed/1", entry, idem, entry_id=hold)
    return {**writing.recorded(result, "hold-placed/1"), **writing.proof_of(result)}


def listed(ports: Ports, by: Actor, borrower: str, page: Page) -> Record:
    """One page of a borrower's holds."""
    writing.owned(ports, "borrowers", borrower, by)
    return paging.listed(ports, "holds", page, {"borrower": borrower}, _view)


def _view(one: Record) -> Record:
    return paging.shown(one, "borrower", "account", "type", "state", hold="id")


def lift_draft(ports: Ports, by: Actor, hold: str, body: Body, once: str | None = None) -> Record:
    """`{note}` → what to sign for lifting a hold. Raises NotFoundError."""
    found = ports.store.record("holds", hold)
    if found is None:
        raise NotFoundError("there is no such hold")
    content = {"hold": hold, "borrower": found["borrower"]}
    return acts.draft(ports, by, _lift_path(hold), body, lambda: acts.Proposal("hold-lifted/1", content), once=once)


def lift(ports: Ports, by: Actor, hold: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{hold, log_index, proof}`."""
    return {"hold": hold, **writing.proof_of(acts.sign_off(ports, by, _lift_path(hold), body, idem))}


def _lift_path(hold: str) -> str:
    return f"/v1/holds/{hold}/lift"
