"""Under packs that take no lender's word for a borrower's consent: his own, by code or passkey, carries a permit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, date_of, parse_rfc3339, stamp
from registry.shipped import outcome_tables, shipped_packs
from tests.authenticator import Authenticator
from tests.vault.people import by_link, code_of, signed_in, terms
from tests.world import BEGINNING, TODAY, Person, World

DAYS = (-23, -21, -19, -17, -15, -12, -10, -9)
CLOCKS = ("09:30", "14:00", "19:30")


@dataclass(frozen=True, slots=True)
class Country:
    """Numbers are those kept for stories: 555-01xx, and Ofcom's 07700 900xxx."""

    pack: str
    regulator: str
    residence: str
    zone: str
    offset: str
    number: str
    contact: str
    purpose: str


COUNTRIES = (
    Country("us", "US", "US-TN", "America/Chicago", "-06:00", "+14235550101", "+14235550102", "location-information"),
    Country("uk", "GB", "GB", "Europe/London", "+00:00", "+447700900101", "+447700900102", "confirm-whereabouts"),
)


class Abroad:
    """A lender, an agency and a borrower of a country, in a log that another country founded; 85 days ago."""

    def __init__(self, folder: Path, country: Country) -> None:
        self.world, self.country = World(folder), country
        world = self.world
        world.clock.at = BEGINNING + 14 * HOUR    # by day there
        world.lender = Actor("lender", new_id(os.urandom))
        world.sign("party-registered/1", {
            "party": world.lender.id, "role": "lender", "name": "Example Bank of Nowhere",
            "regulator": country.regulator,
        }, ident=world.lender.id, officers=2)
        world.sign("agency-approved/1", {
            "agency": world.agency.id, "lender": world.lender.id, "role": "entrusted",
            "until": stamp(world.clock.at + 360 * DAY),
        }, officers=2)
        world.sign("pack-activated/1", {
            **shipped_packs()[country.pack].value(), "effective_from": stamp(world.clock.at)}, officers=2)
        self.person = self._registered()
        self.at(-85, "10:00")

    def _registered(self) -> Person:
        world, country = self.world, self.country
        made = world.call(
            "register-borrower", by=world.lender.value(), id=new_id(os.urandom), name={"given": "Plainly Invented"},
            residence=country.residence, time_zone=country.zone, languages=["en"],
            channels=[{"medium": medium, "value": country.number, "use": "personal"} for medium in ("voice", "sms")],
        )
        person = Person(made["borrower"], "", country.number, country.contact, "", {
            one["medium"]: one["channel"] for one in made["channels"]})
        person.contact = world.call(
            "register-contact", by=world.lender.value(), id=new_id(os.urandom), borrower=person.borrower,
            name="Also Invented", relation="sibling", number=country.contact, languages=["en"], rank=1,
        )["contact"]
        world.deliver(person)
        return person

    def at(self, day: int, clock: str) -> None:
        """A time of day there, so many days from the world's day 0; never back."""
        moment = parse_rfc3339(f"{date_of(TODAY // DAY + day)}T{clock}:00{self.country.offset}")
        self.world.clock.at = max(self.world.clock.at, moment)

    def said(self, giver: str) -> dict[str, Any]:
        return terms(self.world, self.person, giver, scope={
            "purposes": [self.country.purpose], "modes": ["number"], "data": ["phone"],
            "grantee": {"role": "entrusted"}, "max_uses": 3})

    def recorded(self) -> str:
        scope = self.said("borrower")["scope"]
        consent: str = self.world.call("consent", **self.world.terms(self.person, "borrower", scope=scope))["consent"]
        return consent

    def by_code(self) -> str:
        """By the lender's link and the code that went to the borrower's telephone."""
        made = self.world.call("give-consent", session=by_link(self.world, self.person), **self.said("borrower"))
        code = code_of(self.world, "borrower-consent-code", self.person.number)
        self.world.call("check-code", consent=made["consent"], code=code)
        consent: str = made["consent"]
        return consent

    def by_passkey(self) -> str:
        """He signs in by a code, adds a passkey, and signs the consent with it."""
        world, device = self.world, Authenticator()
        session = signed_in(world, "borrower", self.person.number)
        challenge = world.call("passkey-challenge")["challenge"]
        world.call("add-passkey", session=session, attestation=device.create(challenge), challenge=challenge)
        opened = world.call("open-passkey", assertion=device.get(world.call("passkey-challenge")["challenge"]))
        said = {name: one for name, one in self.said("borrower").items() if name != "channel"}
        draft = world.call("draft-consent", session=opened["session"], **said)
        given = world.call("give-consent", session=opened["session"], terms=draft["terms"],
                           assertion=device.get(draft["challenge"]))
        consent: str = given["consent"]
        return consent

    def contact_agrees(self) -> None:
        """The borrower invites, and the contact agrees in the session that the invitation's code opens."""
        world = self.world
        made = world.call("give-consent", session=by_link(world, self.person), **self.said("contact"))
        code = code_of(world, "contact-invitation", self.person.contact_number)
        session = world.call("enter-code", request=made["consent"], code=code)["session"]
        assert world.call("agree", session=session, consent=made["consent"])["state"] == "given"

    def effort(self) -> None:
        """A dial a day, a delivered text, the notice after the eighth dial, and fresh dials through its grace."""
        world, person = self.world, self.person
        world.account(person)
        for place, day in enumerate(DAYS):
            self.at(day, CLOCKS[place % len(CLOCKS)])
            world.attempt(person)
            world.attempt(person, "sms", {"status": "delivered"})
        world.clock.at += HOUR
        world.notice(person)
        for day, clock in ((-2, CLOCKS[0]), (9, CLOCKS[1])):
            self.at(day, clock)
            world.attempt(person)
        self.at(10, "10:00")
        world.feeds()

    def ask(self) -> dict[str, Any]:
        return self.world.lookup(self.person, purpose=self.country.purpose)

    def approved(self) -> dict[str, Any]:
        """The answer after an officer's approval, where that is all that lacks."""
        answer = self.ask()
        assert self.world.codes(answer) == ["approval-missing"]
        self.world.sign("approval-given/1", {"approval": answer["approval"], "borrower": self.person.borrower})
        return self.ask()


@pytest.fixture(params=COUNTRIES, ids=lambda one: one.pack)
def abroad(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Abroad]:
    made = Abroad(tmp_path, request.param)
    yield made
    made.world.vault.close()


@pytest.mark.parametrize("way", ["code", "passkey"])
def test_a_number_leaves_on_the_borrowers_own_consent_and_no_more_once_he_withdraws(abroad: Abroad, way: str) -> None:
    world, person = abroad.world, abroad.person
    consent = {"code": abroad.by_code, "passkey": abroad.by_passkey}[way]()
    abroad.contact_agrees()
    abroad.effort()
    permit = abroad.approved()
    assert permit["verdict"] == "permit"
    assert world.opened(permit)["number"] == person.contact_number
    named = [one["name"] for one in world.entry(permit["lookup"]).body["packs"]]
    assert named == ["floor", abroad.country.pack]
    world.call("withdraw", by=Actor("borrower", person.borrower).value(), consent=consent, through="portal")
    abroad.recorded()
    assert "borrower-consent-withdrawn" in world.codes(abroad.ask())
    leaves = [data for _, data in world.vault.desk.log.leaves(0, world.vault.desk.log.size)]
    assert replay(leaves, *outcome_tables()).ok


def test_there_the_lenders_record_of_a_consent_is_too_little(abroad: Abroad) -> None:
    abroad.recorded()
    abroad.contact_agrees()
    abroad.effort()
    assert abroad.world.codes(abroad.ask()) == ["borrower-consent-assurance", "approval-missing"]


def test_who_consents_in_the_middle_of_it_is_there_and_the_effort_starts_anew(abroad: Abroad) -> None:
    abroad.contact_agrees()
    abroad.effort()
    abroad.by_code()
    codes = abroad.world.codes(abroad.ask())
    assert "sign-of-life" in codes
    assert "borrower-consent-assurance" not in codes
