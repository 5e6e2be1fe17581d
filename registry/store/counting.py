"""Counts over a period, for charts and reports; never over all rows of a table that grows with the lookups."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Engine, bindparam, cast, func, literal_column, select

from registry.model.times import stamp
from registry.store.database import reading
from registry.store.mirrors import Approval, Consent
from registry.store.mirrors_portal import Alarm, AttemptDay, Complaint, LookupDay
from registry.store.statements import compiled, fetched

# A refused opening gives an approval back, a permit uses it up, an assignment ends it: it was given all the same.
GIVEN = {"approved": "approved", "used": "approved", "refused": "refused", "over": "approved"}
MONTH = func.substr(LookupDay.day, literal_column("1"), literal_column("7"))
OF_A_DAY = (LookupDay.agency, LookupDay.verdict, LookupDay.reason)
WITHIN = LookupDay.day.between(bindparam("since"), bindparam("until"))
# By the driver: a year has some hundred thousand rows.
BY_DAY = compiled(
    select(LookupDay.day, *OF_A_DAY, LookupDay.count).where(WITHIN).order_by(LookupDay.day, *OF_A_DAY))
BY_MONTH = compiled(
    select(MONTH, *OF_A_DAY, cast(func.sum(LookupDay.count), BigInteger)).where(WITHIN).group_by(MONTH, *OF_A_DAY)
    .order_by(MONTH, *OF_A_DAY))


class Counting:
    """Reads of what auditors count. Days are UTC; times are log-clock milliseconds, the end excluded."""

    _engine: Engine

    def lookups_counted(
        self, since: str, until: str, *, by_month: bool = False,
    ) -> list[tuple[str, str, str, str, int]]:
        """(day or month, agency, verdict, reason, count) of all days from `since` to `until`; with reason `` all
        lookups."""
        rows = fetched(self._engine, BY_MONTH if by_month else BY_DAY, {"since": since, "until": until})
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def consents_counted(self, start: int, end: int) -> dict[tuple[str, str], int]:
        """(giver, step) → how many: asked, given, refused, withdrawn, expired."""
        found: Counter[tuple[str, str]] = Counter()
        steps: dict[str, tuple[ColumnElement[bool], ...]] = {
            "asked": (_within(Consent.asked_at, start, end),),
            "given": (_within(Consent.settled_at, start, end), Consent.assurance.is_not(None)),
            "refused": (_within(Consent.settled_at, start, end), Consent.state == "refused"),
            "withdrawn": (_within(Consent.updated_at, start, end), Consent.state == "withdrawn"),
            "expired": (_within(Consent.expires_at, stamp(start), stamp(end)), Consent.state == "given"),
        }
        with reading(self._engine) as connection:
            for step, clauses in steps.items():
                statement = select(Consent.giver, func.count()).where(*clauses).group_by(Consent.giver)
                for giver, count in connection.execute(statement):
                    found[giver, step] = count
        return dict(found)

    def approvals_settled(self, start: int, end: int) -> list[tuple[str, str, int]]:
        """(officer, verdict, milliseconds from the request to it), in the order of the requests."""
        statement = select(Approval.officer, Approval.state, Approval.requested_at, Approval.settled_at).where(
            _within(Approval.settled_at, start, end)).order_by(Approval.place)
        with reading(self._engine) as connection:
            return [(row.officer, GIVEN[row.state], row.settled_at - row.requested_at)
                    for row in connection.execute(statement)]

    def attempts_counted(self, since: str, until: str) -> list[tuple[str, str, bool, int]]:
        """(day, agency or ``, unlawful, count) of all days from `since` to `until`."""
        found: Counter[tuple[str, str, bool]] = Counter()
        columns = (AttemptDay.day, AttemptDay.agency, AttemptDay.what, AttemptDay.count)
        statement = select(*columns).where(AttemptDay.day.between(since, until))
        with reading(self._engine) as connection:
            for day, agency, what, count in connection.execute(statement):
                unlawful = what == "unlawful"
                found[day, agency, unlawful] += count
                if unlawful:
                    found[day, agency, False] -= count
        return [(*key, count) for key, count in sorted(found.items()) if count]

    def open_alarms(self) -> dict[str, int]:
        """How many alarms are open, by name."""
        statement = select(Alarm.alarm, func.count()).where(Alarm.state == "open").group_by(Alarm.alarm)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def complaints_counted(self, start: int, end: int) -> dict[str, int]:
        """Complaints filed in that time, by verdict; `open` those that are not settled."""
        verdict = func.coalesce(Complaint.verdict, "open")
        statement = select(verdict, func.count()).where(_within(Complaint.filed_at, start, end)).group_by(verdict)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}


def _within(column: Any, start: int | str, end: int | str) -> ColumnElement[bool]:
    clause: ColumnElement[bool] = (column >= start) & (column < end)
    return clause
