"""Whose debt it is and who people are: assignment, moves, reports of contacts, people liable for the same loan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.model.entries import Actor, Entry
from registry.policy.facts.model import Former
from registry.policy.facts.notes import Handler, Move, Notes

# What of a contact ends his being asked altogether, and is a hold by name.
HELD = frozenset({"deceased", "incapacitated"})
# Who owes besides the first borrower. The first is listed as anybody is: a contact of his guarantor.
LIABLE = frozenset({"joint", "guarantor"})


def _assigned(notes: Notes, entry: Entry) -> None:
    notes.assigned.take(entry)


def _changed(notes: Notes, entry: Entry) -> None:
    """He lives elsewhere from here on; where he lived is remembered, with the time he left."""
    body, known = entry.body, notes.registered
    if known is None:
        return
    if "residence" in body and (known["residence"], known["time_zone"]) != (body["residence"], body["time_zone"]):
        notes.moves.append(Move(entry.index, entry.at, known["residence"], known["time_zone"]))
    notes.registered = {**known, **{name: body[name] for name in ("residence", "time_zone") if name in body}}


def former_of(notes: Notes) -> tuple[Former, ...]:
    """Where the borrower lived before, the first place first."""
    return tuple(Former(one.residence, one.at, notes.ask.offsets[one.time_zone]) for one in notes.moves)


def reports_of(entries: Sequence[Entry]) -> frozenset[str]:
    """What is reported of whoever answers on one line, and was not lifted by an officer."""
    standing: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "contact-reported/1":
            standing[entry.body["report"]] = entry.body["says"]
        elif entry.kind == "contact-report-lifted/1":
            standing.pop(entry.body["report"], None)
    return frozenset(standing.values())


def liable_lines(
    loan: Sequence[Entry], lines: Mapping[str, Sequence[Entry]], borrower: str,
) -> Mapping[str, int]:
    """The lines that are, or were, channels of joint borrowers and guarantors of the same loan, and since when (log
    time): 0 where that person said so in person. A contact who tells of a channel makes nobody liable."""
    said = {entry.body["account"]: entry.body for entry in loan if entry.kind == "liability-changed/1"}
    people = {body["borrower"] for body in said.values() if body["liability"] in LIABLE} - {borrower}
    found: dict[str, int] = {}
    for line, entries in lines.items() if people else ():
        since = [0 if one.by == Actor("borrower", one.body["borrower"]) else one.at for one in entries
                 if one.kind == "channel-added/1" and one.by.role != "contact" and one.body["borrower"] in people]
        if since:
            found[line] = min(since)
    return found


HANDLERS: dict[str, Handler] = {"account-assigned/1": _assigned, "borrower-changed/1": _changed}
