"""Reads about derogations: what each loosens in plain words, and whether it is in force."""

from __future__ import annotations

from typing import Any

from registry.errors import MalformedError
from registry.model.catalogue import KINDS
from registry.model.entries import draft_of
from registry.model.kinds import kind_of
from registry.model.shapes import words
from registry.model.times import stamp
from registry.policy import Pack
from registry.policy.derogations import Derogation
from registry.policy.pack import FLOOR
from registry.texts.pack_words import LANGUAGES, sentence
from registry.vault.arguments import OBJECT, Args
from registry.vault.desk import Desk
from registry.vault.ops.table import Op
from registry.vault.references import derogations as references
from registry.vault.references.context import Context


def derogations(desk: Desk, args: Args) -> dict[str, Any]:
    """All ever granted, oldest first."""
    at = desk.clock.now()
    floor = desk.directory.pack_at(FLOOR, at)
    assert floor is not None, "genesis brings a floor"
    granted = desk.directory.derogations
    return {
        "derogations": [_shown(one, granted[place + 1:], floor, at, args["language"])
                        for place, one in enumerate(granted)],
        "floor_sha256": floor.id.sha256, "at": stamp(at),
    }


def check_draft(desk: Desk, args: Args) -> dict[str, Any]:
    """Raises what would keep a drawn-up `derogation-granted` from being granted now; officers sign what can be."""
    draft = draft_of(args["entry"])
    if draft.kind != "derogation-granted/1":
        raise MalformedError("this is no derogation", pointer="/entry/kind")
    kind_of(draft, KINDS)
    references.check_derogation(
        draft, Context(desk.relations, desk.directory, desk.ledger, desk.clock.now()), signed=False)
    return {}


def _shown(one: Derogation, later: list[Derogation], floor: Pack, at: int, language: str) -> dict[str, Any]:
    return {
        "derogation": one.id, **one.name.value(), "parameter": one.parameter,
        "sentence": sentence(one.parameter, one.value, language),
        "instead_of": sentence(one.parameter, floor.settings[one.parameter].value, language),
        **({"lender": one.lender} if one.lender is not None else {"pack": one.pack}),
        "effective_from": stamp(one.since), "until": stamp(one.until), "state": _state(one, later, floor, at),
    }


def _state(one: Derogation, later: list[Derogation], floor: Pack, at: int) -> str:
    """As `policy.derogations.in_force` takes them: the last granted for the same, and of this floor only."""
    if at >= one.until:
        return "expired"
    same = [other for other in later if (other.parameter, other.lender, other.pack) == (
        one.parameter, one.lender, one.pack) and other.since <= at < other.until]
    if one.floor != floor.id.sha256 or same:
        return "superseded"
    return "coming" if at < one.since else "in-force"


DEROGATIONS = {
    "derogations": Op({"language": words(*LANGUAGES)}, read=derogations),
    "check-derogation": Op({"entry": OBJECT}, read=check_draft),
}
