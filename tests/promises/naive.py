"""A second opinion on one number that came out, deliberately naive: leaves as JSON, no code of the product's policy.

It knows the demo's law (floor and cn) in plain numbers and says less than the rules do; what it does say must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

Leaf = dict[str, Any]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COUNTS = {"no-answer", "not-alerted", "dead-address", "voicemail", "screened"}
REACHES = {"reached-person", "engaged", "declined", "wrong-person"}
PICKED_UP = {"voicemail", "screened", "household"}
SPOILT = {"refused", "wrong-person", "minor", "number-dead"}
ENDS = {
    "consent-withdrawn/1", "objected/1", "hold-placed/1", "sign-of-life/1", "callback-offered/1", "recalled/1",
    "channel-disputed/1", "erasure-requested/1",
}


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(at: datetime) -> datetime:
    """Everybody here lives in one zone without summer time."""
    return at.replace(tzinfo=None) + 8 * HOUR


class Look:
    """One permit, and the log before it."""

    def __init__(self, leaves: list[Leaf], index: int) -> None:
        self.all, self.index = leaves, index
        self.entry, self.before = leaves[index], leaves[:index]
        self.at = when(self.entry["logged_at"])
        self.body = self.entry["body"]
        refused = {one["body"]["lookup"] for one in leaves if one["kind"] == "opening-refused/1"}
        self.permits = [
            one for one in self.before
            if one["kind"] == "lookup-decided/1" and one["body"]["verdict"] == "permit" and one["id"] not in refused
        ]

    def of(self, *kinds: str, **members: str) -> list[Leaf]:
        """Entries before the permit, about its borrower where they are about one."""
        return [
            one for one in self.before
            if one["kind"] in kinds and all(one["body"].get(name) == value for name, value in members.items())
        ]

    def mine(self, *kinds: str, **members: str) -> list[Leaf]:
        return self.of(*kinds, borrower=self.body["borrower"], **members)


def objections(leaves: list[Leaf], lookup: str, until: int) -> list[str]:
    """Why this number should not have come out when the log had `until` entries. Empty: it was right."""
    found = [place for place, one in enumerate(leaves) if one["id"] == lookup and one["kind"] == "lookup-decided/1"]
    if len(found) != 1 or found[0] >= until:
        return ["there is no entry of it"]
    look = Look(leaves, found[0])
    if look.body["verdict"] != "permit" or look.body["reasons"] or look.body["system"]:
        return ["its entry is no permit"]
    checks = (consents, line, person, agency, account, effort, notice, approval, caps)
    return [why for check in checks for why in check(look)] + list(since(look, leaves[found[0] + 1:until]))


def consents(look: Look) -> Iterator[str]:
    for giver, contact in (("borrower", None), ("contact", look.body["contact"])):
        who = {"giver": giver} | ({"contact": contact} if contact else {})
        ended = look.mine("consent-withdrawn/1", **who)
        good = [
            one for one in look.mine("consent-given/1", **who)
            if look.body["purpose"] in one["body"]["scope"]["purposes"] and "number" in one["body"]["scope"]["modes"]
            and when(one["body"]["expires_at"]) >= look.at and look.at - when(one["logged_at"]) <= 365 * DAY
            and (one["body"]["assurance"] == "code" or giver == "borrower")
            and not any(look.before.index(end) > look.before.index(one) for end in ended)
            and not (ended and one["body"]["assurance"] == "recorded")
        ]
        if not good:
            yield f"no consent of the {giver}"
    if not look.mine("contact-informed/1", contact=look.body["contact"]):
        yield "the contact was never told"


def line(look: Look) -> Iterator[str]:
    if look.of("objected/1", line=look.body["line"]):
        yield "somebody on that line objected"
    if SPOILT & {one["body"]["outcome"] for one in look.of("outcome-reported/1", line=look.body["line"])}:
        yield "that line is spoilt"
    listed = look.mine("contact-registered/1", contact=look.body["contact"])
    if [one["body"]["line"] for one in listed] != [look.body["line"]]:
        yield "the line is not the contact's"


def person(look: Look) -> Iterator[str]:
    for subject in (look.body["borrower"], look.body["contact"]):
        acts = look.mine("erasure-requested/1", "erasure-cancelled/1", subject=subject)
        if acts and acts[-1]["kind"] == "erasure-requested/1":
            yield "erased"
    lifted = {one["body"]["hold"] for one in look.mine("hold-lifted/1")}
    holds = {one["body"]["hold"] for one in look.mine("hold-placed/1")}
    holds |= {one["id"] for one in look.mine("outcome-reported/1")
              if one["body"]["outcome"] in ("distress", "deceased")}
    if holds - lifted:
        yield "on hold"
    offers = look.mine("callback-offered/1")
    if offers and when(offers[-1]["body"]["until"]) >= look.at:
        yield "the borrower waits to be called back"


def agency(look: Look) -> Iterator[str]:
    client = look.body["client"]
    order = [one["kind"] for one in look.before
             if (one["kind"], one["body"].get("agency")) == ("agency-approved/1", client)
             or (one["kind"], one["body"].get("party")) == ("party-suspended/1", client)]
    if not order or order[-1] == "party-suspended/1":
        yield "the agency is not approved"
    switch = look.of("releases-stopped/1", "releases-resumed/1")
    if switch and switch[-1]["kind"] == "releases-stopped/1":
        yield "everything is stopped"
    told = {one["body"]["lookup"] for one in look.of("outcome-reported/1")}
    for one in look.permits:
        if one["body"]["client"] == client and one["id"] not in told and look.at - when(one["logged_at"]) > 48 * HOUR:
            yield "the agency owes an outcome"
    if not 8 <= local(look.at).hour < 20:
        yield "out of hours"


def account(look: Look) -> Iterator[str]:
    ident, today = look.body["account"], f"{local(look.at):%Y-%m-%d}"
    recalled = {one["body"]["placement"] for one in look.mine("recalled/1")}
    if not [one for one in look.mine("placed/1", account=ident, agency=look.body["client"])
            if one["id"] not in recalled and one["body"]["from"] <= today <= one["body"]["until"]]:
        yield "not placed with this agency"
    state: Leaf = {}
    for one in look.mine("account-opened/1", "account-changed/1", account=ident):
        state |= one["body"]
    if state.get("state") != "open" or f"{local(look.at) - 60 * DAY:%Y-%m-%d}" < state["due_since"]:
        yield "not open, or not overdue enough"
    for feed in ("payments", "logins", "inbound"):
        times = [min(when(one["body"]["complete_through"]), when(one["logged_at"]))
                 for one in look.of("feed-complete/1", feed=feed)]
        if not times or look.at - max(times) > 24 * HOUR:
            yield "a feed is stale"


def last_life(look: Look) -> int:
    """The place of the last sign of life, on whichever account; -1 for none."""
    lines = {one["body"]["line"] for one in look.mine("channel-added/1")}
    balance: dict[str, int] = {}
    last = -1
    for place, one in enumerate(look.before):
        kind, body = one["kind"], one["body"]
        mine = body.get("borrower") == look.body["borrower"]
        if kind == "attempt-recorded/1" and (mine or body.get("line") in lines) and (
                body["class"] in REACHES or body["direction"] == "inbound"):
            last = place
        if mine and kind in ("sign-of-life/1", "callback-offered/1"):
            last = place
        if mine and kind in ("account-opened/1", "account-changed/1"):
            was = balance.get(body["account"], 0)
            balance[body["account"]] = now = body.get("balance_minor", was)
            if body.get("state") == "paid" or (kind == "account-changed/1" and now < was):
                last = place
    return last


def effort(look: Look) -> Iterator[str]:
    after = look.before[last_life(look) + 1:]
    tried = [one for one in after if one["kind"] == "attempt-recorded/1" and "channel" in one["body"]
             and one["body"].get("borrower") == look.body["borrower"] and one["body"]["direction"] == "outbound"]
    counted = {one["body"]["attempt"]: when(one["logged_at"]) for one in tried
               if one["body"]["class"] in COUNTS and look.at - when(one["logged_at"]) <= 60 * DAY}
    days = {local(one).date() for one in counted.values()}
    if len(counted) < 8 or len(days) < 6 or max(days) - min(days) < timedelta(days=14):
        yield "not tried enough"
    elif look.at - max(counted.values()) > 10 * DAY:
        yield "tried too long ago"
    if [one for one in tried if one["body"]["class"] in PICKED_UP and look.at - when(one["logged_at"]) < 2 * DAY]:
        yield "somebody picked up the other day"


def notice(look: Look) -> Iterator[str]:
    after = look.before[last_life(look) + 1:]
    ended = {one["body"]["channel"] for one in look.mine("channel-removed/1")}
    dead = [one["body"].get("channel") for one in after
            if one["kind"] == "attempt-recorded/1" and one["body"]["class"] == "dead-address"]
    sent = [one for one in after if one["kind"] == "notice-sent/1"
            and one["body"]["account"] == look.body["account"]
            and 7 * DAY <= look.at - when(one["logged_at"]) <= 30 * DAY]
    for one in look.mine("channel-added/1", use="personal"):
        if one["body"]["medium"] == "voice" or one["id"] in ended or dead.count(one["id"]) > 1:
            continue
        if one["id"] not in {each["body"]["channel"] for each in sent}:
            yield "a channel had no notice in time"
    got = {(one["body"]["notice"], one["body"]["channel"]) for one in after
           if one["kind"] == "notice-receipt/1" and one["body"]["status"] == "delivered"}
    if not got & {(one["body"]["notice"], one["body"]["channel"]) for one in sent}:
        yield "no notice arrived"


def approval(look: Look) -> Iterator[str]:
    ident = look.body.get("approval", "none")
    asked = look.mine("approval-requested/1", approval=ident)
    names = ("client", "account", "contact", "purpose", "mode")
    given = [one for one in look.mine("approval-given/1", approval=ident) if one.get("auth")]
    if not asked or any(asked[0]["body"][name] != look.body[name] for name in names):
        yield "nobody asked for this approval"
    if not given or look.at - when(given[-1]["logged_at"]) > 24 * HOUR:
        yield "no approval of today's"
    if look.mine("approval-refused/1", approval=ident) or ident in {one["body"].get("approval") for one in
                                                                  look.permits}:
        yield "the approval is used up"


def caps(look: Look) -> Iterator[str]:
    for one in look.permits:
        if one["body"]["line"] == look.body["line"] and look.at - when(one["logged_at"]) < 90 * DAY:
            yield "the line was used in the last ninety days"
    case = {one["body"]["contact"] for one in look.permits if one["body"]["account"] == look.body["account"]}
    if len(case - {look.body["contact"]}) >= 2:
        yield "the case has had two contacts"


def since(look: Look, later: Iterable[Leaf]) -> Iterator[str]:
    """What came after the permit and before the answer."""
    for one in later:
        kind, body = one["kind"], one["body"]
        mine = look.body["borrower"] == body.get("borrower") or look.body["line"] == body.get("line")
        if (mine and kind in ENDS) or kind == "releases-stopped/1" or (
                kind == "party-suspended/1" and body["party"] == look.body["client"]) or (
                mine and kind == "attempt-recorded/1" and body["class"] in REACHES) or (
                mine and kind == "account-changed/1" and body.get("state", "open") != "open"):
            yield f"{kind} came before the answer"
