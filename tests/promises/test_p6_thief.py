"""P6: a thief of the web tier has its database, every token and the vault's socket, but nobody's private key."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from registry import jose
from registry.errors import ConflictError, ConsentryError, IntegrityError, MalformedError, UnauthorizedError
from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, stamp
from registry.shipped import shipped_packs
from registry.vault.keys.kek import KeyFile
from registry.vault.ops import OPS
from registry.vault.vault import Vault
from tests import vault_engine
from tests.authenticator import Authenticator
from tests.databases import ON_POSTGRESQL
from tests.promises.canaries import Scanner, dump_of_server, files_of
from tests.promises.saved import Ready
from tests.world import Person, Signing, World

Call = tuple[str, dict[str, Any]]
JWE = re.compile(r"[\w-]{20,}\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+")


def scanner_of(people: list[Person]) -> Scanner:
    return Scanner([number for one in people for number in (one.number, one.contact_number)],
                   [one.mail for one in people])


def everything(ready: Ready, forged: Signing, envelope: str) -> Iterator[Call]:
    """Every op there is, as everybody, with every id, sealed value and release that he found."""
    def stolen(name: str) -> str:
        return world.blobs[people[0].contact, name].rstrip("=").replace("+", "-").replace("/", "_")

    world, people, size = ready.world, ready.people, ready.world.vault.desk.log.size
    lender, agencies = world.lender.value(), (world.agency.value(), world.rival.value())
    yield from ((name, {}) for name in ("status", "keys", "checkpoint", "log-now"))
    yield from (("entry", {"index": index}) for index in range(0, size, 7))
    yield from (("deliveries", {"index": index}) for index in range(size))
    yield from (("follow", {"after": after, "limit": 500, "courier": True}) for after in range(0, size, 500))
    yield "tile", {"level": 0, "n": 0, "width": 256}
    yield "entries-bundle", {"n": 0, "width": 256}
    yield "seal-note", {"text": world.blobs[people[0].contact, "number"]}
    yield "clock-advance", {"by": world.lender.value(), "seconds": 1}
    for person in people:
        for by in agencies:
            for _ in range(2):
                yield "lookup", world.asked(person, Actor(by["role"], by["id"]), key=person.account)
            yield "account", {"by": by, "account": person.account}
            yield "notice", {"by": by, "account": person.account}
            yield "dial-check", {"by": by, "account": person.account, "channel": person.channels["voice"]}
        for address in (person.number, person.contact_number):
            asked = {"address": address, "medium": "voice"}
            yield "match-line", {**asked, "auth": forged.courier(b"")}
            yield "register-contact", {
                "by": lender, "id": new_id(os.urandom), "borrower": person.borrower, "name": "Thief", "rank": 1,
                "relation": "other", "languages": ["zh"], "jwe": envelope,
            }
        for jwe in (stolen("number"), envelope):
            yield "add-channel", {
                "by": lender, "borrower": person.borrower, "medium": "sms", "use": "personal", "jwe": jwe}
        yield "consent", world.terms(person, "contact")
        yield "consent", {**world.terms(person, "borrower"), "evidence": envelope}
        yield "check-code", {"consent": person.contact_consent, "code": "123456"}
        yield "renew-consent", {"by": lender, "consent": person.contact_consent}
        yield "consent-record", {"consent": person.contact_consent}
        yield "renewals", {"consents": [person.contact_consent, person.consent]}
        yield "answer", {"token": "0" * 32, "answer": "withdraw"}
        yield "link", {"token": "0" * 32}
        yield "reply", {"reply": new_id(os.urandom), "address": person.contact_number, "medium": "sms",
                        "word": "stop", "auth": forged.courier(b"")}
    yield from portal(ready)
    yield from signing_in(ready)
    yield from calls_and_visits(ready, forged)
    yield "register-borrower", {
        "by": lender, "id": new_id(os.urandom), "name": {"given": "Thief"}, "residence": "CN", "languages": ["zh"],
        "channels": [{"medium": "sms", "jwe": stolen("number"), "use": "work"}],
    }
    for entry in world.entries():
        if entry.kind == "lookup-decided/1":
            yield "audit-lookup", {"by": world.auditor.value(), "lookup": entry.id}
            yield "case", {"by": world.auditor.value(), "lookup": entry.id}
            for by in agencies:
                yield "lookup-status", {"by": by, "lookup": entry.id}
                yield "outcome", {"by": by, "lookup": entry.id, "outcome": "relayed", "at": stamp(entry.at),
                                  "agent": "a"}
        if entry.kind == "approval-requested/1":
            yield "approval-facts", {"by": world.auditor.value(), "approval": entry.id}
    for index in range(size):
        for wanted in world.vault.call("deliveries", {"index": index})["deliveries"]:
            args = world.open_args(index, wanted)
            yield "open-for-delivery", {**args, "auth": forged.courier(b"")}
            named = {name: args[name] for name in ("index", "template", "channel") if name in args}
            yield "dead-letter", {**named, "auth": forged.courier(b"")}
    for person in people:
        yield "withdraw", {"by": lender, "consent": person.contact_consent, "through": "lender"}
    yield "append", {"entry": world.draft("releases-stopped/1", {}, world.lender).value()}


def calls_and_visits(ready: Ready, forged: Signing) -> Iterator[Call]:
    """Brokered calls from a line of his own, visits, and words in the bridge's place."""
    world = ready.world
    yield "follow", {"after": 0, "limit": 1, "courier": True, "bridge": True}
    for person in ready.people:
        yield "lookup", world.asked(person, mode="call", caller="+8610000006666")
        asked = world.asked(person, about="borrower", purpose="contact-borrower")
        yield "lookup", asked | {"about": "visit", "visitors": ["thief", "other-thief"]}
    for entry in world.entries():
        if entry.kind in ("lookup-decided/1", "lookup-decided/2"):
            yield "call-stands", {"lookup": entry.id, "auth": forged.courier(b"")}
            if "contact" in entry.body:
                named = {name: entry.body[name] for name in ("lookup", "borrower", "contact", "line")}
                yield "call-record", {"entry": world.draft("call-recorded/1", {
                    **named, "call": new_id(os.urandom), "began_at": stamp(world.clock.at), "talk_seconds": 0,
                    "outcome": "busy", "stop": True}, Actor("courier")).value()}


def signing_in(ready: Ready) -> Iterator[Call]:
    """Every way to sign in, as everybody, with codes, links and passkeys of his own making."""
    world, thief = ready.world, Authenticator()
    asked = world.call("passkey-challenge")["challenge"]
    session = world.linked(ready.people[0])
    yield "passkey-challenge", {}
    for person in ready.people:
        for role, address in (("borrower", person.number), ("contact", person.contact_number)):
            yield "ask-code", {"role": role, "address": address, "medium": "sms"}
        for request in (person.contact_consent, person.consent, new_id(os.urandom)):
            yield "enter-code", {"request": request, "code": "123456"}
        link = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)
        yield "make-link", {"by": world.lender.value(), "role": "borrower", "subject": person.borrower}
        yield "open-link", {"token": link["token"]}
    yield "open-token", {"by": {"role": "officer", "id": world.officers[0].id}}
    yield "session", {"token": session}
    yield "coded-channels", {"session": session}
    yield "add-passkey", {"session": session, "attestation": thief.create(asked), "challenge": asked}
    yield "open-passkey", {"assertion": thief.get(asked)}
    yield "close-session", {"token": session}


def portal(ready: Ready) -> Iterator[Call]:
    """What people and staff do in the portal, in sessions and under names that he took."""
    world, officer = ready.world, {"role": "officer", "id": ready.world.officers[0].id}
    permit = world.lookup(ready.people[0])["lookup"]
    yield "packs-in-words", {"language": "en"}
    yield "draft-in-words", {"text": shipped_packs()["us"].text, "language": "en"}
    yield "derogations", {"language": "en"}
    for by in (officer, world.auditor.value()):
        for blob in world.blobs.values():
            yield "derogations", {"language": "en", "by": by, "sealed": [{"derogation": permit, "blob": blob}]}
    yield "officer-roles", {}
    yield "check-derogation", {"entry": world.draft("releases-resumed/1", {}, world.lender).value()}
    yield "erasures", {}
    yield "keep-house", {}
    yield "complaint-deadlines", {"complaints": [new_id(os.urandom)]}
    yield "act-signers", {"entry": world.draft("releases-resumed/1", {}, world.lender).value()}
    for by in (officer, world.auditor.value(), world.lender.value()):
        yield "timeline", {"by": by, "lookup": permit}
        yield "approval-case", {"by": by, "approval": ready.people[0].approval or permit}
    for person in ready.people:
        session, borrower = world.linked(person), {"role": "borrower", "id": person.borrower}
        contact = {"role": "contact", "id": person.contact}
        own = {name: blob for (subject, name), blob in world.blobs.items() if subject == person.borrower}
        theirs = {name: blob for (subject, name), blob in world.blobs.items() if subject == person.contact}
        terms = {name: one for name, one in world.terms(person, "borrower", method="portal").items() if name != "by"}
        yield "own-values", {"session": session, "blobs": {person.borrower: own, person.contact: theirs}}
        yield "draft-consent", {"session": session, **terms}
        yield "give-consent", {"session": session, **terms, "channel": person.channels["sms"]}
        yield "deposit-channel", {"session": session, "borrower": person.borrower, "medium": "sms",
                                  "value": "+8610000003333", "use": "shared"}
        yield "contact-standing", {"session": session}
        yield "agree", {"session": session, "consent": person.contact_consent, "code": "123456"}
        yield "receipt", {"consent": person.contact_consent}
        yield "invitation", {"token": "0" * 32}
        yield "complain", {"by": borrower, "from": "borrower", "borrower": person.borrower, "about": "registry"}
        for by in (officer, world.auditor.value()):
            for blob in (*own.values(), *theirs.values()):
                yield "open-note", {"by": by, "commitment": "1" * 64, "blob": blob}
        yield "resolve", {"resolution": new_id(os.urandom), "blob": theirs["number"]}
        yield "answer-use", {"by": contact, "lookup": permit, "answer": "cannot"}
        yield "object", {"by": contact, "contact": person.contact, "through": "portal"}
        yield "report-contact", {"by": contact, "contact": person.contact, "says": "minor"}
        yield "contact-report", {"report": person.contact}
        yield "lifted-reasons", {"session": session, "sealed": [{"hold": "0" * 32, "blob": theirs["number"]}]}
        yield "assign-account", {"by": world.lender.value(), "account": person.account}


def test_whatever_he_asks_of_the_vault_he_reads_no_number(ready: Ready) -> None:
    world, forged = ready.world, Signing()
    own_key = ECKey.generate_key("P-256")
    envelope = world.lookup(ready.people[0])["release"]["jwe"]
    answers: dict[str, list[str]] = {name: [] for name in OPS}
    releases = 0
    for op, args in everything(ready, forged, envelope):
        try:
            answers[op].append(json.dumps(world.vault.call(op, args)))
        except ConsentryError as error:
            answers[op].append(f"{error.code} {error.detail} {error.pointer}")
    assert all(answers.values()), [op for op, found in answers.items() if not found]
    only_the_courier = ("match-line", "open-for-delivery", "reply", "dead-letter")
    assert all("signature-invalid" in one for name in only_the_courier for one in answers[name])
    for found in answers["lookup"]:
        for jwe in JWE.findall(found):
            releases += 1
            with pytest.raises(ConsentryError):
                jose.decrypt(jwe, own_key)
    assert releases >= 2, "he did get envelopes"
    places = {op: "\n".join(found).encode() for op, found in answers.items()}
    assert scanner_of(ready.people).search(places) == {}


def test_the_web_database_alone_is_ciphertext_and_so_is_the_vaults_disk_without_its_key(
    ready: Ready, tmp_path: Path
) -> None:
    world = ready.world
    scanner = scanner_of(ready.people)
    assert scanner.search({str(place): blob.encode() for place, blob in world.blobs.items()}) == {}
    assert scanner.search(files_of(world.folder / "vault")) == {}
    world.vault.close()
    if ON_POSTGRESQL:
        assert scanner.search({"SQL": dump_of_server(vault_engine.database_of(world.folder / "vault"))}) == {}
    vault_engine.copy(world.folder / "vault", tmp_path / "stolen")
    for name in ("guess", "another"):
        with pytest.raises(IntegrityError):
            Vault.open(tmp_path / "stolen", KeyFile.create(tmp_path / name), world.clock, os.urandom, demo=True)
    world.reopen()


# What he would have to loosen


def acts(world: World, person: Person) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every officer's act that would help him."""
    key = ECKey.generate_key("P-256").as_dict(private=False)
    enc_key = {member: key[member] for member in jose.P256_MEMBERS}
    fresh, device = new_id(os.urandom), Authenticator()
    return {
        "give an officer a passkey of his own": ("staff-passkey-added/1", {
            "passkey": fresh, "role": "officer", "party": world.officers[0].id, "credential": device.id,
            "public_key": device.public_key, "rp_id": device.rp_id, "origin": device.origin}),
        "register a key of his own": ("party-registered/1", {
            "party": fresh, "role": "agency", "name": "Thief", "enc_key": enc_key}),
        "change an agency's key": ("party-key-changed/1", {"party": world.agency.id, "enc_key": enc_key}),
        "approve an agency": ("agency-approved/1", {
            "agency": world.rival.id, "lender": world.lender.id, "role": "entrusted",
            "until": stamp(world.clock.at + DAY)}),
        "approve a release": ("approval-given/1", {"approval": person.approval, "borrower": person.borrower}),
        "lift a hold": ("hold-lifted/1", {"hold": "ab" * 16, "borrower": person.borrower}),
        "resume releases": ("releases-resumed/1", {}),
        "register a provider": ("provider-registered/1", {
            "provider": fresh, "name": "thiefs", "adapter": "neutral", "grade": "A", "owner": "neutral",
            "public_key": Signing().public}),
        "accept a gap": ("provider-gap-accepted/1", {"provider": world.provider, "from_seq": 9, "through_seq": 99}),
        "take a provider up again": ("provider-resumed/1", {"provider": world.provider}),
        "cancel an erasure": ("erasure-cancelled/1", {
            "subject": person.contact, "role": "contact", "borrower": person.borrower}),
    }


def signatures(world: World, draft: Draft) -> tuple[Sequence[Mapping[str, Any]], ...]:
    """What he can put there: nothing, his own, his own in an officer's name, and what others once signed."""
    signed = [entry.draft.auth for entry in world.entries() if entry.draft.auth]
    named = Signing(world.officers[0].id)
    passkey = Authenticator().sign("officer", named.id, new_id(os.urandom), draft.to_sign())
    strange = Signing().officer(draft.to_sign())
    return (), (passkey,), (strange,), (named.officer(draft.to_sign()),), signed[0], signed[-1]


ACTS = (
    "register a key of his own", "change an agency's key", "approve an agency", "approve a release", "lift a hold",
    "resume releases", "register a provider", "take a provider up again", "accept a gap", "cancel an erasure",
    "give an officer a passkey of his own",
)


@pytest.mark.parametrize("name", ACTS)
def test_he_cannot(ready: Ready, name: str) -> None:
    world, person = ready.world, ready.people[-1]
    person.approval = world.lookup(person)["approval"]
    world.append("hold-placed/1", {
        "hold": "ab" * 16, "borrower": person.borrower, "type": "dispute"}, world.lender, "ab" * 16)
    world.append("erasure-requested/1", {
        "subject": person.contact, "role": "contact", "borrower": person.borrower}, world.lender)
    kind, body = acts(world, person)[name]
    assert set(acts(world, person)) == set(ACTS)
    ident = body.get({"provider-registered/1": "provider", "party-registered/1": "party",
                      "staff-passkey-added/1": "passkey"}.get(kind, ""))
    size = world.vault.desk.log.size
    for by in (world.lender, world.agency, Actor("officer", world.officers[0].id), Actor("web")):
        draft = world.draft(kind, body, by, ident)
        for auth in signatures(world, draft):
            with pytest.raises((UnauthorizedError, ConflictError)):
                world.call("append", entry=Draft(draft.id, kind, by, body, tuple(auth)).value())
    assert world.vault.desk.log.size == size


def test_an_old_act_replayed_is_the_old_act_and_under_a_new_id_it_is_none(ready: Ready) -> None:
    world, size = ready.world, ready.world.vault.desk.log.size
    old = next(entry for entry in world.entries("approval-given/1")).draft
    assert world.call("append", entry=old.value())["fresh"] is False
    for changed in (Draft(new_id(os.urandom), old.kind, old.by, old.body, old.auth),
                    Draft(old.id, old.kind, old.by, {**old.body, "borrower": "0" * 32}, old.auth)):
        with pytest.raises((UnauthorizedError, ConflictError)):
            world.call("append", entry=changed.value())
    assert world.vault.desk.log.size == size


def test_he_cannot_consent_for_a_contact(ready: Ready, tmp_path: Path) -> None:
    """Codes go to the line alone: five tries at each, and after two messages there is no third."""
    world = ready.world
    person = world.borrower()
    before = len(world.outbox)
    for _ in range(4):
        consent = world.call("consent", **world.terms(person, "contact"))
        assert "code" not in {name for name in consent if name != "state"}
        sent = [one for one in world.deliver(person) if one["template"] == "contact-invitation"]
        for guess in ("000000", "111111", "222222", "333333", "444444", *(one["params"]["code"] for one in sent)):
            with pytest.raises(MalformedError):
                world.call("check-code", consent=consent["consent"], code=guess)
        with pytest.raises(UnauthorizedError):
            world.append("consent-given/1", {
                **world.entry(consent["consent"]).body, "assurance": "code"}, Actor("contact", person.contact))
    assert sum(one["template"] == "contact-invitation" for one in world.outbox[before:]) == 2
    assert not [one for one in world.entries("consent-given/1") if one.body.get("contact") == person.contact]
    with pytest.raises(MalformedError):
        world.call("consent", **{**world.terms(person, "contact"), "evidence": "a.b.c.d.e"})


def test_with_the_whole_of_the_lenders_row_he_still_lacks_all_that_others_vouch_for(ready: Ready) -> None:
    """A borrower, a contact, an account, a placement, feeds and a recorded consent of his own making: no number."""
    world = ready.world
    person = world.borrower(ready.people[0].contact_number)
    world.consents(person, contact=False)
    world.account(person)
    world.feeds()
    codes = set(world.codes(world.lookup(person)))
    assert codes >= {"contact-not-informed", "contact-consent-absent", "attempts-too-few", "notice-missing",
                     "approval-missing"}


@pytest.mark.parametrize("kind", ["attempt-recorded/2", "notice-receipt/1", "contact-informed/1"])
def test_he_cannot_speak_for_the_courier(ready: Ready, kind: str) -> None:
    world, person = ready.world, ready.people[0]
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "attempt-recorded/2": lambda: world.attempt_body(person),
        "notice-receipt/1": lambda: dict(world.entries("notice-receipt/1")[0].body),
        "contact-informed/1": lambda: dict(world.entries("contact-informed/1")[0].body),
    }
    world.clock.at += HOUR
    draft = world.draft(kind, made[kind](), Actor("courier"))
    old = next(entry for entry in world.entries(kind)).draft.auth
    for auth in ((), (Signing().courier(draft.to_sign()),), tuple(old)):
        with pytest.raises(UnauthorizedError):
            world.call("append", entry=Draft(draft.id, kind, draft.by, draft.body, auth).value())
