"""Erasures that wait, and cancelling one: an officer's signed act, until it is carried out."""

from __future__ import annotations

from registry.errors import NotFoundError
from registry.model.entries import Actor
from registry.usecases import acts, paging, writing
from registry.usecases.ports import Body, Idem, Ports, Record

MEMBERS = ("subject", "role", "borrower", "by", "requested_at", "destroyed_at", "over", "with_borrower")


def waiting(ports: Ports, limit: int = paging.MOST, cursor: str | None = None) -> Record:
    """`{items: [{subject, role, borrower, by, requested_at, destroyed_at, over, with_borrower?}], next, waiting,
    burst, alarm?, at}`: one page, the oldest first. Raises MalformedError for a cursor that is none."""
    asked = {"limit": limit} if cursor is None else {"limit": limit, "after": paging.read_cursor(cursor)}
    found = ports.vault.call("erasures", asked)
    here = found["erasures"]
    return {
        "items": [{name: one[name] for name in MEMBERS if name in one} for one in here],
        "next": paging.cursor_at(here[-1]["place"]) if found["more"] else None,
        **{name: found[name] for name in ("waiting", "burst", "alarm", "at") if name in found},
    }


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
