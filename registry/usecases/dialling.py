"""What a dialler asks before it dials."""

from __future__ import annotations

from typing import Any

from registry.model.entries import Actor
from registry.usecases.ports import Body, Idem, Ports, Record


def check(ports: Ports, by: Actor, body: Body, idem: Idem | None) -> Record:
    """`{account, channel}` → `{check, may_dial, log_index, proof, ticket?, valid_until?, not_before?, state?,
    missing?, next?}`, exactly as the vault gave it. Writes nothing here: projections follow the log behind."""
    args: dict[str, Any] = {"by": by.value(), "account": body["account"], "channel": body["channel"]}
    return ports.vault.call("dial-check", args if idem is None else {**args, "idem": dict(idem)})
