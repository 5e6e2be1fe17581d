"""What an assignment ends: the agreements of contacts that it voids, and who must hear of it."""

from __future__ import annotations

from collections.abc import Iterable

from registry.model.assigned import assigned_in
from registry.model.entries import Entry
from registry.vault.relations import is_erased, of_kind

ASKED = ("consent-requested/1", "consent-requested/2", "consent-requested/3", "consent-given/1")


def is_void(history: Iterable[Entry], asked: Entry) -> bool:
    """Whether an assignment voids a consent asked for or given with this entry. `history`: the borrower's."""
    return assigned_in(history).voids(asked.body.get("account"), asked.index)


def agreements_ended(history: Iterable[Entry], assignment: Entry) -> list[Entry]:
    """The registrations of the contacts whose last agreement, given or asked for, this assignment voids, oldest
    first. None of who refused, withdrew or was erased: for them it was over before."""
    known = tuple(history)
    before = assigned_in(one for one in known if one.index < assignment.index)
    after = assigned_in(one for one in known if one.index <= assignment.index)
    closed = of_kind(known, "consent-withdrawn/1", "consent")
    standing = [
        one for one in known
        if one.kind in ASKED and one.body["giver"] == "contact" and one.body["consent"] not in closed
        and not before.voids(one.body.get("account"), one.index)
    ]
    ended = {one.body["contact"] for one in standing if after.voids(one.body.get("account"), one.index)}
    left = {one.body["contact"] for one in standing if not after.voids(one.body.get("account"), one.index)}
    return [one for one in known if one.kind == "contact-registered/1" and one.id in ended - left
            and not is_erased(known, one.id)]


def told(history: Iterable[Entry], about: Entry) -> set[str]:
    """The borrower's channels, or the contact, that were told of this entry."""
    return {one.body.get("channel", one.body.get("contact", "")) for one in history
            if one.kind == "person-told/1" and one.body["about"] == about.id}
