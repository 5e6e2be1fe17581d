"""What a collector asks: for a contact, the borrower's own channels, a notice, an account; and what it reports."""

from __future__ import annotations

import base64
from typing import Any

from registry.errors import NotFoundError
from registry.model.entries import Actor
from registry.usecases import paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record


def look_up(ports: Ports, by: Actor, body: Body, idem: Idem) -> Record:
    """`{account, about, purpose, mode, agent, visitors?, caller? or caller_jwe?, continues?}` → the verdict, exactly
    as the vault gave it.

    Writes nothing here: the vault remembers, and projections follow the log behind.
    """
    values, oldest = ports.store.offered(body["account"], body["about"])
    if "caller_jwe" in body:
        kept = {name: one for name, one in body.items() if name != "caller_jwe"}
        body = {**kept, "caller": {"jwe": body["caller_jwe"]}}
    args: dict[str, Any] = {
        "by": by.value(), "idem": dict(idem), **body,
        "blobs": {
            subject: {name: base64.b64encode(blob).decode("ascii") for name, blob in named.items()}
            for subject, named in values.items()
        },
    }
    if oldest is not None:
        # A clock that was set back says nothing of how long it waits: then it is as old as the clock is wrong.
        args["inbox_ms"] = abs(ports.wall() - oldest)
    return ports.vault.call("lookup", args)


def status(ports: Ports, by: Actor, lookup: str) -> Record:
    """A lookup of the asking agency as it was answered, without the number; of a message or brokered call, how far it
    came. Of a call that the bridge connects, also the bridge's own number, which the collector dials."""
    value = ports.vault.call("lookup-status", {"by": by.value(), "lookup": lookup})
    if value.get("call", {}).get("state") == "bound":
        value["call"] |= ports.courier.call("call-number", {"lookup": lookup})
    return value


def report_outcome(ports: Ports, by: Actor, lookup: str, body: Body, idem: Idem) -> Record:
    """`{outcome, at, agent}` → `{outcome, log_index, proof}`. Several are allowed, the strictest stays."""
    args = {"by": by.value(), "lookup": lookup, **body, "at": writing.moment(body["at"])}
    result = writing.write(ports, "outcome", args, idem)
    return {"outcome": result["outcome"], **writing.proof_of(result)}


def request_notice(ports: Ports, by: Actor, account: str, idem: Idem) -> Record:
    """Has a notice sent to the borrower → `{notice, log_index, proof}`. Raises ConflictError `notice-today`."""
    result = writing.write(ports, "notice", {"by": by.value(), "account": account}, idem)
    return {"notice": result["notice"], **writing.proof_of(result)}


def account(ports: Ports, by: Actor, account_id: str) -> Record:
    """`{account, collection, callback?, …}`. Raises NotFoundError, the same for unknown, erased and not placed."""
    return ports.vault.call("account", {"by": by.value(), "account": account_id})


def accounts(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of the accounts placed with the agency. One that the vault no longer shows is left out."""
    where = {"agency": by.id, "state": "placed"}
    return paging.listed(ports, "placements", page, where, lambda one: _or_none(ports, by, one["account"]))


def _or_none(ports: Ports, by: Actor, account_id: str) -> Record | None:
    try:
        return account(ports, by, account_id)
    except NotFoundError:
        return None
