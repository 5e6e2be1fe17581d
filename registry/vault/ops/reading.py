"""Reads: the log and its proofs, the vault's public keys, what an officer and an auditor look at."""

from __future__ import annotations

from typing import Any

from registry.casefile.course import course_of
from registry.model.catalogue.calls import ASKED_APPROVAL, DECIDED
from registry.model.shapes import BOOL, ID_SHAPE, Optional, integer, text
from registry.model.times import stamp
from registry.policy import RULES_VERSION, asked_in
from registry.vault import examining
from registry.vault.arguments import BY_PARTY, INDEX, Args, base64_of
from registry.vault.desk import Desk, show
from registry.vault.ops.table import Op
from registry.vault.relations import unknown
from registry.vault.witnessing import status_of

FOLLOWED = 500
PART = 512 * 1024  # bytes of entries in one answer, which must fit a frame in base64 too


def status(desk: Desk, args: Args) -> dict[str, Any]:
    """What the vault is and how far it got."""
    silent, checked = desk.courier_silent(), desk.log.percent_checked
    return {
        "origin": desk.directory.origin, "demo": desk.directory.demo, "size": desk.log.size,
        "published": desk.log.published, "witnesses": status_of(desk), "log_now": stamp(desk.clock.now()),
        "rules": RULES_VERSION, "stopped": desk.directory.stopped,
        **({} if silent is None else {"courier_seen_ms": silent}),
        **({} if checked == 100 else {"checked": checked}),  # in percent, after a start that did not read everything
    }


def keys(desk: Desk, args: Args) -> dict[str, Any]:
    """Public keys: the vault's, the log's, the courier's."""
    genesis = desk.directory.genesis
    return {
        "jwks": desk.keys.jwks(), "log_vkey": desk.keys.vkey, "courier_sig": genesis["courier_sig"],
        "courier_enc": genesis["courier_enc"],
    }


def log_now(desk: Desk, args: Args) -> dict[str, Any]:
    """The log clock."""
    return {"now": stamp(desk.clock.now())}


def checkpoint(desk: Desk, args: Args) -> dict[str, Any]:
    """The signed note of the published size."""
    return {"text": desk.log.checkpoint()}


def tile(desk: Desk, args: Args) -> dict[str, Any]:
    """A hash tile, base64. Raises NotFoundError for one that the published size does not cover."""
    return _data(desk.log.tile(args["level"], args["n"], args["width"]))


def bundle(desk: Desk, args: Args) -> dict[str, Any]:
    """A part of a bundle of entries, base64, from a byte on; `total` bytes are the whole."""
    data = desk.log.entry_bundle(args["n"], args["width"])
    if data is None:
        raise unknown()
    start = args.get("from", 0)
    return {"data": base64_of(data[start:start + PART]), "total": len(data)}


def entry(desk: Desk, args: Args) -> dict[str, Any]:
    """One entry, by index or id, with its proof."""
    found = desk.log.entry(args["index"]) if "index" in args else desk.log.find(args.get("id", "0" * 32))
    if found is None or found.index >= desk.log.signed:
        raise unknown()
    return {**show(found), "proof": desk.log.proof(found.index)}


def follow(desk: Desk, args: Args) -> dict[str, Any]:
    """Signed entries from an index on, as many as fit. The courier's own following shows that it lives."""
    if args.get("courier"):
        desk.courier_seen, desk.bridge = desk.clock.wall(), bool(args.get("bridge"))
    entries: list[dict[str, Any]] = []
    room = PART
    for index, data in desk.log.leaves(args["after"], args["limit"]):
        room -= len(data)
        if entries and room < 0:
            break
        entries.append(examining.leaf_value(index, data))
    return {"entries": entries, "size": desk.log.signed}


def link(desk: Desk, args: Args) -> dict[str, Any]:
    """What the link of a message asks of its reader: to answer a relayed message, or only whether to stop. An unknown
    token asks the same as most."""
    purpose = desk.keys.find_token(args["token"], desk.clock.now())
    return {"asks": "stop" if purpose is None or "lookup" not in purpose else "relay"}


def audit_lookup(desk: Desk, args: Args) -> dict[str, Any]:
    """One decision with its facts, made again from the log as it stood then, and what came of it since."""
    decided = desk.relations.entry(args["lookup"], *DECIDED)
    replayed = examining.replay(desk, decided)
    known = desk.relations.history(decided.body["borrower"]) if "borrower" in decided.body else ()
    return {
        "lookup": decided.id, **show(decided), "facts": replayed.facts, "reasons": list(decided.body["reasons"]),
        "replay": {"verdict": replayed.verdict, "agrees": replayed.agrees}, "proof": desk.log.proof(decided.index),
        "course": course_of(decided, known, desk.directory.role_of),
    }


def approval_facts(desk: Desk, args: Args) -> dict[str, Any]:
    """What an officer needs to know of a request as of now; never a number."""
    requested = desk.relations.entry(args["approval"], *ASKED_APPROVAL)
    decided = desk.relations.entry(requested.body["lookup"], *DECIDED).body
    return examining.facts_now(desk, asked_in(decided))


def _data(data: bytes | None) -> dict[str, Any]:
    if data is None:
        raise unknown()
    return {"data": base64_of(data)}


READING = {
    "status": Op({}, read=status),
    "keys": Op({}, read=keys),
    "log-now": Op({}, read=log_now),
    "checkpoint": Op({}, read=checkpoint),
    "tile": Op({"level": integer(0, 63), "n": INDEX, "width": integer(1, 256)}, read=tile),
    "entries-bundle": Op({"n": INDEX, "width": integer(1, 256), "from": Optional(INDEX)}, read=bundle),
    "entry": Op({"index": Optional(INDEX), "id": Optional(ID_SHAPE)}, read=entry),
    "follow": Op({"after": INDEX, "limit": integer(1, FOLLOWED), "courier": Optional(BOOL),
                  "bridge": Optional(BOOL)}, read=follow),
    "link": Op({"token": text(r"(?s:.{1,64})", "token")}, read=link),
    "audit-lookup": Op({"by": BY_PARTY, "lookup": ID_SHAPE}, read=audit_lookup),
    "approval-facts": Op({"by": BY_PARTY, "approval": ID_SHAPE}, read=approval_facts),
}
