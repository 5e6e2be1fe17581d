"""What an auditor reads: lookups by any member, one with facts, replay and proof, the entries, the state of the log.

Every look at what is about a person is an entry, made before anything is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError
from registry.model.entries import Actor, leaf
from registry.model.times import stamp
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.note import parse_verifier
from registry.tlog.tree import leaf_hash
from registry.usecases import paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Ports, Record
from registry.usecases.searching import Search

# What a lookup is searched by, and what that is called in the database.
MEMBERS = {"lookup": "id", "index": "place"}
ABOUT = ("lookup", "account", "borrower", "contact")
SHOWN = ("account", "client", "agent", "about", "purpose", "mode", "verdict", "reasons", "system", "borrower",
         "contact", "approval", "opening", "message", "answer", "continues")


def lookups(ports: Ports, by: Actor, page: Page, *, newest: bool = False) -> Record:
    """One page of lookups, granted and refused, that match all that is asked for. The look is itself an entry."""
    writing.catch_up(ports)
    search = _search(page, newest)
    about = next((str(page.where[name]) for name in ABOUT if name in page.where), None)
    seen(ports, by, "lookups", about)
    found = ports.store.search_lookups(search)
    return {"items": [_view(one) for one in found.rows],
            "next": None if found.next is None else paging.cursor_at(found.next)}


def seen(ports: Ports, by: Actor, what: str, about: str | None = None) -> None:
    """Notes that a member of staff looks at something about people."""
    writing.append(ports, by, "viewed/2", {"what": what, **({} if about is None else {"about": about})})


def _search(page: Page, newest: bool) -> Search:
    where = {MEMBERS.get(name, name): value for name, value in page.where.items() if name not in ("since", "until")}
    since, until = (None if one is None else str(one) for one in (page.where.get("since"), page.where.get("until")))
    if since and until and since > until:
        raise MalformedError("a period ends on or after the day it begins", pointer="/until", code="period-wrong")
    return Search(where, since, until, page.after, page.limit, newest, page.updated_after)


def _view(one: Record) -> Record:
    view = paging.shown(one, *SHOWN, lookup="id", log_index="place")
    return view if one["decided_at"] is None else view | {"decided_at": stamp(one["decided_at"])}


def lookup(ports: Ports, by: Actor, id_: str) -> Record:
    """`{lookup, entry, facts, reasons, replay, proof}`. The look is itself an entry. Raises NotFoundError."""
    found = patiently(ports, "audit-lookup", {"by": by.value(), "lookup": id_})
    writing.append(ports, by, "viewed/1", {"what": "lookup", "lookup": id_})
    return found


def patiently(ports: Ports, op: str, args: Record) -> Record:
    """Asks again while the vault reads its log up to an old decision, some of it for each question."""
    while True:
        try:
            return ports.vault.call(op, args)
        except ConflictError as error:
            if error.code != "past-unread":
                raise


def whole(ports: Ports, by: Actor, id_: str) -> Record:
    """The same with `view` (as in a list), `timeline` (every attempt as the decision weighed it), and what a browser
    needs to check the proof: `key`, `leaf_sha256`, `text`. Raises NotFoundError."""
    found = lookup(ports, by, id_)
    attempts = patiently(ports, "timeline", {"by": by.value(), "lookup": id_})
    entry = writing.entry_of({"index": found["index"], "entry": found["entry"]})
    data = leaf(entry.draft, entry.at)
    row = ports.store.record("lookups", id_)
    if row is None:
        raise NotFoundError("this lookup is not shown yet: try again")
    return {
        **found, "view": _view(row), "timeline": attempts, "key": ports.vault.call("keys", {})["log_vkey"],
        "leaf_sha256": leaf_hash(data).hex(), "text": data.decode("utf-8"),
    }


def entries(ports: Ports, page: Page) -> Record:
    """One page of the log itself: `{index, entry}` from behind the cursor on."""
    found = ports.vault.call("follow", {"after": page.after + 1, "limit": page.limit})
    items = found["entries"]
    more = bool(items) and items[-1]["index"] + 1 < found["size"]
    return {"items": items, "next": paging.cursor_at(items[-1]["index"]) if more else None}


def log_state(ports: Ports) -> Record:
    """`{origin, size, published, witnesses, log_now, checkpoint, key, root, signed, shown}`: `signed` says whether
    the checkpoint is signed by the log's key and of the published size, checked here and now; `shown` is how many
    entries the web tier has projected."""
    status = ports.vault.call("status", {})
    note, key = ports.vault.call("checkpoint", {})["text"], ports.vault.call("keys", {})["log_vkey"]
    checkpoint = _opened(note, key)
    members = ("origin", "size", "published", "witnesses", "log_now", "demo", "stopped")
    return {
        **{name: status[name] for name in members}, "checkpoint": note, "key": key, "shown": ports.store.cursor(),
        "signed": checkpoint is not None and checkpoint.size >= status["published"],
        **({} if checkpoint is None else {"root": checkpoint.root.hex(), "checkpoint_size": checkpoint.size}),
    }


def _opened(note: str, key: str) -> Checkpoint | None:
    try:
        return open_checkpoint(note.encode("utf-8"), parse_verifier(key))
    except ConsentryError:
        return None


def names(ports: Ports) -> Mapping[str, Any]:
    """What parties are called, by id."""
    return {one["id"]: one["name"] for one in ports.store.records("parties", {}, limit=1_000)}
