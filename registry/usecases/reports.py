"""Reports over a period, from the projections: the numbers that `registry audit report` counts from the log alone."""

from __future__ import annotations

from registry.model.entries import Actor
from registry.model.times import parse_date, parse_stamp
from registry.reporting.numbers import Numbers, Period, period
from registry.usecases import auditing, writing
from registry.usecases.ports import Ports, Record


def asked(ports: Ports, since: str | None, until: str | None) -> Period:
    """The period of UTC days asked for; without an end until the log's today. Raises MalformedError."""
    return period(since, until, parse_date(ports.vault.call("log-now", {})["now"][:10]))


def numbers(ports: Ports, over: Period) -> Numbers:
    """Everything that is counted over a period; of attempts against the law, what the vault raised alarms about."""
    store = ports.store
    return Numbers(
        over, store.lookups_counted(over.since.isoformat(), over.until.isoformat(), by_month=over.by_month),
        store.consents_counted(over.start, over.end), store.approvals_settled(over.start, over.end),
        store.complaints_counted(over.start, over.end),
        store.attempts_counted(over.since.isoformat(), over.until.isoformat()), auditing.names(ports),
    )


def report(ports: Ports, by: Actor, over: Period) -> Numbers:
    """The same as a report that somebody takes away: an entry says so first."""
    writing.catch_up(ports)
    auditing.seen(ports, by, "report")
    return numbers(ports, over)


def facts(ports: Ports) -> Record:
    """`{origin, size, witnesses, at}`: which log a report is of, and how far it went."""
    status = ports.vault.call("status", {})
    witnesses = status["witnesses"]
    return {"origin": status["origin"], "size": status["published"],
            "witnesses": witnesses if isinstance(witnesses, str) else witnesses["quorum"],
            "at": parse_stamp(status["log_now"])}
