"""Whether a derogation may be granted: by two officers, from the floor in force, what may be loosened at all."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.entries import Draft, Entry
from registry.model.times import parse_stamp
from registry.policy import FLOOR, MOST_AT_ONCE, derogation_flaw, derogation_of, merge
from registry.vault.references.context import Check, Context
from registry.vault.references.parties import DRAFT_LIFE, check_party


def check_derogation(draft: Draft, context: Context, *, signed: bool = True) -> None:
    """Raises what keeps it from being granted now. `signed` False: nobody has signed it yet."""
    body, directory = draft.body, context.directory
    floor = directory.pack_at(FLOOR, context.at)
    assert floor is not None, "genesis brings a floor"
    found = derogation_flaw(draft, floor, context.at, signed=signed)
    if found is not None:
        raise found
    if parse_stamp(body["effective_from"]) < context.at - DRAFT_LIFE:
        raise MalformedError("a derogation takes effect from now on, not in the past", pointer="/body/effective_from")
    granted = derogation_of(Entry(0, context.at, draft), 1)
    others = {(one.parameter, one.lender, one.pack) for one in directory.derogations if one.until > context.at}
    if len(others - {(granted.parameter, granted.lender, granted.pack)}) >= MOST_AT_ONCE:
        raise ConflictError(f"{MOST_AT_ONCE} derogations are granted and not expired: no more at once",
                            code="derogations-too-many")
    if merge((floor,), None, (granted,)).conflicts:
        raise MalformedError("the floor with this value could not be kept by anybody", pointer="/body/value")
    if "lender" in body:
        check_party(draft, "lender", "lender", context)
        return
    pack = directory.pack_at(body["pack"], context.at)
    if pack is None:
        raise MalformedError("/pack names a pack in force", pointer="/body/pack")
    outer = None if pack.within is None else directory.pack_at(pack.within, context.at)
    chosen = (floor, *(() if outer is None else (outer,)), pack)
    if merge(chosen, pack, (granted,)).params == merge(chosen, pack).params:
        raise MalformedError("beside this pack nothing would change: it asks for as much itself",
                             pointer="/body/value", code="derogation-idle")


DEROGATIONS: dict[str, Check] = {"derogation-granted/1": check_derogation}
