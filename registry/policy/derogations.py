"""Derogations: one parameter of the floor loosened for a while, by two officers, for one lender or beside one pack.

Nothing else loosens the floor (POLICY section 4). Only what is in `LOOSEST` can be loosened at all, and only so far:
nothing that protects a third person, and nothing of what makes somebody unreachable but how old it may be. The entry
is in the log, so the log alone replays, and a decision made under a derogation names it among its packs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.errors import ConsentryError, MalformedError, UnauthorizedError
from registry.model.entries import Draft, Entry
from registry.model.times import DAY, parse_stamp
from registry.policy.pack import FLOOR, Pack, PackName, digest
from registry.policy.parameters import BY_NAME, MERGES

NAME = "derogation"     # in the list of packs that a decision names; no pack may be called so
MOST_DAYS = 90          # house choice: a quarter of a year, then two officers decide again
MOST_AT_ONCE = 4        # in a log, not yet expired: a decision names twelve packs at most, and few are needed
OFFICERS = 2            # POLICY section 4: "with two approvers and an expiry"
# What may be loosened, and the loosest that it may ever be, as rules read it. House choice, argued in ADR 26.
LOOSEST: Mapping[str, Any] = {
    "hours.borrower": (7 * 60, 22 * 60),
    "borrower.max_dials_per_number_day": 6, "borrower.max_conversations_day": 3, "borrower.max_dials_7d": 14,
    "account.min_days_past_due": 15,
    "unreachable.max_staleness_days": 20,
}


@dataclass(frozen=True, slots=True)
class Derogation:
    """One as granted. `value`: as rules read it; `lender` or `pack`: whom it is for, exactly one of them; `floor`:
    the SHA-256 of the floor it loosens: another floor ends it. Times in milliseconds, `until` exclusive."""

    id: str
    name: PackName
    parameter: str
    value: Any
    lender: str | None
    pack: str | None
    floor: str
    since: int
    until: int
    text: str = field(repr=False, compare=False)

    def holds(self, at: int, floor: Pack, lender: str | None, packs: Collection[str]) -> bool:
        """Whether it takes effect at a moment, for an account of this lender, beside these packs."""
        if not self.since <= at < self.until or self.floor != floor.id.sha256:
            return False
        return self.lender == lender if self.lender is not None else self.pack is not None and self.pack in packs


def may_be_loosened(parameter: str) -> bool:
    """Whether a derogation from this parameter of the floor can be granted at all."""
    return parameter in LOOSEST


def read_value(parameter: str, text: str) -> Any:
    """The value, as rules read it, of the JSON text that an entry carries. Raises MalformedError."""
    try:
        written = json.loads(text)
    except ValueError as error:
        raise MalformedError("the value is JSON, as a pack would write it: 2, or [\"08:00\", \"21:00\"]",
                             pointer="/body/value") from error
    return BY_NAME[parameter].read(written)


def loosens(parameter: str, value: Any, floor: Pack) -> bool:
    """Whether the value is truly looser than the floor's: the stricter of the two is the floor's, and they differ."""
    base = floor.settings[parameter].value
    return bool(value != base and MERGES[BY_NAME[parameter].merge](base, value) == base)


def too_far(parameter: str, value: Any) -> bool:
    """Whether the value is looser than the loosest that a derogation may bring."""
    return bool(MERGES[BY_NAME[parameter].merge](LOOSEST[parameter], value) != value)


def flaw(draft: Draft, floor: Pack, at: int, *, signed: bool = True) -> ConsentryError | None:
    """Why a `derogation-granted` may not be, as the error to raise; None where it may. By vault and auditor alike.

    `floor`: the one in force at the entry's stamp `at`; `signed` False: of one that nobody has signed yet. Raises
    MalformedError for a value of another shape.
    """
    body = draft.body
    if not may_be_loosened(body["parameter"]):
        return MalformedError(
            "no derogation loosens this parameter: nobody loosens what protects a third person, what counts as"
            f" evidence, or what is approved; it can be one of {', '.join(LOOSEST)}",
            pointer="/body/parameter", code="derogation-forbidden")
    if signed and len({one["officer"] for one in draft.auth if "officer" in one}) < OFFICERS:
        return UnauthorizedError("a derogation is granted by two officers: have a second one sign",
                                 code="second-signature")
    value = read_value(body["parameter"], body["value"])
    if too_far(body["parameter"], value):
        most = json.dumps(BY_NAME[body["parameter"]].show(LOOSEST[body["parameter"]]))
        return MalformedError(f"no derogation goes so far: {most} is the loosest there may be",
                              pointer="/body/value", code="derogation-forbidden")
    if not loosens(body["parameter"], value, floor):
        return MalformedError("the value is not looser than the floor's: there is nothing to derogate from",
                              pointer="/body/value", code="derogation-idle")
    since, until = parse_stamp(body["effective_from"]), parse_stamp(body["until"])
    for wrong, member, sentence in (
        (("lender" in body) == ("pack" in body) or body.get("pack") == FLOOR, "pack",
         "a derogation is for one lender or beside one pack, exactly one of them, never beside the floor alone"),
        (body["floor_sha256"] != floor.id.sha256, "floor_sha256", "this is not the floor in force"),
        (until <= max(since, at), "until", "a derogation ends after it begins, and in the future"),
        (until - since > MOST_DAYS * DAY, "until", f"a derogation lasts at most {MOST_DAYS} days"),
    ):
        if wrong:
            return MalformedError(sentence, pointer=f"/body/{member}")
    return None


def derogation_of(entry: Entry, ordinal: int) -> Derogation:
    """What a `derogation-granted/1` entry says. `ordinal`: the how-manieth it is in its log, from 1."""
    body = entry.body
    text = _text(body, ordinal)
    return Derogation(
        body["derogation"], PackName(NAME, str(ordinal), digest(text)), body["parameter"],
        read_value(body["parameter"], body["value"]), body.get("lender"), body.get("pack"), body["floor_sha256"],
        max(entry.at, parse_stamp(body["effective_from"])), parse_stamp(body["until"]), text,
    )


def in_force(
    granted: Iterable[Derogation], at: int, floor: Pack, lender: str | None, packs: Iterable[str],
) -> tuple[Derogation, ...]:
    """Those that take effect, one a parameter, the last granted; `MOST_AT_ONCE` at most, the first of them."""
    names = frozenset(packs)
    found = {one.parameter: one for one in granted if one.holds(at, floor, lender, names)}
    return tuple(found.values())[:MOST_AT_ONCE]


def _text(body: Mapping[str, Any], ordinal: int) -> str:
    """The derogation as people file it beside the packs: TOML, made of the entry alone. Its digest names it."""
    for_whom = f'lender = "{body["lender"]}"' if "lender" in body else f'beside_pack = "{body["pack"]}"'
    return (
        "# A derogation from the floor, granted by two officers in the log.\n"
        f'derogation = "{body["derogation"]}"\nordinal = {ordinal}\nparameter = "{body["parameter"]}"\n'
        f'value = {body["value"]}\n{for_whom}\nfloor_sha256 = "{body["floor_sha256"]}"\n'
        f'effective_from = "{body["effective_from"]}"\nuntil = "{body["until"]}"\n'
        f'reason_commitment = "{body["reason"]}"\n'
    )
