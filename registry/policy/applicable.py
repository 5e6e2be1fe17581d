"""Which packs apply to a question: the registry finds them itself, from the log (POLICY section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.policy.directory import Directory
from registry.policy.facts.model import Contact, Facts
from registry.policy.merging import Effective, merge
from registry.policy.pack import FLOOR


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
    sides = [("borrower's residence", facts.residence), ("lender's regulator", facts.regulator)]
    return Packs(
        _applied(directory, sides, None, at),
        {one.id: _applied(directory, sides, one, at) for one in facts.contacts},
    )


def _applied(directory: Directory, sides: list[tuple[str, str | None]], contact: Contact | None, at: int) -> Applied:
    floor = directory.pack_at(FLOOR, at)
    if floor is None:
        return Applied(None, (FLOOR,))
    asked = list(sides)
    if contact is not None:
        asked.append(("contact's line", contact.region))
        if contact.residence is not None:
            asked.append(("contact's residence", contact.residence))
    found, missing = {}, []
    for what, region in asked:
        pack = None if region is None else directory.pack_for_region(region, at)
        if pack is None:
            missing.append(f"{what}: {region or 'unknown'}")
        else:
            found[pack.id.name] = pack
    called = None
    if contact is not None:
        region = contact.residence or contact.region
        called = None if region is None else directory.pack_for_region(region, at)
    packs = (floor, *(found[name] for name in sorted(found)))
    return Applied(merge(packs, called), tuple(missing))
