"""What facts say whatever the moment: it rests on the histories, on what is asked and on the clocks' offsets alone.

So that whoever asks again about somebody of whom nothing was logged meanwhile finds it made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from registry.model.briefs import Brief
from registry.model.entries import Entry
from registry.policy.facts import agreed, brokered, cases, life, people, persons
from registry.policy.facts.listed import Consent, Line
from registry.policy.facts.model import Former, Reset, Slot, Visit
from registry.policy.facts.notes import Notes
from registry.policy.history import History


class Still(NamedTuple):
    """Members as in `Facts`; `own_lines`: lines that are, or lately were, the borrower's; `agreed`: consents by
    contact; `lines`: what the contacts' lines say; `liable`: whose lines are those of others who owe, since when;
    `weighings`: what `weigh` keeps."""

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
    weighings: dict[Any, Any]


class Made(NamedTuple):
    """A `Still`, and what it was made of: entries and attempts read, account and offsets of the question, its lines,
    and of every further history its length and its end."""

    of: tuple[int, int, str, Mapping[str, int], tuple[str, ...], Sequence[tuple[object, ...]]]
    still: Still


def still_of(notes: Notes, history: History) -> Still:
    """As made for the last question about this borrower, or anew."""
    others = [(*_end(one), *_end(history.attempts(line))) for line, one in history.lines.items()]
    of = (
        notes.count, notes.tried.count, notes.ask.account, notes.ask.offsets, tuple(history.lines),
        [*others, _end(history.loan)],
    )
    if notes.made is None or notes.made.of != of:
        notes.made = Made(of, _still(notes, history))
    return notes.made.still


def _end(filed: Sequence[Entry] | Sequence[Brief]) -> tuple[int, Entry | Brief | None]:
    return (len(filed), filed[-1]) if filed else (0, None)


def _still(notes: Notes, history: History) -> Still:
    borrower, account = notes.borrower, notes.ask.account
    foreign = {
        line: others for line, entries in history.lines.items()
        if (others := [one for one in entries if one.body.get("borrower") != borrower])
    }
    calls = {line: [one for one in history.attempts(line) if one.borrower != borrower] for line in history.lines}
    slots = people.slots_of(notes, foreign, notes.ask.offsets)
    contact_lines = {one.entry.body["line"] for one in notes.contacts.values()}
    return Still(
        slots=slots,
        own_lines=frozenset([slot.line for slot in slots if slot.registered or slot.removed_at is not None]),
        resets=life.resets_of(notes, slots, calls), declined_at=life.declined_at(notes),
        holds=cases.holds_of(notes), consents=agreed.consents_of(notes, "borrower"),
        agreed={contact: agreed.consents_of(notes, "contact", contact) for contact in notes.contacts},
        lines={line: agreed.line_of(history.lines.get(line, ()), account) for line in contact_lines},
        liable=persons.liable_lines(history.loan, history.lines, borrower),
        case_contacts=frozenset(
            [one.contact for one in notes.permits.values() if not one.back and one.account == account]),
        former=persons.former_of(notes), visits=brokered.visits_of(notes), weighings={},
    )
