"""Looking at decisions afterwards: facts in a form for people, and one decision made again as the log stood then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from registry.casefile.plain import plain
from registry.model.briefs import Brief
from registry.model.entries import Entry
from registry.policy import RULES, Ask, Decision, Directory, Facts, facts_from, gather, packs_for
from registry.vault.desk import Desk
from registry.vault.judging import facts_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """`agrees`: the same verdict for the same reasons."""

    facts: dict[str, Any]
    verdict: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Past:
    """The log as it stood before an index: a source for the policy."""

    desk: Desk
    directory: Directory
    before: int

    def borrower_of(self, account: str) -> str | None:
        """None too for an account that was opened later."""
        opened = self.desk.log.find(account)
        return None if opened is None or opened.index >= self.before else self.desk.borrower_of(account)

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries before the index alone."""
        return {
            one: tuple(entry for entry in entries if entry.index < self.before)
            for one, entries in self.desk.histories(ids).items()
        }

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        """Likewise."""
        return {
            one: tuple(brief for brief in attempts if brief.index < self.before)
            for one, attempts in self.desk.attempts(ids).items()
        }


def replay(desk: Desk, decided: Entry) -> Replayed:
    """Makes a decision again from the entries before it. Raises ConflictError `past-unread`: ask again."""
    body = decided.body
    facts, decision = judged_then(desk, decided)
    verdict = "deny" if body["system"] else decision.verdict
    agrees = verdict == body["verdict"] and list(decision.codes) == list(body["reasons"])
    return Replayed(plain(facts), verdict, agrees)


def judged_then(desk: Desk, decided: Entry) -> tuple[Facts, Decision]:
    """The facts and the judgement of a decision, made again from the entries before it.

    Raises ConflictError `past-unread` where the log must be read on first: ask again.
    """
    past = Past(desk, desk.pasts.before(desk.log, decided.index), decided.index)
    body = decided.body
    ask = Ask.of(body, {one["zone"]: one["minutes"] for one in body["offsets"]})
    facts = facts_from(gather(past, ask.account), ask, decided.at)
    return facts, RULES[body["rules"]](facts, packs_for(past.directory, facts, decided.at), decided.at)


def facts_now(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a question as of now."""
    return dict(plain(facts_of(gather(desk, asked["account"]), asked, desk.clock.now(), desk.readings)))


def leaf_value(index: int, data: bytes) -> dict[str, Any]:
    """A leaf as ops answer it: {index, entry}."""
    return {"index": index, "entry": orjson.loads(data)}
