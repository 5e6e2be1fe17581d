"""Replay makes every decision again from the leaves alone and stops at the first lie."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.audit.replay import replay
from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, Entry, act_message, leaf
from registry.model.kinds import Authority
from registry.model.times import MINUTE, stamp
from registry.policy import Ask, decide, facts_from, gather, packs_for, zones_of
from registry.policy.pack import digest
from registry.shipped import shipped_outcomes, shipped_packs
from tests.policy.test_eleven_borrowers import ELEVEN
from tests.policy.world import OFFSET, START, Case, Source, World, ident

OFFICER, COURIER, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([one]) * 32) for one in (1, 2, 3))
TABLE = shipped_outcomes()

Change = Callable[[dict[str, Any]], None]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public(key: Ed25519PrivateKey) -> str:
    return b64(key.public_key().public_bytes_raw())


def signed(world: World, draft: Draft) -> Draft:
    """The draft with the signatures that its kind needs."""
    if draft.kind == "genesis/1":
        body = {**draft.body, "courier_sig": public(COURIER),
                "officers": [{"officer": world.officer, "key": public(OFFICER)}]}
        return replace(draft, body=body)
    authority = KINDS[draft.kind].authority
    bare = replace(draft, auth=())
    message = act_message(bare.to_sign())
    if authority is Authority.OFFICER:
        auth = {"officer": world.officer, "alg": "Ed25519", "sig": b64(OFFICER.sign(message))}
        return replace(bare, auth=(auth,))
    if authority is Authority.COURIER:
        return replace(bare, auth=({"by": "courier", "alg": "Ed25519", "sig": b64(COURIER.sign(message))},))
    return bare


def saying(entry: Entry, draft: Draft) -> Entry:
    """Another draft in an entry's place."""
    return Entry(entry.index, entry.at, draft)


def told() -> tuple[World, list[Entry]]:
    """The eleven borrowers, each asked about once as the vault would log it, one by nobody's account."""
    world, cases = World(), []
    for name, (build, _, _) in ELEVEN.items():
        cases.append(build(world) if build.__name__ != "<lambda>" else named(world, name))
    entries = [saying(one, signed(world, one.draft)) for one in world.log()]
    for number, account in enumerate([*(one.account for one in cases), ident("unheard-of")]):
        entries.append(decided(world, entries, account, START + number * MINUTE))
    return world, entries


def named(world: World, name: str) -> Case:
    options: dict[str, dict[str, Any]] = {
        "unreachable": {}, "no-borrower-consent": {"borrower": False, "approved": False},
        "no-contact-consent": {"contact": False, "approved": False}, "not-overdue": {"due": 59, "approved": False},
    }
    return world.unreachable(name, **options[name])


def decided(world: World, entries: list[Entry], account: str, at: int, **changes: str) -> Entry:
    source = Source.of(entries)
    history = gather(source, account)
    asked = {"lookup": ident(f"lookup-{len(entries)}"), "account": account, "client": world.agency, "agent": "A-17",
             "about": "contact", "purpose": "restore-contact", "mode": "number", **changes}
    ask = Ask(**asked, offsets=dict.fromkeys(zones_of(history), OFFSET))
    facts = facts_from(history, ask, at)
    decision = decide(facts, packs_for(source.directory, facts, at), at)
    extra = {"borrower": history.borrower, "contact": decision.contact, "line": decision.line, "lender": facts.lender,
             "approval": decision.approval, "local_date": facts.local_date,
             "expires_at": None if decision.expires_at is None else stamp(decision.expires_at)}
    body = {
        **asked, "verdict": decision.verdict, "reasons": list(decision.codes), "system": [], "as_of": len(entries),
        "rules": "1", "packs": [one.value() for one in decision.packs],
        "offsets": [{"zone": zone, "minutes": minutes} for zone, minutes in sorted(ask.offsets.items())],
        **{name: value for name, value in extra.items() if value is not None},
    }
    return Entry(len(entries), at, Draft(asked["lookup"], "lookup-decided/1", Actor("vault"), body))


def leaves(entries: list[Entry]) -> list[bytes]:
    return [leaf(one.draft, one.at) for one in entries]


WORLD, ENTRIES = told()


def changed(index: int, change: Change, resign: bool = True) -> list[bytes]:
    """The log with one entry's body changed, signed anew by whoever must."""
    entries = list(ENTRIES)
    body = dict(entries[index].body)
    change(body)
    draft = replace(entries[index].draft, body=body)
    entries[index] = saying(entries[index], signed(WORLD, draft) if resign else draft)
    return leaves(entries)


def first(kind: str, **members: object) -> int:
    return next(one.index for one in ENTRIES
                if one.kind == kind and all(one.body.get(name) == value for name, value in members.items()))


def test_an_honest_log_replays() -> None:
    seen: list[int] = []
    report = replay(leaves(ENTRIES), TABLE, progress=lambda done, _: seen.append(done))
    said = f"{len(ENTRIES)} entries, 12 decisions made again with the same result"
    assert str(report) == f"ok demo.invalid/test: {said}"
    assert report.ok
    assert seen[-1] == len(ENTRIES)


PERMIT = first("lookup-decided/1", verdict="permit")
DENY = first("lookup-decided/1", reasons=["hold-dispute"])

LIES: list[tuple[str, int, Change, str]] = [
    ("a permit where the rules deny", DENY, lambda body: body.update(verdict="permit"), "verdict"),
    ("a deny where the rules permit", PERMIT, lambda body: body.update(verdict="deny"), "verdict"),
    ("a reason hidden", DENY, lambda body: body.update(reasons=[]), "reasons"),
    ("a reason invented", DENY, lambda body: body.update(reasons=["hold-dispute", "no-contact"]), "reasons"),
    ("another contact", PERMIT, lambda body: body.update(contact=ident("another")), "contact"),
    ("another line", PERMIT, lambda body: body.update(line=ident("another")), "line"),
    ("no approval", PERMIT, lambda body: body.pop("approval"), "approval"),
    ("other packs", PERMIT, lambda body: body.update(packs=body["packs"][:1]), "packs"),
    ("a longer life", PERMIT, lambda body: body.update(expires_at="2027-01-01T00:00:00.000Z"), "expires_at"),
    ("another date", PERMIT, lambda body: body.update(local_date="2026-06-02"), "local_date"),
    ("an earlier place", PERMIT, lambda body: body.update(as_of=5), "as_of"),
    ("unknown rules", PERMIT, lambda body: body.update(rules="9"), "rules"),
    ("no offsets", PERMIT, lambda body: body.update(offsets=[]), "offsets"),
    ("a permit despite a system code", PERMIT, lambda body: body.update(system=["inbox-waiting"]), "verdict"),
    ("a kinder class", first("attempt-recorded/2", medium="voice"),
     lambda body: body.update({"class": "dead-address"}), "class"),
    ("a table of one's own", first("attempt-recorded/2"),
     lambda body: body.update(table={**body["table"], "sha256": "0" * 64}), "outcome table"),
    ("a local minute of one's own", first("attempt-recorded/2"),
     lambda body: body.update(local={**body["local"], "minute": 600}), "local"),
    ("a pack that is not its digest's", 0,
     lambda body: body.update(packs=[{**body["packs"][0], "sha256": "0" * 64}]), "digest"),
    ("a member of no such shape", first("placed/1"), lambda body: body.update(until="soon"), "/until"),
]


@pytest.mark.parametrize(("index", "change", "why"), [one[1:] for one in LIES], ids=[one[0] for one in LIES])
def test_each_lie_is_found_where_it_was_told(index: int, change: Change, why: str) -> None:
    report = replay(changed(index, change), TABLE)
    assert not report.ok
    assert report.index == index
    assert report.failure is not None
    assert why in report.failure
    assert str(report).startswith("FAILED ")


def test_a_changed_history_shows_in_the_decision_that_rested_on_it() -> None:
    hold = first("hold-placed/1")
    entries = [one for one in ENTRIES if one.index != hold]
    report = replay(leaves(entries), TABLE)
    assert report.failure is not None
    assert "as_of" in report.failure


@pytest.mark.parametrize("kind", ["attempt-recorded/2", "approval-given/1", "notice-sent/1", "agency-approved/1"])
def test_an_act_without_its_signature_is_a_lie(kind: str) -> None:
    index = first(kind)
    entries = list(ENTRIES)
    entries[index] = saying(entries[index], replace(entries[index].draft, auth=()))
    report = replay(leaves(entries), TABLE)
    assert (report.ok, report.index) == (False, index)


def test_a_signature_over_other_words_is_a_lie() -> None:
    index = first("approval-given/1")
    report = replay(changed(index, lambda body: body.update(borrower=ident("another")), resign=False), TABLE)
    assert (report.ok, report.index) == (False, index)


def test_time_that_goes_back_a_second_genesis_and_an_id_used_twice_are_lies() -> None:
    back = [*ENTRIES[:20], Entry(20, ENTRIES[19].at - 1, ENTRIES[20].draft), *ENTRIES[21:]]
    again = [*ENTRIES[:20], Entry(0, ENTRIES[19].at, ENTRIES[0].draft), *ENTRIES[20:]]
    twice = [*ENTRIES[:20], ENTRIES[19], *ENTRIES[20:]]
    for entries in (back, again, twice, ENTRIES[1:]):
        assert not replay(leaves(entries), TABLE).ok


def test_the_clock_of_a_real_log_cannot_be_moved() -> None:
    advanced = Draft(ident("advance"), "demo-clock-advanced/1", Actor("vault"), {"seconds": 60})
    entries = [*ENTRIES[:5], saying(ENTRIES[5], advanced)]
    assert replay(leaves(entries), TABLE).ok
    real = saying(entries[0], replace(entries[0].draft, body={**entries[0].body, "demo": False}))
    assert not replay(leaves([real, *entries[1:]]), TABLE).ok


def test_a_floor_that_loosens_is_a_lie() -> None:
    floor = shipped_packs()["floor"].text
    for need, honest in ((6, True), (7, True), (5, False)):
        text = floor.replace('value = 6\nunit = "attempts"', f'value = {need}\nunit = "attempts"')
        body = {"name": "floor", "version": "2", "sha256": digest(text), "text": text,
                "effective_from": stamp(ENTRIES[19].at)}
        draft = signed(WORLD, Draft(ident("floor"), "pack-activated/1", Actor("officer", WORLD.officer), body))
        assert replay(leaves([*ENTRIES[:20], saying(ENTRIES[19], draft)]), TABLE).ok is honest


def test_bytes_that_are_no_entry_are_a_lie() -> None:
    assert not replay([*leaves(ENTRIES[:3]), b"{}"], TABLE).ok
    assert not replay([leaves(ENTRIES[:1])[0] + b" "], TABLE).ok


MESSAGE = {"mode": "message"}
CHANNELS = {"about": "borrower", "purpose": "contact-borrower"}


def after_a_permit(asked: dict[str, str], *then: tuple[str, dict[str, Any]]) -> str | None:
    """What replay says of entries that follow a permit at once; None: nothing. In their bodies `permit` stands for
    the permit's id, `borrower` for the borrower's."""
    world = World()
    case = world.unreachable()
    world.approve(case, mode="message")
    entries = [saying(one, signed(world, one.draft)) for one in world.log()]
    permit = decided(world, entries, case.account, START, **asked)
    assert permit.body["verdict"] == "permit"
    assert ("line" in permit.body) == (asked.get("about") != "borrower")
    entries.append(permit)
    names = {"permit": permit.id, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
             "agency": world.agency}
    for kind, body in then:
        named = {name: names.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
        draft = Draft(ident(kind), kind, Actor("vault"), named)
        entries.append(Entry(len(entries), START + len(entries), signed(world, draft)))
    return replay(leaves(entries), TABLE).failure


NOTHING = "nothing came between the permit and its opening"
OVER = "the permit was opened again after it had ended"
REFUSED = ("opening-refused/1", {"lookup": "permit", "borrower": "borrower", "line": "line", "agency": "agency",
                                 "reasons": ["internal"]})
OWN_REFUSED = ("opening-refused/2", {"lookup": "permit", "borrower": "borrower", "agency": "agency",
                                     "reasons": ["internal"]})
AGAIN = ("lookup-redelivered/1", {"lookup": "permit", "borrower": "borrower"})
LIFE = ("sign-of-life/1", {"borrower": "borrower", "source": "login"})
OBJECTED = ("objected/1", {"line": "line", "contact": "contact", "borrower": "borrower", "through": "link"})
HOLD = ("hold-placed/1", {"hold": ident("hold"), "borrower": "borrower", "type": "dispute"})
GIVEN_OUT = ("address-opened/1", {"about": "permit", "subject": ident("s"), "template": "relayed-message"})


def test_a_message_may_be_kept_back_until_its_address_is_given_out() -> None:
    assert after_a_permit(MESSAGE, REFUSED) is None
    assert after_a_permit(MESSAGE, GIVEN_OUT, REFUSED) == "it gives back a use that had taken place"


def test_a_number_is_kept_closed_only_for_a_restriction_and_then_never_opened_again() -> None:
    assert after_a_permit({}, REFUSED) == NOTHING
    assert after_a_permit({}, AGAIN) is None
    for restriction in (LIFE, OBJECTED, HOLD):
        assert after_a_permit({}, restriction, REFUSED) is None
        assert after_a_permit({}, restriction, AGAIN) == OVER


def test_the_borrowers_channels_are_kept_closed_only_where_they_would_be_refused() -> None:
    for harmless in (LIFE, OBJECTED):
        assert after_a_permit(CHANNELS, harmless, OWN_REFUSED) == NOTHING
        assert after_a_permit(CHANNELS, harmless, AGAIN) is None
    assert after_a_permit(CHANNELS, HOLD, OWN_REFUSED) is None
    assert after_a_permit(CHANNELS, HOLD, AGAIN) == OVER


def test_a_refused_opening_names_the_line_of_its_permit_and_none_where_there_is_none() -> None:
    wrong = "its line and agency are not those of the permit"
    assert after_a_permit({}, LIFE, OWN_REFUSED) == wrong
    assert after_a_permit(CHANNELS, HOLD, REFUSED) == wrong
