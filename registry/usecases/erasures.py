"""Erasures that wait, and cancelling one: an officer's signed act, until it is carried out."""

from __future__ import annotations

from registry.errors import NotFoundError
from registry.model.entries import Actor
from registry.usecases import acts, writing
from registry.usecases.ports import Body, Idem, Ports, Record


def waiting(ports: Ports) -> Record:
    """`{items: [{subject, role, borrower, requested_at, destroyed_at}], waiting, burst}`, the oldest first."""
    found = ports.vault.call("erasures", {})
    return {"items": found["erasures"], "waiting": found["waiting"], "burst": found["burst"]}


def cancel_draft(ports: Ports, by: Actor, subject: str, body: Body) -> Record:
    """`{}` → what to sign for cancelling. Raises NotFoundError for who is nobody here."""
    content = _named(ports, subject)
    return acts.draft(ports, by, _path(subject), body, lambda: acts.Proposal("erasure-cancelled/1", content))


def cancel(ports: Ports, by: Actor, subject: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{subject, log_index, proof}`. Raises ConflictError `erasure-over`."""
    return {"subject": subject, **writing.proof_of(acts.sign_off(ports, by, _path(subject), body, idem))}


def _named(ports: Ports, subject: str) -> Record:
    if ports.store.record("borrowers", subject) is not None:
        return {"subject": subject, "role": "borrower", "borrower": subject}
    contact = ports.store.record("contacts", subject)
    if contact is None:
        raise NotFoundError("there is no such person")
    return {"subject": subject, "role": "contact", "borrower": contact["borrower"]}


def _path(subject: str) -> str:
    return f"/v1/erasures/{subject}/cancellation"
