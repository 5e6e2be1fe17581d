"""What raises alarms: something that officers and auditors must look at.

Each looks at what is folded already; nothing is read from the log while nothing is due.
"""

from __future__ import annotations

from hashlib import sha256

from registry.model.alarms import OVERDUE, UNLAWFUL, UNRELEASED
from registry.model.entries import Entry
from registry.policy import OUTCOME_WITHIN, made_unlawful, unreleased
from registry.vault.alarming import raise_alarm
from registry.vault.desk import Desk
from registry.vault.relations import of_kind, placements

MOST_OF_AN_AGENCY = 20  # alarms about missing outcomes that are open at a time


def told_by_decisions(desk: Desk, at: int) -> list[Entry]:
    """What decisions named: an agent above the daily number, provider reports that wait and so stop openings."""
    raised = []
    for alarm, agency, agent in list(desk.ledger.alarms.due):
        raised += raise_alarm(desk, at, alarm, **({"agency": agency, "agent": agent} if agency else {}))
    return raised


def without_outcome(desk: Desk, at: int) -> list[Entry]:
    """Numbers that left 48 h ago and of which nobody said what came of them; each once, so many of an agency."""
    alarms, raised = desk.ledger.alarms, list[Entry]()
    for agency, permits in desk.directory.open_permits.items():
        left = MOST_OF_AN_AGENCY - alarms.per_agency[agency]
        for lookup, opened in permits.items():
            if left <= 0 or at - opened <= OUTCOME_WITHIN:
                break
            if lookup not in alarms.told:
                raised += raise_alarm(desk, at, OVERDUE, about=lookup, agency=agency)
                left -= 1
    return raised


def clock_jumped(desk: Desk, at: int) -> list[Entry]:
    """That a clock was set while the vault ran: by how many milliseconds, at most."""
    jumped, desk.watch.jumped = desk.watch.jumped, 0
    return raise_alarm(desk, at, "clock-jump", count=jumped) if jumped else []


def inbox_waits(desk: Desk, at: int, waits: int) -> list[Entry]:
    """That a provider's report has waited for `waits` milliseconds in the web tier, longer than openings go on."""
    return raise_alarm(desk, at, "inbox-waiting", count=waits) if waits > desk.settings.inbox_patience else []


def unlawful(desk: Desk, attempt: Entry) -> list[Entry]:
    """The alarms about attempts that are against the law since this one: one for each attempt, for ever."""
    raised = []
    for index in sorted(made_unlawful(desk, attempt, desk.readings)):
        found = attempt if index == attempt.index else desk.log.entry(index)
        assert found is not None
        ident = sha256(b"consentry unlawful attempt\n" + found.id.encode("ascii")).hexdigest()[:32]
        if desk.log.find(ident) is None:
            whose = {"agency": found.body["agency"]} if "agency" in found.body else {}
            body = {"alarm": UNLAWFUL, "about": found.id, **whose}
            raised.append(desk.make("alarm-raised/3", body, attempt.at, ident=ident))
    return raised


def called_unreleased(desk: Desk, call: Entry) -> list[Entry]:
    """The alarm about a call to a contact's line that nobody was given, once a line while it is open. Against the
    agency that has the only placement of those who list the contact; else the one whose provider account it is."""
    body = call.body
    if "borrower" in body or "line" not in body:
        return []
    filed = desk.relations.history(body["line"])
    provider = desk.directory.provider(body["provider"])
    owner = None if provider is None or provider.owner != "agency" else provider.owner_party
    if not unreleased(filed, call, owner or body.get("agency")):
        return []
    agencies = set[str]()
    for borrower in of_kind(filed, "contact-registered/1", "borrower"):
        day = desk.relations.today(borrower, call.at)
        agencies |= {one.body["agency"] for one in placements(desk.relations.history(borrower), day)}
    agency = owner if owner is not None else agencies.pop() if len(agencies) == 1 else None
    return raise_alarm(desk, call.at, UNRELEASED, about=body["line"], provider=body["provider"],
                       **({} if agency is None else {"agency": agency}))


WATCHES = (told_by_decisions, without_outcome, clock_jumped)
