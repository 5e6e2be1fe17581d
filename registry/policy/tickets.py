"""What a dial check is worth to an attempt: its ticket, or its refusal (POLICY section 3, U2 and U3). Pure.

The vault asks this before it writes a ticket into an attempt's entry, and whoever judges the attempt asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model.entries import Entry
from registry.model.times import DAY, parse_stamp

CHECKED = "dial-checked/1"
REFUSED_FOR = DAY   # a refusal whose end nobody can tell; a check that permits ends it sooner


@dataclass(frozen=True, slots=True)
class Dialled:
    """A dial: when it began (milliseconds), on which channel, for whom. `agency`, `account`: None where untold."""

    began: int
    channel: str
    agency: str | None
    account: str | None


def believed(check: Entry, dial: Dialled) -> bool:
    """Whether the ticket of this check is one for this dial: it permitted this very channel to this agency, for this
    account, before the dial began, and not too long before."""
    body = check.body
    return bool(
        check.kind == CHECKED and body["may_dial"] and body["channel"] == dial.channel
        and dial.agency in (None, body["agency"]) and dial.account in (None, body["account"])
        and check.at <= dial.began < parse_stamp(body["valid_until"])
    )


def against(checks: Sequence[Entry], dial: Dialled) -> bool:
    """Whether a dial was made though the agency had been refused it: the last of its checks of that channel that is
    not younger than the dial said no, and still spoke of that time. `checks`: in log order."""
    last = None
    for check in checks:
        body = check.body
        if check.at <= dial.began and (body["agency"], body["channel"]) == (dial.agency, dial.channel):
            last = check
    return last is not None and not last.body["may_dial"] and dial.began < refused_until(last)


def refused_until(check: Entry) -> int:
    """Until when a refusal speaks, in milliseconds: until it may be asked again, else for a day."""
    told = check.body.get("not_before")
    return check.at + REFUSED_FOR if told is None else parse_stamp(told)
