"""Suspending a provider, whose reports then prove nothing, and taking it up again: officers' acts."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.providers import RESUMED, SUSPENDED
from registry.model.entries import Actor
from registry.model.times import MINUTE, parse_stamp
from registry.usecases import acts, providers, writing
from registry.usecases.ports import Body, Idem, Ports, Record

AHEAD = MINUTE  # how far a clock may be wrong

def suspend_draft(ports: Ports, by: Actor, name: str, body: Body, once: str | None = None) -> Record:
    """`{since?, note?}` → what to sign for suspending. Raises NotFoundError; MalformedError `time-out-of-range`."""
    found = providers.named(ports, name)
    since = {"since": writing.moment(body["since"])} if "since" in body else {}
    if since and parse_stamp(since["since"]) > parse_stamp(ports.vault.call("log-now", {})["now"]) + AHEAD:
        # As the vault would say once it is signed: a provider is suspended now, and since it lied.
        raise MalformedError("since lies in the future: say from when on it was not to be believed",
                             code="time-out-of-range", pointer="/since")
    return acts.draft(ports, by, _path(name, "suspension"), body,
                      lambda: acts.Proposal(SUSPENDED, {"provider": found["id"], **since}), once=once)


def suspend(ports: Ports, by: Actor, name: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{name, state, log_index, proof}`."""
    result = acts.sign_off(ports, by, _path(name, "suspension"), body, idem)
    return {"name": name, "state": "suspended", **writing.proof_of(result)}


def resume_draft(ports: Ports, by: Actor, name: str, body: Body, once: str | None = None) -> Record:
    """`{note?}` → what to sign for taking it up again. Raises NotFoundError; ConflictError where it is not
    suspended."""
    found = providers.named(ports, name)
    if not providers.is_suspended(found):
        raise ConflictError("this provider is not suspended", code="provider-not-suspended")
    return acts.draft(ports, by, _path(name, "resume"), body,
                      lambda: acts.Proposal(RESUMED, {"provider": found["id"]}), once=once)


def resume(ports: Ports, by: Actor, name: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{name, state, log_index, proof}`."""
    result = acts.sign_off(ports, by, _path(name, "resume"), body, idem)
    return {"name": name, "state": "active", **writing.proof_of(result)}


def _path(name: str, what: str) -> str:
    return f"{providers.PATH}/{name}/{what}"
