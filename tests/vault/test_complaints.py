"""Complaints: filed by or for a person, holding a contact or a line until settled; read and resolved by staff."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import pytest

from registry import jose
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.model.times import DAY
from tests.authenticator import Authenticator
from tests.vault.test_passkeys import staff_passkey
from tests.world import Person, World

Body = dict[str, Any]


def complain(world: World, by: Actor, person: Person, from_: str = "borrower", **more: Any) -> Body:
    about = more.pop("about", "agency")
    return world.call("complain", by=by.value(), **{"from": from_}, borrower=person.borrower, about=about, **more)


def borrower_of(person: Person) -> Actor:
    return Actor("borrower", person.borrower)


def contact_of(person: Person) -> Actor:
    return Actor("contact", person.contact)


def settled(world: World, complaint: str, **more: Any) -> Body:
    body = world.entry(complaint).body
    line = {"line": body["line"]} if "line" in body else {}
    return {"complaint": complaint, "borrower": body["borrower"], "verdict": "upheld", "remedy": "apology", **line,
            **more}


def refused(
    world: World, kind: str, body: Body, by: Actor | None = None, ident: str | None = None,
) -> tuple[type, str]:
    """Of an entry by officers' signature, or on the web tier's word for `by`."""
    make = partial(world.sign, kind, body, ident) if by is None else partial(world.append, kind, body, by, ident)
    with pytest.raises(ConsentryError) as caught:
        make()
    return type(caught.value), caught.value.code


@pytest.fixture
def person(world: World) -> Person:
    return world.unreachable()


# Filing


def test_twenty_complaints_a_day_are_enough_and_keep_nobody_else_from_complaining(
    world: World, person: Person,
) -> None:
    for _ in range(20):
        complain(world, borrower_of(person), person)
    with pytest.raises(ConflictError) as caught:
        complain(world, borrower_of(person), person)
    assert caught.value.code == "complaints-full"
    assert complain(world, contact_of(person), person, "contact", contact=person.contact, about="lender")["complaint"]
    world.clock.advance(DAY)
    assert complain(world, borrower_of(person), person)["complaint"]


def test_a_complaint_about_a_lookup_holds_the_contact_of_that_lookup(world: World, person: Person) -> None:
    denied = world.lookup(person, by=world.rival)["lookup"]
    made = complain(world, borrower_of(person), person, about="lookup", lookup=denied)
    body = world.entry(made["complaint"]).body
    assert (body["lookup"], body["contact"], "line" in body) == (denied, person.contact, False)
    assert "hold-complaint" in world.codes(world.lookup(person))


def test_a_contacts_complaint_holds_his_line_for_every_borrower(world: World) -> None:
    one, other = world.unreachables(2, contact_number="+8610000008888")
    made = complain(world, contact_of(one), one, "contact", contact=one.contact)
    assert world.entry(made["complaint"]).body["line"] == world.entry(other.contact).body["line"]
    for person in (one, other):
        assert "hold-complaint" in world.codes(world.lookup(person))
    world.sign("complaint-settled/1", settled(world, made["complaint"]))
    assert "hold-complaint" not in world.codes(world.lookup(other))


def test_a_borrowers_complaint_about_the_agency_alone_holds_no_contact(world: World, person: Person) -> None:
    complain(world, borrower_of(person), person, agency=world.agency.id)
    codes = world.codes(world.lookup(person))
    assert "hold-complaint" not in codes
    assert "sign-of-life" in codes, "who complains is there"


def test_the_next_contact_may_be_asked_while_the_first_is_held(world: World, person: Person) -> None:
    complain(world, contact_of(person), person, "contact", contact=person.contact)
    held = person.contact
    person.contact = ""
    second = world.contact(person, "+8610000007878", rank=2)
    world.deliver(person)
    world.consents(person, borrower=False)
    answer = world.lookup(person)
    decided = world.entry(answer["lookup"]).body
    assert (decided["contact"], held) != (held, second)
    assert "hold-complaint" not in decided["reasons"]


def test_of_two_complaints_the_second_goes_on_holding(world: World, person: Person) -> None:
    complaints = [complain(world, contact_of(person), person, "contact", contact=person.contact)["complaint"]
                  for _ in range(2)]
    world.sign("complaint-settled/1", settled(world, complaints[0]))
    assert "hold-complaint" in world.codes(world.lookup(person))
    world.sign("complaint-settled/1", settled(world, complaints[1]))
    assert world.lookup(person)["verdict"] == "permit"


def test_nobody_complains_in_somebody_elses_name(world: World, person: Person) -> None:
    other = world.borrower()
    for by in (borrower_of(other), contact_of(person), contact_of(other)):
        with pytest.raises(NotFoundError):
            complain(world, by, person)
    with pytest.raises(NotFoundError):
        complain(world, borrower_of(person), person, "contact", contact=person.contact)
    for by in (world.lender, world.agency, Actor("officer", world.officers[0].id)):
        complain(world, by, person)


@pytest.mark.parametrize("change", [
    {"lookup": "0" * 32}, {"contact": "OTHER"}, {"agency": "LENDER"}, {"about": "lookup"}, {"line": "LINE"},
])
def test_what_a_complaint_names_must_belong_together(world: World, person: Person, change: Body) -> None:
    other = world.borrower()
    known = {"OTHER": other.contact, "LENDER": world.lender.id, "LINE": world.entry(person.contact).body["line"]}
    ident = new_id(os.urandom)
    body = {"complaint": ident, "from": "borrower", "borrower": person.borrower, "about": "agency",
            **{name: known.get(str(value), value) for name, value in change.items()}}
    kind, _ = refused(world, "complaint-filed/1", body, borrower_of(person), ident)
    assert kind in (MalformedError, NotFoundError)


def test_by_bare_word_no_complaint_about_a_lookup_leaves_its_contact_out(world: World, person: Person) -> None:
    lookup, ident = world.lookup(person)["lookup"], new_id(os.urandom)
    body = {"complaint": ident, "from": "borrower", "borrower": person.borrower, "about": "lookup", "lookup": lookup}
    assert refused(world, "complaint-filed/1", body, borrower_of(person), ident)[0] is NotFoundError
    assert world.append("complaint-filed/1", {**body, "contact": person.contact}, borrower_of(person), ident)["fresh"]


# Settling


def test_a_complaint_is_settled_once_by_an_officers_signature(world: World, person: Person) -> None:
    complaint = complain(world, contact_of(person), person, "contact", contact=person.contact)["complaint"]
    body = settled(world, complaint)
    assert refused(world, "complaint-settled/1", body, world.lender)[0] is UnauthorizedError
    bare = {name: value for name, value in body.items() if name != "line"}
    assert refused(world, "complaint-settled/1", bare) == (MalformedError, "malformed"), "the line would stay held"
    assert world.sign("complaint-settled/1", body)["fresh"]
    assert refused(world, "complaint-settled/1", body) == (ConflictError, "complaint-settled")


@pytest.mark.parametrize("remedy", [
    {"remedy": "compensation"}, {"remedy": "compensation", "amount_minor": 100},
    {"remedy": "apology", "amount_minor": 100, "currency": "CNY"},
])
def test_money_belongs_to_compensation(world: World, person: Person, remedy: Body) -> None:
    complaint = complain(world, borrower_of(person), person)["complaint"]
    assert refused(world, "complaint-settled/1", settled(world, complaint, **remedy))[0] is MalformedError


def test_what_is_paid_was_owed(world: World, person: Person) -> None:
    complaint = complain(world, borrower_of(person), person)["complaint"]
    paid = {"complaint": complaint, "borrower": person.borrower, "paid_on": "2026-11-25"}
    assert refused(world, "remedy-paid/1", paid) == (ConflictError, "remedy-not-due")
    world.sign("complaint-settled/1", settled(
        world, complaint, remedy="compensation", amount_minor=5_000, currency="CNY"))
    assert refused(world, "remedy-paid/1", {**paid, "paid_on": "2026-11-28"}) == (
        MalformedError, "time-out-of-range")
    assert world.sign("remedy-paid/1", paid)["fresh"]


# Words


def test_whoever_reads_somebodys_words_is_in_the_log(world: World, person: Person) -> None:
    words = "我已经还清了。They rang my sister."
    sealed = world.call("seal-note", text=words)
    complaint = complain(world, borrower_of(person), person, text=sealed["commitment"])["complaint"]
    officer = Actor("officer", world.officers[0].id)
    opened = world.call("open-note", by=officer.value(), commitment=sealed["commitment"], blob=sealed["blob"],
                        about=complaint)
    assert opened["text"] == words
    seen = world.entries("viewed/2")[-1]
    assert (seen.by, dict(seen.body)) == (officer, {"what": "complaint", "about": complaint})
    assert words not in str([one.draft.value() for one in world.entries()])


def reading(world: World, by: Actor, complaint: str, sealed: Body, **other: str) -> Body:
    args = {"commitment": sealed["commitment"], "blob": sealed["blob"], "about": complaint, **other}
    return world.call("open-note", by=by.value(), **args)


def test_words_open_for_staff_alone_and_only_those_of_the_commitment(world: World, person: Person) -> None:
    one, other = (world.call("seal-note", text=text) for text in ("one", "other"))
    complaint = complain(world, borrower_of(person), person, text=one["commitment"])["complaint"]
    gone, auditor = world.staff("officer"), world.staff("auditor")
    world.append("party-suspended/1", {"party": gone.id}, Actor("web"))
    strangers = (Actor("officer", new_id(os.urandom)), Actor("auditor", new_id(os.urandom)))
    for by in (world.lender, world.agency, gone, *strangers, Actor("officer", auditor.id or "")):
        with pytest.raises(NotFoundError):
            reading(world, by, complaint, one)
    with pytest.raises(MalformedError) as caught:
        reading(world, auditor, complaint, one, blob=other["blob"])
    assert caught.value.code == "blob-refused"
    assert world.entries("viewed/2") == []
    assert reading(world, auditor, complaint, one)["text"] == "one"


def test_nothing_else_that_is_sealed_opens_as_the_words_of_a_complaint(world: World, person: Person) -> None:
    """Evidence of a consent and an address asked about are sealed the same way, and the web tier keeps them all."""
    words = world.call("seal-note", text="words")
    complaint = complain(world, borrower_of(person), person, text=words["commitment"])["complaint"]
    paper = world.call("consent", **world.terms(person, "borrower", evidence=jose.encrypt(
        "scan of the form", world.vault.call("keys", {})["jwks"]["keys"][1])))
    (kept,) = paper["blobs"]
    evidence = {"commitment": world.entry(paper["consent"]).body["evidence_commitment"], "blob": kept["blob"]}
    body, blob = asked(world, complaint, person.number)
    address = {"commitment": body["address"], "blob": blob}
    without = complain(world, borrower_of(person), person)["complaint"]
    officer = world.staff("officer")
    for secret in (evidence, address):
        for about in (complaint, without, person.borrower, new_id(os.urandom)):
            with pytest.raises(NotFoundError):
                reading(world, officer, about, secret)
        # A web tier that lies files a complaint with the commitment of something else.
        lie = complain(world, borrower_of(person), person, text=secret["commitment"])["complaint"]
        with pytest.raises(MalformedError) as caught:
            reading(world, officer, lie, secret)
        assert caught.value.code == "blob-refused"
    assert world.entries("viewed/2") == []


def test_long_words_in_any_script_fit(world: World, person: Person) -> None:
    officer = world.staff("officer")
    for text in ("诉" * 1500, "x" * 1500):
        sealed = world.call("seal-note", text=text)
        complaint = complain(world, borrower_of(person), person, text=sealed["commitment"])["complaint"]
        assert reading(world, officer, complaint, sealed)["text"] == text
    with pytest.raises(MalformedError):
        world.call("seal-note", text="x" * 1501)


# Resolutions


def asked(world: World, complaint: str, address: str) -> tuple[Body, str]:
    """The body of an approval, and the sealed address."""
    sealed = world.call("seal-note", text=address, use="address")
    return {"resolution": new_id(os.urandom), "complaint": complaint, "address": sealed["commitment"]}, sealed["blob"]


def approve(world: World, body: Body, officer: int) -> None:
    signing = world.officers[officer]
    draft = world.draft("resolution-approved/1", body, Actor("officer", signing.id))
    world.call("append", entry=Draft(
        draft.id, draft.kind, draft.by, draft.body, (signing.officer(draft.to_sign()),)).value())


def resolve(world: World, body: Body, blob: str) -> Body:
    return world.call("resolve", resolution=body["resolution"], blob=blob)


def test_two_people_find_the_pseudonyms_behind_an_address(world: World) -> None:
    person = world.borrower()
    other = world.borrower(person.number)
    complaint = complain(world, world.lender, person)["complaint"]
    body, blob = asked(world, complaint, person.number)
    approve(world, body, 0)
    with pytest.raises(ConflictError) as caught:
        resolve(world, body, blob)
    assert caught.value.code == "approvals-missing"
    with pytest.raises(ConflictError):
        approve(world, body, 0)
    approve(world, body, 1)
    found = resolve(world, body, blob)
    assert (found["borrowers"], found["contacts"]) == ([person.borrower], [other.contact])
    entry = world.entries("identity-resolved/1")[-1]
    assert entry.body == {"resolution": body["resolution"], "complaint": complaint,
                          "borrowers": [person.borrower], "contacts": [other.contact]}
    again = resolve(world, body, blob)
    assert again["log_index"] == entry.index, "once, as it was then"


def test_an_auditors_passkey_is_one_of_the_two(world: World) -> None:
    person, device = world.borrower(), Authenticator()
    world.sign("party-registered/1", {"party": world.auditor.id, "role": "auditor", "name": "Example Audit"},
               ident=world.auditor.id, officers=2)
    passkey = staff_passkey(world, device, str(world.auditor.id), "auditor", officers=2)
    body, blob = asked(world, complain(world, world.lender, person)["complaint"], person.mail)
    approve(world, body, 0)
    draft = world.draft("resolution-approved/1", body, world.auditor)
    signed = device.sign("officer", str(world.auditor.id), passkey, draft.to_sign())
    world.call("append", entry=Draft(draft.id, draft.kind, draft.by, draft.body, (signed,)).value())
    assert resolve(world, body, blob)["borrowers"] == [person.borrower]


def test_whoever_signs_a_resolution_signs_the_same(world: World) -> None:
    person = world.borrower()
    body, blob = asked(world, complain(world, world.lender, person)["complaint"], person.number)
    approve(world, body, 0)
    for change in ({"address": "4" * 64}, {"complaint": complain(world, world.lender, person)["complaint"]}):
        with pytest.raises(ConflictError) as caught:
            approve(world, {**body, **change}, 1)
        assert caught.value.code == "resolution-differs"
    _, other = asked(world, body["complaint"], "+8610000000099")
    approve(world, body, 1)
    with pytest.raises(MalformedError):
        resolve(world, body, other)
    assert resolve(world, body, blob)["borrowers"] == [person.borrower]


@pytest.mark.parametrize("address", ["+8610000000077", "nobody@demo.invalid", "no address at all"])
def test_an_address_of_nobody_is_nobodys_and_makes_no_line(world: World, address: str) -> None:
    person = world.borrower()
    body, blob = asked(world, complain(world, world.lender, person)["complaint"], address)
    for officer in (0, 1):
        approve(world, body, officer)
    found = resolve(world, body, blob)
    assert (found["borrowers"], found["contacts"]) == ([], [])


def test_the_erased_are_not_found(world: World) -> None:
    person = world.borrower()
    body, blob = asked(world, complain(world, world.lender, person)["complaint"], person.contact_number)
    world.append("erasure-requested/1", {
        "subject": person.contact, "role": "contact", "borrower": person.borrower}, world.lender)
    for officer in (0, 1):
        approve(world, body, officer)
    assert resolve(world, body, blob)["contacts"] == []


def test_a_resolution_that_nobody_asked_for_is_none(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.call("resolve", resolution="0" * 32, blob="AA==")
