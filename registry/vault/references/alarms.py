"""Checks of closing an alarm: it was raised, and nobody closed it."""

from __future__ import annotations

from registry.errors import ConflictError
from registry.model.entries import Draft
from registry.vault.references.context import Check, Context

RAISED = ("alarm-raised/1", "alarm-raised/2", "alarm-raised/3")


def _alarm_closed(draft: Draft, context: Context) -> None:
    """Raises NotFoundError; ConflictError `alarm-closed` where it was closed, by itself or with a later one."""
    raised = context.relations.entry(draft.body["alarm"], *RAISED)
    if not context.ledger.alarms.waits(raised.id):
        raise ConflictError("this alarm is closed already, perhaps together with a later one", code="alarm-closed")


ALARMS: dict[str, Check] = {"alarm-closed/1": _alarm_closed}
