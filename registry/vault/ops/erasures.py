"""Erasures that wait: for officers, who can cancel them until they are carried out."""

from __future__ import annotations

from itertools import islice
from typing import Any

from registry.model.times import stamp
from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.erasures import CANCELLABLE
from registry.vault.ops.table import Op

MOST = 200


def erasures(desk: Desk, args: Args) -> dict[str, Any]:
    """{erasures: [{subject, role, borrower, requested_at, destroyed_at}], waiting, burst}: the oldest first.

    `waiting`: how many there are in all. `burst`: whether an alarm holds them back.
    """
    known = desk.ledger.erasures
    return {
        "erasures": [{
            "subject": one.subject, "role": one.role, "borrower": one.borrower, "requested_at": stamp(one.at),
            "destroyed_at": stamp(one.at + CANCELLABLE),
        } for one in islice(known.asked.values(), MOST)],
        "waiting": len(known.asked), "burst": known.bursting,
    }


ERASURES = {"erasures": Op({}, read=erasures)}
