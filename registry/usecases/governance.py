"""What officers decide about the registry itself: agencies, parties, packs, holds lifted, everything stopped."""

from __future__ import annotations

import hashlib

from registry.errors import NotFoundError
from registry.model.entries import Actor
from registry.usecases import acts, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record


def agencies(ports: Ports, page: Page) -> Record:
    """One page of approvals of agencies."""
    return paging.listed(ports, "agency_approvals", page, {}, lambda one: paging.shown(
        one, "agency", "lender", "role", "until"))


def agency_proposal(body: Body) -> acts.Proposal:
    """`{agency, lender, role, until}`: an agency may work a lender's accounts until then."""
    until = writing.moment(body["until"])
    return acts.Proposal("agency-approved/1", {
        "agency": body["agency"], "lender": body["lender"], "role": body["role"], "until": until})


def packs(ports: Ports, page: Page) -> Record:
    """One page of activations of packs."""
    return paging.listed(ports, "pack_activations", page, {}, lambda one: paging.shown(
        one, "name", "version", "sha256", "effective_from"))


def pack_proposal(body: Body) -> acts.Proposal:
    """`{name, version, text, effective_from}`: a pack comes into force; its text travels in the entry."""
    return acts.Proposal("pack-activated/1", {
        "name": body["name"], "version": body["version"], "text": body["text"],
        "sha256": hashlib.sha256(body["text"].encode("utf-8")).hexdigest(),
        "effective_from": writing.moment(body["effective_from"])})


def resume_proposal() -> acts.Proposal:
    """Releases go on."""
    return acts.Proposal("releases-resumed/1", {})


def parties(ports: Ports, page: Page) -> Record:
    """One page of parties."""
    return paging.listed(ports, "parties", page, {}, lambda one: paging.shown(
        one, "role", "name", "regulator", "state", party="id"))


def suspend(ports: Ports, by: Actor, party: str, idem: Idem | None = None) -> Record:
    """Stops a party at once. Raises NotFoundError."""
    if ports.store.record("parties", party) is None:
        raise NotFoundError("there is no such party")
    result = writing.append(ports, by, "party-suspended/1", {"party": party}, idem)
    return {"party": party, **writing.proof_of(result)}


def stop(ports: Ports, by: Actor, idem: Idem | None = None) -> Record:
    """Stops every release at once."""
    return {"releases": "stopped", **writing.proof_of(writing.append(ports, by, "releases-stopped/1", {}, idem))}
