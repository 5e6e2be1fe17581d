"""What a contact answers to a relayed message (CONTRACT section 5): will pass it on, cannot, not me, never again."""

from __future__ import annotations

from typing import Any

from registry.model.entries import Actor, Entry
from registry.vault.desk import Answer, Desk

# On the page, in this order; all four weigh the same there.
ANSWERS = ("will-relay", "cannot", "not-me", "never")
# What the collector is shown of an answer: nobody learns that somebody objected.
SHOWN = {"never": "cannot"}


def answered(desk: Desk, lookup: str, given: str, at: int) -> Answer:
    """One answer to one message. The same again gives the first one's receipt; another one is another entry, unless
    the collector is shown the same: that he hears of an answer and sees none would tell him of the objection.

    `never` is an objection besides: for every agency, for ever.
    """
    permit = desk.relations.entry(lookup, "lookup-decided/1")
    contact = desk.relations.entry(permit.body["contact"], "contact-registered/1")
    objection = [object_for_ever(desk, contact, at)] if given == "never" else []
    entry = _answer(desk, permit, given, at)
    if objection:
        receipt = desk.receipt("objected", objection[0], None, "contact", None)
        return desk.answer([*objection, entry], receipt=receipt, act="objected", answer=given)
    return desk.answer([entry], receipt=desk.receipt("answered", entry, None, "contact", None), act="answered",
                       answer=given)


def shown(answer: str) -> str:
    """An answer as the collector is shown it."""
    return SHOWN.get(answer, answer)


def object_for_ever(desk: Desk, contact: Entry, at: int) -> Entry:
    """The contact's objection by link, by line: a new entry, or the one that says so already."""
    body = contact.body
    for known in desk.relations.history(body["line"]):
        if known.kind == "objected/1" and known.body["contact"] == contact.id:
            return known
    return desk.make("objected/1", {
        "line": body["line"], "contact": contact.id, "borrower": body["borrower"], "through": "link",
    }, at, Actor("contact", contact.id))


def _answer(desk: Desk, permit: Entry, given: str, at: int) -> Entry:
    body: dict[str, Any] = {name: permit.body[name] for name in ("lookup", "borrower", "contact", "line")}
    said = [
        entry for entry in desk.relations.history(body["borrower"])
        if entry.kind == "message-answered/1" and entry.body["lookup"] == permit.id
        and entry.body["answer"] != "replied"
    ]
    if said and shown(said[-1].body["answer"]) == shown(given):
        return said[-1]
    by = Actor("contact", body["contact"])
    return desk.make("message-answered/1", {**body, "answer": given, "through": "link"}, at, by)
