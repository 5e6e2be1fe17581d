"""`facts_from`: the entries of a history, read once in log order, become a frozen value."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.model.times import DAY, MINUTE, date_of, local_day
from registry.policy.directory import Directory
from registry.policy.facts import accounts, agreed, brokered, cases, life, people, persons
from registry.policy.facts.model import Caller, Facts
from registry.policy.facts.notes import Handler, Notes
from registry.policy.facts.tried import Readings
from registry.policy.history import History
from registry.policy.values import Ask

HANDLERS: dict[str, Handler] = {
    **people.HANDLERS, **life.HANDLERS, **accounts.HANDLERS, **cases.HANDLERS, **agreed.HANDLERS, **persons.HANDLERS,
    **brokered.HANDLERS,
}


def facts_from(history: History, ask: Ask, at: int, readings: Readings | None = None) -> Facts:
    """The facts of one question at one moment. Pure: the same entries give the same facts on any machine, with
    `readings` of earlier questions to the same source or without.

    Raises KeyError when `ask.offsets` lacks a zone of `zones_of(history)`.
    """
    notes = _noted(history, ask, at, readings or Readings())
    if notes is None or notes.account is None:
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
    tried = readings.of(history.borrower, history.entries)
    notes = Notes(history.directory, ask, at, history.borrower, tried)
    handler_of = HANDLERS.get
    for entry in history.entries:
        if entry.by.role == "borrower":
            # Authenticated as the borrower: whatever it says, it is a sign of life (U5).
            notes.alive(entry)
        handler = handler_of(entry.kind)
        if handler is not None:
            handler(notes, entry)
    return None if notes.erased or notes.registered is None else notes


def _known(notes: Notes, history: History) -> Facts:
    ask, at, directory, registered = notes.ask, notes.at, notes.directory, notes.registered
    assert registered is not None
    zone = registered["time_zone"]
    offset = ask.offsets[zone]
    today = local_day(at, offset)
    foreign = {
        line: others for line, entries in history.lines.items()
        if (others := [one for one in entries if one.body.get("borrower") != notes.borrower])
    }
    slots = people.slots_of(notes, foreign, ask.offsets)
    account = accounts.account_of(notes, today)
    lender_id = registered["lender"] if account is None else account.lender
    contact_lines = {one.entry.body["line"] for one in notes.contacts.values()}
    lines = {line: agreed.line_of(history.lines.get(line, ()), ask.account) for line in contact_lines}
    lender = directory.parties.get(lender_id)
    since = 0 if account is None else account.due_since * DAY - offset * MINUTE
    return Facts(
        ask=ask, at=at, stopped=directory.stopped,
        caller=_caller(directory, ask, at, lender_id, date_of(today)), borrower=notes.borrower, account=account,
        residence=registered["residence"], time_zone=zone, offset=offset, today=today, local_date=date_of(today),
        regulator=None if lender is None else lender.regulator, feeds_through=directory.feed_through(lender_id),
        slots=slots, attempts=life.attempts_of(notes), resets=life.resets_of(notes, slots, foreign),
        declined_at=_declined_at(notes), notices=tuple(cases.notices_of(notes, today)), holds=cases.holds_of(notes),
        callback=notes.callback if notes.callback is not None and notes.callback.until >= at else None,
        consents=agreed.consents_of(notes, "borrower"), contacts=agreed.contacts_of(
            notes, lines, slots, since, persons.liable_lines(history.loan, history.lines, notes.borrower)),
        case_contacts=frozenset(
            one.contact for one in notes.permits.values() if not one.back and one.account == ask.account
        ),
        requests=cases.requests_of(notes), former=persons.former_of(notes),
        visits=brokered.visits_of(notes), moved_at=notes.moved_at,
    )


def _declined_at(notes: Notes) -> int | None:
    """When the borrower last refused a call or a message (POLICY section 3, `declined`)."""
    times = [one.at for one in notes.tried.reaches if _declines(notes, one)]
    return max(times, default=None)


def _declines(notes: Notes, entry: Entry) -> bool:
    if entry.body["class"] != "declined":
        return False
    channel = notes.channels.get(entry.body.get("channel", ""))
    return channel is None or channel.dispute is None or entry.index > channel.dispute


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
