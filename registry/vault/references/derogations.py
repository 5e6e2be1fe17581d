"""Whether a derogation may be granted: by two officers, from the floor in force, what may be loosened at all."""

from __future__ import annotations

from registry.errors import MalformedError
from registry.model.entries import Draft, Entry
from registry.model.times import parse_stamp
from registry.policy.derogations import derogation_of, flaw
from registry.policy.merging import merge
from registry.policy.pack import FLOOR
from registry.vault.references.context import Check, Context
from registry.vault.references.parties import DRAFT_LIFE, check_party


def _granted(draft: Draft, context: Context) -> None:
    body = draft.body
    floor = context.directory.pack_at(FLOOR, context.at)
    assert floor is not None, "genesis brings a floor"
    found = flaw(draft, floor, context.at)
    if found is not None:
        raise found
    if "lender" in body:
        check_party(draft, "lender", "lender", context)
    elif context.directory.pack_at(body["pack"], context.at) is None:
        raise MalformedError("/pack names a pack in force", pointer="/body/pack")
    if parse_stamp(body["effective_from"]) < context.at - DRAFT_LIFE:
        raise MalformedError("a derogation takes effect from now on, not in the past", pointer="/body/effective_from")
    if merge((floor,), None, (derogation_of(Entry(0, context.at, draft), 1),)).conflicts:
        raise MalformedError("the floor with this value could not be kept by anybody", pointer="/body/value")


DEROGATIONS: dict[str, Check] = {"derogation-granted/1": _granted}
