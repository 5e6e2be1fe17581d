"""Which attempts were against the law when they were logged: told by the vault at once, counted again offline.

The weighing of a lookup asks the same of all attempts together; here each is asked about once, by the rules in force
when it was logged.
"""

from __future__ import annotations

from dataclasses import replace

from registry.model.entries import Entry
from registry.policy.applicable import packs_for
from registry.policy.dials import judge_dials
from registry.policy.facts import Readings, facts_from
from registry.policy.history import Source, gather_person, zones_of
from registry.policy.values import Ask

NOBODY = "0" * 32


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
