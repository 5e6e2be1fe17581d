"""Readings that are kept say what reading afresh says, whatever happens between two questions: acts of every kind of
which something is noted, in any order, to two people who share a line, and tails of the log that are undone."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Actor, Entry
from registry.model.times import DAY, HOUR, MINUTE, date_of, stamp
from registry.policy import Ask, Facts, Readings, facts_from, gather, zones_of
from registry.policy.facts.readings import HANDLERS
from tests.policy.test_persons import TODAY, account
from tests.policy.world import (
    BOUNCED,
    DECLINED,
    GONE,
    OFF,
    OFFSET,
    PERSON,
    RANG,
    START,
    ZONE,
    Case,
    Source,
    World,
    ident,
)

STEPS = 60
ANSWERS = ("will-relay", "cannot", "gave-channel", "not-me", "never")
MADE = ("hold", "complaint", "permit", "visit", "placement", "approval", "consent", "check")
VISITED = {"about": "visit", "purpose": "contact-borrower", "mode": "number"}
ASKED: tuple[dict[str, Any], ...] = (
    {}, {"client": ident("rival")}, {"mode": "message"}, {"mode": "call"}, {"about": "borrower"}, VISITED,
    {**VISITED, "visitors": ("A-17", "A-18")}, {"offset": OFFSET - 60},
)


Act = Callable[["Story", Case, int], object]


class Story:
    """Two people, of whom the second lists the first one's contact, and what is done to either by chance."""

    def __init__(self, seed: int) -> None:
        self.some, self.world = random.Random(seed), World()
        first, second = self.cases = [self.world.unreachable("b"), self.world.agreed("other")]
        self.world.contact(START - 80 * DAY, second.borrower, "other", 2, line=first.contact_line)
        self.world.channel(START - 80 * DAY, second.borrower, "voice", "his", line=first.contact_line)
        self.accounts = [[one.account, account(self.world, one, f"{one.name}-second")] for one in self.cases]
        self.channels = [list(one.channels.values()) for one in self.cases]
        self.made: dict[str, list[str]] = {name: [] for name in MADE}
        self.at, self.entries, self.acts = START, self.world.log(), 0

    def go_on(self) -> None:
        """The next act; its entries follow those there are."""
        self.at += self.some.choice((0, MINUTE, MINUTE, HOUR, HOUR, 6 * HOUR, DAY))
        self.acts, known, which = self.acts + 1, len(self.world.drafts), self.some.randrange(2)
        self.some.choice(ACTS)(self, self.cases[which], which)
        for _, _, draft in self.world.drafts[known:]:
            numbered = {**draft.body, "seq": self.number()} if draft.kind in ATTEMPTS else draft.body
            self.entries.append(Entry(len(self.entries), self.at, replace(draft, body=numbered)))

    def number(self) -> int:
        """The provider's next number, or the one after it, and that one later."""
        numbers = {entry.body["seq"] for entry in self.entries if entry.kind in ATTEMPTS}
        lacking = [one for one in range(1, len(numbers) + 3) if one not in numbers]
        return self.some.choice((lacking[0], lacking[0], lacking[1]))

    def add(self, kind: str, case: Case, by: Actor | None = None, **body: Any) -> None:
        officers = [self.world.officer] if by is not None and by.role == "officer" else []
        self.world.add(self.at, kind, {"borrower": case.borrower, **body}, by, officers,
                       entry=ident(f"{kind}-{self.acts}-{len(self.world.drafts)}"))

    def anybody(self, case: Case) -> Actor:
        return self.some.choice((
            Actor("lender", self.world.lender), Actor("borrower", case.borrower), Actor("contact", case.contact),
            Actor("agency", self.world.agency), Actor("officer", self.world.officer)))

    def a_new(self, name: str) -> str:
        self.made[name].append(ident(f"{name}-{self.acts}"))
        return self.made[name][-1]

    def account(self, which: int) -> str:
        return self.some.choice(self.accounts[which])

    def known(self, name: str) -> str:
        """Something made before, or what nobody made."""
        return self.some.choice([*self.made[name], ident(f"no {name}")])

    def undo(self) -> None:
        """The end of the log is undone, and what is left of it read again."""
        self.entries = copy.deepcopy(self.entries[:len(self.entries) - self.some.randrange(5)])

    def facts(self, account: str, readings: Readings | None, offset: int = OFFSET, **asked: Any) -> Facts:
        source = Source.of(self.entries)
        history = gather(source, account)
        ask = Ask(ident("lookup"), account, ident("agency"), "A-17", "contact", "restore-contact", "number",
                  dict.fromkeys(zones_of(history), offset))
        return facts_from(history, replace(ask, **asked), self.at, readings)


def attempted(story: Story, case: Case, _: int) -> None:
    some = story.some
    medium = some.choice(list(case.channels))
    story.world.attempt(
        case, story.at - some.choice((MINUTE, HOUR)), medium,
        some.choice((RANG, OFF, GONE, PERSON, DECLINED, BOUNCED)),
        attempt=ident(f"attempt-{some.randrange(9)}"), direction=some.choice(("outbound", "outbound", "inbound")),
        ticket=some.choice((None, story.known("check"))))


def checked(story: Story, case: Case, _: int) -> None:
    story.made["check"].append(story.world.check(case, story.at, story.some.random() < 0.5))


def changed(story: Story, case: Case, which: int) -> None:
    says: dict[str, Any] = story.some.choice((
        {"balance_minor": story.some.randrange(100_000)}, {"state": story.some.choice(("paid", "open", "closed"))},
        {"limitation_until": date_of(TODAY + story.some.randrange(-9, 900))},
        {"due_since": date_of(TODAY - story.some.randrange(9, 90))}))
    story.add("account-changed/1", case, account=story.account(which), as_of=date_of(TODAY), **says)


def moved(story: Story, case: Case, _: int) -> None:
    residence, zone = story.some.choice((("GB", "Europe/London"), ("CN", ZONE)))
    story.add("borrower-changed/1", case, lender=story.world.lender, residence=residence, time_zone=zone)


def another_channel(story: Story, case: Case, which: int) -> None:
    line = story.some.choice([*case.lines.values(), story.cases[1 - which].lines["voice"], case.contact_line])
    by = story.anybody(case)
    story.channels[which].append(story.world.channel(
        story.at, case.borrower, story.some.choice(("voice", "sms")), "more", line=line,
        use=story.some.choice(("personal", "work")), ident_=ident(f"channel-{story.acts}"), by=by))


def of_a_channel(kind: str) -> Act:
    def act(story: Story, case: Case, which: int) -> None:
        story.add(kind, case, story.anybody(case), channel=story.some.choice(story.channels[which]))
    return act


def placed(story: Story, case: Case, which: int) -> None:
    agency = story.some.choice((story.world.agency, story.world.rival))
    story.made["placement"].append(story.world.place(
        replace(case, account=story.account(which)), story.at, agency))


def permitted(story: Story, case: Case, which: int) -> None:
    mode = story.some.choice(("number", "message", "call"))
    more: dict[str, Any] = {"approval": story.known("approval")} if story.some.random() < 0.5 else {}
    kind = "lookup-decided/2" if mode == "call" else "lookup-decided/1"
    story.add(kind, case, Actor("vault"), lookup=story.a_new("permit"), account=story.account(which),
              client=story.world.agency, agent="A-17", about="contact", purpose="restore-contact", mode=mode,
              verdict="permit", reasons=[], system=[], as_of=0, rules="1", packs=[], offsets=[], contact=case.contact,
              line=case.contact_line, lender=story.world.lender, expires_at=stamp(story.at + DAY),
              local_date="2026-06-01", **more)


def visited(story: Story, case: Case, which: int) -> None:
    story.add("lookup-decided/2", case, Actor("vault"), lookup=story.a_new("visit"),
              account=story.account(which), client=story.world.agency, agent="A-17", about="visit",
              purpose="contact-borrower", mode="number", verdict="permit", reasons=[], system=[], as_of=0, rules="2",
              packs=[], offsets=[], expires_at=stamp(story.at + DAY), local_date="2026-06-01",
              visitors=["A-17", "A-18"], approval=story.known("approval"))


def of_a_permit(kind: str, by: str = "courier", **choices: tuple[Any, ...]) -> Act:
    def act(story: Story, case: Case, _: int) -> None:
        said = {name: story.some.choice(some) for name, some in choices.items()}
        story.add(kind, case, Actor(by, case.contact if by == "contact" else None), lookup=story.known("permit"),
                  contact=case.contact, line=case.contact_line, **said)
    return act


def opening_refused(story: Story, case: Case, _: int) -> None:
    if story.some.random() < 0.5:
        story.add("opening-refused/1", case, Actor("vault"), lookup=story.known("permit"), line=case.contact_line,
                  agency=story.world.agency, reasons=["hold-dispute"])
    else:
        story.add("opening-refused/2", case, Actor("vault"), lookup=story.known("visit"), agency=story.world.agency,
                  reasons=["sign-of-life"])


def outcome(story: Story, case: Case, which: int) -> None:
    story.add("outcome-reported/1", case, Actor("agency", story.world.agency), lookup=story.known("permit"),
              account=story.account(which), contact=case.contact, line=case.contact_line,
              agency=story.world.agency, reported_at=stamp(story.at), agent="A-17",
              outcome=story.some.choice(("relayed", "refused", "minor", "deceased", "distress", "number-dead")))


def visit_reported(story: Story, case: Case, which: int) -> None:
    story.add("visit-reported/1", case, Actor("agency", story.world.agency), lookup=story.known("visit"),
              account=story.account(which), agency=story.world.agency, reported_at=stamp(story.at),
              agent="A-17", outcome=story.some.choice(("met", "not-home", "moved", "wrong-address", "distress")))


def held(story: Story, case: Case, which: int) -> None:
    more: dict[str, Any] = {"account": story.account(which)} if story.some.random() < 0.5 else {}
    story.add("hold-placed/1", case, hold=story.a_new("hold"), type=story.some.choice(("dispute", "deceased")),
              **more)


def approval(story: Story, case: Case, which: int) -> None:
    about = story.some.choice(({"about": "contact", "contact": case.contact, "purpose": "restore-contact"},
                               {"about": "visit", "purpose": "contact-borrower", "visitors": ["A-18", "A-17"]}))
    story.add("approval-requested/2", case, Actor("vault"), approval=story.a_new("approval"), lookup=ident("asked"),
              client=story.world.agency, account=story.account(which), mode="number", **about)


def of(kind: str, member: str, made: str, **more: Any) -> Act:
    def act(story: Story, case: Case, _: int) -> None:
        story.add(kind, case, Actor("officer", story.world.officer), **{member: story.known(made)}, **more)
    return act


def complained(story: Story, case: Case, _: int) -> None:
    who: dict[str, Any] = story.some.choice((
        {"from": "borrower"}, {"from": "contact", "contact": case.contact, "line": case.contact_line}))
    story.add("complaint-filed/1", case, story.anybody(case), complaint=story.a_new("complaint"), about="agency",
              **who)


def offered(story: Story, case: Case, _: int) -> None:
    story.add("callback-offered/1", case, story.anybody(case), windows=["09:00-12:00"],
              until=stamp(story.at + story.some.choice((HOUR, 3 * DAY))))


def noticed(story: Story, case: Case, which: int) -> None:
    story.world.notice(replace(case, account=story.account(which)), story.at,
                       by_lender=story.some.random() < 0.5, delivered=story.some.random() < 0.5)


def agreed(story: Story, case: Case, _: int) -> None:
    giver, assurance = story.some.choice((("borrower", "recorded"), ("borrower", "code"), ("contact", "code")))
    story.made["consent"].append(story.world.consent(
        case, giver, story.at, assurance=assurance, consent=ident(f"consent-{story.acts}")))


def withdrawn(story: Story, case: Case, _: int) -> None:
    giver, act = story.some.choice(("borrower", "contact")), story.some.choice(("withdrawn", "refused"))
    story.world.withdraw(case, giver, story.known("consent"), story.at, act=act,
                         through=story.some.choice(("lender", "portal")))


def erasing(story: Story, case: Case, _: int) -> None:
    """Asked for, cancelled, or done; more often cancelled, or there would soon be nobody to ask about."""
    subject, role = story.some.choice(((case.borrower, "borrower"), (case.contact, "contact")))
    kind = story.some.choice(("erasure-requested/1", "erased/1", *["erasure-cancelled/1"] * 3))
    more = {"requested": ident("asked")} if kind == "erased/1" else {}
    story.add(kind, case, Actor("officer", story.world.officer), subject=subject, role=role, **more)


def listed(story: Story, case: Case, which: int) -> None:
    line = story.some.choice((story.cases[1 - which].contact_line, story.cases[1 - which].lines["voice"], None))
    story.world.contact(story.at, case.borrower, f"{case.name}-{story.acts}", story.some.randrange(1, 6), line=line,
                        informed=story.some.random() < 0.5)


def objected(story: Story, case: Case, _: int) -> None:
    story.add("objected/1", case, contact=case.contact, line=case.contact_line, through="link")


def assigned(story: Story, case: Case, which: int) -> None:
    if story.some.random() < 0.7:  # it ends nearly everything
        story.add("account-assigned/1", case, account=story.account(which),
                  lender=story.world.lender)


def liable(story: Story, case: Case, which: int) -> None:
    story.add("liability-changed/1", case, account=story.account(which), lender=story.world.lender,
              liability=story.some.choice(("guarantor", "joint", "principal")),
              loan=story.some.choice(story.accounts[1 - which]))


def alive(story: Story, case: Case, _: int) -> None:
    story.add("sign-of-life/1", case, source="login")


ACTS: tuple[Act, ...] = (
    *[attempted] * 9, checked, changed, moved, another_channel, of_a_channel("channel-removed/1"),
    of_a_channel("channel-disputed/1"), placed,
    of("recalled/1", "placement", "placement", account=ident("b-account")),
    permitted, visited, of_a_permit("message-relayed/1", opened=(ident("opened"),), language=("zh",),
                                    script_sha256=("0" * 64,)),
    of_a_permit("message-answered/1", "contact", answer=("cannot", "will-relay"), through=("link",)),
    of_a_permit("use-answered/1", "contact", answer=ANSWERS, through=("portal",)),
    of_a_permit("call-unbound/1", why=("used", "expired")), opening_refused, outcome, visit_reported, held,
    of("hold-lifted/1", "hold", "hold"), approval, of("approval-given/1", "approval", "approval"),
    of("approval-refused/1", "approval", "approval"), complained,
    of("complaint-settled/1", "complaint", "complaint", verdict="upheld", remedy="none"), offered, noticed, agreed,
    withdrawn, erasing, listed, objected, assigned, liable, liable, alive,
)


@pytest.mark.parametrize("seed", range(6))
def test_readings_that_are_kept_say_what_reading_afresh_says_whatever_was_done(seed: int) -> None:
    story, readings, said = Story(seed), Readings(), 0
    before, about = None, story.account(0)
    for _ in range(STEPS):
        story.go_on()
        if story.some.random() < 0.1:
            story.undo()
        if story.some.random() < 0.4:  # else of the same as before
            about = story.account(story.some.randrange(2))
        asked = story.some.choice(ASKED)
        fresh = story.facts(about, None, **asked)
        assert story.facts(about, readings, **asked) == fresh
        said += fresh.account is not None and replace(fresh, ask=None, at=0) != before  # type: ignore[arg-type]
        before = replace(fresh, ask=None, at=0)  # type: ignore[arg-type]
    assert said > STEPS // 3, "most questions were about somebody there is, and were answered anew"


def test_of_every_kind_of_which_something_is_noted_an_act_is_among_them() -> None:
    done = set[str]()
    for seed in range(6):
        story = Story(seed)
        for _ in range(STEPS):
            story.go_on()
        done |= {entry.kind for entry in story.entries if entry.at >= START}
    assert done >= set(HANDLERS) - {"borrower-registered/1", "account-opened/1", "approval-requested/1"}
