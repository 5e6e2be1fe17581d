"""A world simulator: a real vault in a temporary folder, and everybody around it as a few lines of Python.

The vault is the real one: its log, keys, policy and authority. What surrounds it is played: a clock that stands
still until it is moved, a lender, two agencies, two officers with real keys, a courier that signs, a web tier that
keeps the sealed values. So a test says what happens, and the vault decides:

    def test_a_number_leaves_once(world):
        person = world.unreachable()                        # consents, attempts, notice, grace: all of it
        answer = world.lookup(person)
        assert answer["verdict"] == "permit"
        assert world.opened(answer)["number"] == person.contact_number

Change one thing to make an attack, and look at what is refused and why:

        person = world.unreachable(attempts=7)              # one attempt too few
        assert world.codes(world.lookup(person)) == [...]   # the reasons in the log entry, all of them

        world.append("hold-placed/1", {...}, by=world.lender)          # as the web tier would, unsigned
        world.sign("hold-lifted/1", {...}, officers=2)                 # as officers would
        world.vouch("attempt-recorded/2", {...})                       # as the courier would
        world.vault.round([request, request])                          # two requests in one round, in this order

Steps that `unreachable` takes can be taken one by one: `borrower`, `account`, `informed`, `consents`, `attempt`,
`notice`, `feeds`, `approve`; `at(days, "HH:MM")` moves the clock to a local time of Asia/Shanghai, counted from the
world's today (day 0, 10:00, a Wednesday). Time only moves forward, as in the log.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from registry import jose
from registry.model import canonical
from registry.model.catalogue.calls import BROKERED
from registry.model.catalogue.terms import RELAYED
from registry.model.entries import Actor, Draft, Entry, act_message
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, SECOND, date_of, local_day, parse_rfc3339, stamp
from registry.shipped import shipped_outcomes
from registry.vault.desk import Settings
from registry.vault.founding import Founding
from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Vault

ORIGIN = "demo.invalid/world"
OFFSET = 8 * 60
TODAY = parse_rfc3339("2026-11-25T10:00:00+08:00")
BEGINNING = TODAY - 140 * DAY
PURPOSE = "restore-contact"
TIMES = ("09:30", "14:00", "19:30")
# Days of the attempts that satisfy floor and cn (CONTRACT section 8), the notice one hour after the eighth.
ATTEMPT_DAYS = (-23, -21, -19, -17, -15, -12, -10, -9)
TOO_FEW_DAYS = (-16, -14, -12, -10, -8, -5, -2)
NOT_ALERTED = {"q850": 20}
NO_ANSWER = {"q850": 19}
ANSWERED = {"status": "answered-person"}

Body = dict[str, Any]


class WorldClock:
    """Both clocks at once; stands still until it is moved."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def wall(self) -> int:
        return self.at

    def advance(self, seconds: int) -> None:
        self.at += seconds * SECOND


class Signing:
    """An Ed25519 key of an officer or of the courier."""

    def __init__(self, ident: str | None = None) -> None:
        self.id = ident or new_id(os.urandom)
        self._key = Ed25519PrivateKey.generate()

    @property
    def public(self) -> str:
        return jose.b64url(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def officer(self, to_sign: bytes) -> dict[str, str]:
        return {"officer": self.id, "alg": "Ed25519", "sig": self._sig(to_sign)}

    def courier(self, to_sign: bytes) -> dict[str, str]:
        return {"by": "courier", "alg": "Ed25519", "sig": self._sig(to_sign)}

    def _sig(self, to_sign: bytes) -> str:
        return jose.b64url(self._key.sign(act_message(to_sign)))


@dataclass(slots=True)
class Person:
    """A borrower with a contact and an account."""

    borrower: str
    contact: str
    number: str
    contact_number: str
    mail: str
    channels: dict[str, str]  # medium -> channel
    account: str = ""
    placement: str = ""
    consent: str = ""  # the borrower's
    contact_consent: str = ""
    code: str = ""
    token: str = ""  # of the last message to the contact
    approval: str = ""


@dataclass(slots=True)
class World:
    """See the module's docstring."""

    folder: Path
    clock: WorldClock = field(default_factory=lambda: WorldClock(BEGINNING))
    settings: Settings = field(default_factory=Settings)
    vault: Vault = field(init=False)
    kek: KeyFile = field(init=False)
    officers: tuple[Signing, Signing] = field(default_factory=lambda: (Signing(), Signing()))
    courier: Signing = field(default_factory=Signing)
    lender: Actor = field(init=False)
    agency: Actor = field(init=False)
    rival: Actor = field(init=False)
    auditor: Actor = field(init=False)
    provider: str = field(init=False)
    blobs: dict[tuple[str, str], str] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    jwks: dict[str, ECKey] = field(default_factory=dict)
    seq: int = 0
    cursor: int = 0
    waiting: list[tuple[int, Body, tuple[str, str | None]]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.kek = KeyFile.create(self.folder / "outside.key")
        enc = ECKey.generate_key("P-256").as_dict(private=False)
        self.vault = Vault.create(self.folder / "vault", self.kek, Founding(
            ORIGIN, True, self.courier.public, {name: str(enc[name]) for name in jose.P256_MEMBERS},
            [{"officer": one.id, "key": one.public} for one in self.officers],
        ), self.clock, os.urandom, settings=self.settings)
        self.lender = self._party("lender", "Example Lender")
        self.agency = self._party("agency", "Example Agency")
        self.rival = self._party("agency", "Rival Agency")
        self.auditor = Actor("auditor", new_id(os.urandom))
        for agency in (self.agency, self.rival):
            self.sign("agency-approved/1", {
                "agency": agency.id, "lender": self.lender.id, "role": "entrusted",
                "until": stamp(self.clock.at + 360 * DAY),
            }, officers=2)
        self.provider = new_id(os.urandom)
        self.sign("provider-registered/1", {
            "provider": self.provider, "name": "dialler", "adapter": "neutral", "grade": "B", "owner": "neutral",
            "secret_commitment": "0" * 64,
        }, ident=self.provider)

    def _party(self, role: str, name: str, ident: str | None = None) -> Actor:
        actor = Actor(role, ident or new_id(os.urandom))
        assert actor.id is not None
        body: Body = {"party": actor.id, "role": role, "name": name}
        if role == "lender":
            body["regulator"] = "CN"
        else:
            self.jwks[actor.id] = key = ECKey.generate_key("P-256")
            public = key.as_dict(private=False)
            body["enc_key"] = {member: public[member] for member in jose.P256_MEMBERS}
        self.sign("party-registered/1", body, ident=actor.id, officers=2)
        return actor

    def reopen(self) -> None:
        """The vault process ends and starts again."""
        self.vault.close()
        self.vault = Vault.open(
            self.folder / "vault", self.kek, self.clock, os.urandom, demo=True, settings=self.settings
        )

    # Time

    def at(self, days: int, clock: str = "10:00") -> None:
        """Moves to a local time of the world's day 0 plus `days`, unless it is past already."""
        hours, minutes = (int(part) for part in clock.split(":"))
        midnight = local_day(TODAY, OFFSET) * DAY - OFFSET * MINUTE
        self.clock.at = max(self.clock.at, midnight + days * DAY + hours * HOUR + minutes * MINUTE)

    # Writing

    def call(self, op: str, /, **args: Any) -> dict[str, Any]:
        """One op in a round of its own. Keeps the sealed values that come back, as the web tier does."""
        result = self.vault.call(op, args)
        for blob in result.get("blobs", ()):
            self.blobs[blob["subject"], blob["name"]] = blob["blob"]
        return result

    def draft(self, kind: str, body: Mapping[str, Any], by: Actor, ident: str | None = None) -> Draft:
        return Draft(ident or new_id(os.urandom), kind, by, dict(body))

    def append(self, kind: str, body: Mapping[str, Any], by: Actor, ident: str | None = None) -> dict[str, Any]:
        """An entry on the web tier's bare word."""
        return self.call("append", entry=self.draft(kind, body, by, ident).value())

    def sign(
        self, kind: str, body: Mapping[str, Any], ident: str | None = None, officers: int = 1
    ) -> dict[str, Any]:
        """An entry with officers' signatures."""
        draft = self.draft(kind, body, Actor("officer", self.officers[0].id), ident)
        auth = tuple(one.officer(draft.to_sign()) for one in self.officers[:officers])
        return self.call("append", entry=Draft(draft.id, kind, draft.by, draft.body, auth).value())

    def vouch(self, kind: str, body: Mapping[str, Any], ident: str | None = None) -> dict[str, Any]:
        """An entry with the courier's signature."""
        return self.call("append", entry=self.vouched(kind, body, ident))

    def vouched(self, kind: str, body: Mapping[str, Any], ident: str | None = None) -> Body:
        """A draft with the courier's signature, in its object form."""
        draft = self.draft(kind, body, Actor("courier"), ident)
        return Draft(draft.id, kind, draft.by, draft.body, (self.courier.courier(draft.to_sign()),)).value()

    # People and accounts

    def borrower(self, contact_number: str | None = None, media: Sequence[str] = ("voice", "sms", "email")) -> Person:
        """A borrower with three channels and one contact; nobody was told yet."""
        n = next(self._numbers)
        number, mail = f"+861000000{n:04d}", f"borrower{n}@demo.invalid"
        made = self.call(
            "register-borrower", by=self.lender.value(), id=new_id(os.urandom), name={"given": "Ming", "family": "X"},
            residence="CN", languages=["zh-CN"], channels=[
                {"medium": medium, "value": mail if medium == "email" else number, "use": "personal"}
                for medium in media
            ],
        )
        person = Person(
            made["borrower"], "", number, contact_number or f"+861000000{9000 + n}", mail,
            {one["medium"]: one["channel"] for one in made["channels"]},
        )
        self.contact(person, person.contact_number)
        return person

    def contact(self, person: Person, number: str, rank: int = 1) -> str:
        """Lists a contact; the person's own if it has none yet."""
        made = self.call(
            "register-contact", by=self.lender.value(), id=new_id(os.urandom), borrower=person.borrower, name="Li Na",
            relation="sibling", number=number, languages=["zh-CN"], rank=rank,
        )
        contact: str = made["contact"]
        person.contact = person.contact or contact
        return contact

    def account(self, person: Person, past_due: int = 70, agency: Actor | None = None) -> None:
        """Opens and places an account that is `past_due` days overdue on the world's day 0."""
        today = local_day(TODAY, OFFSET)
        person.account, person.placement = new_id(os.urandom), new_id(os.urandom)
        self.append("account-opened/1", {
            "account": person.account, "borrower": person.borrower, "lender": self.lender.id,
            "liability": "principal", "due_since": date_of(today - past_due), "balance_minor": 100_000,
            "currency": "CNY", "limitation_until": date_of(today + 900), "state": "open",
            "as_of": date_of(local_day(self.clock.at, OFFSET)),
        }, self.lender, person.account)
        self.append("placed/1", {
            "placement": person.placement, "account": person.account, "borrower": person.borrower,
            "lender": self.lender.id, "agency": (agency or self.agency).id, "from": date_of(today - 90),
            "until": date_of(today + 400),
        }, self.lender, person.placement)

    # Consents

    def terms(self, person: Person, giver: str, **changes: Any) -> Body:
        """The arguments of `consent`."""
        contact = {"contact": person.contact} if giver == "contact" else {}
        return {
            "by": self.lender.value(), "giver": giver, "borrower": person.borrower, **contact,
            "scope": {
                "purposes": [PURPOSE, "relay-message"], "modes": ["number", "call", "message"], "data": ["phone"],
                "grantee": {"role": "entrusted"}, "max_uses": 3,
            },
            "notice": {"id": "notice", "version": "1", "language": "zh-CN", "sha256": "1" * 64},
            "method": "paper" if giver == "borrower" else "message", "separate": True,
            "given_at": stamp(self.clock.at), "expires_at": stamp(self.clock.at + 360 * DAY), **changes,
        }

    def consents(self, person: Person, borrower: bool = True, contact: bool = True) -> None:
        """Both sides agree: the borrower by the lender's record, the contact by the code it was sent."""
        if borrower:
            person.consent = self.call("consent", **self.terms(person, "borrower"))["consent"]
        if contact:
            person.contact_consent = self.call("consent", **self.terms(person, "contact"))["consent"]
            self.deliver(person)
            self.call("check-code", consent=person.contact_consent, code=person.code)

    # The courier

    def deliver(self, person: Person | None = None) -> list[dict[str, Any]]:
        """Follows the log as the courier does and sends what entries ask for. Returns the new messages."""
        sent = []
        for index, entry, which in tuple(self.waiting):
            self.waiting.remove((index, entry, which))
            sent += self._due(index, entry, which)
        while True:
            found = self.vault.call("follow", {"after": self.cursor, "limit": 500, "courier": True})["entries"]
            if not found:
                break
            for one in found:
                self.cursor = one["index"] + 1
                sent += self._due(one["index"], one["entry"])
        for message in sent:
            if person is not None:
                person.code = message["params"].get("code", person.code)
                person.token = message["params"].get("token", person.token)
        self.outbox += sent
        return sent

    def _due(
        self, index: int, entry: Body, only: tuple[str, str | None] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Sends what an entry asks for; what waits for the morning is taken up again by the next `deliver`."""
        for wanted in self.vault.call("deliveries", {"index": index})["deliveries"]:
            which = wanted["template"], wanted.get("channel")
            if only is not None and which != only:
                continue
            if wanted.get("wait") and wanted["template"] not in (RELAYED, BROKERED):
                self.waiting.append((index, entry, which))
                continue
            message = self._send(index, entry, wanted)
            if "to" in message:  # else it goes to nobody
                yield message

    def open_args(self, index: int, wanted: Mapping[str, Any]) -> Body:
        """The arguments of `open-for-delivery` for one wanted message, signed."""
        asked = {name: wanted[name] for name in ("template", "channel") if name in wanted} | {"index": index}
        subject = wanted["subject"]
        blobs = {
            name: self.blobs[tuple(name.split("/")) if "/" in name else (subject, name)]  # type: ignore[index]
            for name in wanted["blobs"]
        }
        auth = self.courier.courier(canonical.encode({"op": "open-for-delivery", **asked}))
        return {**asked, "blobs": blobs, "auth": auth}

    def _send(self, index: int, asked: Body, wanted: Body) -> dict[str, Any]:
        opened = self.vault.call("open-for-delivery", self.open_args(index, wanted))
        body, said = asked["body"], {"opened": opened["opened"], "language": opened.get("language", "zh")}
        template = wanted["template"]
        if template == "borrower-notice":
            of_notice = {name: body[name] for name in ("notice", "borrower")} | {"channel": wanted["channel"]}
            self.vouch("notice-sent/1", {**of_notice, **said, "account": body["account"], "medium": wanted["medium"]})
            self.vouch("notice-receipt/1", {**of_notice, "status": "delivered"})
        elif template == "relayed-message":
            names = ("lookup", "borrower", "contact", "line")
            self.vouch("message-relayed/1", {
                **{name: body[name] for name in names}, **said, "script_sha256": sha256(opened["script"]),
            })
        elif template.startswith("use-"):
            self.vouch("use-told/1", {
                "lookup": body["lookup"], "borrower": body["borrower"], "to": template[4:], **said,
            })
        elif template in ("borrower-assigned", "agreement-ended") or template.endswith("-erasure-cancelled"):
            to = {"channel": wanted["channel"]} if "channel" in wanted else {"contact": wanted["subject"]}
            self.vouch("person-told/1", {"about": asked["id"], "borrower": body["borrower"], **to, **said})
        elif template in ("borrower-told-consent", "borrower-told-passkey"):
            self.vouch("borrower-told/1", {
                "about": asked["id"], "borrower": body["borrower"], "channel": wanted["channel"], **said,
            })
        elif template in ("sign-in-code", "borrower-consent-code", "borrower-renewal"):
            named = {name: body[name] for name in ("borrower", "contact", "channel") if name in body}
            self.vouch("code-sent/2", {**named, **said, "about": asked["id"]})
        else:
            kind = "contact-informed/1" if template == "contact-listed" else "code-sent/1"
            names = ("contact", "borrower", "line") + (() if template == "contact-listed" else ("consent",))
            self.vouch(kind, {**{name: body[name] for name in names}, **said})
        return {"template": template, **opened}

    # Signing in

    def ask_code(self, address: str, role: str = "borrower", medium: str = "sms") -> tuple[str, str]:
        """(request, code) of a code asked for; an empty code where none was sent."""
        request: str = self.call("ask-code", role=role, address=address, medium=medium)["request"]
        sent = [one["params"]["code"] for one in self.deliver() if one["template"] == "sign-in-code"]
        return request, sent[-1] if sent else ""

    def signed_in(self, person: Person, role: str = "borrower") -> str:
        """The token of a session by code: the borrower's, or his contact's."""
        request, code = self.ask_code(person.number if role == "borrower" else person.contact_number, role)
        token: str = self.call("enter-code", request=request, code=code)["session"]
        return token

    def linked(self, person: Person) -> str:
        """The token of the borrower's session by a link from his lender."""
        link = self.call("make-link", by=self.lender.value(), role="borrower", subject=person.borrower)
        token: str = self.call("open-link", token=link["token"])["session"]
        return token

    def staff(self, role: str) -> Actor:
        """A registered officer or auditor, who has no key yet."""
        actor = Actor(role, new_id(os.urandom))
        assert actor.id is not None
        self.sign("party-registered/1", {"party": actor.id, "role": role, "name": "Example Staff"}, ident=actor.id)
        return actor

    def staff_session(self, actor: Actor) -> str:
        """The token of a session of staff by their API token."""
        token: str = self.call("open-token", by=actor.value())["session"]
        return token

    # Effort

    def match(self, address: str, medium: str = "voice", **more: Any) -> dict[str, Any]:
        """Whose channel an address is, as the courier asks it."""
        asked = {"address": address, "medium": medium, **more}
        auth = self.courier.courier(canonical.encode({"op": "match-line", **asked}))
        return self.call("match-line", **asked, auth=auth)

    def attempt_body(self, person: Person, medium: str = "voice", cause: Mapping[str, Any] | None = None,
                     **changes: Any) -> Body:
        """The body of an attempt that begins 30 seconds ago. `ticket`: what the dialler says of its dial check."""
        self.seq += 1
        cause, ring = dict(cause or NOT_ALERTED), changes.pop("ring_seconds", None)
        direction = changes.pop("direction", "outbound")
        began_at = changes.pop("began_at", self.clock.at - 30 * SECOND)
        address = person.mail if medium == "email" else person.number
        told = {"ticket": changes.pop("ticket")} if "ticket" in changes else {}
        place = self.match(address, medium, at_ms=began_at, account=person.account, **told)
        table = shipped_outcomes()
        body = {
            "provider": self.provider, "attempt": new_id(os.urandom), "seq": self.seq, "grade": "B", "medium": medium,
            "direction": direction, "cause": cause,
            "class": "reached-person" if direction == "inbound" else table.classify(cause, ring),
            "table": table.value(), "began_at": stamp(began_at), "signed_at": stamp(self.clock.at), **place,
            **({} if ring is None else {"ring_seconds": ring}), **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def attempt(self, person: Person, medium: str = "voice", cause: Mapping[str, Any] | None = None,
                **changes: Any) -> dict[str, Any]:
        """One attempt, signed by the courier. `None` leaves a member out."""
        return self.vouch("attempt-recorded/2", self.attempt_body(person, medium, cause, **changes))

    def may_dial(
        self, person: Person, medium: str = "voice", by: Actor | None = None, **changes: Any,
    ) -> dict[str, Any]:
        """A dial check of the agency's, or of another's."""
        asked = {"account": person.account, "channel": person.channels[medium], **changes}
        return self.call("dial-check", by=(by or self.agency).value(), **asked)

    def attempts(self, person: Person, days: Sequence[int] = ATTEMPT_DAYS, first: int = 0) -> None:
        """Dials on these days at three different parts of the day; text channels are covered by receipts."""
        for place, day in enumerate(days, start=first):
            self.at(day, TIMES[place % len(TIMES)])
            self.attempt(person)
            for medium in ("sms", "email"):
                if medium in person.channels:
                    self.attempt(person, medium, {"status": "delivered"})

    def notice(self, person: Person) -> str:
        """A notice by the agency, sent and delivered on every personal text channel."""
        made = self.call("notice", by=self.agency.value(), account=person.account)
        self.deliver()
        notice: str = made["notice"]
        return notice

    def feeds(self) -> None:
        """The lender's feeds are complete up to now."""
        for feed in ("payments", "logins", "inbound"):
            self.append("feed-complete/1", {
                "lender": self.lender.id, "feed": feed, "complete_through": stamp(self.clock.at),
            }, self.lender)

    # Lookups

    def unreachable(
        self, attempts: int = 8, approve: bool = True, contact_number: str | None = None, consents: bool = True,
    ) -> Person:
        """Somebody for whom every rule holds on day 0 at 10:00, an approval included. Moves the clock there.

        Fewer than eight `attempts`: too few, and no notice.
        """
        return self.unreachables(1, attempts, approve, contact_number, consents)[0]

    def unreachables(
        self, count: int, attempts: int = 8, approve: bool = True, contact_number: str | None = None,
        consents: bool = True,
    ) -> list[Person]:
        """Several such people at once: they live through the same days. A given contact number is shared by all."""
        start = TODAY - 90 * DAY
        if self.clock.at > start:
            raise ValueError("these days are over: make all such people of a world at once")
        self.clock.at = start
        people = [self.borrower(contact_number) for _ in range(count)]
        self.at(-85)
        for person in people:
            self.deliver(person)
            self.consents(person, consents, consents)
        self.at(-75)
        for person in people:
            self.account(person)
        enough = attempts == len(ATTEMPT_DAYS)
        for place, day in enumerate(ATTEMPT_DAYS if enough else TOO_FEW_DAYS[-attempts:]):
            self.at(day, TIMES[place % len(TIMES)])
            for person in people:
                self.attempts(person, [day], place)
        if enough:
            self.clock.at += HOUR
            for person in people:
                self.notice(person)
            for person in people:
                self.attempts(person, [-2], 1)
        self.at(0, "09:00")
        self.feeds()
        if approve and enough and consents:
            for person in people:
                self.approve(person)
        self.at(0, "10:00")
        return people

    def approve(self, person: Person) -> str:
        """Asks once, is refused for want of an approval, and has an officer approve."""
        answer = self.lookup(person)
        approval: str = answer["approval"]
        person.approval = approval
        self.sign("approval-given/1", {"approval": approval, "borrower": person.borrower})
        return approval

    def asked(self, person: Person, by: Actor | None = None, key: str | None = None, **changes: Any) -> Body:
        """The arguments of `lookup`, with the sealed values the web tier would send along."""
        by = by or self.agency
        asked = {
            "account": person.account, "about": "contact", "purpose": PURPOSE, "mode": "number", "agent": "agent-17",
        } | changes
        contacts = {subject for subject, name in self.blobs if name == "number"} & {person.contact}
        blobs = {one: {name: self.blobs[one, name] for name in ("name", "number")} for one in contacts}
        if asked["about"] == "borrower":
            blobs = {person.borrower: {
                name: blob for (subject, name), blob in self.blobs.items()
                if subject == person.borrower and name != "name"
            }}
        return {
            "by": by.value(), **asked,
            "idem": {"scope": f"{by.id}:POST:/v1/lookups", "key": key or new_id(os.urandom), "request": asked},
            "blobs": blobs,
        }

    def alive(self) -> None:
        """The courier follows the log: without it nothing is opened."""
        self.vault.call("follow", {"after": self.cursor, "limit": 1, "courier": True})

    def lookup(
        self, person: Person, by: Actor | None = None, key: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """One lookup for the person's contact."""
        self.alive()
        return self.call("lookup", **self.asked(person, by, key, **changes))

    def opened(self, answer: Mapping[str, Any], by: Actor | None = None) -> dict[str, Any]:
        """What the collector's key opens of a permit, the vault's signature verified."""
        agency = by or self.agency
        assert agency.id is not None
        (sig, _) = self.vault.call("keys", {})["jwks"]["keys"]
        signed = jose.decrypt(answer["release"]["jwe"], self.jwks[agency.id]).decode("ascii")
        return jose.verify_jws(signed, jose.RELEASE, sig)

    # Looking

    def entry(self, ident: str) -> Entry:
        """An entry by id."""
        found = self.vault.desk.log.find(ident)
        assert found is not None
        return found

    def entries(self, kind: str | None = None) -> list[Entry]:
        """The whole log, or all of a kind."""
        log = self.vault.desk.log
        return list(log.entries_where(lambda its, _: kind in (None, its), 0, log.size))

    def codes(self, answer: Mapping[str, Any]) -> list[str]:
        """The reasons in the log entry of a lookup."""
        return list(self.entry(answer["lookup"]).body["reasons"])


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
