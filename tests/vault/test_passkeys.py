"""Passkeys (docs/adr/0011): a session by one, officers' acts signed by one, and every lie about one refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.jose import b64url
from registry.model.entries import Actor, Draft, leaf
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE
from registry.shipped import outcome_tables
from registry.vault.authority import check_signatures
from tests.authenticator import Authenticator, changed
from tests.world import Person, World

Body = dict[str, Any]
ALGORITHMS = pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])


def challenge(world: World) -> str:
    made: str = world.call("passkey-challenge")["challenge"]
    return made


def settled(world: World) -> Person:
    """A borrower whose telephone has been known for a week."""
    person = world.borrower()
    world.deliver()
    world.clock.at += 8 * DAY
    return person


def with_passkey(world: World, algorithm: str = "ES256") -> tuple[Person, Authenticator, str]:
    """A borrower, his authenticator, and the id of his passkey."""
    person, device = settled(world), Authenticator(algorithm)
    asked = challenge(world)
    made = world.call("add-passkey", session=world.signed_in(person), attestation=device.create(asked),
                      challenge=asked)
    return person, device, made["passkey"]


def staff_passkey(world: World, device: Authenticator, party: str, role: str = "officer", officers: int = 1) -> str:
    """A passkey of staff, put into the log by so many officers' signatures."""
    ident = new_id(os.urandom)
    world.sign("staff-passkey-added/1", {
        "passkey": ident, "role": role, "party": party, "credential": device.id, "public_key": device.public_key,
        "rp_id": "localhost", "origin": "http://localhost",
    }, ident, officers)
    return ident


def refusal(world: World, op: str, **args: Any) -> tuple[str, str, str]:
    with pytest.raises(ConsentryError) as caught:
        world.call(op, **args)
    return type(caught.value).__name__, caught.value.code, caught.value.detail


# Signing in


@ALGORITHMS
def test_a_borrower_adds_a_passkey_and_signs_in_with_it(world: World, algorithm: str) -> None:
    person, device, passkey = with_passkey(world, algorithm)
    opened = world.call("open-passkey", assertion=device.get(challenge(world)))
    assert (opened["role"], opened["strength"], opened["subjects"]) == ("borrower", "passkey", [person.borrower])
    added = world.entry(passkey)
    assert (added.kind, added.body["borrower"]) == ("passkey-added/1", person.borrower)
    assert (added.body["rp_id"], added.body["origin"]) == ("localhost", "http://localhost")
    assert [one.body["source"] for one in world.entries("sign-of-life/1")[-1:]] == ["portal"]
    world.reopen()
    assert world.call("open-passkey", assertion=device.get(challenge(world)))["strength"] == "passkey"


def lies(device: Authenticator, other: Authenticator) -> dict[str, Callable[[str], Body]]:
    """Assertions that must not open anything, by what is wrong with them."""
    def elsewhere(**members: Any) -> Authenticator:
        twin = Authenticator(credential=device.credential, **members)
        twin.key = device.key
        return twin

    old = device.get(b64url(bytes(32)))
    return {
        "another site's name": elsewhere(rp_id="localhost.example").get,
        "another site's origin": elsewhere(origin="http://localhost.example").get,
        "https in place of http": elsewhere(origin="https://localhost").get,
        "another port": elsewhere(origin="http://localhost:8001").get,
        "no user verification": elsewhere(verifies=False).get,
        "a challenge that is not ours": lambda asked: old,
        "asked for by another page's frame": lambda asked: device.get(asked, crossOrigin=True),
        "a frame in a frame": lambda asked: device.get(asked, topOrigin="http://localhost.example"),
        "the answer to a registration": lambda asked: device.get(asked, type="webauthn.create"),
        "another's key": lambda asked: {**other.get(asked), "id": device.id, "rawId": device.id},
        "an unknown key": other.get,
        "a changed signature": lambda asked: changed(device.get(asked), "signature"),
        "a changed flag": lambda asked: changed(device.get(asked), "authenticatorData", 32),
        "changed client data": lambda asked: changed(device.get(asked), "clientDataJSON", 10),
        "cut authenticator data": lambda asked: _with(device.get(asked), "authenticatorData", "AAAA"),
        "no signature": lambda asked: _with(device.get(asked), "signature", None),
        "no response": lambda asked: {**device.get(asked), "response": "none"},
        "no id": lambda asked: {**device.get(asked), "id": 7},
        "client data that is no JSON": lambda asked: _with(device.get(asked), "clientDataJSON", "AAAA"),
        "client data that is a list": lambda asked: _with(device.get(asked), "clientDataJSON", b64url(b"[]")),
        "nothing": lambda asked: {},
    }


def _with(answer: Body, member: str, value: Any) -> Body:
    return {**answer, "response": {**answer["response"], member: value}}


def test_every_lie_in_an_assertion_is_refused_in_the_same_words(world: World) -> None:
    _, device, _ = with_passkey(world)
    size = world.vault.desk.log.size
    said = {
        refusal(world, "open-passkey", assertion=lie(challenge(world)))
        for lie in lies(device, Authenticator()).values()
    }
    assert {(kind, code) for kind, code, _ in said} == {("UnauthorizedError", "passkey-refused")}
    assert len(said) == 1
    assert world.vault.desk.log.size == size
    assert world.call("open-passkey", assertion=device.get(challenge(world)))["strength"] == "passkey"


def test_a_challenge_is_good_once_also_after_a_refusal_and_for_five_minutes(world: World) -> None:
    _, device, _ = with_passkey(world)
    first = device.get(challenge(world))
    assert world.call("open-passkey", assertion=first)["strength"] == "passkey"
    assert refusal(world, "open-passkey", assertion=first)[1] == "passkey-refused"
    asked = challenge(world)
    assert refusal(world, "open-passkey", assertion=changed(device.get(asked), "signature"))[1] == "passkey-refused"
    assert refusal(world, "open-passkey", assertion=device.get(asked))[1] == "passkey-refused"
    asked = challenge(world)
    world.reopen()
    world.clock.at += 5 * MINUTE
    assert refusal(world, "open-passkey", assertion=device.get(asked))[1] == "passkey-refused"


def test_a_removed_passkey_opens_nothing_and_its_sessions_end(world: World) -> None:
    person, device, passkey = with_passkey(world)
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    stranger = world.borrower()
    for by in (world.agency, Actor("contact", person.contact), Actor("borrower", stranger.borrower), world.auditor):
        with pytest.raises((NotFoundError, UnauthorizedError)):
            world.append("passkey-removed/1", {"passkey": passkey, "borrower": person.borrower}, by)
    with pytest.raises(NotFoundError):
        world.append("passkey-removed/1", {"passkey": passkey, "borrower": stranger.borrower},
                     Actor("borrower", stranger.borrower))
    world.append("passkey-removed/1", {"passkey": passkey, "borrower": person.borrower},
                 Actor("borrower", person.borrower))
    assert refusal(world, "session", token=session)[1] == "session-unknown"
    assert refusal(world, "open-passkey", assertion=device.get(challenge(world)))[1] == "passkey-refused"
    world.reopen()
    assert refusal(world, "open-passkey", assertion=device.get(challenge(world)))[1] == "passkey-refused"


def test_whose_data_are_being_erased_signs_in_no_more(world: World) -> None:
    person, device, _ = with_passkey(world)
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower}, world.lender)
    assert refusal(world, "open-passkey", assertion=device.get(challenge(world)))[1] == "passkey-refused"


# Adding


def test_no_passkey_rests_on_the_lenders_link_nor_on_a_telephone_known_for_less_than_a_week(world: World) -> None:
    person = world.borrower()
    world.deliver()
    device = Authenticator()

    def adding(session: str) -> tuple[str, str, str]:
        asked = challenge(world)
        return refusal(world, "add-passkey", session=session, attestation=device.create(asked), challenge=asked)

    world.clock.at += 7 * DAY - 1
    assert adding(world.signed_in(person))[1] == "session-too-weak"
    world.clock.at += 1
    assert adding(world.linked(person))[1] == "session-too-weak"
    assert adding(world.signed_in(person, "contact"))[1] == "session-unknown"
    assert adding("cns_unknown")[1] == "session-unknown"
    asked = challenge(world)
    assert "passkey" in world.call(
        "add-passkey", session=world.signed_in(person), attestation=device.create(asked), challenge=asked)


def test_a_telephone_that_the_lender_added_yesterday_makes_no_passkey(world: World) -> None:
    person = settled(world)
    world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="sms", use="personal",
               value="+8610000004444")
    request, code = world.ask_code("+8610000004444")
    session = world.call("enter-code", request=request, code=code)["session"]
    asked = challenge(world)
    assert refusal(world, "add-passkey", session=session, attestation=Authenticator().create(asked),
                   challenge=asked)[1] == "session-too-weak"


def test_a_lying_attestation_makes_no_passkey(world: World) -> None:
    person = settled(world)
    session = world.signed_in(person)
    right = Authenticator()
    makers: dict[str, Callable[[str], Body]] = {
        "another site": Authenticator(rp_id="other.example").create,
        "another origin": Authenticator(origin="http://other.example").create,
        "no user verification": Authenticator(verifies=False).create,
        "another challenge": lambda asked: right.create(b64url(bytes(32))),
        "an assertion": right.get,
        "a frame": lambda asked: right.create(asked, crossOrigin=True),
        "a maker's certificate": lambda asked: right.create(asked, by="maker"),
        "no attestation object": lambda asked: _with(right.create(asked), "attestationObject", "AAAA"),
        "nothing": lambda asked: {},
    }
    for name, make in makers.items():
        asked = challenge(world)
        said = refusal(world, "add-passkey", session=session, attestation=make(asked), challenge=asked)
        assert said[1] == "passkey-refused", name
    asked = challenge(world)
    made = right.create(asked)
    world.call("add-passkey", session=session, attestation=made, challenge=asked)
    assert refusal(world, "add-passkey", session=session, attestation=made, challenge=asked)[1] == "passkey-refused"
    asked = challenge(world)
    assert refusal(world, "add-passkey", session=session, attestation=right.create(asked),
                   challenge=asked)[1] == "passkey-exists"


@ALGORITHMS
def test_a_key_that_vouches_for_itself_is_taken(world: World, algorithm: str) -> None:
    person, device = settled(world), Authenticator(algorithm)
    asked = challenge(world)
    world.call("add-passkey", session=world.signed_in(person), attestation=device.create(asked, by="itself"),
               challenge=asked)
    assert world.call("open-passkey", assertion=device.get(challenge(world)))["subjects"] == [person.borrower]


def test_with_a_passkey_another_may_be_added_up_to_ten(world: World) -> None:
    _, device, _ = with_passkey(world)
    for _ in range(9):
        session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
        asked = challenge(world)
        world.call("add-passkey", session=session, attestation=Authenticator().create(asked), challenge=asked)
    asked = challenge(world)
    assert refusal(world, "add-passkey", session=session, attestation=Authenticator().create(asked),
                   challenge=asked)[1] == "passkeys-full"


def test_a_passkey_is_added_for_somebody_of_the_session_alone(world: World) -> None:
    person, stranger = settled(world), world.borrower()
    asked = challenge(world)
    assert refusal(world, "add-passkey", session=world.signed_in(person), borrower=stranger.borrower,
                   attestation=Authenticator().create(asked), challenge=asked)[0] == "NotFoundError"


# Officers' acts


def act(world: World, device: Authenticator, party: str, passkey: str, **said: Any) -> Draft:
    """A resumption of releases, signed by a passkey."""
    draft = world.draft("releases-resumed/1", {}, Actor("officer", party))
    auth = device.sign("officer", party, passkey, draft.to_sign(), **said)
    return Draft(draft.id, draft.kind, draft.by, draft.body, (auth,))


def posted(world: World, draft: Draft) -> Body:
    return world.call("append", entry=draft.value())


def audited(world: World) -> None:
    """The auditor, from the log alone, accepts every signature in it."""
    entries = world.entries()
    report = replay((leaf(one.draft, one.at) for one in entries), *outcome_tables())
    assert report.failure is None, (report.index, report.failure)


@ALGORITHMS
def test_an_officers_act_is_signed_by_a_passkey_and_the_auditor_accepts_the_log(world: World, algorithm: str) -> None:
    device, party = Authenticator(algorithm), world.officers[0].id
    passkey = staff_passkey(world, device, party, officers=2)
    assert posted(world, act(world, device, party, passkey))["fresh"]
    opened = world.call("open-passkey", assertion=device.get(challenge(world)))
    assert (opened["role"], opened["party"], opened["strength"]) == ("officer", party, "passkey")
    world.reopen()
    assert posted(world, act(world, device, party, passkey))["fresh"]
    audited(world)


def test_a_staff_passkey_that_one_officer_added_counts_after_24_hours(world: World) -> None:
    device, officer = Authenticator(), world.staff("officer")
    assert officer.id is not None
    passkey = staff_passkey(world, device, officer.id)
    world.clock.at += 24 * HOUR - 1
    with pytest.raises(UnauthorizedError) as caught:
        posted(world, act(world, device, officer.id, passkey))
    assert caught.value.code == "signature-invalid"
    assert refusal(world, "open-passkey", assertion=device.get(challenge(world)))[1] == "passkey-refused"
    world.clock.at += 1
    assert posted(world, act(world, device, officer.id, passkey))["fresh"]
    assert world.call("open-passkey", assertion=device.get(challenge(world)))["party"] == officer.id
    audited(world)


def test_no_forged_assertion_signs_an_act(world: World) -> None:
    device, other = Authenticator(), Authenticator()
    (first, second), officer = world.officers, world.officers[0].id
    passkey = staff_passkey(world, device, officer, officers=2)
    strange = staff_passkey(world, other, second.id, officers=2)
    right = act(world, device, officer, passkey)
    item = dict(right.auth[0])

    def twin(**members: Any) -> Authenticator:
        made = Authenticator(credential=device.credential, **members)
        made.key = device.key
        return made

    def signed(by: Authenticator, **said: Any) -> Body:
        return by.sign("officer", officer, passkey, right.to_sign(), **said)

    forged: dict[str, tuple[Body, ...]] = {
        "another act's": (dict(act(world, device, officer, passkey).auth[0]),),
        "another officer's passkey": (other.sign("officer", officer, strange, right.to_sign()),),
        "another officer's key": (signed(other),),
        "in another's name": ({**item, "officer": second.id},),
        "as the borrower's": ({**{name: one for name, one in item.items() if name != "officer"},
                               "borrower": officer},),
        "another site": (signed(twin(rp_id="other.example")),),
        "another origin": (signed(twin(origin="https://localhost")),),
        "no user verification": (signed(twin(verifies=False)),),
        "in a frame": (signed(device, crossOrigin=True),),
        "for a registration": (signed(device, type="webauthn.create"),),
        "an unknown passkey": ({**item, "passkey": "0" * 32},),
        "a passkey that is no id": ({**item, "passkey": 7},),
        "a surplus member": ({**item, "note": "x"},),
        "a member too few": ({name: one for name, one in item.items() if name != "sig"},),
        "twice": (item, item),
        "the key's and the passkey's of one officer": (first.officer(right.to_sign()), item),
        "right, and one that is wrong": (item, {**item, "officer": second.id, "passkey": strange}),
        "padded": ({**item, "sig": item["sig"] + "=="},),
        "not text": ({**item, "client_data": 7},),
    }
    for name, auth in forged.items():
        draft = Draft(right.id, right.kind, right.by, right.body, auth)
        with pytest.raises(UnauthorizedError) as caught:
            posted(world, draft)
        assert caught.value.code == "signature-invalid", name
        with pytest.raises(UnauthorizedError):
            check_signatures(draft, world.vault.desk.directory, world.clock.at)
        assert world.vault.desk.log.find(right.id) is None
    assert posted(world, right)["fresh"]
    audited(world)


def test_an_auditors_passkey_signs_resolutions_and_nothing_else(world: World) -> None:
    device, auditor = Authenticator(), world.staff("auditor")
    assert auditor.id is not None
    passkey = staff_passkey(world, device, auditor.id, "auditor", officers=2)
    with pytest.raises(UnauthorizedError):
        posted(world, act(world, device, auditor.id, passkey))
    person = world.borrower()
    complaint = new_id(os.urandom)
    world.append("complaint-filed/1", {
        "complaint": complaint, "from": "borrower", "borrower": person.borrower, "about": "registry"},
        Actor("borrower", person.borrower), complaint)
    body = {"resolution": new_id(os.urandom), "complaint": complaint, "address": "1" * 64}
    draft = world.draft("resolution-approved/1", body, auditor)
    auth = device.sign("officer", auditor.id, passkey, draft.to_sign())
    assert posted(world, Draft(draft.id, draft.kind, auditor, body, (auth,)))["fresh"]
    audited(world)


def test_a_borrowers_passkey_signs_no_officers_act(world: World) -> None:
    person, device, passkey = with_passkey(world)
    draft = world.draft("releases-resumed/1", {}, Actor("officer", world.officers[0].id))
    for who in ("borrower", "officer"):
        auth = device.sign(who, person.borrower, passkey, draft.to_sign())
        with pytest.raises(UnauthorizedError):
            posted(world, Draft(draft.id, draft.kind, draft.by, draft.body, (auth,)))


@pytest.mark.parametrize("ending", ["removed", "suspended"])
def test_a_passkey_of_staff_ends_at_once(world: World, ending: str) -> None:
    device, officer = Authenticator(), world.staff("officer")
    assert officer.id is not None
    passkey = staff_passkey(world, device, officer.id, officers=2)
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    assert posted(world, act(world, device, officer.id, passkey))["fresh"]
    if ending == "removed":
        with pytest.raises(NotFoundError):
            world.append("passkey-removed/1", {"passkey": passkey, "party": officer.id}, world.lender)
        world.append("passkey-removed/1", {"passkey": passkey, "party": officer.id}, officer)
    else:
        world.append("party-suspended/1", {"party": officer.id}, Actor("web"))
    with pytest.raises(UnauthorizedError):
        posted(world, act(world, device, officer.id, passkey))
    assert refusal(world, "session", token=session)[1] == "session-unknown"
    assert refusal(world, "open-passkey", assertion=device.get(challenge(world)))[1] == "passkey-refused"
    audited(world)


def test_a_passkey_of_staff_is_of_somebody_registered_and_its_key_can_be_used(world: World) -> None:
    device, officer = Authenticator(), world.staff("officer")
    assert officer.id is not None
    with pytest.raises(MalformedError) as caught:
        staff_passkey(world, device, new_id(os.urandom))
    assert caught.value.code == "party-unknown"
    with pytest.raises(MalformedError):
        staff_passkey(world, device, officer.id, "auditor")
    broken = Authenticator()
    ident = new_id(os.urandom)
    with pytest.raises(MalformedError) as caught:
        world.sign("staff-passkey-added/1", {
            "passkey": ident, "role": "officer", "party": officer.id, "credential": broken.id, "public_key": "AAAA",
            "rp_id": "localhost", "origin": "http://localhost"}, ident)
    assert caught.value.code == "passkey-key"
    staff_passkey(world, device, officer.id)
    with pytest.raises(ConflictError) as twice:
        staff_passkey(world, device, officer.id)
    assert twice.value.code == "passkey-exists"


def test_a_suspended_officer_signs_nothing_by_the_key_that_genesis_names_either(world: World) -> None:
    """`party add --officer` registers the officers of genesis, so that they can be suspended like anybody."""
    gone = world.officers[1]
    world.sign("party-registered/1", {"party": gone.id, "role": "officer", "name": "Example Officer"}, gone.id)
    draft = world.draft("releases-resumed/1", {}, Actor("officer", gone.id))
    signed = Draft(draft.id, draft.kind, draft.by, draft.body, (gone.officer(draft.to_sign()),))
    both = world.draft("releases-resumed/1", {}, Actor("officer", world.officers[0].id))
    both = Draft(both.id, both.kind, both.by, both.body, tuple(
        one.officer(both.to_sign()) for one in world.officers))
    assert posted(world, signed)["fresh"]
    world.append("party-suspended/1", {"party": gone.id}, Actor("web"))
    again = world.draft("releases-resumed/1", {}, Actor("officer", gone.id))
    for one in (Draft(again.id, again.kind, again.by, again.body, (gone.officer(again.to_sign()),)), both):
        with pytest.raises(UnauthorizedError) as caught:
            posted(world, one)
        assert caught.value.code == "signature-invalid"
    # What he signed before stands.
    assert not posted(world, signed)["fresh"]
    audited(world)


def test_no_officer_makes_a_key_for_somebody_who_has_one_and_is_two_people_by_it(world: World) -> None:
    mine, first = Authenticator(), world.officers[0].id
    officer, auditor = world.staff("officer"), world.staff("auditor")
    theirs = Authenticator()
    passkey = staff_passkey(world, theirs, str(officer.id))
    staff_passkey(world, Authenticator(), str(auditor.id), "auditor")
    others = [(world.officers[1].id, "officer"), (str(officer.id), "officer"), (str(auditor.id), "auditor")]
    for party, role in others:
        with pytest.raises(UnauthorizedError) as caught:
            staff_passkey(world, mine, party, role)
        assert caught.value.code == "authority-missing"
    staff_passkey(world, Authenticator(), first)
    for party, role in others:
        staff_passkey(world, Authenticator(), party, role, officers=2)
    # With the key that he has, its owner adds another.
    world.clock.at += 24 * HOUR
    more, ident = Authenticator(), new_id(os.urandom)
    draft = world.draft("staff-passkey-added/1", {
        "passkey": ident, "role": "officer", "party": officer.id, "credential": more.id,
        "public_key": more.public_key, "rp_id": "localhost", "origin": "http://localhost"}, officer, ident)
    proof = theirs.sign("officer", str(officer.id), passkey, draft.to_sign())
    assert posted(world, Draft(draft.id, draft.kind, draft.by, draft.body, (proof,)))["fresh"]


def test_the_auditor_finds_a_passkeys_signature_that_does_not_hold(world: World) -> None:
    device, party = Authenticator(), world.officers[0].id
    passkey = staff_passkey(world, device, party, officers=2)
    posted(world, act(world, device, party, passkey))
    entries = world.entries()
    last = entries[-1]
    (item,) = last.auth
    lie = {**item, "sig": changed({"response": item}, "sig", 20)["response"]["sig"]}
    leaves = [leaf(one.draft, one.at) for one in entries[:-1]]
    leaves.append(leaf(Draft(last.id, last.kind, last.by, last.body, (lie,)), last.at))
    assert replay(leaves, *outcome_tables()).index == len(entries) - 1
    unknown = [leaf(one.draft, one.at) for one in entries if one.kind != "staff-passkey-added/1"]
    assert replay(unknown, *outcome_tables()).failure is not None


def test_the_auditor_finds_an_act_signed_by_a_passkey_before_its_24_hours(world: World) -> None:
    device, party = Authenticator(), world.officers[0].id
    passkey = staff_passkey(world, device, party)
    entries = [leaf(one.draft, one.at) for one in world.entries()]
    early = act(world, device, party, passkey)
    for hours, index in ((23, len(entries)), (24, None)):
        leaves = [*entries, leaf(early, world.clock.at + hours * HOUR)]
        assert replay(leaves, *outcome_tables()).index == index


@ALGORITHMS
def test_a_borrowers_consent_signed_by_his_passkey_is_in_the_log_for_the_auditor(
    world: World, algorithm: str
) -> None:
    person, device, passkey = with_passkey(world, algorithm)
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    terms = {name: one for name, one in world.terms(person, "borrower", method="portal").items() if name != "by"}
    drafted = world.call("draft-consent", session=session, **terms)
    given = world.call("give-consent", session=session, terms=drafted["terms"],
                       assertion=device.get(drafted["challenge"]))
    assert (given["state"], given["assurance"]) == ("given", "passkey")
    entry = world.entry(given["consent"])
    assert [(one["borrower"], one["passkey"]) for one in entry.auth] == [(person.borrower, passkey)]
    audited(world)
    again = world.call("draft-consent", session=session, **terms)
    assert refusal(world, "give-consent", session=session, terms=again["terms"],
                   assertion=device.get(drafted["challenge"]))[0] == "UnauthorizedError"
    other = {**entry.auth[0], "sig": changed({"response": dict(entry.auth[0])}, "sig", 12)["response"]["sig"]}
    leaves = [leaf(one.draft, one.at) for one in world.entries()]
    leaves[entry.index] = leaf(Draft(entry.id, entry.kind, entry.by, entry.body, (other,)), entry.at)
    assert replay(leaves, *outcome_tables()).index == entry.index
