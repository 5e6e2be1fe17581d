"""Borrowers, their channels, and what a lender knows of their lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.errors import ConflictError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.usecases import paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record


def register(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """`{ref, name, residence, time_zone?, languages, channels}` → `{borrower, ref, channels, log_index, proof}`.

    Raises ConflictError `ref-exists`; MalformedError where the vault refuses a value.
    """
    fields = {name: value for name, value in body.items() if name != "ref"}
    result = deposit(ports, by, "borrower", ref=body["ref"], fields=fields, request=body, idem=idem)
    return {"borrower": result["borrower"], "ref": body["ref"], "channels": result["channels"],
            **writing.proof_of(result)}


def deposit(
    ports: Ports, by: Actor, kind: str, *, ref: str, fields: Mapping[str, Any], request: Body, idem: Idem | None
) -> Record:
    """Registers under a ref of the lender's own.

    The id is reserved before the vault hears of it, so that a request repeated after a crash in between finds the
    vault's remembered answer, sealed values and all. Raises ConflictError `ref-exists`.
    """
    assert by.id is not None
    place = ports.store.reserve_ref(by.id, kind, ref, new_id(ports.random))
    key = idem["key"] if idem else None
    if place["done"] and (key is None or key != place["key"]):
        raise ref_exists(place["id"])
    own: Idem = idem or {"scope": f"{by.id}:ref:{kind}", "key": place["id"], "request": dict(request)}
    args = {"by": by.value(), "id": place["id"], **fields, "idem": dict(own)}
    result = ports.vault.call(f"register-{kind}", args)
    first = ports.store.settle_ref(place["id"], key, writing.sealed(result))
    writing.show(ports, result)
    if not first and idem is None:
        raise ref_exists(place["id"])
    return result


def ref_exists(first: str) -> ConflictError:
    """The ref is taken; by which object of the lender's own, its id says."""
    return ConflictError(f"this ref is taken by {first}: a ref is yours and is used once", code="ref-exists",
                         pointer="/ref")


def shown(ports: Ports, by: Actor, borrower: str) -> Record:
    """A borrower of the lender's, with channels. No name: the web tier can open none."""
    return _view(ports, writing.owned(ports, "borrowers", borrower, by))


def listed(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of the lender's borrowers."""
    return paging.listed(ports, "borrowers", page, {"lender": by.id}, lambda one: _view(ports, one))


def _view(ports: Ports, one: Record) -> Record:
    view = paging.shown(one, "ref", "residence", "time_zone", "languages", "state", borrower="id")
    channels_ = ports.store.records("channels", {"borrower": one["id"]})
    # Closed, and later erased: nothing opens for either, and the lender reads the same.
    state = "open" if one["state"] == "open" else "closed"
    return {**view, "state": state, "channels": [_channel(channel) for channel in channels_]}


def channels(ports: Ports, by: Actor, borrower: str, page: Page) -> Record:
    """One page of a borrower's channels, never their addresses."""
    writing.owned(ports, "borrowers", borrower, by)
    return paging.listed(ports, "channels", page, {"borrower": borrower}, _channel)


def _channel(one: Record) -> Record:
    return paging.shown(one, "medium", "use", "state", channel="id")


def add_channel(ports: Ports, by: Actor, borrower: str, body: Body, idem: Idem | None = None) -> Record:
    """`{medium, value | jwe, use}` → `{channel, medium, use, log_index, proof}`."""
    writing.owned(ports, "borrowers", borrower, by)
    result = writing.write(ports, "add-channel", {"by": by.value(), "borrower": borrower, **body}, idem)
    added = writing.recorded(result, "channel-added/1")
    return {"channel": added["channel"], "medium": added["medium"], "use": added["use"], **writing.proof_of(result)}


def remove_channel(ports: Ports, by: Actor, borrower: str, channel: str, idem: Idem | None = None) -> Record:
    """Ends a channel; it stays live for the look-back, whatever the lender says."""
    return _end_channel(ports, by, borrower, channel, kind="channel-removed/1", idem=idem)


def dispute_channel(ports: Ports, by: Actor, borrower: str, channel: str, idem: Idem | None = None) -> Record:
    """Says that a stranger answers there: nobody dials it any more."""
    return _end_channel(ports, by, borrower, channel, kind="channel-disputed/1", idem=idem)


def _end_channel(
    ports: Ports, by: Actor, borrower: str, channel: str, *, kind: str, idem: Idem | None
) -> Record:
    writing.owned(ports, "borrowers", borrower, by)
    found = ports.store.record("channels", channel)
    if found is None or found["borrower"] != borrower:
        raise NotFoundError("this borrower has no such channel")
    result = writing.append(ports, by, kind, {"channel": channel, "borrower": borrower}, idem)
    return {"channel": channel, **writing.proof_of(result)}


def report_sign_of_life(ports: Ports, by: Actor, borrower: str, body: Body, idem: Idem | None = None) -> Record:
    """`{source?, channel?}` → `{borrower, log_index, proof}`. Any sign of life ends a round of effort."""
    writing.owned(ports, "borrowers", borrower, by)
    result = writing.append(ports, by, "sign-of-life/1", {"borrower": borrower, **body}, idem)
    return {"borrower": borrower, **writing.proof_of(result)}


def request_erasure(ports: Ports, by: Actor, role: str, subject: str, idem: Idem | None = None) -> Record:
    """Closes a borrower or a contact at once; the sealed values go when the waiting time is over."""
    found = writing.owned(ports, f"{role}s", subject, by)
    borrower = subject if role == "borrower" else found["borrower"]
    body = {"subject": subject, "role": role, "borrower": borrower}
    result = writing.append(ports, by, "erasure-requested/1", body, idem)
    return {role: subject, **writing.proof_of(result)}
