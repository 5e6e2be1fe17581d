"""What happens to one borrower of the demo world: each act goes through the use cases, as a request would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from registry.demo.people import ZONE, Case
from registry.demo.plan import ACCOUNT_DAY, Step
from registry.demo.provider import Attempt, signed
from registry.errors import IntegrityError
from registry.model.entries import Actor
from registry.model.times import DAY, date_of, local_day, stamp
from registry.usecases import accounts, approvals, borrowers, callbacks, collecting, consents, contacts, holds
from registry.usecases.ports import Idem, Ports, Record

PURPOSES = ["restore-contact", "obtain-contact-details", "relay-message"]
PURPOSE = "restore-contact"
AGENT = "agent-17"
PROVIDER = "demo-dialler"
CONSENT_LIFE = 360 * DAY
PLACED_DAYS = 400
BEGAN_BEFORE = 40_000  # milliseconds: a dial is reported when it has ended
RING_SECONDS = 30

# What the people of the demo were shown; a real lender pins its own text.
SHOWN = hashlib.sha256("示例告知文本".encode()).hexdigest()

NOT_ALERTED = {"q850": 20}
NO_ANSWER = {"q850": 19}
DELIVERED = {"status": "delivered"}
ANSWERED = {"status": "answered-person"}


@dataclass(frozen=True, slots=True)
class Actors:
    """Who acts. Ids are those of the log."""

    lender: Actor
    agency: Actor
    officer: Actor
    secret: str  # the fake provider's


@dataclass(slots=True)
class Person:
    """What is known of a case so far."""

    borrower: str
    contact: str
    channels: list[Record]
    account: str = ""
    placement: str = ""
    approval: str = ""
    borrower_consent: str = ""


@dataclass(slots=True)
class Acts:
    """Performs the steps of cases. `settle` lets courier and pump do all that is due at this moment."""

    ports: Ports
    actors: Actors
    now: Callable[[], int]
    offset: int
    seal: Callable[[dict[str, str], bytes], str]
    settle: Callable[[], None]
    messages: Callable[[], list[dict[str, str]]]
    vouch: Callable[[Record], dict[str, str]]
    start: int
    people: dict[str, Person] = field(default_factory=dict)
    seq: int = 0

    def do(self, step: Step) -> None:
        """One step of the timetable."""
        if step.case is None:
            self.feeds()
        else:
            ACTS[step.act](self, step.case, step)

    def feeds(self) -> None:
        """The lender says that its feeds are complete up to now."""
        for feed in ("payments", "logins", "inbound"):
            accounts.report_feed(self.ports, self.actors.lender, feed, {"complete_through": stamp(self.now())})

    def _people(self, case: Case, step: Step) -> None:
        lender = self.actors.lender
        made = borrowers.register(self.ports, lender, {
            "ref": case.ref, "name": {"family": "示例", "given": case.given}, "residence": "CN", "time_zone": ZONE,
            "languages": ["zh-CN"], "channels": [
                {"medium": "voice", "value": case.line, "use": "personal"},
                {"medium": "sms", "value": case.line, "use": "personal"},
                {"medium": "email", "value": case.mail, "use": "personal"},
            ],
        })
        listed = contacts.register(self.ports, lender, made["borrower"], {
            "ref": f"{case.ref}-contact", "name": case.contact_given, "relation": "sibling",
            "number": case.contact_line, "languages": ["zh-CN"], "rank": 1,
        })
        person = Person(made["borrower"], listed["contact"], made["channels"])
        self.people[case.name] = person
        self.settle()
        if case.borrower_consents:
            given = consents.give(self.ports, lender, self._terms("borrower", person), self._idem(case, "consent"))
            person.borrower_consent = given["consent"]
        if case.contact_consents:
            asked = consents.give(self.ports, lender, self._terms("contact", person), self._idem(case, "invite"))
            self.settle()
            invitation = self._newest(case.contact_line, "contact-invitation")
            consents.enter_code(self.ports, asked["consent"], invitation["code"])

    def _terms(self, giver: str, person: Person) -> Record:
        body: Record = {
            "giver": giver, "borrower": person.borrower,
            "scope": {
                "purposes": PURPOSES, "modes": ["message", "call", "number"], "data": ["phone"],
                "grantee": {"role": "entrusted"}, "max_uses": 3,
            },
            "notice": {"id": f"demo-{giver}", "version": "1", "language": "zh-CN", "sha256": SHOWN},
            "method": "paper" if giver == "borrower" else "message", "separate": True,
            "given_at": stamp(self.now()), "expires_at": stamp(self.now() + CONSENT_LIFE),
        }
        return body if giver == "borrower" else {**body, "contact": person.contact}

    def _account(self, case: Case, step: Step) -> None:
        person, today = self.people[case.name], local_day(self.start, self.offset)
        opened = accounts.open_account(self.ports, self.actors.lender, {
            "ref": f"{case.ref}-account", "borrower": person.borrower, "liability": "principal",
            "due_since": date_of(today - case.past_due), "balance_minor": 1_250_000, "currency": "CNY",
            "limitation_until": date_of(today + 900), "state": "open", "as_of": date_of(today + ACCOUNT_DAY),
        })
        person.account = opened["account"]
        placed = accounts.place(self.ports, self.actors.lender, person.account, {
            "agency": self.actors.agency.id,
            "from": date_of(today + ACCOUNT_DAY), "until": date_of(today + PLACED_DAYS),
        })
        person.placement = placed["placement"]

    def _dial(self, case: Case, step: Step) -> None:
        # Both kinds of failure that count; two thirds ring out, every third finds the phone switched off.
        if step.number % 3 == 0:
            self._report(case, "voice", case.line, NOT_ALERTED, None)
        else:
            self._report(case, "voice", case.line, NO_ANSWER, RING_SECONDS)

    def _sms(self, case: Case, step: Step) -> None:
        self._report(case, "sms", case.line, DELIVERED, None)

    def _email(self, case: Case, step: Step) -> None:
        self._report(case, "email", case.mail, DELIVERED, None)

    def _reached(self, case: Case, step: Step) -> None:
        self._report(case, "voice", case.line, ANSWERED, None)

    def _report(self, case: Case, medium: str, to: str, cause: dict[str, Any], ring: int | None) -> None:
        self.seq += 1
        attempt = Attempt(f"seed-{self.seq}", self.seq, medium, to, cause, self.now() - BEGAN_BEFORE, ring,
                          self.people[case.name].account)
        headers, body = signed(attempt.event(), self.actors.secret, f"msg_seed-{self.seq}", self.ports.wall())
        callbacks.receive(self.ports, PROVIDER, lambda _kind: self.seal(headers, body))

    def _notice(self, case: Case, step: Step) -> None:
        account = self.people[case.name].account
        collecting.request_notice(self.ports, self.actors.agency, account, self._idem(case, "notice"))

    def _ask(self, case: Case, step: Step) -> None:
        self.settle()  # the vault must have heard of the courier at this moment
        body = {"account": self.people[case.name].account, "about": "contact", "purpose": PURPOSE, "mode": "number",
                "agent": AGENT}
        answer = collecting.look_up(self.ports, self.actors.agency, body, self._idem(case, "ask"))
        if "approval" not in answer:
            raise IntegrityError(f"the demo's {case.name} should lack only an approval: {answer['missing']}")
        self.people[case.name].approval = answer["approval"]

    def _approve(self, case: Case, step: Step) -> None:
        body = {"approval": self.people[case.name].approval, "verdict": "approve"}
        draft = approvals.draft(self.ports, self.actors.officer, body)
        approvals.settle(self.ports, self.actors.officer, {**body, "auth": [self.vouch(draft)]})

    def _withdrawn(self, case: Case, step: Step) -> None:
        consents.withdraw(self.ports, self.actors.lender, self.people[case.name].borrower_consent)

    def _objected(self, case: Case, step: Step) -> None:
        # The link of the first message has expired by now. The lender asks anew and forwards that link.
        asked = consents.give(
            self.ports, self.actors.lender, self._terms("contact", self.people[case.name]), self._idem(case, "renew"))
        consents.answer(self.ports, asked["withdraw_url"].rpartition("/")[2], "object")

    def _held(self, case: Case, step: Step) -> None:
        body = {"type": "dispute", "account": self.people[case.name].account}
        holds.place(self.ports, self.actors.lender, self.people[case.name].borrower, body)

    def _recalled(self, case: Case, step: Step) -> None:
        person = self.people[case.name]
        accounts.recall(self.ports, self.actors.lender, person.account, person.placement)

    def _newest(self, to: str, template: str) -> dict[str, str]:
        found = [one for one in self.messages() if one["to"] == to and one["template"] == template]
        if not found:
            raise IntegrityError(f"the courier sent no {template}")
        return found[-1]

    def _idem(self, case: Case, what: str) -> Idem:
        return {"scope": f"seed:{what}", "key": f"{what}-{case.number}", "request": {"case": case.name}}


ACTS: dict[str, Callable[[Acts, Case, Step], None]] = {
    "people": Acts._people, "account": Acts._account, "dial": Acts._dial, "sms": Acts._sms, "email": Acts._email,
    "reached": Acts._reached, "notice": Acts._notice, "ask": Acts._ask, "approve": Acts._approve,
    "withdrawn": Acts._withdrawn, "objected": Acts._objected, "held": Acts._held, "recalled": Acts._recalled,
}
