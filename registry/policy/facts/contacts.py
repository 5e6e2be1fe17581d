"""The contacts as they are listed, at the moment judged."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from registry.model.times import local_minute
from registry.policy.facts.brokered import call_of
from registry.policy.facts.cases import relay_of
from registry.policy.facts.listed import Contact
from registry.policy.facts.notes import Notes
from registry.policy.facts.still import Still

RANK = attrgetter("rank")


def contacts_of(notes: Notes, still: Still, since: int) -> tuple[Contact, ...]:
    """The listed contacts by rank, then by age. `since`: when the present case began, in milliseconds."""
    found = []
    for note in notes.contacts.values():
        body = note.entry.body
        contact, line = body["contact"], body["line"]
        found.append(Contact(
            contact, line, body["rank"], body.get("region"), body.get("residence"), tuple(body["languages"]),
            _clocks(notes, body.get("zones", ())), note.informed, note.erased, note.refused, line in still.own_lines,
            still.lines[line], still.agreed[contact], relay_of(notes, contact, since),
            contact in notes.complaints.values(), still.liable.get(line), call_of(notes, contact, since),
        ))
    found.sort(key=RANK)
    return tuple(found)


def _clocks(notes: Notes, zones: Iterable[str]) -> tuple[tuple[str, int, int], ...]:
    at, offsets = notes.at, notes.ask.offsets
    return tuple([(zone, local_minute(at, offsets[zone]), offsets[zone]) for zone in zones])
