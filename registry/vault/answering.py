"""What a contact answers to a relayed message or a use of his number (CONTRACT section 5), and how he objects."""

from __future__ import annotations

from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Actor, Entry
from registry.vault.desk import Answer, Desk

ANSWERED = ("message-answered/1", "use-answered/1")
# On the page of a message, in this order; all four weigh the same there.
ANSWERS = ("will-relay", "cannot", "not-me", "never")
# What the collector is shown of an answer: nobody learns that somebody objected.
SHOWN = {"never": "cannot"}


def answered(desk: Desk, lookup: str, given: str, at: int) -> Answer:
    """One answer to one message. The same again gives the first one's receipt; another one is another entry, unless
    the collector is shown the same: that he hears of an answer and sees none would tell him of the objection.

    `never` is an objection besides: for every agency, for ever.
    """
    permit = desk.relations.entry(lookup, *DECIDED)
    return _said(desk, permit, "message-answered/1", given, at, through="link")


def used(desk: Desk, permit: Entry, given: str, at: int, channel: str | None) -> Answer:
    """One answer to one use, in the portal, as to a message. `channel`: the one that the contact told us of."""
    told = {} if channel is None else {"channel": channel}
    return _said(desk, permit, "use-answered/1", given, at, through="portal", **told)


def _said(desk: Desk, permit: Entry, kind: str, given: str, at: int, **more: str) -> Answer:
    contact = desk.relations.entry(permit.body["contact"], "contact-registered/1")
    objection = [object_for_ever(desk, contact, at, more["through"])] if given == "never" else []
    entry = _same_answer(desk, permit, given, more.get("channel"))
    if entry is None:
        about = {name: permit.body[name] for name in ("lookup", "borrower", "contact", "line")}
        entry = desk.make(kind, {**about, "answer": given, **more}, at, Actor("contact", contact.id))
    if objection:
        receipt = desk.receipt("objected", objection[0], None, "contact", None)
        return desk.answer([*objection, entry], receipt=receipt, act="objected", answer=given)
    return desk.answer([entry], receipt=desk.receipt("answered", entry, None, "contact", None), act="answered",
                       answer=given)


def shown(answer: str) -> str:
    """An answer as the collector is shown it."""
    return SHOWN.get(answer, answer)


def object_for_ever(desk: Desk, contact: Entry, at: int, through: str, by: Actor | None = None) -> Entry:
    """The contact's objection, by line: a new entry, or the one that says so already. `by`: who speaks for him."""
    body = contact.body
    for known in desk.relations.history(body["line"]):
        if known.kind == "objected/1" and known.body["contact"] == contact.id:
            return known
    return desk.make("objected/1", {
        "line": body["line"], "contact": contact.id, "borrower": body["borrower"], "through": through,
    }, at, by or Actor("contact", contact.id))


def answer_to(desk: Desk, permit: Entry) -> str | None:
    """What the contact last answered to a use of his number, as the collector is shown it; None where nothing."""
    said = [entry.body["answer"] for entry in desk.relations.history(permit.body["borrower"])
            if entry.kind == "use-answered/1" and entry.body["lookup"] == permit.id]
    return shown(said[-1]) if said else None


def _same_answer(desk: Desk, permit: Entry, given: str, channel: str | None) -> Entry | None:
    """The last answer, where it says the same as far as the collector is shown it."""
    said = [
        entry for entry in desk.relations.history(permit.body["borrower"])
        if entry.kind in ANSWERED and entry.body["lookup"] == permit.id and entry.body["answer"] != "replied"
    ]
    same = said and shown(said[-1].body["answer"]) == shown(given) and said[-1].body.get("channel") == channel
    return said[-1] if same else None
