"""Officers' roles: a visit is approved by two officers of different roles."""

from __future__ import annotations

from registry.model.entries import Actor
from registry.usecases import acts, writing
from registry.usecases.ports import Body, Idem, Ports, Record

PATH = "/v1/officers/roles"


def listed(ports: Ports) -> Record:
    """`{officers, at}`: every officer with the role in force."""
    return ports.vault.call("officer-roles", {})


def draft(ports: Ports, by: Actor, body: Body) -> Record:
    """`{officer, role}` → what to sign."""

    def propose() -> acts.Proposal:
        return acts.Proposal("officer-role-set/1", {"officer": body["officer"], "role": body["role"]})

    return acts.draft(ports, by, PATH, body, propose)


def give(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{officer, role, log_index, proof}`. Raises NotFoundError for who is no officer."""
    result = acts.sign_off(ports, by, PATH, body, idem)
    return {"officer": body["officer"], "role": body["role"], **writing.proof_of(result)}
