"""Who must vouch for what (DESIGN section 5): every kind, on the web tier's bare word and with signatures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from registry import jose
from registry.errors import ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.catalogue import KINDS
from registry.model.entries import ROLES, Actor, Draft
from registry.model.ids import new_id
from registry.model.kinds import Authority
from registry.model.times import DAY, stamp
from registry.policy import RULES_VERSION, read_pack
from registry.policy.pack import digest
from registry.shipped import shipped_packs
from registry.vault.authority import DEPOSITED, OWN_OPS, check_signatures
from tests.authenticator import Authenticator
from tests.world import PURPOSE, Person, Signing, World

Body = dict[str, Any]

# What the web tier's word alone may bring into the log by `append`: the lender's row, its own looks, and tightening.
BARE = {
    kind.name for kind in KINDS.values()
    if kind.authority in (Authority.LENDER, Authority.ANYONE, Authority.WEB) and kind.name not in DEPOSITED | OWN_OPS
}


class Samples:
    """A body of every kind that agrees with what is in the log, so that only its authority can be wanting."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.person, self.other = world.unreachables(2, approve=False)
        world.approve(self.person)
        self.permit = world.lookup(self.person)["lookup"]
        self.asked = world.lookup(self.other)["approval"]
        self.open_consent = world.call("consent", **world.terms(self.other, "contact"))["consent"]
        self.hold = new_id(os.urandom)
        world.append("hold-placed/1", {
            "hold": self.hold, "borrower": self.other.borrower, "type": "dispute",
        }, world.lender, self.hold)
        self.erased = world.borrower()
        world.append("erasure-requested/1", {
            "subject": self.erased.contact, "role": "contact", "borrower": self.erased.borrower,
        }, world.lender)

    def of(self, kind: str) -> tuple[Body, str | None]:
        """A body and, where the entry's id is given by it, the id."""
        make: Callable[[Samples], Body] = _BODIES[kind]
        body = make(self)
        member = _OWN_ID.get(kind)
        return body, None if member is None else body[member]


_OWN_ID = {
    "contact-reported/1": "report",
    "provider-registered/1": "provider", "party-registered/1": "party", "borrower-registered/1": "borrower",
    "channel-added/1": "channel", "contact-registered/1": "contact", "account-opened/1": "account",
    "placed/1": "placement", "consent-requested/1": "consent", "hold-placed/1": "hold",
    "notice-requested/1": "notice", "approval-requested/1": "approval", "lookup-decided/1": "lookup",
    "sign-in-asked/1": "request", "signed-in/1": "session", "passkey-added/1": "passkey",
    "staff-passkey-added/1": "passkey", "consent-requested/2": "consent", "complaint-filed/1": "complaint",
    "consent-requested/3": "consent", "derogation-granted/1": "derogation",
}


def fresh() -> str:
    return new_id(os.urandom)


def _terms(samples: Samples, giver: str) -> Body:
    given = next(one for one in samples.world.entries("consent-given/1") if one.body["giver"] == giver)
    names = set(given.body) - {"assurance", "evidence_commitment"}
    return {name: given.body[name] for name in names} | {"consent": fresh()}


def _line(samples: Samples, person: Person) -> Body:
    return {
        "contact": person.contact, "borrower": person.borrower,
        "line": samples.world.entry(person.contact).body["line"],
    }


def _opened(samples: Samples, template: str, about: str, subject: str, channel: str | None = None) -> str:
    """An address that the vault itself opened."""
    desk = samples.world.vault.desk
    body = {"about": about, "subject": subject, "template": template} | ({"channel": channel} if channel else {})
    with desk.log.operation() as at:
        entry = desk.make("address-opened/1", body, at)
    desk.log.commit()
    return entry.id


def _derogation(samples: Samples) -> Body:
    world = samples.world
    return {
        "derogation": fresh(), "parameter": "borrower.max_dials_7d", "value": "9", "lender": world.lender.id,
        "floor_sha256": shipped_packs()["floor"].id.sha256, "effective_from": stamp(world.clock.at),
        "until": stamp(world.clock.at + 30 * DAY), "reason": "0" * 64,
    }


def _notice(samples: Samples) -> Body:
    entry = samples.world.entries("notice-requested/1")[0]
    return {name: entry.body[name] for name in ("notice", "account", "borrower")}


def _attempt(samples: Samples) -> Body:
    return samples.world.attempt_body(samples.person)


def _checked(samples: Samples) -> Body:
    world, person = samples.world, samples.person
    return {
        "check": fresh(), "client": world.agency.id, "agency": world.agency.id, "account": person.account,
        "channel": person.channels["voice"], "borrower": person.borrower, "lender": world.lender.id,
        "line": world.entry(person.channels["voice"]).body["line"], "may_dial": False, "reasons": ["outside-hours"],
        "rules": "2", "packs": [], "offsets": [],
    }


def _pack(samples: Samples) -> Body:
    return {**shipped_packs()["cn"].value(), "effective_from": stamp(samples.world.clock.at)}


def _key() -> Body:
    return {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}  # RFC 7517 appendix A.1


def _decided(samples: Samples) -> Body:
    return {**samples.world.entry(samples.permit).body, "lookup": fresh()}


def _message(samples: Samples, opened: bool = True) -> Body:
    """What the entries of a relayed message name: one that was permitted, and whose address was opened."""
    desk, lookup = samples.world.vault.desk, fresh()
    body = {**samples.world.entry(samples.permit).body, "lookup": lookup, "mode": "message"}
    with desk.log.operation() as at:
        desk.make("lookup-decided/1", body, at, ident=lookup)
    desk.log.commit()
    address = {"opened": _opened(samples, "relayed-message", lookup, body["contact"])} if opened else {}
    return {**{name: body[name] for name in ("lookup", "borrower", "contact", "line")}, **address}


def _relayed(samples: Samples) -> Body:
    text = read_pack(shipped_packs()["cn"].text).messages[PURPOSE]["zh"]
    return {**_message(samples), "language": "zh", "script_sha256": digest(text)}


def _call(samples: Samples, bound: bool = False) -> Body:
    """What the entries of a brokered call name: one that was permitted, and whose address was opened."""
    desk, lookup = samples.world.vault.desk, fresh()
    body = {**samples.world.entry(samples.permit).body, "lookup": lookup, "mode": "call", "caller": True}
    with desk.log.operation() as at:
        desk.make("lookup-decided/2", body, at, ident=lookup)
    desk.log.commit()
    opened = _opened(samples, "brokered-call", lookup, body["contact"])
    return {**{name: body[name] for name in ("lookup", "borrower", "contact", "line")},
            **({"opened": opened} if bound else {})}


def _visit(samples: Samples) -> Body:
    """A visit that was permitted."""
    desk, lookup = samples.world.vault.desk, fresh()
    permit = {name: value for name, value in samples.world.entry(samples.permit).body.items()
              if name not in ("contact", "line", "approval")}
    with desk.log.operation() as at:
        desk.make("lookup-decided/2", {**permit, "lookup": lookup, "about": "visit"}, at, ident=lookup)
    desk.log.commit()
    return {"lookup": lookup, "account": permit["account"], "borrower": permit["borrower"],
            "agency": permit["client"]}


def _message_receipt(samples: Samples) -> Body:
    body = _relayed(samples)
    samples.world.vouch("message-relayed/1", body)
    return {"lookup": body["lookup"], "borrower": body["borrower"], "status": "delivered"}


def _outcome(samples: Samples) -> Body:
    body = samples.world.entry(samples.permit).body
    return {
        **{name: body[name] for name in ("lookup", "account", "borrower", "contact", "line")},
        "agency": body["client"], "outcome": "relayed", "reported_at": stamp(samples.world.clock.at), "agent": "a",
    }


def _account(samples: Samples, *names: str) -> Body:
    """Of an account of its own, so that nothing is over for the others."""
    person = Person(samples.other.borrower, "", "", "", "", samples.other.channels)
    samples.world.account(person)
    body = samples.world.entry(person.account).body
    return {name: body[name] for name in names}


def _reported(samples: Samples) -> Body:
    """A report by the lender, which may be lifted."""
    report = fresh()
    body = {**_line(samples, samples.other), "report": report}
    samples.world.append("contact-reported/1", {**body, "says": "deceased"}, samples.world.lender, report)
    return body


def _told_of_assignment(samples: Samples) -> Body:
    body = _account(samples, "account", "borrower")
    assigned = samples.world.call("assign-account", by=samples.world.lender.value(), account=body["account"])
    about, channel = assigned["entries"][0]["entry"]["id"], samples.other.channels["sms"]
    opened = _opened(samples, "borrower-assigned", about, body["borrower"], channel)
    return {"about": about, "borrower": body["borrower"], "channel": channel, "opened": opened, "language": "zh"}


def _code_sent(samples: Samples) -> Body:
    """Of a code that the other borrower was just asked for."""
    channel = samples.world.entry(samples.other.channels["sms"])
    request, desk = fresh(), samples.world.vault.desk
    body = {"borrower": samples.other.borrower, "channel": channel.id}
    with desk.log.operation() as at:
        desk.make("sign-in-asked/1", {
            **body, "request": request, "way": "code", "role": "borrower", "medium": "sms",
            "line": channel.body["line"]}, at, ident=request)
    desk.log.commit()
    opened = _opened(samples, "sign-in-code", request, samples.other.borrower, channel.id)
    return {**body, "about": request, "opened": opened, "language": "zh"}


def _passkey() -> Body:
    device = Authenticator()
    return {"credential": device.id, "public_key": device.public_key, "rp_id": device.rp_id,
            "origin": device.origin}


def _told(samples: Samples) -> Body:
    """Of a passkey, to a channel that the vault opened for that message."""
    body, channel = _borrowers_passkey(samples), samples.other.channels["sms"]
    opened = _opened(samples, "borrower-told-passkey", body["passkey"], body["borrower"], channel)
    return {"about": body["passkey"], "borrower": body["borrower"], "channel": channel, "opened": opened,
            "language": "zh"}


def _asked_of_himself(samples: Samples) -> Body:
    return {**_terms(samples, "borrower"), "method": "portal", "channel": samples.person.channels["sms"]}


def _use(samples: Samples) -> Body:
    body = samples.world.entry(samples.permit).body
    return {name: body[name] for name in ("lookup", "borrower", "contact", "line")}


def _complaint(samples: Samples) -> Body:
    return {"complaint": fresh(), "from": "borrower", "borrower": samples.other.borrower, "about": "lender"}


def _settled(samples: Samples, remedy: str = "apology", **more: Any) -> Body:
    body = _complaint(samples)
    samples.world.append("complaint-filed/1", body, samples.world.lender, body["complaint"])
    return {**{name: body[name] for name in ("complaint", "borrower")}, "verdict": "upheld", "remedy": remedy, **more}


def _paid(samples: Samples) -> Body:
    body = _settled(samples, "compensation", amount_minor=5_000, currency="CNY")
    samples.world.sign("complaint-settled/1", body)
    return {"complaint": body["complaint"], "borrower": body["borrower"], "paid_on": "2026-11-25"}


def _resolution(samples: Samples) -> Body:
    return {"resolution": fresh(), "complaint": _settled(samples)["complaint"], "address": "3" * 64}


def _resolved(samples: Samples) -> Body:
    return {name: one for name, one in _resolution(samples).items() if name != "address"}


def _borrowers_passkey(samples: Samples) -> Body:
    ident, desk = fresh(), samples.world.vault.desk
    body = {"passkey": ident, "borrower": samples.other.borrower}
    with desk.log.operation() as at:
        desk.make("passkey-added/1", {**body, **_passkey()}, at, ident=ident)
    desk.log.commit()
    return body


def _raised(samples: Samples) -> str:
    desk = samples.world.vault.desk
    with desk.log.operation() as at:
        alarm = desk.make("alarm-raised/1", {"alarm": "address-cap"}, at)
    desk.log.commit()
    return alarm.id


def _address(samples: Samples, person: Person) -> Body:
    body = samples.world.entry(person.channels["voice"]).body
    return {name: body[name] for name in ("line", "region", "zones", "blob_sha256") if name in body}


_BODIES: Mapping[str, Callable[[Samples], Body]] = {
    "genesis/1": lambda s: dict(s.world.entries("genesis/1")[0].body),
    "demo-clock-advanced/1": lambda s: {"seconds": 60},
    "provider-registered/1": lambda s: {
        "provider": fresh(), "name": "another", "adapter": "neutral", "grade": "B", "owner": "registry",
        "secret_commitment": "2" * 64},
    "provider-gap-accepted/1": lambda s: {"provider": s.world.provider, "from_seq": 3, "through_seq": 4},
    "provider-suspended/1": lambda s: {"provider": s.world.provider, "since": stamp(s.world.clock.at)},
    "provider-resumed/1": lambda s: {"provider": s.world.provider},
    "party-registered/1": lambda s: {"party": fresh(), "role": "agency", "name": "Third", "enc_key": _key()},
    "party-key-changed/1": lambda s: {"party": s.world.agency.id, "enc_key": _key()},
    "party-suspended/1": lambda s: {"party": s.world.rival.id},
    "agency-approved/1": lambda s: {
        "agency": s.world.rival.id, "lender": s.world.lender.id, "role": "entrusted",
        "until": stamp(s.world.clock.at + DAY)},
    "pack-activated/1": _pack,
    "releases-stopped/1": lambda s: {},
    "releases-resumed/1": lambda s: {},
    "borrower-registered/1": lambda s: {
        **s.world.entry(s.person.borrower).body, "borrower": fresh(), "lender": s.world.lender.id},
    "channel-added/1": lambda s: {
        "channel": fresh(), "borrower": s.person.borrower, "medium": "voice", "use": "personal",
        **_address(s, s.person)},
    "channel-removed/1": lambda s: {"channel": s.other.channels["voice"], "borrower": s.other.borrower},
    "channel-disputed/1": lambda s: {"channel": s.other.channels["voice"], "borrower": s.other.borrower},
    "contact-registered/1": lambda s: {**s.world.entry(s.person.contact).body, "contact": fresh()},
    "account-opened/1": lambda s: {**s.world.entry(s.person.account).body, "account": fresh()},
    "account-changed/1": lambda s: {
        "account": s.person.account, "borrower": s.person.borrower, "balance_minor": 1, "as_of": "2026-11-25"},
    "placed/1": lambda s: {**s.world.entry(s.person.placement).body, "placement": fresh()},
    "recalled/1": lambda s: {
        "placement": s.other.placement, "account": s.other.account, "borrower": s.other.borrower},
    "feed-complete/1": lambda s: {
        "lender": s.world.lender.id, "feed": "logins", "complete_through": stamp(s.world.clock.at)},
    "contact-informed/1": lambda s: {
        **_line(s, s.person), "language": "zh",
        "opened": _opened(s, "contact-listed", s.person.contact, s.person.contact)},
    "consent-requested/1": lambda s: _terms(s, "contact"),
    "consent-given/1": lambda s: {**_terms(s, "borrower"), "assurance": "recorded"},
    "consent-withdrawn/1": lambda s: {
        "consent": s.other.consent, "giver": "borrower", "borrower": s.other.borrower, "act": "withdrawn",
        "through": "lender"},
    "objected/1": lambda s: {**_line(s, s.other), "through": "lender"},
    "code-sent/1": lambda s: {
        **_line(s, s.other), "consent": s.open_consent, "language": "zh",
        "opened": _opened(s, "contact-invitation", s.open_consent, s.other.contact)},
    "erasure-requested/1": lambda s: {
        "subject": s.other.contact, "role": "contact", "borrower": s.other.borrower},
    "erasure-cancelled/1": lambda s: {
        "subject": s.erased.contact, "role": "contact", "borrower": s.erased.borrower},
    "attempt-recorded/1": _attempt,
    "attempt-recorded/2": _attempt,
    "dial-checked/1": _checked,
    "sign-of-life/1": lambda s: {"borrower": s.other.borrower, "source": "payment"},
    "callback-offered/1": lambda s: {
        "borrower": s.other.borrower, "until": stamp(s.world.clock.at + DAY), "windows": ["10:00-12:00"]},
    "hold-placed/1": lambda s: {"hold": fresh(), "borrower": s.other.borrower, "type": "attorney"},
    "hold-lifted/1": lambda s: {"hold": s.hold, "borrower": s.other.borrower},
    "notice-requested/1": lambda s: {
        "notice": fresh(), "account": s.person.account, "borrower": s.person.borrower},
    "notice-sent/1": lambda s: {
        **_notice(s), "channel": s.person.channels["sms"], "medium": "sms", "language": "zh",
        "opened": _opened(s, "borrower-notice", _notice(s)["notice"], s.person.borrower, s.person.channels["sms"])},
    "notice-receipt/1": lambda s: {
        **{name: _notice(s)[name] for name in ("notice", "borrower")}, "channel": s.person.channels["sms"],
        "status": "delivered"},
    "use-told/1": lambda s: {
        "lookup": s.permit, "borrower": s.person.borrower, "to": "contact", "language": "zh",
        "opened": _opened(s, "use-contact", s.permit, s.person.contact)},
    "message-relayed/1": _relayed,
    "message-receipt/1": _message_receipt,
    "message-answered/1": lambda s: {**_message(s, opened=False), "answer": "cannot", "through": "link"},
    "address-opened/1": lambda s: {"about": s.permit, "subject": s.person.contact, "template": "use-contact"},
    "approval-requested/1": lambda s: {**s.world.entry(s.asked).body, "approval": fresh()},
    "approval-given/1": lambda s: {"approval": s.asked, "borrower": s.other.borrower},
    "approval-refused/1": lambda s: {"approval": s.asked, "borrower": s.other.borrower},
    "lookup-decided/1": _decided,
    "lookup-decided/2": lambda s: {**_decided(s), "mode": "call", "caller": True},
    "approval-requested/2": lambda s: {
        **{name: one for name, one in s.world.entry(s.asked).body.items() if name != "contact"}, "approval": fresh(),
        "about": "visit", "visitors": ["a", "b"]},
    "officer-role-set/1": lambda s: {"officer": s.world.officers[0].id, "role": "legal"},
    "call-bound/1": lambda s: {
        **_call(s, bound=True), "expires_at": stamp(s.world.clock.at), "max_calls": 1},
    "call-recorded/1": lambda s: {
        **_call(s), "call": fresh(), "began_at": stamp(s.world.clock.at), "talk_seconds": 0, "outcome": "busy",
        "stop": False},
    "call-unbound/1": lambda s: {**_call(s), "why": "expired"},
    "visit-reported/1": lambda s: {
        **_visit(s), "outcome": "not-home", "reported_at": stamp(s.world.clock.at), "agent": "a"},
    "lookup-redelivered/1": lambda s: {"lookup": s.permit, "borrower": s.person.borrower},
    "opening-refused/1": lambda s: {
        "lookup": s.permit, "borrower": s.person.borrower, "agency": s.world.agency.id,
        "line": s.world.entry(s.permit).body["line"], "reasons": ["internal"]},
    "opening-refused/2": lambda s: {
        "lookup": s.permit, "borrower": s.person.borrower, "agency": s.world.agency.id, "reasons": ["internal"]},
    "lookup-continued/1": lambda s: {"lookup": s.permit, "continues": fresh()},
    "outcome-reported/1": _outcome,
    "alarm-raised/1": lambda s: {"alarm": "address-cap"},
    "alarm-raised/2": lambda s: {"alarm": "message-undeliverable", "about": s.permit},
    "viewed/1": lambda s: {"what": "entries"},
    "sign-in-asked/1": lambda s: {
        "request": fresh(), "way": "link", "role": "borrower", "borrower": s.other.borrower},
    "signed-in/1": lambda s: {
        "session": fresh(), "role": "borrower", "strength": "link", "borrower": s.other.borrower},
    "code-sent/2": _code_sent,
    "passkey-added/1": lambda s: {"passkey": fresh(), "borrower": s.other.borrower, **_passkey()},
    "borrower-told/1": _told,
    "staff-passkey-added/1": lambda s: {
        "passkey": fresh(), "role": "officer", "party": s.world.officers[0].id, **_passkey()},
    "passkey-removed/1": _borrowers_passkey,
    "consent-requested/2": _asked_of_himself,
    "consent-requested/3": lambda s: {**_terms(s, "contact"), "renews": s.person.contact_consent},
    "use-answered/1": lambda s: {**_use(s), "answer": "cannot", "through": "portal"},
    "complaint-filed/1": _complaint,
    "complaint-settled/1": _settled,
    "remedy-paid/1": _paid,
    "agency-evaluated/1": lambda s: {
        "agency": s.world.agency.id, "lender": s.world.lender.id, "from": "2026-01-01", "until": "2026-06-30",
        "score": 88, "result": "good", "licence": "1234", "licence_until": "2027-01-01"},
    "resolution-approved/1": _resolution,
    "identity-resolved/1": lambda s: {**_resolved(s), "borrowers": [s.other.borrower], "contacts": []},
    "viewed/2": lambda s: {"what": "complaints"},
    "erased/1": lambda s: {
        "subject": s.person.contact, "role": "contact", "borrower": s.person.borrower, "requested": fresh()},
    "witness-policy-set/1": lambda s: {"policy": "none"},
    "keys-rotated/1": lambda s: {"from": "0" * 16, "to": "1" * 16, "subjects": 3},
    "auditor-key-added/1": lambda s: {"party": s.world.staff("auditor").id, "key": Signing().public},
    "alarm-raised/3": lambda s: {"alarm": "clock-jump", "count": 60_000},
    "alarm-closed/1": lambda s: {"alarm": _raised(s)},
    "viewed/3": lambda s: {"what": "alarms"},
    "account-assigned/1": lambda s: _account(s, "account", "borrower", "lender"),
    "agreement-ended/1": lambda s: {**_line(s, s.other), "assignment": fresh()},
    "liability-changed/1": lambda s: {**_account(s, "account", "borrower", "lender"), "liability": "joint"},
    "borrower-changed/1": lambda s: {
        "borrower": s.other.borrower, "lender": s.world.lender.id, "languages": ["zh-CN", "en"]},
    "contact-reported/1": lambda s: {**_line(s, s.other), "report": fresh(), "says": "wrong-person"},
    "contact-report-lifted/1": _reported,
    "person-told/1": _told_of_assignment,
    "derogation-granted/1": _derogation,
}
BY_TWO = frozenset(("derogation-granted/1",))   # nobody's single signature ever does


def actors(world: World, samples: Samples) -> Iterator[Actor]:
    """Everybody a lying web tier could speak for."""
    for role in sorted(ROLES):
        yield Actor(role)
        yield Actor(role, new_id(os.urandom))
    yield from (world.lender, world.agency, world.rival, world.auditor)
    yield Actor("officer", world.officers[0].id)
    for person in (samples.person, samples.other, samples.erased):
        yield Actor("borrower", person.borrower)
        yield Actor("contact", person.contact)


@pytest.fixture
def samples(world: World) -> Samples:
    return Samples(world)


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(_BODIES) == set(KINDS)


def test_the_bare_word_of_the_web_tier_loosens_nothing_outside_the_lenders_row(samples: Samples) -> None:
    world = samples.world
    accepted: dict[str, set[str]] = {}
    for kind in KINDS:
        for by in actors(world, samples):
            body, ident = samples.of(kind)
            try:
                world.append(kind, body, by, ident)
            except (UnauthorizedError, NotFoundError):
                continue
            accepted.setdefault(kind, set()).add(by.role)
    assert set(accepted) == BARE
    for kind, roles in accepted.items():
        authority = KINDS[kind].authority
        if authority is Authority.LENDER:
            assert roles == {"lender"}
        elif authority is Authority.ANYONE:
            assert KINDS[kind].restricting, f"{kind} is anybody's word, so it must only tighten"
        else:
            assert kind in ("viewed/1", "viewed/2", "viewed/3")


def test_every_kind_is_accepted_once_those_who_must_have_vouched(samples: Samples) -> None:
    world = samples.world
    for kind in KINDS.values():
        body, ident = samples.of(kind.name)
        if kind.authority is Authority.OFFICER:
            assert world.sign(kind.name, body, ident, officers=2 if kind.name in BY_TWO else 1)["fresh"]
        elif kind.name == "call-recorded/1":
            assert world.call("call-record", entry=world.vouched(kind.name, body, ident))["entries"]
        elif kind.authority is Authority.COURIER:
            assert world.vouch(kind.name, body, ident)["fresh"]
        elif kind.name in BARE:
            assert world.append(kind.name, body, world.lender, ident)["fresh"]


def test_what_the_vault_makes_itself_is_refused_from_everybody_with_any_signature(samples: Samples) -> None:
    world = samples.world
    for kind in KINDS.values():
        if kind.name not in DEPOSITED | OWN_OPS and kind.authority not in (Authority.VAULT, Authority.CONSENT):
            continue
        for by in actors(world, samples):
            body, ident = samples.of(kind.name)
            draft = world.draft(kind.name, body, by, ident)
            auth = (*(one.officer(draft.to_sign()) for one in world.officers), world.courier.courier(draft.to_sign()))
            with pytest.raises(UnauthorizedError):
                world.call("append", entry=Draft(draft.id, draft.kind, by, body, auth).value())


def forgeries(world: World, draft: Draft, courier: bool) -> Iterator[tuple[str, tuple[Body, ...]]]:
    """Signatures that must not do."""
    to_sign, first = draft.to_sign(), world.officers[0]
    other = Draft(new_id(os.urandom), draft.kind, draft.by, draft.body).to_sign()
    right = world.courier.courier(to_sign) if courier else first.officer(to_sign)
    yield "nobody's", ()
    yield "an unknown officer's", (Signing().officer(to_sign),)
    yield "an unknown key in an officer's name", (Signing(first.id).officer(to_sign),)
    yield "an unknown key in the courier's name", (Signing().courier(to_sign),)
    yield "for another act", (world.courier.courier(other) if courier else first.officer(other),)
    yield "the other office's", (first.officer(to_sign) if courier else world.courier.courier(to_sign),)
    yield "the same twice", (right, right)
    yield "one right, one wrong", (right, Signing().officer(to_sign))
    yield "another algorithm", ({**right, "alg": "none"},)
    yield "with a surplus member", ({**right, "note": "x"},)
    yield "padded", ({**right, "sig": right["sig"] + "=="},)
    yield "cut", ({**right, "sig": right["sig"][:-4]},)
    yield "not a string", ({**right, "sig": 7},)
    raw = bytearray(jose.from_b64url(right["sig"]))
    raw[0] ^= 1
    yield "one bit off", ({**right, "sig": jose.b64url(bytes(raw))},)
    yield "too many", (right, *(Signing().officer(to_sign) for _ in range(4)))


@pytest.mark.parametrize("authority", [Authority.OFFICER, Authority.COURIER])
def test_no_forged_signature_does(samples: Samples, authority: Authority) -> None:
    world, courier = samples.world, authority is Authority.COURIER
    by = Actor("courier") if courier else Actor("officer", world.officers[0].id)
    for kind in (kind.name for kind in KINDS.values() if kind.authority is authority):
        body, ident = samples.of(kind)
        draft = world.draft(kind, body, by, ident)
        for what, auth in forgeries(world, draft, courier):
            forged = Draft(draft.id, kind, by, body, auth)
            with pytest.raises(UnauthorizedError):
                world.call("append", entry=forged.value())
            with pytest.raises(UnauthorizedError):
                check_signatures(forged, world.vault.desk.directory, world.clock.at)
            assert world.vault.desk.log.find(draft.id) is None, what


def test_a_signature_that_does_not_hold_spoils_even_what_needs_none(samples: Samples) -> None:
    world = samples.world
    body, ident = samples.of("hold-placed/1")
    draft = world.draft("hold-placed/1", body, world.lender, ident)
    with pytest.raises(UnauthorizedError):
        world.call("append", entry=Draft(
            draft.id, draft.kind, draft.by, body, (Signing().officer(draft.to_sign()),)).value())


def test_check_signatures_passes_every_entry_of_the_log(samples: Samples) -> None:
    directory = samples.world.vault.desk.directory
    for entry in samples.world.entries():
        check_signatures(entry.draft, directory, entry.at)


# Cross references: who has nothing to do with a person may say nothing about him, and learns nothing


def test_another_lender_and_a_stranger_agency_may_not_even_tighten(samples: Samples) -> None:
    world = samples.world
    stranger = world._party("lender", "Other Lender")
    for kind in ("hold-placed/1", "sign-of-life/1", "recalled/1", "channel-disputed/1", "erasure-requested/1",
                 "callback-offered/1", "account-changed/1", "placed/1", "channel-removed/1", "account-opened/1"):
        for by in (stranger, world.rival):
            body, ident = samples.of(kind)
            with pytest.raises((NotFoundError, UnauthorizedError)):
                world.append(kind, body, by, ident)


def test_a_lender_suspends_itself_and_its_own_agencies_alone(samples: Samples) -> None:
    world = samples.world
    stranger = world._party("lender", "Other Lender")
    for party in (world.lender, world.agency, world.rival, world.auditor):
        with pytest.raises(NotFoundError):
            world.append("party-suspended/1", {"party": party.id}, stranger)
    for by, party in ((stranger, stranger), (world.lender, world.rival), (world.agency, world.agency),
                      (Actor("officer", world.officers[0].id), world.lender)):
        assert world.append("party-suspended/1", {"party": party.id}, by)["fresh"]


def test_a_gap_is_accepted_once_it_is_there_and_not_in_advance(samples: Samples) -> None:
    world = samples.world
    seen = world.seq
    world.seq += 2
    body = {"provider": world.provider, "from_seq": seen + 1, "through_seq": seen + 2}
    with pytest.raises(MalformedError):
        world.sign("provider-gap-accepted/1", body)
    world.attempt(samples.person)
    with pytest.raises(MalformedError):
        world.sign("provider-gap-accepted/1", {**body, "through_seq": 2**53 - 1})
    assert world.sign("provider-gap-accepted/1", body)["fresh"]


def test_what_an_entry_names_must_belong_together(samples: Samples) -> None:
    world, one, other = samples.world, samples.person, samples.other
    wrong: list[tuple[str, Body]] = [
        ("hold-placed/1", {"hold": fresh(), "borrower": one.borrower, "account": other.account, "type": "dispute"}),
        ("sign-of-life/1", {"borrower": one.borrower, "source": "login", "channel": other.channels["sms"]}),
        ("recalled/1", {"placement": other.placement, "account": one.account, "borrower": one.borrower}),
        ("recalled/1", {"placement": other.placement, "account": other.account, "borrower": one.borrower}),
        ("channel-disputed/1", {"channel": other.channels["sms"], "borrower": one.borrower}),
        ("account-changed/1", {"account": other.account, "borrower": one.borrower, "as_of": "2026-11-25"}),
        ("erasure-requested/1", {"subject": other.contact, "role": "contact", "borrower": one.borrower}),
        ("erasure-requested/1", {"subject": other.borrower, "role": "borrower", "borrower": one.borrower}),
    ]
    for kind, body in wrong:
        ident = body.get("hold")
        with pytest.raises(NotFoundError):
            world.append(kind, body, world.lender, ident)
    signed: list[tuple[str, Body]] = [
        ("hold-lifted/1", {"hold": samples.hold, "borrower": one.borrower}),
        ("hold-lifted/1", {"hold": fresh(), "borrower": one.borrower}),
        ("approval-given/1", {"approval": samples.asked, "borrower": one.borrower}),
        ("approval-given/1", {"approval": fresh(), "borrower": other.borrower}),
        ("party-key-changed/1", {"party": fresh(), "enc_key": _key()}),
        ("erasure-cancelled/1", {"subject": one.contact, "role": "contact", "borrower": one.borrower}),
    ]
    for kind, body in signed:
        with pytest.raises(ConsentryError) as caught:
            world.sign(kind, body)
        assert not isinstance(caught.value, UnauthorizedError)
        assert caught.value.code != "internal"


def test_the_courier_cannot_say_that_a_message_went_out_for_which_no_address_was_opened(samples: Samples) -> None:
    world, person = samples.world, samples.person
    elsewhere = _opened(samples, "contact-listed", samples.other.contact, samples.other.contact)
    for kind, named in (
        ("contact-informed/1", "contact-listed"), ("code-sent/1", "contact-invitation"),
        ("notice-sent/1", "borrower-notice"), ("use-told/1", "use-contact"),
    ):
        body, _ = samples.of(kind)
        for opened in (fresh(), person.borrower, elsewhere):
            with pytest.raises(NotFoundError):
                world.vouch(kind, {**body, "opened": opened})
        assert world.entry(body["opened"]).body["template"] == named


def test_ids_of_created_things_are_taken_once(samples: Samples) -> None:
    world = samples.world
    for kind, member in _OWN_ID.items():
        if kind not in BARE:
            continue
        body, _ = samples.of(kind)
        with pytest.raises(ConsentryError) as caught:
            world.append(kind, body, world.lender, fresh())
        assert caught.value.pointer == f"/body/{member}"


def test_a_key_no_point_of_the_curve_and_a_pack_that_is_none_are_refused(samples: Samples) -> None:
    world = samples.world
    bad_key = {**_key(), "y": _key()["x"]}
    pack = _pack(samples)
    for kind, body in (
        ("party-registered/1", {"party": fresh(), "role": "agency", "name": "Third", "enc_key": bad_key}),
        ("party-key-changed/1", {"party": world.agency.id, "enc_key": bad_key}),
        ("pack-activated/1", {**pack, "text": pack["text"] + "\n"}),
        ("pack-activated/1", {**pack, "name": "us"}), ("pack-activated/1", {**pack, "version": "9"}),
    ):
        with pytest.raises(ConsentryError) as caught:
            world.sign(kind, body, body.get("party"))
        assert caught.value.code not in ("internal", "authority-missing")


@pytest.mark.parametrize("officers", [1, 2])
def test_no_officer_loosens_the_floor(samples: Samples, officers: int) -> None:
    world, shipped = samples.world, shipped_packs()["floor"].text.replace('version = "2"', 'version = "3"')
    versions = [shipped.replace('value = 6\nunit = "attempts"', f'value = {need}\nunit = "attempts"')
                for need in (1, 7, 6)]
    for text, accepted in zip(versions, (False, True, False), strict=True):
        body = {"name": "floor", "version": "3", "sha256": digest(text), "text": text,
                "effective_from": stamp(world.clock.at)}
        if accepted:
            world.sign("pack-activated/1", body, officers=officers)
            continue
        with pytest.raises(MalformedError) as caught:
            world.sign("pack-activated/1", body, officers=officers)
        assert (caught.value.code, caught.value.pointer) == ("floor-loosened", "/body/text")
        assert "unreachable.min_attempts" in caught.value.detail


def test_two_officers_approve_once_each(samples: Samples) -> None:
    world = samples.world
    body, _ = samples.of("approval-given/1")
    world.sign("approval-given/1", body)
    with pytest.raises(ConsentryError):
        world.sign("approval-given/1", body)
    draft = world.draft("approval-given/1", body, Actor("officer", world.officers[1].id))
    auth = (world.officers[1].officer(draft.to_sign()),)
    assert world.call("append", entry=Draft(draft.id, draft.kind, draft.by, body, auth).value())["fresh"]


def test_rules_are_those_that_genesis_names(world: World) -> None:
    assert world.entries("genesis/1")[0].body["rules"] == RULES_VERSION
