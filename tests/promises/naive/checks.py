"""Dial checks: a ticket lets an attempt come late; who dials though told not to has dialled against the law."""

from __future__ import annotations

from tests.promises.naive.dials import began
from tests.promises.naive.law import DAY
from tests.promises.naive.look import Look, Told, when


def with_a_ticket(look: Look, one: Told) -> bool:
    """Whether the attempt brought the ticket of a check that allowed this dial and was there first."""
    if "ticket" not in one.body:
        return False
    return any(
        check.body["may_dial"] and check.place < one.place and check.body["channel"] == one.body["channel"]
        and one.body.get("agency", check.body["agency"]) == check.body["agency"]
        and one.body.get("account", check.body["account"]) == check.body["account"]
        and check.at <= began(one) < when(check.body["valid_until"])
        for check in look.mine("dial-checked/1", check=one.body["ticket"])
    )


def dialled_though_refused(look: Look, attempts: list[Told]) -> set[str]:
    """Dials of which the agency's latest question about that channel had said no, for that time."""
    found = set()
    for one in attempts:
        asked = [
            check for check in look.mine("dial-checked/1", agency=one.body.get("agency"))
            if check.place < one.place and check.at <= began(one) and check.body["channel"] == one.body.get("channel")
        ]
        if one.kind == "attempt-recorded/1" or not asked:
            continue
        last = asked[-1]
        until = when(last.body["not_before"]) if "not_before" in last.body else last.at + DAY
        if not last.body["may_dial"] and began(one) < until:
            found.add(one.id)
    return found
