"""A log founded in one country that takes in another: packs activated by officers, lines in several time zones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, date_of, parse_rfc3339, stamp
from registry.shipped import shipped_packs
from tests.world import BEGINNING, TODAY, Person, World

# Nashville keeps Central time; 423 and 850 are area codes that two zones share. 555-01xx is nobody's.
RESIDENCE, ZONE = "US-TN", "America/Chicago"
TWO_ZONES = "+14235550101"
CONTACT = "+18505550102"
DAYS = (-23, -21, -19, -17, -15, -12, -10, -9)


def activate(world: World, name: str, officers: int = 2) -> None:
    """As `POST /v1/packs` does: the pack's whole text, with officers' signatures."""
    world.sign("pack-activated/1", {**shipped_packs()[name].value(), "effective_from": stamp(world.clock.at)},
               officers=officers)


def local(day: int, clock: str) -> int:
    """A time of day in Nashville (UTC-6 in November), `day` days from the world's day 0."""
    return parse_rfc3339(f"{date_of(TODAY // DAY + day)}T{clock}:00-06:00")


class America:
    """A lender, an agency and a borrower in Tennessee, in a log that China founded."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.clock.at = BEGINNING + 14 * HOUR    # by day there
        self.lender = Actor("lender", new_id(os.urandom))
        assert self.lender.id is not None
        self.world.sign("party-registered/1", {
            "party": self.lender.id, "role": "lender", "name": "Example Bank of Nowhere", "regulator": "US",
        }, ident=self.lender.id, officers=2)
        self.world.sign("agency-approved/1", {
            "agency": self.world.agency.id, "lender": self.lender.id, "role": "entrusted",
            "until": stamp(self.world.clock.at + 360 * DAY),
        }, officers=2)
        self.world.lender = self.lender

    def person(self) -> Person:
        made = self.world.call(
            "register-borrower", by=self.lender.value(), id=new_id(os.urandom), name={"given": "Plainly Invented"},
            residence=RESIDENCE, time_zone=ZONE, languages=["en"],
            channels=[{"medium": medium, "value": TWO_ZONES, "use": "personal"} for medium in ("voice", "sms")],
        )
        person = Person(made["borrower"], "", TWO_ZONES, CONTACT, "", {
            one["medium"]: one["channel"] for one in made["channels"]})
        person.contact = self.world.call(
            "register-contact", by=self.lender.value(), id=new_id(os.urandom), borrower=person.borrower,
            name="Also Invented", relation="sibling", number=CONTACT, languages=["en"], rank=1,
        )["contact"]
        return person

    def agreed(self) -> Person:
        """Both sides agreed and the account is placed, 85 days ago."""
        person = self.person()
        self.world.deliver(person)
        scope = {"purposes": ["location-information"], "modes": ["number"], "data": ["phone"],
                 "grantee": {"role": "entrusted"}, "max_uses": 3}
        self.world.call("consent", **self.world.terms(person, "borrower", scope=scope))
        asked = self.world.call("consent", **self.world.terms(person, "contact", scope=scope))
        self.world.deliver(person)
        self.world.call("check-code", consent=asked["consent"], code=person.code)
        self.world.account(person)
        return person

    def effort(self, person: Person, clocks: Sequence[str]) -> None:
        """A dial a day at these times in turn, a delivered text, and the notice after the eighth dial."""
        for place, day in enumerate(DAYS):
            self.world.clock.at = local(day, clocks[place % len(clocks)])
            self.world.attempt(person)
            self.world.attempt(person, "sms", {"status": "delivered"})
        self.world.clock.at += HOUR
        self.world.notice(person)
        self.world.clock.at = local(-2, clocks[0])
        self.world.attempt(person)
        self.world.clock.at = local(9, clocks[1])    # 14 days of grace need fresher attempts
        self.world.attempt(person)

    def ask(self, person: Person, clock: str) -> list[str]:
        self.world.clock.at = max(self.world.clock.at, local(10, clock))
        self.world.feeds()
        answer = self.world.lookup(person, purpose="location-information")
        return self.world.codes(answer)


@pytest.fixture
def america(tmp_path: Path) -> America:
    return America(tmp_path)


def test_a_line_whose_area_code_two_zones_share_is_kept_with_both(america: America) -> None:
    person = america.person()
    added = america.world.entry(person.channels["voice"]).body
    assert (added["region"], list(added["zones"])) == ("US", ["America/New_York", "America/Chicago"])
    assert america.world.entry(person.borrower).body["time_zone"] == ZONE


@pytest.mark.parametrize("officers", [1, 2])
def test_before_its_pack_is_in_force_nobody_of_a_country_is_released(america: America, officers: int) -> None:
    person = america.agreed()
    assert "pack-missing" in america.world.codes(america.world.lookup(person, purpose="location-information"))
    activate(america.world, "us", officers)
    america.world.clock.at += DAY - 1
    now = america.world.codes(america.world.lookup(person, purpose="location-information"))
    assert ("pack-missing" in now) == (officers == 1), "at once by two officers' signatures, in a day by one's"
    america.world.clock.at += 1
    assert "pack-missing" not in america.world.codes(america.world.lookup(person, purpose="location-information"))


def test_all_but_the_borrowers_own_consent_holds_for_an_unreachable_american(america: America) -> None:
    # The pack wants a consent confirmed by the borrower's own code; the lender's record of one is not enough.
    activate(america.world, "us")
    person = america.agreed()
    america.effort(person, ("09:30", "14:00", "19:30"))
    assert america.ask(person, "10:00") == ["borrower-consent-assurance", "approval-missing"]
    decided = america.world.entries("lookup-decided/1")[-1].body
    assert [one["zone"] for one in decided["offsets"]] == ["America/Chicago", "America/New_York"]
    assert [one["name"] for one in decided["packs"]] == ["floor", "us"]


@pytest.mark.parametrize(("clock", "codes"), [
    ("06:59", {"outside-hours"}),       # 07:59 in the zone ahead, too early in both
    ("07:30", {"outside-hours"}),       # 08:30 there, too early here
    ("08:00", set()),
    ("18:59", set()),
    ("19:00", {"outside-hours"}),       # 20:00 there: the floor's hour for a third person
])
def test_a_contact_is_called_only_while_it_is_lawful_in_every_zone_of_the_line(
    america: America, clock: str, codes: set[str],
) -> None:
    activate(america.world, "us")
    person = america.agreed()
    america.effort(person, ("09:30", "14:00", "19:30"))
    found = set(america.ask(person, clock))
    assert found & {"outside-hours"} == codes


def test_a_dial_that_is_lawful_here_and_not_where_the_line_may_ring_counts_for_nothing(america: America) -> None:
    activate(america.world, "us")
    person = america.agreed()
    america.effort(person, ("09:30", "14:00", "20:30"))     # 21:30 in the Eastern zone
    found = america.ask(person, "10:00")
    assert {"dayparts-too-few", "attempt-unlawful", "notice-missing"} <= set(found), "no evening is left"


def test_no_other_purpose_and_no_message_is_to_be_had_there(america: America) -> None:
    activate(america.world, "us")
    person = america.agreed()
    asked: dict[str, Any] = {"purpose": "restore-contact"}
    assert "purpose-not-allowed" in america.world.codes(america.world.lookup(person, **asked))
    asked = {"purpose": "location-information", "mode": "message"}
    assert "mode-not-allowed" in america.world.codes(america.world.lookup(person, **asked))
