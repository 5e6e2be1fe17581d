"""What has happened since a place in the log, as far as it is the asking client's business: kinds and ids only."""

from __future__ import annotations

from registry.model.entries import Actor
from registry.model.times import stamp
from registry.usecases import writing
from registry.usecases.ports import Body, Ports, Record

# What an agency reads of an entry. It knows accounts, never the people behind them.
AGENCY = ("account", "lookup", "placement", "approval", "notice")
# What a lender reads: everything that it made or may read elsewhere.
LENDER = (*AGENCY, "borrower", "contact", "channel", "consent", "hold", "subject", "agency", "client")
# Whose business: the member of a stored event that must be the client's.
OWNERS = {"agency": "agency", "lender": "lender"}


def since(ports: Ports, by: Actor, query: Body) -> Record:
    """`{after?, limit, kind?}` → `{items: [{index, kind, id, at, about}], next}`, oldest first.

    `next` is the `after` of the next page, None at the end: then go on behind the last item's index.
    """
    writing.catch_up(ports)
    where = {"kind": query["kind"]} if "kind" in query else {}
    owner = OWNERS.get(by.role)
    if owner is not None:
        where[owner] = by.id
    limit = query["limit"]
    found = ports.store.records("events", where, after=query.get("after", -1), limit=limit + 1)
    here = found[:limit]
    return {"items": [_view(by, one) for one in here], "next": here[-1]["place"] if len(found) > limit else None}


def _view(by: Actor, one: Record) -> Record:
    about: dict[str, str] = one["about"]
    shown = {"agency": AGENCY, "lender": LENDER}.get(by.role, tuple(about))
    return {
        "index": one["place"], "kind": one["kind"], "id": one["id"], "at": stamp(one["updated_at"]),
        "about": {name: about[name] for name in shown if name in about},
    }
