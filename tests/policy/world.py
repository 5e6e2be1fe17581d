"""A small world of entries: a log in memory on which a question is asked. Attacks are a few lines.

    world = World()
    case = world.unreachable()                 # lender, agency, borrower, contact, effort, notice, approval
    assert world.ask(case).verdict == "permit"

Days are local days (Asia/Shanghai) relative to `START`, times of day are "HH:MM". Every entry's body is checked
against its kind, so that no test stands on an entry that the vault could not log.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from registry.model.briefs import Brief, brief_of
from registry.model.catalogue import KINDS, histories_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY, HOUR, MINUTE, SECOND, date_of, local_day, local_minute, parse_stamp, stamp
from registry.policy import (
    Ask,
    Decision,
    Directory,
    Facts,
    collector_view,
    decide,
    facts_from,
    gather,
    packs_for,
    zones_of,
)
from registry.shipped import shipped_outcomes, shipped_packs

ZONE, OFFSET = "Asia/Shanghai", 480
START = parse_stamp("2026-06-01T02:00:00.000Z")     # a Monday, 10:00 in Shanghai
DIALS = ("09:30", "14:00", "19:30")
FULL = (-23, -21, -19, -17, -15, -12, -10, -9)
DIGEST = "0" * 64
EC_KEY = {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}
RANG = {"cause": {"q850": 19}, "ring": 30}
OFF = {"cause": {"q850": 20}, "ring": None}
GONE = {"cause": {"q850": 1}, "ring": None}
PERSON = {"cause": {"status": "answered-person"}, "ring": 8}
HOUSEHOLD = {"cause": {"status": "answered-household"}, "ring": 8}
MAILBOX = {"cause": {"status": "answered-machine"}, "ring": 25}
BUSY = {"cause": {"q850": 17}, "ring": None}
DECLINED = {"cause": {"status": "rejected"}, "ring": 5}
DELIVERED = {"cause": {"status": "delivered"}, "ring": None}
BOUNCED = {"cause": {"status": "bounced-hard"}, "ring": None}


def ident(name: str) -> str:
    """A stable id from a readable name."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def when(day: int, time: str = "10:00") -> int:
    """Milliseconds of a local day and time, relative to START's local day."""
    hours, minutes = time.split(":")
    start = local_day(START, OFFSET)
    return (start + day) * DAY + (int(hours) * 60 + int(minutes) - OFFSET) * MINUTE


@dataclass(frozen=True)
class Case:
    """The ids of one borrower and what belongs to him."""

    name: str
    borrower: str
    account: str
    contact: str
    contact_line: str
    channels: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)


class World:
    """Entries in log order. `draft` at any time: entries are stamped and indexed by `log()`, sorted by time."""

    def __init__(self, regulator: str | None = "CN") -> None:
        self.drafts: list[tuple[int, int, Draft]] = []
        self._order = itertools.count()
        self._unnumbered: set[str] = set()
        self.lender, self.agency, self.rival = ident("lender"), ident("agency"), ident("rival")
        self.officer, self.provider = ident("officer"), ident("provider")
        self._found(when(-150), regulator)

    def add(
        self, at: int, kind: str, body: Mapping[str, Any], by: Actor | None = None, auth: Sequence[str] = (), *,
        entry: str | None = None,
    ) -> str:
        """One entry, its body checked. `auth`: officers who signed. Returns its id."""
        order = next(self._order)
        draft = Draft(entry or ident(f"{kind}#{order}"), kind, by or Actor("lender", self.lender), dict(body),
                      tuple({"officer": one, "alg": "Ed25519", "sig": "AAAA"} for one in auth))
        KINDS[kind].check(draft)
        self.drafts.append((at, order, draft))
        return draft.id

    def drop(self, kind: str) -> None:
        """Forgets every entry of a kind."""
        self.drafts = [one for one in self.drafts if one[2].kind != kind]

    def log(self) -> list[Entry]:
        """The log as it would stand. Attempts without a number of their own are numbered as they come."""
        ordered = sorted(self.drafts, key=lambda one: one[:2])
        numbers: dict[str, Iterator[int]] = {}
        entries = []
        for index, (at, _, draft) in enumerate(ordered):
            if draft.id in self._unnumbered:
                following = numbers.setdefault(draft.body["provider"], itertools.count(1))
                body = {**draft.body, "seq": next(following)}
                entries.append(Entry(index, at, replace(draft, body=body)))
            else:
                entries.append(Entry(index, at, draft))
        return entries

    def ask(self, case: Case, at: int = START, **changes: Any) -> Decision:
        """The decision about a case at a moment, from the entries logged until then."""
        return self.judge(case, at, **changes)[1]

    def judge(self, case: Case, at: int = START, **changes: Any) -> tuple[Facts, Decision]:
        asked = {"lookup": ident("lookup"), "account": case.account, "client": self.agency, "agent": "A-17",
                 "about": "contact", "purpose": "restore-contact", "mode": "number", **changes}
        source = Source.of([one for one in self.log() if one.at <= at])
        history = gather(source, asked["account"])
        ask = Ask(**asked, offsets=dict.fromkeys(zones_of(history), OFFSET))
        facts = facts_from(history, ask, at)
        return facts, decide(facts, packs_for(source.directory, facts, at), at)

    def view(self, case: Case, at: int = START, system: Sequence[str] = (), **changes: Any) -> dict[str, Any]:
        facts, decision = self.judge(case, at, **changes)
        return collector_view(facts, decision, system, at)

    # The registry.

    def _found(self, at: int, regulator: str | None) -> None:
        packs = shipped_packs()
        self.add(at, "genesis/1", {
            "origin": "demo.invalid/test", "demo": True, "log_key": "k", "vault_sig": "AAAA", "vault_enc": EC_KEY,
            "courier_sig": "AAAA", "courier_enc": EC_KEY, "officers": [{"officer": self.officer, "key": "AAAA"}],
            "witness_policy": "none", "rules": "1", "packs": [packs[name].value() for name in ("floor", "cn")],
        }, Actor("vault"))
        extra = {} if regulator is None else {"regulator": regulator}
        self.party(at, self.lender, "lender", **extra)
        for agency in (self.agency, self.rival):
            self.party(at, agency, "agency", enc_key=EC_KEY)
            self.approve_agency(at, agency)
        self.add_provider(at, self.provider, "neutral")
        self.feeds(START - HOUR)

    def party(self, at: int, party: str, role: str, **extra: Any) -> None:
        self.add(at, "party-registered/1", {"party": party, "role": role, "name": role, **extra},
                 Actor("officer", self.officer), [self.officer])

    def approve_agency(self, at: int, agency: str, role: str = "entrusted", until: int | None = None) -> None:
        self.add(at, "agency-approved/1", {
            "agency": agency, "lender": self.lender, "role": role, "until": stamp(until or at + 364 * DAY),
        }, Actor("officer", self.officer), [self.officer])

    def add_provider(self, at: int, provider: str, owner: str, grade: str = "B") -> None:
        self.add(at, "provider-registered/1", {
            "provider": provider, "name": f"p-{provider[:8]}", "adapter": "neutral", "grade": grade, "owner": owner,
        }, Actor("officer", self.officer), [self.officer])

    def feeds(self, at: int, names: Collection[str] = ("payments", "logins", "inbound"), through: int | None = None,
              ) -> None:
        for feed in names:
            self.add(at, "feed-complete/1", {
                "lender": self.lender, "feed": feed, "complete_through": stamp(at if through is None else through),
            })

    # One borrower.

    def person(self, name: str = "b", at: int = when(-120), channels: Sequence[str] = ("voice", "sms", "email"), *,
               due: int = 70, use: str = "personal", mobile: bool | None = None, **account: Any) -> Case:
        """A borrower with channels, an account, a contact who was told; not yet placed. `mobile`: of the telephone,
        None where nobody said."""
        borrower, opened = ident(f"{name}-borrower"), ident(f"{name}-account")
        self.add(at, "borrower-registered/1", {
            "borrower": borrower, "lender": self.lender, "residence": "CN", "time_zone": ZONE, "languages": ["zh"],
            "name_sha256": DIGEST,
        })
        ids, lines = {}, {}
        for medium in channels:
            extra: dict[str, Any] = {} if mobile is None or medium != "voice" else {"mobile": mobile}
            ids[medium] = self.channel(at, borrower, medium, name, use=use, **extra)
            lines[medium] = self.line_of(medium, name)
        today = local_day(START, OFFSET)
        self.add(at, "account-opened/1", {
            "account": opened, "borrower": borrower, "lender": self.lender, "liability": "principal",
            "due_since": date_of(today - due), "balance_minor": 100_000, "currency": "CNY",
            "limitation_until": date_of(today + 700), "state": "open", "as_of": date_of(today - 1), **account,
        })
        contact, line = self.contact(at, borrower, name)
        return Case(name, borrower, opened, contact, line, ids, lines)

    def line_of(self, medium: str, name: str) -> str:
        """Voice and SMS share a line, as on a telephone."""
        return ident(f"{name}-line-{'phone' if medium in ('voice', 'sms') else medium}")

    def channel(
        self, at: int, borrower: str, medium: str, name: str, *, use: str = "personal", line: str | None = None,
        ident_: str | None = None, by: Actor | None = None, **extra: Any,
    ) -> str:
        channel = ident_ or ident(f"{name}-{medium}-{at}")
        where = {"region": "CN", "zones": [ZONE]} if medium in ("voice", "sms") else {}
        self.add(at, "channel-added/1", {
            "channel": channel, "borrower": borrower, "medium": medium, "use": use,
            "line": line or self.line_of(medium, name), "blob_sha256": DIGEST, **where, **extra,
        }, by)
        return channel

    def contact(
        self, at: int, borrower: str, name: str, rank: int = 1, *, line: str | None = None, informed: bool = True,
        **extra: Any,
    ) -> tuple[str, str]:
        contact, number = ident(f"{name}-contact-{rank}"), line or ident(f"{name}-contact-line-{rank}")
        self.add(at, "contact-registered/1", {
            "contact": contact, "borrower": borrower, "lender": self.lender, "rank": rank, "relation": "parent",
            "languages": ["zh"], "name_sha256": DIGEST, "line": number, "region": "CN", "zones": [ZONE],
            "blob_sha256": DIGEST, **extra,
        })
        if informed:
            self.add(at + MINUTE, "contact-informed/1", {
                "contact": contact, "borrower": borrower, "line": number, "opened": ident("opened"), "language": "zh",
            }, Actor("courier"))
        return contact, number

    def place(self, case: Case, at: int = when(-39), agency: str | None = None, until: int = 60) -> str:
        placement = ident(f"{case.name}-placement-{at}-{agency}")
        today = local_day(START, OFFSET)
        self.add(at, "placed/1", {
            "placement": placement, "account": case.account, "borrower": case.borrower, "lender": self.lender,
            "agency": agency or self.agency, "from": date_of(local_day(at, OFFSET)), "until": date_of(today + until),
        })
        return placement

    def consent(
        self, case: Case, giver: str, at: int = when(-120), *, assurance: str | None = None, by: Actor | None = None,
        scope: Mapping[str, Any] | None = None, **changes: Any,
    ) -> str:
        own = giver == "contact"
        terms = {
            "consent": ident(f"{case.name}-{giver}-consent-{at}"), "giver": giver, "lender": self.lender,
            "borrower": case.borrower, **({"contact": case.contact, "line": case.contact_line} if own else {}),
            "scope": {"purposes": ["restore-contact", "obtain-contact-details"], "modes": ["number", "message"],
                      "data": ["phone"], "grantee": {"role": "entrusted"}, "max_uses": 1, **(scope or {})},
            "notice": {"id": "n", "version": "1", "language": "zh", "sha256": DIGEST}, "method": "app",
            "separate": True, "given_at": stamp(at), "expires_at": stamp(at + 360 * DAY), "terms_sha256": DIGEST,
            "assurance": assurance or ("code" if own else "recorded"), **changes,
        }
        self.add(at, "consent-given/1", terms, by or Actor("contact", case.contact) if own else by)
        return str(terms["consent"])

    def withdraw(
        self, case: Case, giver: str, consent: str, at: int, *, through: str = "lender", act: str = "withdrawn",
    ) -> None:
        by = Actor("lender", self.lender) if through == "lender" else Actor(giver, ident(giver))
        extra = {"contact": case.contact} if giver == "contact" else {}
        self.add(at, "consent-withdrawn/1", {
            "consent": consent, "giver": giver, "borrower": case.borrower, "act": act, "through": through, **extra,
        }, by)

    # Evidence.

    def attempt(
        self, case: Case, at: int, medium: str = "voice", outcome: Mapping[str, Any] = RANG, *,
        agency: str | None = None, logged: int | None = None, direction: str = "outbound",
        provider: str | None = None, seq: int | None = None, attempt: str | None = None,
        kind: str = "attempt-recorded/2", **changes: Any,
    ) -> str:
        """One attempt on the case's channel of that medium, begun at `at`, logged a minute later."""
        table, ring = shipped_outcomes(), outcome["ring"]
        local = {"zone": ZONE, "date": date_of(local_day(at, OFFSET)), "minute": local_minute(at, OFFSET),
                 "offset": OFFSET}
        body = {
            "provider": provider or self.provider, "attempt": attempt or ident(f"attempt-{len(self.drafts)}"),
            "seq": seq or 1, "grade": "B", "medium": medium, "direction": direction, "borrower": case.borrower,
            "channel": case.channels[medium], "account": case.account, "agency": agency or self.agency,
            "line": case.lines[medium], "cause": outcome["cause"],
            "class": table.classify(outcome["cause"], ring, direction), "table": table.value(),
            "began_at": stamp(at), "signed_at": stamp(at + MINUTE), "local": local, **changes,
        }
        if medium in ("voice", "sms"):
            body.setdefault("line_local", [local])
        if ring is not None:
            body["ring_seconds"] = ring
        body = {key: value for key, value in body.items() if value is not None}
        made = self.add(at + MINUTE if logged is None else logged, kind, body, Actor("courier"))
        if seq is None:
            self._unnumbered.add(made)
        return made

    def check(
        self, case: Case, at: int, may_dial: bool = True, *, agency: str | None = None, medium: str = "voice",
        not_before: int | None = None, **changes: Any,
    ) -> str:
        """A dial check as it was answered; the id of its ticket. A permit lasts a quarter of an hour."""
        ident_ = ident(f"check-{len(self.drafts)}")
        until = {"valid_until": stamp(at + 15 * MINUTE)} if may_dial else {}
        told = {} if not_before is None else {"not_before": stamp(not_before)}
        who = agency or self.agency
        return self.add(at, "dial-checked/1", {
            "check": ident_, "client": who, "agency": who, "account": case.account, "channel": case.channels[medium],
            "borrower": case.borrower, "line": case.lines[medium], "lender": self.lender, "may_dial": may_dial,
            "reasons": [] if may_dial else ["outside-hours"], "rules": "2", "packs": [], "offsets": [],
            **until, **told, **changes,
        }, Actor("vault"), entry=ident_)

    def dials(
        self, case: Case, days: Sequence[int] = FULL, outcome: Mapping[str, Any] = RANG, **changes: Any,
    ) -> None:
        """One dial a day, morning, afternoon and evening in turn."""
        for number, day in enumerate(days):
            self.attempt(case, when(day, DIALS[number % 3]), outcome=outcome, **changes)

    def texts(self, case: Case, day: int = -22, **changes: Any) -> None:
        """One delivered message on every text channel."""
        for medium in case.channels:
            if medium not in ("voice", "post"):
                self.attempt(case, when(day, "11:00"), medium, DELIVERED, **changes)

    def notice(
        self, case: Case, at: int, media: Sequence[str] | None = None, *, agency: str | None = None,
        delivered: bool = True, by_lender: bool = False,
    ) -> None:
        """A notice asked for and sent on the text channels, with receipts."""
        notice = ident(f"{case.name}-notice-{at}-{media}")
        named = {} if by_lender else {"agency": agency or self.agency}
        self.add(at, "notice-requested/1", {
            "notice": notice, "account": case.account, "borrower": case.borrower, **named,
        }, Actor("agency", agency or self.agency))
        for medium in media if media is not None else [one for one in case.channels if one not in ("voice", "post")]:
            self.add(at + SECOND, "notice-sent/1", {
                "notice": notice, "account": case.account, "borrower": case.borrower,
                "channel": case.channels[medium], "medium": "sms" if medium == "voice" else medium, "language": "zh",
                "opened": ident("opened"),
            }, Actor("courier"))
            self.add(at + 2 * SECOND, "notice-receipt/1", {
                "notice": notice, "borrower": case.borrower, "channel": case.channels[medium],
                "status": "delivered" if delivered else "failed",
            }, Actor("courier"))

    def approve(self, case: Case, at: int = when(0, "09:10"), given: int | None = None, contact: str | None = None,
                **changes: Any) -> str:
        """A request by a lookup of the agency's, and an officer's approval."""
        approval = ident(f"{case.name}-approval-{at}-{contact}")
        self.add(at - MINUTE, "approval-requested/1", {
            "approval": approval, "lookup": ident("asked"), "client": self.agency, "account": case.account,
            "borrower": case.borrower, "contact": contact or case.contact, "purpose": "restore-contact",
            "mode": "number", **changes,
        }, Actor("vault"))
        self.add(at if given is None else given, "approval-given/1", {
            "approval": approval, "borrower": case.borrower,
        }, Actor("officer", self.officer), [self.officer])
        return approval

    def permit(self, case: Case, at: int, approval: str | None = None, **changes: Any) -> str:
        """A permit as the vault logs it."""
        lookup = ident(f"{case.name}-permit-{at}")
        body = {
            "lookup": lookup, "account": case.account, "client": self.agency, "agent": "A-17", "about": "contact",
            "purpose": "restore-contact", "mode": "number", "verdict": "permit", "reasons": [], "system": [],
            "as_of": 0, "rules": "1", "packs": [], "offsets": [{"zone": ZONE, "minutes": OFFSET}],
            "borrower": case.borrower, "contact": case.contact, "line": case.contact_line, "lender": self.lender,
            "expires_at": stamp(at + DAY), "local_date": date_of(local_day(at, OFFSET)),
            **({} if approval is None else {"approval": approval}), **changes,
        }
        self.add(at, "lookup-decided/1", body, Actor("vault"), entry=lookup)
        return lookup

    def message(self, case: Case, at: int, *, relayed: bool = True, **changes: Any) -> str:
        """A permit of a message, and the courier's word that it relayed it a minute later."""
        lookup = self.permit(case, at, mode="message", **changes)
        if relayed:
            self.add(at + MINUTE, "message-relayed/1", {
                "lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
                "opened": ident("opened"), "language": "zh", "script_sha256": DIGEST,
            }, Actor("courier"))
        return lookup

    def answer(self, case: Case, lookup: str, at: int, answer: str, through: str = "link") -> None:
        """What the contact answered to a relayed message."""
        self.add(at, "message-answered/1", {
            "lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
            "answer": answer, "through": through,
        }, Actor("contact", case.contact))

    def refuse_opening(self, case: Case, lookup: str, at: int) -> None:
        """A permit that was not opened: its use is given back."""
        self.add(at, "opening-refused/1", {
            "lookup": lookup, "borrower": case.borrower, "line": case.contact_line, "agency": self.agency,
            "reasons": ["hold-dispute"],
        }, Actor("vault"))

    def outcome(self, case: Case, lookup: str, at: int, outcome: str, **changes: Any) -> str:
        return self.add(at, "outcome-reported/1", {
            "lookup": lookup, "account": case.account, "borrower": case.borrower, "contact": case.contact,
            "line": case.contact_line, "agency": self.agency, "outcome": outcome, "reported_at": stamp(at),
            "agent": "A-17", **changes,
        }, Actor("agency", self.agency))

    def hold(self, case: Case, kind: str, at: int, by: Actor | None = None, **extra: Any) -> str:
        hold = ident(f"{case.name}-hold-{kind}-{at}")
        self.add(at, "hold-placed/1", {"hold": hold, "borrower": case.borrower, "type": kind, **extra}, by)
        return hold

    # Whole stories.

    def unreachable(self, name: str = "b", approved: bool = True, **options: Any) -> Case:
        """Everything a permit needs, under floor and cn."""
        case = self.agreed(name, **options)
        self.place(case)
        self.dials(case)
        self.texts(case)
        self.notice(case, when(-9, "15:00"))
        self.attempt(case, when(-2, "09:30"))
        if approved:
            self.approve(case)
        return case

    def agreed(self, name: str = "b", borrower: bool = True, contact: bool = True, **options: Any) -> Case:
        """A borrower with both consents."""
        case = self.person(name, **options)
        if borrower:
            self.consent(case, "borrower")
        if contact:
            self.consent(case, "contact")
        return case


@dataclass(frozen=True)
class Source:
    """Histories in memory, as the policy wants them."""

    directory: Directory
    filed: Mapping[str, Sequence[Entry]]
    accounts: Mapping[str, str]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Source:
        directory, filed, accounts = Directory(), {}, {}
        for entry in entries:
            directory.fold(entry)
            for subject in dict.fromkeys(histories_of(entry)):
                filed.setdefault(subject, []).append(entry)
            if entry.kind == "account-opened/1":
                accounts[entry.body["account"]] = entry.body["borrower"]
        return cls(directory, filed, accounts)

    def borrower_of(self, account: str) -> str | None:
        return self.accounts.get(account)

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        return {one: [entry for entry in self.filed.get(one, ()) if entry.kind not in ATTEMPTS] for one in ids}

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        return {one: [brief(entry) for entry in self.filed.get(one, ()) if entry.kind in ATTEMPTS] for one in ids}


def brief(entry: Entry) -> Brief:
    """The brief of an entry: the very same one of the very same entry, as a source gives it that keeps them."""
    known = BRIEFS.get(id(entry))
    if known is None or known[0] is not entry:
        if len(BRIEFS) > 4_096:
            BRIEFS.clear()
        known = BRIEFS[id(entry)] = (entry, brief_of(entry))
    return known[1]


BRIEFS: dict[int, tuple[Entry, Brief]] = {}


def other(case: Case, **changes: Any) -> Case:
    """The same case with some ids changed."""
    return replace(case, **changes)
