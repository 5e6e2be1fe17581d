"""Reads about derogations: what each loosens in plain words, who granted it and why, and whether it is in force."""

from __future__ import annotations

from typing import Any

from registry.errors import MalformedError
from registry.model.catalogue import KINDS
from registry.model.entries import Entry, draft_of
from registry.model.kinds import kind_of
from registry.model.shapes import ID_SHAPE, Optional, listing, struct, words
from registry.model.times import stamp
from registry.policy import FLOOR, Derogation, Pack
from registry.texts.pack_words import LANGUAGES, sentence
from registry.vault.arguments import B64, BY_PARTY, OBJECT, Args
from registry.vault.desk import Desk
from registry.vault.keys.keyring import NOTE
from registry.vault.ops.complaints import sealed_text
from registry.vault.ops.table import Op
from registry.vault.references import derogations as references
from registry.vault.references.context import Context
from registry.vault.relations import unknown
from registry.vault.sessions import is_staff

KIND = "derogation-granted/1"
MOST_REASONS = 50


def derogations(desk: Desk, args: Args) -> dict[str, Any]:
    """All ever granted, oldest first. `sealed`: officers' reasons, opened for officers and auditors alone; raises
    NotFoundError for anybody else. What is not the reason of that derogation is left out."""
    at = desk.clock.now()
    floor = desk.directory.pack_at(FLOOR, at)
    assert floor is not None, "genesis brings a floor"
    granted, reasons = desk.directory.derogations, _reasons(desk, args)
    return {
        "derogations": [
            {**_shown(one, granted[place + 1:], floor, at, args["language"]), **_granted(desk, one),
             **({"reason": reasons[one.id]} if one.id in reasons else {})}
            for place, one in enumerate(granted)
        ],
        "floor_sha256": floor.id.sha256, "at": stamp(at),
    }


def _granted(desk: Desk, one: Derogation) -> dict[str, Any]:
    """When, by whose signatures, and by which commitment the entry pins the reason."""
    entry = _entry(desk, one.id)
    if entry is None:
        return {"signers": []}
    return {"granted_at": stamp(entry.at), "value": entry.body["value"], "commitment": entry.body["reason"],
            "signers": [item["officer"] for item in entry.auth if "officer" in item]}


def _entry(desk: Desk, derogation: str) -> Entry | None:
    """The entry, which the web tier gives the derogation's own id. One of another id shows no signers here."""
    found = desk.log.find(derogation)
    return None if found is None or found.kind != KIND else found


def _reasons(desk: Desk, args: Args) -> dict[str, str]:
    if "sealed" not in args:
        return {}
    by = args.get("by", {})
    if not is_staff(desk, by.get("role", ""), by.get("id", "")):
        raise unknown()
    told = {}
    for one in args["sealed"]:
        entry = _entry(desk, one["derogation"])
        if entry is None:
            raise unknown()
        try:
            told[one["derogation"]] = sealed_text(desk, entry.body["reason"], one["blob"], NOTE)
        except MalformedError:
            continue  # one damaged note must not close the list: its derogation is shown without its reason
    return told


def check_draft(desk: Desk, args: Args) -> dict[str, Any]:
    """Raises what would keep a drawn-up `derogation-granted` from being granted now; officers sign what can be."""
    draft = draft_of(args["entry"])
    if draft.kind != KIND:
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
    if one.floor != floor.id.sha256:
        return "superseded"
    if at < one.since:
        return "coming"
    same = any((other.parameter, other.lender, other.pack) == (one.parameter, one.lender, one.pack)
               and other.since <= at < other.until for other in later)
    return "superseded" if same else "in-force"


DEROGATIONS = {
    "derogations": Op({
        "language": words(*LANGUAGES), "by": Optional(BY_PARTY),
        "sealed": Optional(listing(struct({"derogation": ID_SHAPE, "blob": B64}), MOST_REASONS)),
    }, read=derogations),
    "check-derogation": Op({"entry": OBJECT}, read=check_draft),
}
