"""What people do in the portal: acts of the state machine. The vault may refuse each, that is its business."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, stamp
from tests.promises.machine.cures import anybody, new_number
from tests.promises.machine.state import WHO, Machine
from tests.promises.machine.town import Town
from tests.world import PURPOSE, Person

CHANNELS = ("voice", "sms", "email")


class Portal(Machine):
    """Complaints, answers to uses, consents and channels of one's own."""

    @rule(who=WHO, from_=st.sampled_from(["borrower", "contact"]), by=st.integers(0, 4), named=st.booleans(),
          about=st.sampled_from(["lookup", "agency", "lender", "registry"]), pick=st.integers(0, 5))
    def complains(self, *, who: int, from_: str, by: int, named: bool, about: str, pick: int) -> None:
        person, town = self.person(who), self.town
        actors = (*anybody(town, person), Actor("contact", person.contact))
        more: dict[str, Any] = {"contact": person.contact} if named or from_ == "contact" else {}
        lookups = [one.id for one in town.entries("lookup-decided/1") if one.body.get("borrower") == person.borrower]
        if lookups and about == "lookup":
            more["lookup"] = lookups[-1 - pick % len(lookups)]
        town.tries_to("complain", by=actors[by].value(), **{"from": from_}, borrower=person.borrower, about=about,
                      **more)

    @rule(pick=st.integers(0, 5), verdict=st.sampled_from(["upheld", "partly-upheld", "not-upheld"]))
    def settles(self, *, pick: int, verdict: str) -> None:
        filed = self.town.entries("complaint-filed/1")
        if filed:
            body = filed[-1 - pick % len(filed)].body
            self.town.officers_say("complaint-settled/1", {
                "complaint": body["complaint"], "borrower": body["borrower"], "verdict": verdict,
                "remedy": "apology", **({"line": body["line"]} if "line" in body else {})})

    @rule(who=WHO, other=WHO, answer=st.sampled_from(["will-relay", "cannot", "gave-channel", "not-me", "never"]),
          whose=st.sampled_from(["new", "own", "other"]))
    def answers_a_use(self, *, who: int, other: int, answer: str, whose: str) -> None:
        person, town = self.person(who), self.town
        number = {"new": f"+86100005{new_number():04d}", "own": person.number, "other": self.person(other).number}
        more = {"address": number[whose], "medium": "sms"} if answer == "gave-channel" else {}
        for one in [one for one in town.entries("lookup-decided/1")
                    if one.body["verdict"] == "permit" and one.body.get("contact") == person.contact][-1:]:
            town.tries_to("answer-use", by=Actor("contact", person.contact).value(), lookup=one.id, answer=answer,
                          **more)

    @rule(who=WHO)
    def objects(self, *, who: int) -> None:
        person = self.person(who)
        self.town.tries_to("object", by=Actor("contact", person.contact).value(), contact=person.contact,
                           through="portal")

    @rule(who=WHO, medium=st.sampled_from(CHANNELS), named=st.booleans(), right=st.sampled_from([True, True, False]),
          days=st.sampled_from([0, 0, 1]))
    def consents_by_code(self, *, who: int, medium: str, named: bool, right: bool, days: int) -> None:
        person, town = self.person(who), self.town
        session = linked(town, person)
        if session is None:
            return
        about = {"contact": person.contact} if named else {}
        made = town.tries_to("give-consent", session=session, **terms(town, person, "borrower"), **about,
                             channel=person.channels.get(medium, new_id(os.urandom)))
        town.send_all()
        codes = [one["params"]["code"] for one in town.outbox if one["template"] == "borrower-consent-code"]
        town.clock.at += days * DAY
        if made is not None and codes:
            given = town.tries_to("check-code", consent=made["consent"], code=codes[-1] if right else "000000")
            person.consent = person.consent if given is None else made["consent"]

    @rule(who=WHO)
    def invites(self, *, who: int) -> None:
        person, town = self.person(who), self.town
        session = linked(town, person)
        made = session and town.tries_to("give-consent", session=session, **terms(town, person, "contact"),
                                         contact=person.contact)
        if not made:
            return
        person.contact_consent, person.code = made["consent"], ""
        town.send_all(person)
        if person.code:
            town.tries_to("check-code", consent=made["consent"], code=person.code)

    @rule(who=WHO, other=WHO, medium=st.sampled_from(CHANNELS), whose=st.sampled_from(["own", "other", "new"]),
          use=st.sampled_from(["personal", "work", "shared"]))
    def adds_a_channel_of_his_own(self, *, who: int, other: int, medium: str, whose: str, use: str) -> None:
        person, town = self.person(who), self.town
        line = {"own": person, "other": self.person(other)}.get(whose)
        value = (f"y{new_number()}@demo.invalid" if line is None else line.mail) if medium == "email" else (
            f"+86100006{new_number():04d}" if line is None else line.number)
        session = linked(town, person)
        if session is not None:
            town.tries_to("deposit-channel", session=session, borrower=person.borrower, medium=medium, value=value,
                          use=use)


def linked(town: Town, person: Person) -> str | None:
    """A session by the lender's link."""
    made = town.tries_to("make-link", by=town.lender.value(), role="borrower", subject=person.borrower)
    opened = made and town.tries_to("open-link", token=made["token"])
    return opened["session"] if opened else None


def terms(town: Town, person: Person, giver: str) -> dict[str, Any]:
    return {
        "giver": giver, "borrower": person.borrower, "method": "portal", "separate": True,
        "scope": {"purposes": [PURPOSE, "relay-message"], "modes": ["number", "message"], "data": ["phone"],
                  "grantee": {"role": "entrusted"}, "max_uses": 3},
        "notice": {"id": "borrower-consent", "version": "1", "language": "zh-CN", "sha256": "1" * 64},
        "expires_at": stamp(town.clock.at + 300 * DAY),
    }
