"""`facts_from`: the entries of a history, read once in log order, become a frozen value."""

from __future__ import annotations

from registry.model.times import DAY, MINUTE, date_of, local_day
from registry.policy.directory import Directory
from registry.policy.facts import accounts, cases, life
from registry.policy.facts.contacts import contacts_of
from registry.policy.facts.model import Caller, Facts
from registry.policy.facts.notes import Notes
from registry.policy.facts.readings import Readings
from registry.policy.facts.still import still_of
from registry.policy.history import History
from registry.policy.values import Ask


def facts_from(history: History, ask: Ask, at: int, readings: Readings | None = None) -> Facts:
    """The facts of one question at one moment. Pure: the same entries give the same facts on any machine, with
    `readings` of earlier questions to the same source or without.

    Raises KeyError when `ask.offsets` lacks a zone of `zones_of(history)`.
    """
    notes = _noted(history, ask, at, readings or Readings())
    if notes is None or ask.account not in notes.accounts:
        return _unknown(history.directory, ask, at)
    return _known(notes, history)


def person_facts(history: History, ask: Ask, at: int) -> Facts:
    """The same about a borrower himself, where no account is asked about: his channels, and whom he listed.

    Raises KeyError as `facts_from`.
    """
    notes = _noted(history, ask, at, Readings())
    return _unknown(history.directory, ask, at) if notes is None else _known(notes, history)


def _noted(history: History, ask: Ask, at: int, readings: Readings) -> Notes | None:
    """What the history says; None where there is nobody, and of who is erased, by the same path."""
    if history.borrower is None:
        return None
    notes = readings.of(history.borrower, history.entries, history.attempts(history.borrower))
    notes.directory, notes.ask, notes.at = history.directory, ask, at
    return None if notes.erased or notes.registered is None else notes


def _known(notes: Notes, history: History) -> Facts:
    ask, at, directory, registered = notes.ask, notes.at, notes.directory, notes.registered
    assert registered is not None
    zone = registered["time_zone"]
    offset = ask.offsets[zone]
    today = local_day(at, offset)
    date = date_of(today)
    still, offer = still_of(notes, history), notes.callback
    account = accounts.account_of(notes, today)
    lender_id = registered["lender"] if account is None else account.lender
    lender = directory.parties.get(lender_id)
    since = 0 if account is None else account.due_since * DAY - offset * MINUTE
    return Facts(
        ask=ask, at=at, stopped=directory.stopped, caller=_caller(directory, ask, at, lender_id, date),
        borrower=notes.borrower, account=account, residence=registered["residence"], time_zone=zone, offset=offset,
        today=today, local_date=date, regulator=None if lender is None else lender.regulator,
        feeds_through=directory.feed_through(lender_id), slots=still.slots, attempts=life.attempts_of(notes),
        resets=still.resets, declined_at=still.declined_at, notices=tuple(cases.notices_of(notes, today)),
        holds=still.holds, callback=None if offer is None or offer.until < at else offer, consents=still.consents,
        contacts=contacts_of(notes, still, since), case_contacts=still.case_contacts,
        requests=cases.requests_of(notes), former=still.former, visits=still.visits, moved_at=notes.moved_at,
        weighings=still.weighings,
    )


def _caller(directory: Directory, ask: Ask, at: int, lender: str | None, date: str) -> Caller:
    party = directory.parties.get(ask.client)
    lending = directory.parties.get(lender) if lender is not None else None
    if party is None:
        return Caller(False, False, False, None, None, 0)
    return Caller(
        party.role == "agency", party.key_at(at) is not None,
        party.suspended_at is not None or (lending is not None and lending.suspended_at is not None),
        directory.approvals.get((ask.client, lender)) if lender is not None else None,
        directory.oldest_open_permit(ask.client), directory.releases_on(ask.client, ask.agent, date),
    )


def _unknown(directory: Directory, ask: Ask, at: int) -> Facts:
    """What is known about an account that is not there: the caller, and nothing else."""
    return Facts(
        ask=ask, at=at, stopped=directory.stopped, caller=_caller(directory, ask, at, None, date_of(at // DAY)),
        borrower=None, account=None, residence=None, time_zone=None, offset=0, today=0, local_date=None,
        regulator=None, feeds_through=None, slots=(), attempts=(), resets=(), declined_at=None, notices=(), holds=(),
        callback=None, consents=(), contacts=(), case_contacts=frozenset(), requests=(),
    )
