"""Which of the borrower's channels are written to, and how: one reading for rules and courier (U1, U7)."""

from __future__ import annotations

from registry.policy.applicable import Packs
from registry.policy.effort import TEXT, is_live, personal_slots
from registry.policy.facts.model import Facts
from registry.policy.merging import Params


def text_medium(medium: str, mobile: bool) -> str | None:
    """How a channel carries text: itself, or as SMS where it is a telephone that may be a mobile; None: not."""
    if medium == "voice":
        return "sms" if mobile else None
    return medium if medium in TEXT else None


def written_to(facts: Facts, params: Params, at: int) -> dict[int, str]:
    """Places of the live personal channels that carry text, each with the medium; each line once by each medium.

    What is registered for SMS on a line says whether it is written to: a number whose texts others read, or whose
    texts the borrower did not want, gets none because it can also be called.
    """
    said = {
        slot.line for slot in facts.slots
        if slot.medium == "sms" and (slot.removed_at is None or is_live(slot, params, at))
    }
    found = {}
    for place, slot in personal_slots(facts, params, at).items():
        medium = text_medium(slot.medium, slot.mobile)
        if medium is not None and (medium == slot.medium or slot.line not in said):
            found[place] = medium
    return found


def addresses_to_write(facts: Facts, packs: Packs, at: int) -> tuple[tuple[str, str], ...]:
    """(channel, medium) of each message that tells the borrower something: what the packs of any contact need."""
    found: dict[tuple[str, str], str] = {}
    for applied in (packs.base, *packs.contacts.values()):
        if applied.effective is None:
            continue
        for place, medium in written_to(facts, applied.effective.params, at).items():
            found.setdefault((facts.slots[place].line, medium), facts.slots[place].channel)
    return tuple((channel, medium) for (_, medium), channel in found.items())
