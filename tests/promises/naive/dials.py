"""Dials that were against the law, or too soon after another: over all agencies, by what the log says at the end."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

from tests.promises.naive.law import (
    BORROWER_HOURS,
    DIALS_PER_DAY,
    DIALS_PER_WEEK,
    GAP,
    TALKS_PER_DAY,
)
from tests.promises.naive.look import Told, local, when


def began(one: Told) -> datetime:
    return when(one.body["began_at"]) if "began_at" in one.body else one.at


def began_day(one: Told) -> date:
    return local(began(one)).date()


def unlawful_dials(attempts: list[Told]) -> set[str]:
    found = set()
    ordered = sorted(attempts, key=began)
    voice = [one for one in ordered if one.body["medium"] == "voice"]
    for one in ordered:
        first, end = BORROWER_HOURS
        if "local" in one.body and not first <= local(began(one)).hour < end:
            found.add(one.id)
    for number, one in enumerate(voice):
        until = voice[:number + 1]
        today = [each for each in until if began_day(each) == began_day(one)]
        here = [each for each in today if each.body.get("line") == one.body.get("line")]
        week = [each for each in until if began_day(one) - timedelta(days=6) <= began_day(each)]
        talked = [each for each in today[:-1] if each.body["class"] == "reached-person"]
        if len(here) > DIALS_PER_DAY or len(week) > DIALS_PER_WEEK or len(talked) >= TALKS_PER_DAY:
            found.add(one.id)
    return found


def close_dials(attempts: list[Told]) -> set[str]:
    """Less than two hours after the dial before, whatever became of it. A text that failed is as good as a dial."""
    found = set()
    dials = sorted((one for one in attempts if one.body["medium"] == "voice"
                    or one.body["class"] in ("no-answer", "not-alerted")), key=began)
    for before, one in itertools.pairwise(dials):
        if began(one) - began(before) < GAP:
            found.add(one.id)
    return found
