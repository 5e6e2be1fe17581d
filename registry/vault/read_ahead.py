"""Whoever has been approved will be asked about: it is read and judged before anybody asks (docs/adr/0033).

A little between two rounds. Nothing is logged, opened or answered by it. What it leaves in memory is what a question
reads first and keeps (`log/kept.py`, the policy's `Readings`): exact whatever is appended meanwhile, so the question
itself is judged anew, and only quicker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from registry.errors import IntegrityError
from registry.model.catalogue.calls import ASKED_APPROVAL
from registry.vault.desk import Desk
from registry.vault.judging import judge


@dataclass(slots=True)
class ReadAhead:
    """Reads ahead at one desk."""

    desk: Desk
    _read: set[str] = field(default_factory=set)  # approvals
    _log: structlog.typing.FilteringBoundLogger = field(default_factory=lambda: structlog.get_logger("vault"))

    def go_on(self, is_over: Callable[[], bool]) -> None:
        """Goes on with what was approved and not asked about since, until that is over. Raises IntegrityError."""
        approved = self.desk.ledger.approved
        if approved.keys() <= self._read:
            return
        self._read &= approved.keys()
        for approval in [one for one in approved if one not in self._read]:
            if is_over():
                return
            self._read.add(approval)  # once, also where it fails: who asks will be told
            self._judge(approval)

    def _judge(self, approval: str) -> None:
        try:
            body = self.desk.relations.entry(approval, *ASKED_APPROVAL).body
            asked = {"about": "contact", "agent": "", **body}  # that of a visit says what it is about
            judge(self.desk, asked, self.desk.clock.now())
        except IntegrityError:
            raise
        except Exception as error:  # noqa: BLE001 - what cannot be judged now must not stop those who can
            self._log.warning("not read ahead", error=type(error).__name__)
