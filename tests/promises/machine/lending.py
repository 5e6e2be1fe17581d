"""What lenders report and people agree to, drawn at random: acts of the state machine.

Each is a method of its; the vault may refuse it, that is its business.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, date_of, stamp
from tests.promises.machine.breaks import BREAKS
from tests.promises.machine.cures import anybody, new_number
from tests.promises.machine.state import WHO, Machine

HOLDS = ("attorney", "dispute", "insolvency", "vulnerability", "complaint", "deceased")


class Lending(Machine):
    """What the lender reports."""

    @rule(who=WHO, shared=st.sampled_from(["nobody's", "a contact's", "a borrower's"]),
          media=st.sampled_from([("voice", "sms", "email"), ("voice",), ("voice", "email"), ("email",), ()]))
    def registers(self, *, who: int, shared: str, media: tuple[str, ...]) -> None:
        other = self.person(who)
        number = {"nobody's": None, "a contact's": other.contact_number, "a borrower's": other.number}[shared]
        person = self.town.borrower(number, media)
        self.town.account(person)
        self.people.append(person)

    @rule(who=WHO, other=WHO, whose=st.sampled_from(["contact", "borrower", "new", "abroad"]),
          rank=st.integers(1, 3), language=st.sampled_from(["zh-CN", "en", "fr"]),
          residence=st.sampled_from([None, None, None, "CN", "DE"]))
    def lists(self, *, who: int, other: int, whose: str, rank: int, language: str, residence: str | None) -> None:
        person, line = self.person(who), self.person(other)
        number = {"contact": line.contact_number, "borrower": line.number, "new": f"+86100003{new_number():04d}",
                  "abroad": "+4930901820"}[whose]
        where = {} if residence is None else {"residence": residence}
        made = self.town.tries_to(
            "register-contact", by=self.town.lender.value(), id=new_id(os.urandom), borrower=person.borrower,
            name="Zhao Liu", relation="friend", number=number, languages=[language], rank=rank, **where)
        if made is not None:
            person.contact, person.contact_number = made["contact"], number

    @rule(who=WHO, other=WHO, medium=st.sampled_from(["voice", "sms", "email", "post", "app"]),
          use=st.sampled_from(["personal", "work", "shared"]), whose=st.sampled_from(["own", "other", "new"]))
    def adds_channel(self, *, who: int, other: int, medium: str, use: str, whose: str) -> None:
        person, line = self.person(who), self.person(other)
        text = {"own": person, "other": line}.get(whose)
        value = f"x{new_number()}@demo.invalid"
        if medium in ("voice", "sms"):
            value = f"+86100004{new_number():04d}" if text is None else text.number
        self.town.tries_to("add-channel", by=self.town.lender.value(), borrower=person.borrower, medium=medium,
                           value=value, use=use)

    @rule(who=WHO, medium=st.sampled_from(["voice", "sms", "email"]),
          by=st.sampled_from(["removed", "lender", "agency", "borrower", "officer"]))
    def ends_channel(self, *, who: int, medium: str, by: str) -> None:
        person, town = self.person(who), self.town
        body = {"channel": person.channels.get(medium, ""), "borrower": person.borrower}
        if by == "removed":
            town.says("channel-removed/1", body, town.lender)
        elif by == "officer":
            town.officers_say("channel-disputed/1", body)
        else:
            actor = {"lender": town.lender, "agency": town.agency, "borrower": Actor("borrower", person.borrower)}[by]
            town.says("channel-disputed/1", body, actor)

    @rule(who=WHO, balance=st.sampled_from([None, 0, 1, 99_999, 100_001]), state=st.sampled_from(
        [None, None, None, "open", "paid", "closed"]), due=st.sampled_from([None, None, 59, 60, 61, 200]))
    def changes_account(self, *, who: int, balance: int | None, state: str | None, due: int | None) -> None:
        person, today = self.person(who), self.town.local_today()
        told: dict[str, Any] = {
            "balance_minor": balance, "state": state, "due_since": None if due is None else date_of(today - due)}
        self.town.says("account-changed/1", {
            "account": person.account, "borrower": person.borrower, "as_of": date_of(today),
            **{name: value for name, value in told.items() if value is not None}}, self.town.lender)

    @rule(who=WHO, rival=st.booleans(), recall=st.booleans())
    def places(self, *, who: int, rival: bool, recall: bool) -> None:
        person = self.person(who)
        if recall:
            BREAKS["a recall"][0](self.town, person)
        self.town.places(person, self.town.rival if rival else self.town.agency)

    @rule(age=st.sampled_from([0, 0, 0, 23 * HOUR, 25 * HOUR]))
    def feeds(self, *, age: int) -> None:
        for feed in ("payments", "logins", "inbound"):
            self.town.says("feed-complete/1", {
                "lender": self.town.lender.id, "feed": feed, "complete_through": stamp(self.town.clock.at - age),
            }, self.town.lender)


class Agreeing(Machine):
    """What borrowers and contacts agree to, and take back."""

    @rule(who=WHO, giver=st.sampled_from(["borrower", "contact"]), uses=st.sampled_from([1, 3]),
          purposes=st.sampled_from([["restore-contact"], ["relay-message"], ["restore-contact", "relay-message"]]),
          modes=st.sampled_from([["number"], ["message"], ["number", "message", "call"]]),
          hours=st.sampled_from([None, None, ["09:00", "18:00"], ["12:00", "13:00"]]),
          role=st.sampled_from(["entrusted", "entrusted", "independent"]), days=st.sampled_from([1, 20, 360]),
          bound=st.booleans())
    def agrees(self, *, who: int, giver: str, uses: int, purposes: list[str], modes: list[str],
               hours: list[str] | None, role: str, days: int, bound: bool) -> None:
        person, town = self.person(who), self.town
        scope: dict[str, Any] = {
            "purposes": purposes, "modes": modes, "data": ["phone"], "grantee": {"role": role}, "max_uses": uses}
        if hours is not None:
            scope["hours"] = hours
        about = {"account": person.account} if bound else {}
        town.agrees(person, giver, scope=scope, expires_at=stamp(town.clock.at + days * DAY), **about)

    @rule(who=WHO, by=st.integers(0, 3), whose=st.sampled_from(["consent", "contact_consent"]),
          through=st.sampled_from(["portal", "lender", "agency"]))
    def withdraws(self, *, who: int, by: int, whose: str, through: str) -> None:
        person = self.person(who)
        self.town.tries_to("withdraw", by=anybody(self.town, person)[by].value(), consent=getattr(person, whose),
                           through=through)

    @rule(who=WHO, answer=st.sampled_from([
        "refuse", "withdraw", "object", "will-relay", "cannot", "not-me", "never"]))
    def answers(self, *, who: int, answer: str) -> None:
        self.town.tries_to("answer", token=self.person(who).token, answer=answer)

    @rule(who=WHO, code=st.sampled_from(["000000", "right"]))
    def gives_code(self, *, who: int, code: str) -> None:
        person = self.person(who)
        self.town.tries_to("check-code", consent=person.contact_consent,
                           code=person.code if code == "right" else code)

    @rule(who=WHO, role=st.sampled_from(["contact", "borrower"]), cancel=st.booleans())
    def erases(self, *, who: int, role: str, cancel: bool) -> None:
        person = self.person(who)
        body = {"subject": getattr(person, role), "role": role, "borrower": person.borrower}
        self.town.says("erasure-requested/1", body, self.town.lender)
        if cancel:
            self.town.officers_say("erasure-cancelled/1", body)
