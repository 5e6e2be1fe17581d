"""From a complaint to a pseudonym: somebody complains from an address, and two people let the registry say whose.

Nothing else finds a person by an address, and the answer is ids alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from registry.errors import ConflictError, MalformedError
from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE
from registry.vault.arguments import B64, Args
from registry.vault.desk import Answer, Desk
from registry.vault.keys.keyring import ADDRESS
from registry.vault.ops.complaints import sealed_text
from registry.vault.ops.matching import line_of
from registry.vault.ops.table import IDEMPOTENT, Op
from registry.vault.relations import unknown

NEEDED = 2


def resolve(desk: Desk, args: Args, at: int) -> Answer:
    """{borrowers, contacts}: whose address it is that was sealed for a resolution. Once resolved, as it was then.

    Raises NotFoundError for a resolution nobody asked for, ConflictError `approvals-missing` until two people have
    signed the same, MalformedError `blob-refused`.
    """
    ident = hashlib.sha256(f"identity-resolved\n{args['resolution']}".encode()).hexdigest()[:32]
    approved = [one for one in desk.relations.history(args["resolution"]) if one.kind == "resolution-approved/1"]
    if not approved:
        raise unknown()
    body = approved[0].body
    if len(_signers(approved)) < NEEDED:
        raise ConflictError("two people must sign a resolution: one more signature is needed",
                            code="approvals-missing")
    entry = desk.log.find(ident)
    if entry is None:
        address = sealed_text(desk, body["address"], args["blob"], ADDRESS)
        found = {kind: _ids(desk, address, kind, member) for kind, member in
                 (("channel-added/1", "borrower"), ("contact-registered/1", "contact"))}
        entry = desk.make("identity-resolved/1", {
            "resolution": args["resolution"], "complaint": body["complaint"],
            "borrowers": found["channel-added/1"], "contacts": found["contact-registered/1"],
        }, at, ident=ident)
    return desk.answer([entry], borrowers=list(entry.body["borrowers"]), contacts=list(entry.body["contacts"]))


def _signers(approved: list[Entry]) -> set[str]:
    """Who signed, staff of either kind; all of it is about one complaint and one address (`references`)."""
    return {one[role] for entry in approved for one in entry.auth for role in ("officer", "auditor") if role in one}


def _ids(desk: Desk, address: str, kind: str, member: str) -> list[str]:
    """Ids of those who are on the line of an address, by entries of a kind; none for what is no address."""
    found = dict.fromkeys(
        one.body[member] for line in _lines(desk, address) for one in desk.relations.history(line)
        if one.kind == kind and not desk.relations.is_gone(one.body["borrower"], one.body.get("contact", ""))
    )
    return list(found)[:64]


def _lines(desk: Desk, address: str) -> Iterator[str]:
    try:
        line = line_of(desk, address, "email" if "@" in address else "voice")
    except MalformedError:
        return
    if line is not None:
        yield line


RESOLUTIONS = {"resolve": Op({"resolution": ID_SHAPE, "blob": B64, **IDEMPOTENT}, write=resolve)}
