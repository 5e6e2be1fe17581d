"""Which packs apply to a question: the registry finds them itself, from the log (POLICY section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from registry.policy.directory import Directory
from registry.policy.facts.listed import Contact
from registry.policy.facts.model import Facts
from registry.policy.merging import Effective, merge
from registry.policy.pack import FLOOR, Pack

Sides = list[tuple[str, str | None]]  # what a region is of, and the region


@dataclass(frozen=True, slots=True)
class Applied:
    """What applies to one contact. `missing`: what has no pack in force, so that nothing may be released."""

    effective: Effective | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packs:
    """What applies to the account alone, and to each contact of it."""

    base: Applied
    contacts: Mapping[str, Applied]

    def of(self, contact: str | None) -> Applied:
        """What applies to a contact, or to the account where there is none."""
        return self.base if contact is None else self.contacts[contact]


def packs_for(directory: Directory, facts: Facts, at: int) -> Packs:
    """The packs of the borrower's residence, the lender's regulator, the contact's residence and line, and the floor.

    The contact's residence may be unknown (his line's region then stands for it); an unknown region of any other
    kind is a missing pack. Pure in the directory as it stands.
    """
    floor = directory.pack_at(FLOOR, at)
    sides = [("borrower's residence", facts.residence), ("lender's regulator", facts.regulator)]
    in_force: dict[str, Pack | None] = {}

    def pack_of(region: str | None) -> Pack | None:
        if region is None:
            return None
        if region not in in_force:
            in_force[region] = directory.pack_for_region(region, at)
        return in_force[region]

    contacts = {one.id: _applied(floor, pack_of, sides, one) for one in facts.contacts}
    return Packs(_applied(floor, pack_of, sides, None), contacts)


def _applied(
    floor: Pack | None, pack_of: Callable[[str | None], Pack | None], sides: Sides, contact: Contact | None,
) -> Applied:
    if floor is None:
        return Applied(None, (FLOOR,))
    asked, called = sides, None
    if contact is not None:
        asked = [*sides, ("contact's line", contact.region)]
        if contact.residence is not None:
            asked.append(("contact's residence", contact.residence))
        called = pack_of(contact.residence or contact.region)
    found, missing = {}, []
    for what, region in asked:
        pack = pack_of(region)
        if pack is None:
            missing.append(f"{what}: {region or 'unknown'}")
        else:
            found[pack.id.name] = pack
    packs = (floor, *(found[name] for name in sorted(found)))
    return Applied(merge(packs, called), tuple(missing))
