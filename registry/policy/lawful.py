"""Which attempts were against the law when they were logged: told by the vault at once, counted again offline; and
which calls went to a contact whose number nobody had been given.

The weighing of a lookup asks the same of all attempts together; here each is asked about once, by the rules in force
when it was logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry
from registry.model.times import parse_stamp
from registry.policy.applicable import packs_for
from registry.policy.dials import judge_dials
from registry.policy.facts import Readings, facts_from
from registry.policy.facts.life import CLAIM_AFTER
from registry.policy.history import Source, gather_person, zones_of
from registry.policy.rules.caller import OUTCOME_WITHIN
from registry.policy.values import Ask

NOBODY = "0" * 32
# What ends the use of a permit: its opening was refused, so that nobody has the number; an outcome was told; or the
# bridge let go.
REFUSED = ("opening-refused/1", "opening-refused/2")
GIVEN_BACK = (*REFUSED, "outcome-reported/1", "call-unbound/1")


def made_unlawful(source: Source, attempt: Entry, readings: Readings) -> frozenset[int]:
    """Indexes of the attempts that are unlawful because of this `attempt-recorded`, mostly its own.

    One that comes in late may make another unlawful that began after it: the caps count by when dials began. Judged
    by the packs of the borrower's side at the attempt's stamp; empty for an inbound call, and where nobody, no
    account, or somebody erased was called. `source` holds the attempt already; `readings` are those of
    its histories.
    """
    body = attempt.body
    if body["direction"] != "outbound" or "borrower" not in body:
        return frozenset()
    history = gather_person(source, body["borrower"])
    account = next((one.body["account"] for one in history.entries if one.kind == "account-opened/1"), None)
    if account is None:
        return frozenset()
    asked = Ask(NOBODY, account, NOBODY, "", "contact", "", "", dict.fromkeys(zones_of(history), 0))
    facts = facts_from(replace(history, account=account), asked, attempt.at, readings)
    effective = packs_for(source.directory, facts, attempt.at).base.effective
    if effective is None:
        return frozenset()
    after = list(facts.attempts)
    before = [one for one in after if one.index != attempt.index]
    if len(before) == len(after):
        return frozenset()
    return judge_dials(after, effective.params)[0] - judge_dials(before, effective.params)[0]


def unreleased(filed: Sequence[Entry], call: Entry, agency: str | None) -> bool:
    """Whether a call went to a line that is a contact's and nobody's channel, though its number had been released to
    nobody who may have called. `filed`: the line's history; `agency`: whose call it was, None where nobody can tell.

    A permit releases a number in mode `number` alone, to the agency that asked, from the moment it was given until
    its outcome was told or was due. A brokered call releases none: while the bridge connects the line, a call by an
    account that is no agency's may be the bridge's own.
    """
    body = call.body
    if body["direction"] != "outbound" or "borrower" in body or "line" not in body:
        return False
    if not any(one.kind == "contact-registered/1" for one in filed):
        return False
    began = parse_stamp(body["began_at"]) if "began_at" in body else call.at
    bound: dict[str, int] = {}
    ended: dict[str, int] = {}
    for one in filed:
        if one.kind == "call-bound/1":
            bound[one.body["lookup"]] = parse_stamp(one.body["expires_at"])
        elif one.kind in GIVEN_BACK:
            ended[one.body["lookup"]] = 0 if one.kind in REFUSED else one.at
    return not any(
        one.at - CLAIM_AFTER <= began < min(until, ended.get(one.id, until))
        for one in filed if one.kind in DECIDED and one.body["verdict"] == "permit"
        and (until := _excused_until(one, agency, bound)) is not None
    )


def _excused_until(permit: Entry, agency: str | None, bound: Mapping[str, int]) -> int | None:
    """Until when a permit may be what a call was made by; None where it cannot be."""
    if permit.body["mode"] == "number" and agency in (None, permit.body["client"]):
        return permit.at + OUTCOME_WITHIN
    return bound.get(permit.id) if permit.body["mode"] == "call" and agency is None else None
