"""The borrower's own channels, given to whoever has the account placed with him."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.promises.naive import asking
from tests.promises.naive.channels import channels_of
from tests.promises.naive.dials import began_day
from tests.promises.naive.effort import attempts
from tests.promises.naive.law import (
    BORROWER_HOURS,
    DAY,
    DIALS_PER_DAY,
    DIALS_PER_WEEK,
    TALKS_PER_DAY,
    TEXTS,
)
from tests.promises.naive.look import Look, local

CHECKS = (asking.agency, asking.holds)


def own(look: Look, given: Sequence[str] | None) -> list[str]:
    """Why these channels should not have been given; None: why none of the borrower's should."""
    found = [why for check in CHECKS for why in check(look)] + list(asking.account(look, 1))
    if (look.asked["purpose"], look.asked["mode"]) != ("contact-borrower", "number"):
        found.append("that is no way to ask")
    if not BORROWER_HOURS[0] <= local(look.at).hour < BORROWER_HOURS[1]:
        found.append("out of hours")
    every = [ident for one in channels_of(look) for ident in one.ids()]
    if given is None and all(list(_channel(look, one)) for one in every):
        found.append("no channel may be given")
    return found + [why for one in given or () for why in _channel(look, one)]


def _channel(look: Look, ident: str) -> Iterator[str]:
    channel = next(one for one in channels_of(look) if ident in one.ids())
    if not channel.personal(look.at):
        yield "the channel is not the borrower's own"
    if channel.in_doubt():
        yield "somebody says that the channel is a stranger's"
    if look.anywhere("contact-registered/1", line=channel.line):
        yield "the line is somebody's contact's"
    if channel.medium not in TEXTS:
        yield from _full(look, channel.line)


def _full(look: Look, line: str) -> Iterator[str]:
    dials = [one for one in attempts(look) if one.body["medium"] == "voice"]
    today = [one for one in dials if began_day(one) == look.today()]
    week = [one for one in dials if began_day(one) > look.today() - 7 * DAY]
    talks = [one for one in today if one.body["class"] == "reached-person"]
    here = [one for one in today if one.body.get("line") == line]
    if len(here) >= DIALS_PER_DAY or len(week) >= DIALS_PER_WEEK or len(talks) >= TALKS_PER_DAY:
        yield "that telephone was dialled enough"
