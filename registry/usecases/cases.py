"""One lookup taken out as evidence: the vault makes and signs the package; here its bytes are only passed on."""

from __future__ import annotations

import base64

from registry.model.entries import Actor
from registry.usecases import auditing, writing
from registry.usecases.ports import Ports, Record

MOST_OPENED = 20


def case(ports: Ports, by: Actor, lookup: str, *, opened: bool = False) -> bytes:
    """The package of a lookup, a zip. That it was taken out is an entry first. `opened`: with the words of the
    complaints about it, the newest first where there are many, each opening an entry too.

    Raises NotFoundError, ConflictError `case-too-large`.
    """
    args: Record = {"by": by.value(), "lookup": lookup}
    if opened:
        args["blobs"] = _words(ports, lookup)
    result = auditing.patiently(ports, "case", args)
    writing.show(ports, result)
    return base64.b64decode(result["zip"])


def _words(ports: Ports, lookup: str) -> list[Record]:
    writing.catch_up(ports)
    filed = ports.store.records("complaints", {"lookup": lookup}, limit=MOST_OPENED, newest=True)
    said = {one["id"]: one["text"] for one in filed if one["text"] is not None}
    blobs = ports.store.notes(list(said.values())) if said else {}
    return [{"complaint": ident, "blob": base64.b64encode(blobs[text]).decode("ascii")}
            for ident, text in said.items() if text in blobs]
