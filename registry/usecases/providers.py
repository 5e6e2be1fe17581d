"""Providers: who may report attempts, with which secret, and what became of their reports."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from registry.errors import ConflictError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.providers import grade_of
from registry.model.times import stamp
from registry.usecases import acts, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

PATH = "/v1/providers"
DRAWN_UP = "/officer/providers"  # drafts of pages, which a request to the API is never taken for
SALT_BYTES = 32


def named(ports: Ports, name: str) -> Record:
    """The provider account of that name. Raises NotFoundError."""
    found = ports.store.records("providers", {"name": name})
    if not found:
        raise NotFoundError("there is no such provider")
    return found[-1]


def listed(ports: Ports, page: Page) -> Record:
    """One page of providers."""
    return paging.listed(ports, "providers", page, {}, _view)


def _view(one: Record) -> Record:
    return paging.shown(one, "name", "grade", "owner", "owner_party", provider="id", kind="adapter") | standing(one)


def is_suspended(one: Record) -> bool:
    """Whether a provider, by its stored row, is not believed just now."""
    return one["suspended_at"] is not None and one["resumed_at"] is None


def standing(one: Record) -> Record:
    """`{state, suspension?}` of a stored row; the last suspension: `{at, since, until?}`, by the log's clock."""
    if one["suspended_at"] is None:
        return {"state": "active"}
    told = {"at": stamp(one["suspended_at"]), "since": stamp(one["suspended_since"])}
    if is_suspended(one):
        return {"state": "suspended", "suspension": told}
    return {"state": "active", "suspension": {**told, "until": stamp(one["resumed_at"])}}


def status(ports: Ports, name: str) -> Record:
    """`{next_seq, gaps, waiting, refused}` and who it is: the courier's word, as only it holds the secret."""
    found = named(ports, name)
    report = ports.courier.call("provider-status", {"name": name})
    waiting = ports.store.waiting(name) + int(report.get("waiting", 0))
    return {**_view(found), **report, "waiting": waiting}


def proposal(ports: Ports, body: Body) -> acts.Proposal:
    """`{name, kind, owner, owner_party?, secret | public_key}`: registering a provider.

    A shared secret is pinned by a salted commitment, a public key stands in the entry; the kind says which grade that
    makes. Raises ConflictError `provider-exists`, and MalformedError `secret-malformed` for what no provider of the
    kind could sign with.
    """
    _check(ports, body)
    return _registering(body, new_id(ports.random), ports.random(SALT_BYTES))


def _check(ports: Ports, body: Body) -> None:
    if ports.store.records("providers", {"name": body["name"]}):
        raise ConflictError("there is a provider of this name", code="provider-exists", pointer="/name")
    given = {name: body[name] for name in ("secret", "public_key") if name in body}
    ports.courier.call("credential-check", {"kind": body["kind"], **given})


def _registering(body: Body, provider: str, salt: bytes) -> acts.Proposal:
    grade = grade_of(body["kind"], public_key="public_key" in body)
    entry: Record = {"provider": provider, "name": body["name"], "adapter": body["kind"], "owner": body["owner"]}
    if "owner_party" in body:
        entry["owner_party"] = body["owner_party"]
    if "public_key" in body:
        return acts.Proposal("provider-registered/1", {**entry, "grade": grade, "public_key": body["public_key"]},
                             entry_id=provider)
    entry |= {"grade": grade, "secret_commitment": commitment_of(body["secret"], salt)}
    return acts.Proposal("provider-registered/1", entry, {"salt": salt.hex()}, entry_id=provider)


def commitment_of(secret: str, salt: bytes) -> str:
    """How the entry pins a secret: SHA-256 over 32 random bytes and the secret's text."""
    return hashlib.sha256(salt + secret.encode("utf-8")).hexdigest()


def draft(ports: Ports, by: Actor, body: Body) -> Record:
    """What to sign for registering a provider."""
    return acts.draft(ports, by, PATH, body, lambda: proposal(ports, body))


def draw_up(ports: Ports, by: Actor, body: Body, once: str) -> Record:
    """The same for a page, where the draft is signed later and by its id: the courier is given the secret now, for
    this tier keeps none. Until officers have signed, no entry pins it, and it opens nothing.

    A form that comes again with the same `once` leads to the draft that it made, also when that is signed: its id
    comes from it. Raises ConflictError `idempotency-conflict` where the form says something else than before.
    """
    form, provider = {"once": once}, _id_from(by, once)
    drawn = acts.drawn(ports, by, DRAWN_UP, form)
    if drawn is None:
        _check(ports, body)
        if ports.store.record("providers", provider) is not None:
            raise _sent_already()  # and signed for: the courier must be given no other secret of it
        proposed = _registering(body, provider, ports.random(SALT_BYTES))
        brought = {acts.BROUGHT: proposed.opening["salt"]} if "secret" in body else {}
        acts.draft(ports, by, DRAWN_UP, form, lambda: replace(proposed, opening=brought))
        # Of two at one moment the first has made it, with the one salt that its entry pins.
        drawn = acts.drawn(ports, by, DRAWN_UP, form)
        assert drawn is not None, "it lives an hour"
    salt = drawn.opening.get(acts.BROUGHT, "")
    if drawn.entry["body"] != _registering(body, provider, bytes.fromhex(salt)).body:
        raise _sent_already()
    if "secret" in body and drawn.auth is None:
        # Also when the form comes again: the courier may have been away, and forgets what nobody signs for.
        ports.courier.call("provider-secret", {
            "provider": provider, "secret": body["secret"], "salt": salt, "kind": body["kind"]})
    return acts.shown(drawn.entry, drawn.expires_at)


def _id_from(by: Actor, once: str) -> str:
    return hashlib.sha256(f"provider {by.id} {once}".encode()).hexdigest()[:32]


def _sent_already() -> ConflictError:
    return ConflictError("this form was sent already, with other values: load its page again",
                         code="idempotency-conflict")


def register(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{provider, name, grade, log_index, proof}`. The courier is given the secret first:
    one without an entry opens nothing, an entry without its secret would refuse every report."""

    def hand_over(entry: Record, opening: Record) -> None:
        if "secret" not in body:
            return
        if commitment_of(body["secret"], bytes.fromhex(opening["salt"])) != entry["body"]["secret_commitment"]:
            raise ConflictError("this is not the secret that the draft pins: ask again with ?draft=1",
                                code="draft-missing")
        ports.courier.call("provider-secret", {
            "provider": entry["body"]["provider"], "secret": body["secret"], "salt": opening["salt"],
            "kind": body["kind"]})

    result = acts.sign_off(ports, by, PATH, body, idem, before=hand_over)
    made = writing.recorded(result, "provider-registered/1")
    return {"provider": made["provider"], "name": made["name"], "grade": made["grade"], **writing.proof_of(result)}


def gap_path(name: str) -> str:
    """The path of accepting a gap in a provider's sequence."""
    return f"{PATH}/{name}/gaps"


def gap_proposal(ports: Ports, name: str, body: Body) -> acts.Proposal:
    """`{from_seq, through_seq}`: these reports will never come, and the officer knows why."""
    found = named(ports, name)
    return acts.Proposal("provider-gap-accepted/1", {
        "provider": found["id"], "from_seq": body["from_seq"], "through_seq": body["through_seq"]})


def gap_draft(ports: Ports, by: Actor, name: str, body: Body) -> Record:
    """What to sign for accepting a gap."""
    return acts.draft(ports, by, gap_path(name), body, lambda: gap_proposal(ports, name, body))


def accept_gap(ports: Ports, by: Actor, name: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{name, from_seq, through_seq, log_index, proof}`."""
    result = acts.sign_off(ports, by, gap_path(name), body, idem)
    return {"name": name, "from_seq": body["from_seq"], "through_seq": body["through_seq"],
            **writing.proof_of(result)}
