"""Who asks, and about which account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.promises.naive.agreeing import erased
from tests.promises.naive.law import (
    AGENCY_APPROVAL,
    CONTACT_HOURS,
    DAYS_PAST_DUE,
    FEED_AGE,
    FEEDS,
    HOLD_OF_OUTCOME,
    LOOKBACK,
    OUTCOME_DUE,
    PERSONAL_HOLDS,
    REGION,
    RELEASES_A_DAY,
)
from tests.promises.naive.look import Look, Told, after, local, when


def agency(look: Look) -> Iterator[str]:
    client, lender = look.asked["client"], look.asked["lender"]
    if not look.anywhere("party-registered/1", party=client, role="agency"):
        yield "no agency asks"
    approved = look.anywhere("agency-approved/1", agency=client, lender=lender)
    if not approved or when(approved[-1].body["until"]) < look.at or look.at - approved[-1].at > AGENCY_APPROVAL:
        yield "the agency is not approved"
    cleared = max((one.place for one in look.anywhere("agency-approved/1", agency=client)), default=-1)
    if any(after(look.anywhere("party-suspended/1", party=client), cleared)) or look.anywhere(
            "party-suspended/1", party=lender):
        yield "the agency or its lender is suspended"
    switch = look.anywhere("releases-stopped/1", "releases-resumed/1")
    if switch and switch[-1].kind == "releases-stopped/1":
        yield "everything is stopped"
    if [one for one in owed(look) if look.at - one.at > OUTCOME_DUE]:
        yield "the agency owes an outcome"
    today = [one for one in look.permits() if one.body["client"] == client
             and one.body["agent"] == look.asked["agent"] and one.body["local_date"] == f"{look.today()}"
             and about_a_number(one)]
    if len(today) >= RELEASES_A_DAY:
        yield "the agent had twenty numbers today"


def about_a_number(permit: Told) -> bool:
    return permit.body["about"] == "contact" and permit.body["mode"] != "message"


def owed(look: Look) -> list[Told]:
    """Numbers of this agency of whose use nothing was told."""
    reported = {one.body["lookup"] for one in look.anywhere("outcome-reported/1")}
    return [one for one in look.permits()
            if one.body["client"] == look.asked["client"] and one.id not in reported and about_a_number(one)]


def hours(look: Look) -> Iterator[str]:
    if not CONTACT_HOURS[0] <= local(look.at).hour < CONTACT_HOURS[1]:
        yield "out of hours"


def placement(look: Look) -> list[Told]:
    """The agency's placements of the account that are in force today."""
    today, recalled = f"{look.today()}", {one.body["placement"] for one in look.mine("recalled/1")}
    return [one for one in look.mine("placed/1", account=look.asked["account"], agency=look.asked["client"])
            if one.id not in recalled and one.body["from"] <= today <= one.body["until"]]


def account(look: Look, least_past_due: int = DAYS_PAST_DUE) -> Iterator[str]:
    ident = look.asked["account"]
    if look.mine("account-assigned/1", account=ident):
        yield "another creditor has it"
    if not placement(look):
        yield "not placed with this agency"
    state: dict[str, str] = {}
    for one in look.mine("account-opened/1", "account-changed/1", account=ident):
        state |= one.body
    if state.get("state") != "open" or state["lender"] != look.asked["lender"]:
        yield "not open"
    elif (look.today() - _date(state["due_since"])).days < least_past_due:
        yield "not overdue enough"
    elif state["limitation_until"] < f"{look.today()}":
        yield "the claim has lapsed"
    if erased(look, look.borrower):
        yield "the borrower is erased"
    registered = look.mine("borrower-registered/1")
    lender = look.anywhere("party-registered/1", party=look.asked["lender"])
    lately = [one.body for one in look.mine("borrower-changed/1") if look.at - one.at < LOOKBACK]
    if any(one.get("residence", REGION) != REGION for one in lately):
        yield "he lived elsewhere of late"
    if registered[0].body["residence"] != REGION or lender[0].body.get("regulator") != REGION:
        yield "nobody knows the law"


def _date(text: str) -> date:
    return date.fromisoformat(text)


def feeds(look: Look) -> Iterator[str]:
    for feed in FEEDS:
        times = [min(when(one.body["complete_through"]), one.at)
                 for one in look.anywhere("feed-complete/1", feed=feed, lender=look.asked["lender"])]
        if not times or look.at - max(times) > FEED_AGE:
            yield "a feed is stale"


def holds(look: Look) -> Iterator[str]:
    lifted = {one.body["hold"] for one in look.mine("hold-lifted/1")}
    found = {one.body["hold"]: (one.body["type"], one.body.get("account")) for one in look.mine("hold-placed/1")}
    for one in look.mine("outcome-reported/1"):
        if one.body["outcome"] in HOLD_OF_OUTCOME:
            found[one.id] = HOLD_OF_OUTCOME[one.body["outcome"]], None
    for hold, (kind, account_held) in found.items():
        everywhere = account_held in (None, look.asked["account"]) or kind in PERSONAL_HOLDS
        if hold not in lifted and everywhere:
            yield f"on hold: {kind}"


def callback(look: Look) -> Iterator[str]:
    """An offer stands until it runs out, or is replaced by the borrower or by whoever made it."""
    offers = look.mine("callback-offered/1")
    for one in offers:
        replaced = [each for each in after(offers, one.place) if each.by in (one.by, {
            "role": "borrower", "id": look.borrower})]
        if not replaced and when(one.body["until"]) >= look.at:
            yield "the borrower waits to be called back"
