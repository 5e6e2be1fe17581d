"""Which packs apply to a question: the registry finds them itself, from the log (POLICY section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from registry.model.times import DAY
from registry.model.value import value
from registry.policy.derogations import in_force
from registry.policy.directory import Directory
from registry.policy.facts.listed import Contact
from registry.policy.facts.model import Facts
from registry.policy.merging import Effective, merge
from registry.policy.pack import FLOOR, Pack

Sides = list[tuple[str, str | None]]  # what a region is of, and the region


@value(frozen=True, slots=True)
class Applied:
    """What applies to one contact. `missing`: what has no pack in force, so that nothing may be released."""

    effective: Effective | None
    missing: tuple[str, ...]


@value(frozen=True, slots=True)
class Packs:
    """What applies to the account alone, and to each contact of it."""

    base: Applied
    contacts: Mapping[str, Applied]

    def of(self, contact: str | None) -> Applied:
        """What applies to a contact, or to the account where there is none."""
        return self.base if contact is None else self.contacts[contact]


def packs_for(directory: Directory, facts: Facts, at: int) -> Packs:
    """The packs of the borrower's residence, the lender's regulator, the contact's residence and line, and the floor
    as far as no derogation loosens it. A pack within a larger country's brings that one with it. For
    `channel.lookback_days` after a move the packs of the place that the borrower left hold besides.

    The contact's residence may be unknown (his line's region then stands for it); an unknown region of any other
    kind is a missing pack. Pure in the directory as it stands.
    """
    floor = directory.pack_at(FLOOR, at)
    here: Sides = [("borrower's residence", facts.residence), ("lender's regulator", facts.regulator)]
    if floor is None:
        none = Applied(None, (FLOOR,))
        return Packs(none, {one.id: none for one in facts.contacts})
    known: dict[str, Pack | None] = {}

    def pack_of(region: str | None) -> Pack | None:
        if region is None:
            return None
        if region not in known:
            known[region] = directory.pack_for_region(region, at)
        return known[region]

    def merged(sides: Sides, contact: Contact | None) -> Applied:
        found, called, missing = _found(pack_of, sides, contact)
        for pack in [one for one in found.values() if one.within is not None]:
            assert pack.within is not None
            outer = directory.pack_at(pack.within, at)
            if outer is None:
                missing.append(f"{pack.id.name} is within: {pack.within}")
            else:
                found[outer.id.name] = outer
        packs = (floor, *(found[name] for name in sorted(found)))
        loosened = in_force(directory.derogations, at, floor, facts.lender, found)
        return Applied(merge(packs, called, loosened), tuple(missing))

    sides = [*here, *_left(facts, merged([*here, *_left(facts)], None), at)] if facts.former else here
    return Packs(merged(sides, None), {one.id: merged(sides, one) for one in facts.contacts})


def _left(facts: Facts, applied: Applied | None = None, at: int = 0) -> Sides:
    """The places that the borrower left, all of them, or within the look-back of what applies with all of them."""
    days = None if applied is None or applied.effective is None else applied.effective.params.lookback_days
    return [("borrower's former residence", one.region) for one in facts.former
            if days is None or at - one.left_at < days * DAY]


def _found(
    pack_of: Callable[[str | None], Pack | None], sides: Sides, contact: Contact | None,
) -> tuple[dict[str, Pack], Pack | None, list[str]]:
    """The packs of every side by name, the one of the person called, and what has none."""
    asked, called = sides, None
    if contact is not None:
        asked = [*sides, ("contact's line", contact.region)]
        if contact.residence is not None:
            asked.append(("contact's residence", contact.residence))
        called = pack_of(contact.residence or contact.region)
    found: dict[str, Pack] = {}
    missing = []
    for what, region in asked:
        pack = pack_of(region)
        if pack is None:
            missing.append(f"{what}: {region or 'unknown'}")
        else:
            found[pack.id.name] = pack
    return found, called, missing
