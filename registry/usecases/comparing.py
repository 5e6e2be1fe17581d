"""Officers try a draft of a pack on what was really logged, before anybody signs it.

The work is done beside the web tier by one process at a time; what is asked for and what came of it lies in the
database, so that any worker can tell. Nothing here is an entry: nothing is decided, nobody is named.
"""

from __future__ import annotations

from registry.errors import MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import parse_date, stamp
from registry.usecases.ports import Body, Ports, Record

MOST_SHOWN = 20


def in_words(ports: Ports, text: str, language: str) -> Record:
    """A draft beside the pack of its name in force, as the vault's `draft-in-words` says it. Raises MalformedError
    `pack-malformed` for a text that is no pack."""
    return ports.vault.call("draft-in-words", {"text": text, "language": language})


def ask(ports: Ports, by: Actor, body: Body) -> Record:
    """`{text, from?, until?}` → `{comparison, state}`. Raises MalformedError for a text that is no pack or a period
    that is none, ConflictError `comparison-waiting`."""
    days = {name: body.get(name) for name in ("from", "until")}
    first, last = (None if one is None else parse_date(one) for one in days.values())
    if first is not None and last is not None and first > last:
        raise MalformedError("a period ends on or after the day it begins", pointer="/until", code="period-wrong")
    found = in_words(ports, body["text"], "en")
    ident = new_id(ports.random)
    assert by.id is not None
    ports.store.ask_comparison(ident, by.id, {
        **{name: found[name] for name in ("name", "version", "sha256")}, "text": body["text"],
        "since": days["from"], "until": days["until"],
    }, ports.wall())
    return {"comparison": ident, "state": "waiting"}


def one(ports: Ports, ident: str) -> Record:
    """`{comparison, state, done, total, asked_at, draft, from?, until?, why?, result?}`: `state` is waiting, running,
    done, failed, or lost, when nobody works on it any more and it has to be asked for again. Raises NotFoundError."""
    return _shown(_found(ports, ident))


def text(ports: Ports, ident: str) -> str:
    """The draft that a job was asked for. Raises NotFoundError."""
    found: str = _found(ports, ident)["text"]
    return found


def listed(ports: Ports) -> Record:
    """`{items}`: the newest jobs, without their results."""
    return {"items": [_shown(row) for row in ports.store.comparisons(ports.wall(), MOST_SHOWN)]}


def _found(ports: Ports, ident: str) -> Record:
    row = ports.store.comparison(ident, ports.wall())
    if row is None:
        raise NotFoundError("there is no such comparison: they are kept for 35 days")
    return row


def _shown(row: Record) -> Record:
    members = {"comparison": row["id"], "state": row["state"], "done": row["done"], "total": row["total"],
               "asked_at": stamp(row["asked_at"]), "officer": row["officer"],
               "draft": {name: row[name] for name in ("name", "version", "sha256")}}
    more = {"from": row["since"], "until": row["until"], "why": row["why"], "result": row.get("result")}
    return {**members, **{name: value for name, value in more.items() if value is not None}}
