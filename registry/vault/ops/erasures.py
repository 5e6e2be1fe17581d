"""Erasures that wait: for officers, who can cancel them until they are carried out."""

from __future__ import annotations

from typing import Any

from registry.model.shapes import Optional, integer
from registry.model.times import stamp
from registry.vault.arguments import INDEX, Args
from registry.vault.desk import Desk
from registry.vault.erasures import CANCELLABLE, Asked, Erasures
from registry.vault.ops.table import Op

MOST = 200


def erasures(desk: Desk, args: Args) -> dict[str, Any]:
    """{erasures: [{subject, role, borrower, place, by, requested_at, destroyed_at, over, with_borrower?}], more,
    waiting, burst, alarm?, at}: the oldest first, at most `limit` of those asked for behind `after`.

    `place`: the request's in the log, `by` who asked; `over`: its 72 hours are; `with_borrower`: of a contact whose
    borrower's waits too, which takes the contact's keys along. `more`: whether others follow,
    `waiting` how many there are in all. `burst`: whether an alarm holds them back, once it is raised `alarm`.
    `at`: by the log's clock.
    """
    known, at, limit = desk.ledger.erasures, desk.clock.now(), args.get("limit", MOST)
    found = known.after(args.get("after", -1), limit + 1)
    return {
        "erasures": [_shown(known, one, at) for one in found[:limit]], "more": len(found) > limit,
        "waiting": len(known.asked), "burst": known.bursting, "at": stamp(at),
        **({} if known.burst_alarm is None else {"alarm": known.burst_alarm}),
    }


def _shown(known: Erasures, one: Asked, at: int) -> dict[str, Any]:
    with_borrower = one.role == "contact" and one.borrower in known.asked
    return {
        "subject": one.subject, "role": one.role, "borrower": one.borrower, "place": one.index,
        "by": one.by.value(), "requested_at": stamp(one.at), "destroyed_at": stamp(one.at + CANCELLABLE),
        "over": one.is_over(at), **({"with_borrower": True} if with_borrower else {}),
    }


ERASURES = {"erasures": Op({"after": Optional(INDEX), "limit": Optional(integer(1, MOST))}, read=erasures)}
