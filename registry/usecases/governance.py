"""What officers decide about the registry itself: agencies, parties, packs, holds lifted, everything stopped."""

from __future__ import annotations

import hashlib

from registry.model.entries import Actor
from registry.usecases import acts, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

AGENCIES, PACKS, RESUME = "/v1/agencies", "/v1/packs", "/v1/releases/resume"


def agencies(ports: Ports, page: Page) -> Record:
    """One page of approvals of agencies."""
    return paging.listed(ports, "agency_approvals", page, {}, lambda one: paging.shown(
        one, "agency", "lender", "role", "until"))


def agency_draft(ports: Ports, by: Actor, body: Body) -> Record:
    """`{agency, lender, role, until}` → what to sign: an agency may work a lender's accounts until then."""

    def propose() -> acts.Proposal:
        return acts.Proposal("agency-approved/1", {
            "agency": body["agency"], "lender": body["lender"], "role": body["role"],
            "until": writing.moment(body["until"])})

    return acts.draft(ports, by, AGENCIES, body, propose)


def approve_agency(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{agency, lender, role, until, log_index, proof}`."""
    result = acts.sign_off(ports, by, AGENCIES, body, idem)
    return {**writing.recorded(result, "agency-approved/1"), **writing.proof_of(result)}


def packs(ports: Ports, page: Page) -> Record:
    """One page of activations of packs."""
    return paging.listed(ports, "pack_activations", page, {}, lambda one: paging.shown(
        one, "name", "version", "sha256", "effective_from"))


def pack_draft(ports: Ports, by: Actor, body: Body) -> Record:
    """`{name, version, text, effective_from}` → what to sign; the pack's text travels in the entry."""

    def propose() -> acts.Proposal:
        return acts.Proposal("pack-activated/1", {
            "name": body["name"], "version": body["version"], "text": body["text"],
            "sha256": hashlib.sha256(body["text"].encode("utf-8")).hexdigest(),
            "effective_from": writing.moment(body["effective_from"])})

    return acts.draft(ports, by, PACKS, body, propose)


def activate_pack(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{name, version, sha256, effective_from, log_index, proof}`."""
    result = acts.sign_off(ports, by, PACKS, body, idem)
    made = writing.recorded(result, "pack-activated/1")
    members = {name: made[name] for name in ("name", "version", "sha256", "effective_from")}
    return {**members, **writing.proof_of(result)}


def in_words(ports: Ports, language: str) -> Record:
    """`{packs, at}`: what is in force, in plain words; `language` is zh or en."""
    return ports.vault.call("packs-in-words", {"language": language})


def parties(ports: Ports, page: Page) -> Record:
    """One page of parties."""
    return paging.listed(ports, "parties", page, {}, lambda one: paging.shown(
        one, "role", "name", "regulator", "state", party="id"))


def suspend(ports: Ports, by: Actor, party: str, idem: Idem | None = None) -> Record:
    """Stops a party at once, also an officer whom only genesis names. Raises NotFoundError."""
    result = writing.append(ports, by, "party-suspended/1", {"party": party}, idem)
    return {"party": party, **writing.proof_of(result)}


def stop(ports: Ports, by: Actor, idem: Idem | None = None) -> Record:
    """Stops every release at once."""
    return {"releases": "stopped", **writing.proof_of(writing.append(ports, by, "releases-stopped/1", {}, idem))}


def resume_draft(ports: Ports, by: Actor, body: Body) -> Record:
    """What to sign for letting releases go on."""
    return acts.draft(ports, by, RESUME, body, lambda: acts.Proposal("releases-resumed/1", {}))


def resume(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{releases, log_index, proof}`."""
    return {"releases": "resumed", **writing.proof_of(acts.sign_off(ports, by, RESUME, body, idem))}
