"""What facts say whatever the moment: it rests on the histories, on what is asked and on the clocks' offsets alone.

So that whoever asks again about somebody of whom nothing was logged meanwhile finds it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from registry.model.entries import Entry
from registry.policy.facts import agreed, brokered, cases, life, people, persons
from registry.policy.facts.listed import Consent, Line
from registry.policy.facts.model import Former, Reset, Slot, Visit
from registry.policy.facts.notes import Notes
from registry.policy.history import History


class Still(NamedTuple):
    """Members as in `Facts`; `own_lines`: lines that are, or lately were, the borrower's; `agreed`: consents by
    contact; `lines`: what the contacts' lines say; `liable`: whose lines are those of others who owe, since when."""

    slots: tuple[Slot, ...]
    own_lines: frozenset[str]
    resets: tuple[Reset, ...]
    declined_at: int | None
    holds: tuple[str, ...]
    consents: tuple[Consent, ...]
    agreed: Mapping[str, tuple[Consent, ...]]
    lines: Mapping[str, Line]
    liable: Mapping[str, int]
    case_contacts: frozenset[str]
    former: tuple[Former, ...]
    visits: tuple[Visit, ...]


class Made(NamedTuple):
    """A `Still`, and what it was made of: entries read, account and offsets of the question, and of every further
    history its line or loan, its length and its last entry."""

    of: tuple[int, str, Mapping[str, int], list[tuple[str, int, Entry | None]]]
    still: Still


def still_of(notes: Notes, history: History) -> Still:
    """As made for the last question about this borrower, or anew."""
    others: list[tuple[str, int, Entry | None]] = [
        (name, len(one), one[-1]) if one else (name, 0, None)
        for name, one in (*history.lines.items(), ("loan", history.loan))
    ]
    of = notes.count, notes.ask.account, notes.ask.offsets, others
    if notes.made is None or notes.made.of != of:
        notes.made = Made(of, _still(notes, history))
    return notes.made.still


def _still(notes: Notes, history: History) -> Still:
    borrower, account = notes.borrower, notes.ask.account
    foreign = {
        line: others for line, entries in history.lines.items()
        if (others := [one for one in entries if one.body.get("borrower") != borrower])
    }
    slots = people.slots_of(notes, foreign, notes.ask.offsets)
    contact_lines = {one.entry.body["line"] for one in notes.contacts.values()}
    return Still(
        slots=slots,
        own_lines=frozenset([slot.line for slot in slots if slot.registered or slot.removed_at is not None]),
        resets=life.resets_of(notes, slots, foreign), declined_at=life.declined_at(notes),
        holds=cases.holds_of(notes), consents=agreed.consents_of(notes, "borrower"),
        agreed={contact: agreed.consents_of(notes, "contact", contact) for contact in notes.contacts},
        lines={line: agreed.line_of(history.lines.get(line, ()), account) for line in contact_lines},
        liable=persons.liable_lines(history.loan, history.lines, borrower),
        case_contacts=frozenset(
            [one.contact for one in notes.permits.values() if not one.back and one.account == account]),
        former=persons.former_of(notes), visits=brokered.visits_of(notes),
    )
