"""One judgement of the policy, with what was gathered for it (DESIGN section 6, step 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.policy import (
    RULES_VERSION,
    Ask,
    Decision,
    Facts,
    History,
    Packs,
    Readings,
    Reason,
    collector_view,
    decide,
    facts_from,
    gather,
    packs_for,
    person_facts,
    zones_of,
)
from registry.vault.desk import Desk
from registry.vault.local import offset


@dataclass(frozen=True, slots=True)
class Judged:
    """`lender` and `local_date` (where the borrower lives) are None for an unknown account."""

    ask: Ask
    history: History
    facts: Facts
    packs: Packs
    decision: Decision
    rules: str
    at: int
    lender: str | None
    local_date: str | None

    def view(self, system: Sequence[str]) -> dict[str, Any]:
        """What the collector sees: state, missing, channels, next."""
        view: dict[str, Any] = collector_view(self.facts, self.decision, system, self.at)
        return view


def judge(desk: Desk, asked: Mapping[str, Any], at: int, *, without: str | None = None) -> Judged:
    """Gathers, judges and keeps what the judgement rests on. The same work whatever comes out.

    `without`: the id of an entry that is left out, a permit's own when it is judged again.
    """
    history, readings = gather(desk, asked["account"]), desk.readings
    if without is not None:
        readings = Readings()  # another history than the one that grows
        entries = [one for one in history.entries if one.id != without]
        lines = {line: [one for one in found if one.id != without] for line, found in history.lines.items()}
        history = replace(history, entries=entries, lines=lines)
    facts = facts_of(history, asked, at, readings)
    packs = packs_for(desk.directory, facts, at)
    decision = decide(facts, packs, at)
    return Judged(facts.ask, history, facts, packs, decision, RULES_VERSION, at, facts.lender, facts.local_date)


def facts_of(history: History, asked: Mapping[str, Any], at: int, readings: Readings | None = None) -> Facts:
    """The facts of a question, with every offset that the history needs."""
    ask = Ask.of(asked, {zone: offset(zone, at) for zone in zones_of(history)})
    return facts_from(history, ask, at, readings)


def facts_of_person(history: History, at: int) -> Facts:
    """The facts about a borrower himself: nobody asks, and about no account."""
    nothing = dict.fromkeys(("lookup", "client", "agent", "account", "about", "purpose", "mode"), "")
    return person_facts(history, Ask.of(nothing, {zone: offset(zone, at) for zone in zones_of(history)}), at)


def expired(judged: Judged) -> Judged:
    """The same judgement with nothing against it but that the permit is over."""
    decision = replace(judged.decision, verdict="deny", reasons=(Reason("permit-expired"),))
    return replace(judged, decision=decision)


def system_codes(desk: Desk, inbox_ms: int, mode: str = "") -> tuple[str, ...]:
    """Why nothing may be opened just now, outside the policy: who must tell people, or what may change it, waits;
    of a brokered call also a courier who has no bridge."""
    codes = []
    silent = desk.courier_silent()
    if silent is None or silent > desk.settings.courier_patience or (mode == "call" and not desk.bridge):
        codes.append("courier-unavailable")
    if inbox_ms > desk.settings.inbox_patience:
        codes.append("inbox-waiting")
    return tuple(codes)
