"""The questions that one may ask the naive reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from tests.promises.naive import agreeing, asking, effort, lasting, telling
from tests.promises.naive.look import Leaf, Look, Told, told, when
from tests.promises.naive.own import own
from tests.promises.naive.since import since

Check = Callable[[Look], Iterator[str]]
CONTACT: tuple[Check, ...] = (
    *lasting.CHECKS, asking.agency, asking.hours, asking.feeds, agreeing.caps, effort.effort, telling.notice,
)


def objections(leaves: Sequence[Leaf], lookup: str, until: int) -> list[str]:
    """Why this number should not have come out when the log had `until` entries. Empty: it was right."""
    log = [told(place, one) for place, one in enumerate(leaves)]
    found = [one for one in log if one.id == lookup and one.kind == "lookup-decided/1"]
    if len(found) != 1 or found[0].place >= until:
        return ["there is no entry of it"]
    return [*decided(log, found[0]), *answered(log, found[0], until)]


def decided(log: Sequence[Told], permit: Told, channels: Sequence[str] | None = None) -> list[str]:
    """Why this permit should have been a denial, by the entries before it. `channels`: those of the borrower's that
    it gave, where they are known."""
    body = permit.body
    if body["verdict"] != "permit" or body["reasons"] or body["system"]:
        return ["its entry is no permit"]
    return _judged(Look(permit, log[:permit.place], permit.at), channels)


def answered(log: Sequence[Told], permit: Told, until: int) -> list[str]:
    """Why a number that was rightly permitted should have stayed closed when the log had `until` entries."""
    return list(since(Look(permit, log[:permit.place], permit.at), log[permit.place + 1:until]))


def again(log: Sequence[Told], permit: Told, redelivered: int, until: int) -> list[str]:
    """Why a number should not have come out again by the entry at `redelivered`, while the log had `until`."""
    entry = log[redelivered]
    found = [] if entry.at < when(permit.body["expires_at"]) else ["the permit had run out"]
    look = Look(permit, log[:redelivered], entry.at)
    return [*found, *lasting.objections(look), *answered(log, permit, until)]


def given(log: Sequence[Told], permit: Told, channels: Sequence[str], until: int, at: datetime) -> list[str]:
    """Why the borrower's own channels should not have been given, as of the answer."""
    found = [] if at < when(permit.body["expires_at"]) else ["the permit had run out"]
    return [*found, *own(Look(permit, log[:until], at), channels)]


def unneeded(log: Sequence[Told], denied: Told) -> bool:
    """Whether a denial has no ground that this reader knows of: nothing was lacking."""
    if denied.body["system"] or "lender" not in denied.body or (
            denied.body["about"] == "contact" and "contact" not in denied.body):
        return False
    return not _judged(Look(denied, log[:denied.place], denied.at), None)


def _judged(look: Look, channels: Sequence[str] | None) -> list[str]:
    if look.asked["about"] == "borrower":
        return own(look, channels)
    found = [why for check in CONTACT for why in check(look)]
    if look.asked["mode"] == "message" and effort.undeliverable(look):
        return found
    return found + list(telling.approval(look))
