"""A world in which whatever stands in the way of a permit can be put right, one reason after another.

Everybody's plain addresses are kept, so that a number that comes out can be compared with whose it is.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.errors import ConsentryError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, date_of, local_day, stamp
from registry.vault.log.ports import Faults, no_faults
from tests.promises.machine.watch import Past, Watch, WatchedVault
from tests.promises.saved import Saved
from tests.world import OFFSET, TIMES, Person, World

Body = dict[str, Any]


@dataclass(slots=True)
class Dial:
    """One step of an effort: days and minutes after the one before, and what became of it."""

    days: int = 2
    clock: str = "10:00"
    cause: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    late: int = 0  # between the claimed beginning and the stamp, milliseconds
    unsigned: bool = False  # the provider signed as late as that
    ticket: bool = False  # it was checked at `clock`, begins then, says so, and is told late
    lost: bool = False  # the provider's next number never arrives


class Town(World):
    """See the module's docstring."""

    addresses: dict[str, str]
    contacts: dict[str, list[str]]  # of each borrower

    def __post_init__(self) -> None:
        self.addresses, self.contacts = {}, {}
        super().__post_init__()

    def call(self, op: str, /, **args: Any) -> Body:
        result = super().call(op, **args)
        self.learns(op, args, result)
        return result

    def learns(self, op: str, args: Body, result: Body) -> None:
        """What the web tier keeps of an answer, and whose address is which."""
        for blob in result.get("blobs", ()):
            self.blobs[blob["subject"], blob["name"]] = blob["blob"]
        if op == "register-borrower":
            for asked, made in zip(args["channels"], result["channels"], strict=True):
                self.addresses[made["channel"]] = asked["value"]
        elif op in ("add-channel", "deposit-channel"):
            self.addresses[result["channel"]] = args["value"]
        elif op == "register-contact":
            self.addresses[result["contact"]] = args["number"]
            listed = self.contacts.setdefault(args["borrower"], [])
            listed += [] if result["contact"] in listed else [result["contact"]]

    def asked(self, person: Person, by: Actor | None = None, key: str | None = None, **changes: Any) -> Body:
        """A lookup with the sealed values of every contact of the borrower's, as the web tier sends them."""
        asked = super().asked(person, by, key, **changes)
        if asked["about"] == "contact":
            asked["blobs"] = {one: {name: self.blobs[one, name] for name in ("name", "number")}
                              for one in self.contacts.get(person.borrower, ())}
        return asked

    def tries_to(self, op: str, /, **args: Any) -> Body | None:
        """One op; None where the vault refuses it. An unforeseen error is its own business: `Watch` fails on it."""
        try:
            return self.call(op, **args)
        except ConsentryError:
            return None

    def says(self, kind: str, body: Mapping[str, Any], by: Actor, ident: str | None = None) -> Body | None:
        return self.tries_to("append", entry=self.draft(kind, body, by, ident).value())

    def officers_say(self, kind: str, body: Mapping[str, Any], officers: int = 1) -> Body | None:
        try:
            return self.sign(kind, body, officers=officers)
        except ConsentryError:
            return None

    # Time

    def local_today(self) -> int:
        return local_day(self.clock.at, OFFSET)

    def next(self, days: int, clock: str = "10:00") -> None:
        """Moves on by local days, to a local time; never back."""
        hours, minutes = (int(part) for part in clock.split(":"))
        midnight = (self.local_today() + days) * DAY - OFFSET * MINUTE
        self.clock.at = max(self.clock.at, midnight + hours * HOUR + minutes * MINUTE)

    # Effort

    def dials(self, person: Person, dial: Dial) -> None:
        """A step of an effort, and a text on every other channel."""
        self.next(dial.days, dial.clock)
        if dial.lost:
            self.seq += 1
        changes = dict(dial.changes)
        if dial.ticket:
            changes |= {name: one for name, one in self.may_dial(person).items() if name == "ticket"}
            self.clock.at += dial.late + MINUTE
        began = self.clock.at - dial.late - 30_000
        changes["began_at"] = began
        if dial.unsigned is False and dial.late:
            changes["signed_at"] = stamp(began)
        self.tried(person, "voice", dial.cause, **changes)

    def tried(self, person: Person, medium: str, cause: Mapping[str, Any] | None = None, **changes: Any) -> None:
        try:
            self.attempt(person, medium, cause, **changes)
        except ConsentryError:
            return

    def texts(self, person: Person) -> None:
        for medium in ("sms", "email"):
            if medium in person.channels:
                self.tried(person, medium, {"status": "delivered"})

    def effort(self, person: Person, plan: list[Dial], notice: Callable[[Town, Person], None] | None = None) -> None:
        """A whole effort by a plan, the notice after it and its grace; ends on a day at 10:00, feeds complete."""
        for place, dial in enumerate(plan):
            self.dials(person, dial)
            if place == 0:
                self.texts(person)
        (notice or told_of_it)(self, person)
        self.next(2, "10:00")
        self.feeds()

    def ask_notice(self, person: Person) -> None:
        if self.tries_to("notice", by=self.agency.value(), account=person.account):
            self.send_all()

    def send_all(self, person: Person | None = None) -> None:
        """The courier follows and sends; what the vault does not open it leaves, and goes on."""
        for _ in range(8):
            try:
                self.deliver(person)
            except (ConsentryError, KeyError):  # refused, or sealed in a round that nobody heard the end of
                continue
            return

    def places(self, person: Person, agency: Actor | None = None) -> None:
        today = self.local_today()
        ident = new_id(os.urandom)
        made = self.says("placed/1", {
            "placement": ident, "account": person.account, "borrower": person.borrower, "lender": self.lender.id,
            "agency": (agency or self.agency).id, "from": date_of(today - 5), "until": date_of(today + 300),
        }, self.lender, ident)
        person.placement = ident if made else person.placement

    def agrees(self, person: Person, giver: str, **changes: Any) -> None:
        """A consent, by the code that the contact was sent."""
        made = self.tries_to("consent", **self.terms(person, giver, **changes))
        if made is None:
            return
        if giver == "borrower":
            person.consent = made["consent"]
            return
        person.contact_consent, person.code = made["consent"], ""
        self.send_all(person)
        if person.code:
            self.tries_to("check-code", consent=person.contact_consent, code=person.code)


def told_of_it(town: Town, person: Person) -> None:
    """A notice an hour later, and all but two of the days of grace."""
    town.clock.at += HOUR
    town.ask_notice(person)
    town.next(6)


PLAN = [Dial(2, TIMES[place % 3]) for place in range(8)]


@dataclass(frozen=True, slots=True)
class SavedTown:
    """A closed town, and its log as it was read once."""

    saved: Saved
    past: Past

    @classmethod
    def make(cls, folder: Path, people: int) -> SavedTown:
        """Verifiably unreachable people, on day 0 at 10:00, who lack an approval and nothing else."""
        saved = Saved.make(folder, people, Town, unapproved=people)
        closed = saved.restore(folder.with_name("read"))
        past = Past.of(closed.world.vault)
        closed.world.vault.close()
        return cls(saved, past)

    def restore(self, folder: Path, seen: Counter[str]) -> tuple[Town, Watch, list[Person]]:
        made = self.saved.restore(folder, WatchedVault)
        town = made.world
        assert isinstance(town, Town)
        town.addresses = dict(town.addresses)
        town.contacts = {one: list(listed) for one, listed in town.contacts.items()}
        watch = Watch(town, self.past.copy(), seen)
        watched(town, watch)
        watch.kept = str(town.call("checkpoint")["text"])
        return town, watch, made.people


def watched(town: Town, watch: Watch) -> None:
    assert isinstance(town.vault, WatchedVault)
    town.vault.watch = watch


def reopen(town: Town, watch: Watch, faults: Faults = no_faults) -> None:
    """The vault process starts (again) on the town's files; `faults` may end it."""
    town.vault = WatchedVault.open(
        town.folder / "vault", town.kek, town.clock, os.urandom, demo=True, faults=faults)
    watched(town, watch)
