"""P1, P2, P5, P10: a lookup end to end, in process, against the real log, keys and policy."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

import pytest

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnavailableError
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, SECOND, parse_stamp, stamp
from registry.policy.pack import digest
from registry.shipped import shipped_packs
from tests.world import World

PERMIT = {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "release"}
DENY = {"lookup", "verdict", "log_index", "proof", "state", "missing", "channels", "next"}


def test_a_permit_opens_only_for_the_collectors_key(world: World) -> None:
    person = world.unreachable()
    answer = world.lookup(person)
    assert set(answer) == PERMIT
    claims = world.opened(answer)
    assert claims["number"] == person.contact_number
    assert claims["name"] == "Li Na"
    entry = world.entry(answer["lookup"])
    assert (claims["iss"], claims["aud"], claims["sub"], claims["jti"]) == (
        "demo.invalid/world", world.agency.id, person.account, answer["lookup"],
    )
    assert claims["log_index"] == entry.index == answer["log_index"]
    assert claims["iat"] == entry.at // SECOND
    assert claims["exp"] == parse_stamp(answer["expires_at"]) // SECOND
    assert claims["agent"] == "agent-17"
    with pytest.raises(ConsentryError):
        world.opened(answer, world.rival)


def test_a_denial_says_what_is_missing_and_is_in_the_log(world: World) -> None:
    person = world.unreachable(attempts=7)
    answer = world.lookup(person)
    assert set(answer) == DENY
    assert answer["state"] == "trying"
    assert {one["code"] for one in answer["missing"]} >= {"notice-missing"}
    entry = world.entry(answer["lookup"])
    assert entry.body["verdict"] == "deny"
    assert entry.body["as_of"] == entry.index == answer["log_index"]
    assert "expires_at" not in entry.body


def test_the_first_number_is_the_last_for_that_line(world: World) -> None:
    person = world.unreachable()
    assert world.lookup(person)["verdict"] == "permit"
    again = world.lookup(person)
    assert again["verdict"] == "deny"
    assert "line-cap" in world.codes(again)


def test_32_lookups_in_one_round_for_one_line_give_one_number(world: World) -> None:
    people = world.unreachables(8, contact_number="+8610000009999")
    assert len({world.entry(one.contact).body["line"] for one in people}) == 1
    world.alive()
    asked = [("lookup", world.asked(person)) for person in itertools.chain(*[people] * 4)]
    outcomes = world.vault.round(asked)
    permits = [one for one in outcomes if isinstance(one, dict) and one["verdict"] == "permit"]
    assert len(outcomes) == 32
    assert len(permits) == 1
    assert sum("release" in one for one in outcomes if isinstance(one, dict)) == 1


def test_a_collectors_view_of_an_approval_that_is_missing(world: World) -> None:
    person = world.unreachable(approve=False)
    first = world.lookup(person)
    assert (first["state"], first["next"]["action"]) == ("approval-needed", "ask-approval")
    second = world.lookup(person)
    assert second["approval"] == first["approval"], "one open request"
    assert len(world.entries("approval-requested/1")) == 1
    other = world.lookup(person, purpose="relay-message")
    assert other["approval"] != first["approval"]
    assert world.entry(first["approval"]).body["lookup"] == first["lookup"]


def test_a_refused_approval_takes_a_new_request(world: World) -> None:
    person = world.unreachable(approve=False)
    first = world.lookup(person)["approval"]
    world.sign("approval-refused/1", {"approval": first, "borrower": person.borrower})
    with pytest.raises(ConflictError):
        world.sign("approval-given/1", {"approval": first, "borrower": person.borrower})
    second = world.lookup(person)["approval"]
    assert second != first


def test_where_two_must_approve_both_approve_one_request(world: World) -> None:
    text = shipped_packs()["floor"].text
    rule = text.index('[parameters."release.approvals"]')
    text = text[:rule] + text[rule:].replace("value = 0", "value = 2", 1)
    person = world.unreachable(approve=False)
    world.sign("pack-activated/1", {
        "name": "floor", "version": "2", "sha256": digest(text), "text": text,
        "effective_from": stamp(world.clock.at),
    }, officers=2)
    approval = world.lookup(person)["approval"]
    world.sign("approval-given/1", {"approval": approval, "borrower": person.borrower})
    assert world.lookup(person)["approval"] == approval
    second = world.officers[1]
    draft = world.draft("approval-given/1", {"approval": approval, "borrower": person.borrower},
                        Actor("officer", second.id))
    world.call("append", entry=dataclasses.replace(draft, auth=(second.officer(draft.to_sign()),)).value())
    assert world.lookup(person)["verdict"] == "permit"


def test_a_request_for_approval_is_answered_within_a_day(world: World) -> None:
    """Signatures that somebody held back approve nothing later: by then a lookup has opened another request."""
    late, timely = world.unreachables(2, approve=False)
    asked = {person.account: world.lookup(person)["approval"] for person in (late, timely)}
    held_back = world.draft("approval-given/1", {"approval": asked[late.account], "borrower": late.borrower},
                            Actor("officer", world.officers[0].id))
    auth = (world.officers[0].officer(held_back.to_sign()),)
    world.clock.at += DAY
    world.sign("approval-given/1", {"approval": asked[timely.account], "borrower": timely.borrower})
    world.clock.at += 1
    with pytest.raises(ConflictError) as caught:
        world.call("append", entry=dataclasses.replace(held_back, auth=auth).value())
    assert caught.value.code == "approval-closed"
    world.feeds()
    assert world.lookup(late)["approval"] != asked[late.account]


def test_an_unknown_an_erased_and_a_foreign_account_look_the_same(world: World) -> None:
    foreign, erased = world.unreachables(2, approve=False)
    unknown = world.lookup(foreign, account="f" * 32)
    rival = world.lookup(foreign, by=world.rival)
    world.append("erasure-requested/1", {
        "subject": erased.borrower, "role": "borrower", "borrower": erased.borrower,
    }, world.lender)
    gone = world.lookup(erased)
    for answer in (unknown, rival, gone):
        shown = {name: answer[name] for name in answer if name not in ("lookup", "log_index", "proof")}
        assert shown == {
            "verdict": "deny", "state": "not-eligible", "missing": [], "channels": [], "next": {"action": "stop"},
        }
        assert world.entry(answer["lookup"]).body["verdict"] == "deny"
    assert "borrower" not in world.entry(unknown["lookup"]).body
    for by, account in ((world.rival, foreign.account), (world.agency, erased.account), (world.agency, "f" * 32)):
        with pytest.raises(NotFoundError):
            world.call("account", by=by.value(), account=account)


def test_without_a_courier_nothing_is_opened(world: World) -> None:
    person = world.unreachable()
    world.clock.at += 6 * SECOND
    answer = world.call("lookup", **world.asked(person))
    assert answer["verdict"] == "deny"
    assert answer["state"] == "unavailable"
    entry = world.entry(answer["lookup"]).body
    assert (entry["reasons"], entry["system"]) == ([], ["courier-unavailable"])
    assert world.lookup(person)["verdict"] == "permit", "nothing was used up"


def test_a_callback_that_waits_stops_openings(world: World) -> None:
    person = world.unreachable()
    answer = world.lookup(person, key="waiting") | {}
    assert answer["verdict"] == "permit"
    person = world.borrower()
    world.alive()
    asked = world.asked(person, account="e" * 32) | {"inbox_ms": 5_001}
    assert world.entry(world.call("lookup", **asked)["lookup"]).body["system"] == ["inbox-waiting"]
    asked = world.asked(person, account="e" * 32) | {"inbox_ms": 5_000}
    assert world.entry(world.call("lookup", **asked)["lookup"]).body["system"] == []


def test_an_old_blob_is_not_served_for_a_new_one_and_uses_nothing_up(world: World) -> None:
    person = world.unreachable()
    other = world.borrower()
    asked = world.asked(person)
    for blobs in (
        {}, {person.contact: {}}, {person.contact: {"number": asked["blobs"][person.contact]["number"]}},
        {person.contact: {name: world.blobs[other.contact, name] for name in ("name", "number")}},
        {other.contact: {name: world.blobs[other.contact, name] for name in ("name", "number")}},
    ):
        world.alive()
        refused = world.call("lookup", **{**world.asked(person), "blobs": blobs})
        assert refused["verdict"] == "deny"
        assert world.entry(refused["lookup"]).body["system"] == ["internal"]
    assert world.lookup(person)["verdict"] == "permit"


# Idempotency (CONTRACT section 0)


def test_a_repeated_deny_is_the_stored_deny_without_a_new_entry(world: World) -> None:
    person = world.unreachable(attempts=7)
    first = world.lookup(person, key="same")
    size = world.vault.desk.log.size
    second = world.lookup(person, key="same")
    assert second == first
    assert world.vault.desk.log.size == size
    world.append("releases-stopped/1", {}, world.lender)
    assert world.lookup(person, key="same") == first, "also when the log has grown since"


def test_the_same_key_with_another_body_is_a_conflict(world: World) -> None:
    person = world.unreachable()
    world.lookup(person, key="same")
    with pytest.raises(ConflictError, match="another request") as caught:
        world.lookup(person, key="same", agent="agent-18")
    assert caught.value.code == "idempotency-conflict"


def test_a_repeated_permit_opens_again_and_says_so_in_the_log(world: World) -> None:
    person = world.unreachable()
    first = world.lookup(person, key="same")
    second = world.lookup(person, key="same")
    assert second["lookup"] == first["lookup"]
    assert world.opened(second) == world.opened(first)
    assert second["release"] != first["release"], "a fresh envelope"
    (entry,) = world.entries("lookup-redelivered/1")
    assert entry.body["lookup"] == first["lookup"]


def test_two_requests_with_one_key_in_one_round_get_one_result(world: World) -> None:
    person = world.unreachable()
    world.alive()
    asked = ("lookup", world.asked(person, key="same"))
    first, second = world.vault.round([asked, asked])
    assert isinstance(first, dict)
    assert first["verdict"] == "permit"
    assert second == first
    assert world.entries("lookup-redelivered/1") == []
    other = ("lookup", world.asked(person, key="same", agent="agent-18"))
    outcome, refused = world.vault.round([asked, other])
    assert isinstance(outcome, dict)
    assert isinstance(refused, ConflictError)


def test_a_permit_is_not_opened_again_after_it_expired(world: World) -> None:
    person = world.unreachable()
    first = world.lookup(person, key="same")
    wall = world.clock.at
    world.clock.at += 24 * HOUR
    world.clock.wall = lambda: wall  # type: ignore[method-assign]
    world.feeds()
    again = world.lookup(person, key="same")
    assert (again["verdict"], again["state"]) == ("deny", "trying")
    assert [one["code"] for one in again["missing"]] == ["permit-expired"]
    assert again["lookup"] == first["lookup"]
    assert world.entries("opening-refused/1") == [], "the number may have left: its use is not given back"


def test_a_permit_is_not_opened_again_after_a_withdrawal(world: World) -> None:
    person = world.unreachable()
    world.lookup(person, key="same")
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    again = world.lookup(person, key="same")
    assert (again["verdict"], again["state"], again["missing"]) == ("deny", "not-eligible", [])
    size = world.vault.desk.log.size
    assert world.lookup(person, key="same") == again
    assert world.vault.desk.log.size == size
    assert "release" not in world.call("lookup-status", by=world.agency.value(), lookup=again["lookup"])


def _approval_of_the_agency_ends(world: World) -> None:
    world.sign("agency-approved/1", {
        "agency": world.agency.id, "lender": world.lender.id, "role": "entrusted",
        "until": stamp(world.clock.at + 6 * HOUR),
    })


def _stricter_floor_comes_into_force(world: World) -> None:
    text = shipped_packs()["floor"].text
    rule = text.index('[parameters."consent.max_age_days"]')
    text = text[:rule] + text[rule:].replace("value = 365", "value = 30", 1)
    world.sign("pack-activated/1", {
        "name": "floor", "version": "2", "sha256": digest(text), "text": text,
        "effective_from": stamp(world.clock.at + 6 * HOUR),
    }, officers=2)


@pytest.mark.parametrize(("lapses", "code"), [
    (_approval_of_the_agency_ends, "agency-approval-lapsed"),
    (_stricter_floor_comes_into_force, "borrower-consent-expired"),
])
def test_a_permit_is_not_opened_again_once_what_it_rests_on_has_lapsed(
    world: World, lapses: Callable[[World], None], code: str
) -> None:
    person, other = world.unreachables(2)
    lapses(world)
    first = world.lookup(person, key="same")
    world.clock.at += 5 * HOUR
    assert world.opened(world.lookup(person, key="same")) == world.opened(first), "not yet"
    world.clock.at += 2 * HOUR
    assert code in world.codes(world.lookup(other))
    again = world.lookup(person, key="same")
    assert (again["verdict"], again["lookup"]) == ("deny", first["lookup"])
    assert (again["state"], again["missing"]) == ("not-eligible", [])
    assert len(world.entries("lookup-redelivered/1")) == 1
    assert world.entries("opening-refused/1") == [], "the number may have left: its use is not given back"


def test_a_permit_is_not_opened_again_because_another_contact_would_do(world: World) -> None:
    person = world.unreachable(consents=False)
    world.call("consent", **world.terms(person, "borrower"))
    second = world.contact(person, "+8610000007777", rank=2)
    for contact, hours in ((person.contact, 6), (second, 1_000)):
        made = world.call("consent", **world.terms(
            person, "contact", contact=contact, expires_at=stamp(world.clock.at + hours * HOUR)))
        world.deliver(person)
        world.call("check-code", consent=made["consent"], code=person.code)
    world.approve(person)
    first = world.lookup(person, key="same")
    assert world.entry(first["lookup"]).body["contact"] == person.contact
    world.clock.at += 7 * HOUR
    assert world.lookup(person, key="same")["verdict"] == "deny"


def test_a_permit_is_opened_again_though_its_own_use_spent_the_consents_and_the_approval(world: World) -> None:
    person = world.unreachable(consents=False)
    for giver in ("borrower", "contact"):
        terms = world.terms(person, giver)
        made = world.call("consent", **{**terms, "scope": {**terms["scope"], "max_uses": 1}})
    world.deliver(person)
    world.call("check-code", consent=made["consent"], code=person.code)
    world.approve(person)
    first = world.lookup(person, key="same")
    world.clock.at += 11 * HOUR
    world.alive()
    assert world.opened(world.lookup(person, key="same")) == world.opened(first)


def test_a_repeated_permit_waits_for_the_courier(world: World) -> None:
    person = world.unreachable()
    world.lookup(person, key="same")
    world.clock.at += 6 * SECOND
    with pytest.raises(UnavailableError):
        world.call("lookup", **world.asked(person, key="same"))
    assert world.entries("lookup-redelivered/1") == []


def test_a_key_is_forgotten_after_a_day_of_wall_clock(world: World) -> None:
    person = world.unreachable(attempts=7)
    first = world.lookup(person, key="same")
    world.clock.at += DAY
    assert world.lookup(person, key="same")["lookup"] != first["lookup"]


def test_answers_survive_a_restart(world: World) -> None:
    person = world.unreachable()
    first = world.lookup(person, key="same")
    world.reopen()
    world.alive()
    second = world.lookup(person, key="same")
    assert second["lookup"] == first["lookup"]
    assert world.opened(second)["number"] == person.contact_number


# P2: a restriction acknowledged before the permit's place in the log always wins, in both orders of one round


def _withdrawal(world: World, person: object) -> tuple[str, dict[str, object]]:
    return "withdraw", {"by": world.lender.value(), "consent": person.consent, "through": "lender"}  # type: ignore[attr-defined]


def _contact_withdrawal(world: World, person: object) -> tuple[str, dict[str, object]]:
    return "withdraw", {
        "by": world.agency.value(), "consent": person.contact_consent, "through": "agency",  # type: ignore[attr-defined]
    }


def _answer(word: str) -> Callable[[World, object], tuple[str, dict[str, object]]]:
    return lambda world, person: ("answer", {"token": person.token, "answer": word})  # type: ignore[attr-defined]


def _appended(kind: str, **body: object) -> Callable[[World, object], tuple[str, dict[str, object]]]:
    def make(world: World, person: object) -> tuple[str, dict[str, object]]:
        known = {
            "BORROWER": person.borrower, "ACCOUNT": person.account, "PLACEMENT": person.placement,  # type: ignore[attr-defined]
            "CONTACT": person.contact, "VOICE": person.channels["voice"], "AGENCY": world.agency.id,  # type: ignore[attr-defined]
        }
        ident = "ab" * 16
        filled = {name: known.get(str(value), value) for name, value in body.items()}
        return "append", {"entry": world.draft(kind, filled, world.lender, ident).value()}
    return make


RESTRICTIONS = {
    "the borrower's consent is withdrawn": _withdrawal,
    "the contact's consent is withdrawn": _contact_withdrawal,
    "the contact refuses": _answer("refuse"),
    "the contact objects": _answer("object"),
    "a hold": _appended("hold-placed/1", hold="ab" * 16, borrower="BORROWER", type="dispute"),
    "a sign of life": _appended("sign-of-life/1", borrower="BORROWER", source="payment"),
    "a callback offer": _appended("callback-offered/1", borrower="BORROWER", until=stamp(2**41), windows=[]),
    "a recall": _appended("recalled/1", placement="PLACEMENT", account="ACCOUNT", borrower="BORROWER"),
    "a dispute of a channel": _appended("channel-disputed/1", channel="VOICE", borrower="BORROWER"),
    "the borrower's erasure": _appended(
        "erasure-requested/1", subject="BORROWER", role="borrower", borrower="BORROWER"),
    "the contact's erasure": _appended("erasure-requested/1", subject="CONTACT", role="contact", borrower="BORROWER"),
    "the agency's suspension": _appended("party-suspended/1", party="AGENCY"),
    "everything stopped": _appended("releases-stopped/1"),
    "the account paid": _appended(
        "account-changed/1", account="ACCOUNT", borrower="BORROWER", state="paid", as_of="2026-11-25"),
}


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_a_restriction_in_the_same_round_always_wins(world: World, name: str) -> None:
    before, after = world.unreachables(2)
    world.alive()
    if name in ("the agency's suspension", "everything stopped"):
        # It concerns everybody: one person is enough, and the other order has its own world below.
        after = before
    else:
        lookup, restriction = world.vault.round([
            ("lookup", world.asked(after)), RESTRICTIONS[name](world, after),
        ])
        assert isinstance(restriction, dict), restriction
        assert isinstance(lookup, dict)
        assert (lookup["verdict"], "release" in lookup) == ("deny", False)
        assert world.entry(lookup["lookup"]).body["verdict"] == "permit", "the decision stands in the log"
        (refused,) = world.entries("opening-refused/1")
        assert refused.body["lookup"] == lookup["lookup"]
        assert refused.body["reasons"]
        assert refused.index == lookup["log_index"] > restriction["log_index"]
    request = RESTRICTIONS[name](world, before)
    if request[0] == "append":
        entry = request[1]["entry"]
        assert isinstance(entry, dict)
        entry["id"] = "cd" * 16
        if "hold" in entry["body"]:
            entry["body"]["hold"] = entry["id"]
    restriction, lookup = world.vault.round([request, ("lookup", world.asked(before))])
    assert isinstance(restriction, dict), restriction
    assert isinstance(lookup, dict)
    assert (lookup["verdict"], "release" in lookup) == ("deny", False)
    assert world.entry(lookup["lookup"]).body["verdict"] == "deny"


@pytest.mark.parametrize("name", ["the agency's suspension", "everything stopped"])
def test_a_restriction_for_all_right_after_the_permit_keeps_it_closed(world: World, name: str) -> None:
    person = world.unreachable()
    world.alive()
    lookup, _ = world.vault.round([("lookup", world.asked(person)), RESTRICTIONS[name](world, person)])
    assert isinstance(lookup, dict)
    assert (lookup["verdict"], "release" in lookup) == ("deny", False)
    assert [one.body["lookup"] for one in world.entries("opening-refused/1")] == [lookup["lookup"]]


@pytest.mark.parametrize("first", ["the lookup", "the reach"])
def test_a_reach_in_the_same_round_always_wins(world: World, first: str) -> None:
    person = world.unreachable()
    world.alive()
    body = world.attempt_body(person, cause={"status": "answered-person"})
    requests = [
        ("lookup", world.asked(person)), ("append", {"entry": world.vouched("attempt-recorded/2", body)}),
    ]
    outcomes = world.vault.round(requests if first == "the lookup" else requests[::-1])
    assert all(isinstance(one, dict) for one in outcomes), outcomes
    assert not any("release" in one for one in outcomes if isinstance(one, dict))


def test_an_opening_that_was_refused_gives_its_approval_back(world: World) -> None:
    person = world.unreachable()
    world.alive()
    hold = RESTRICTIONS["a hold"](world, person)
    refused, _ = world.vault.round([("lookup", world.asked(person)), hold])
    assert isinstance(refused, dict)
    assert refused["verdict"] == "deny"
    world.sign("hold-lifted/1", {"hold": "ab" * 16, "borrower": person.borrower})
    assert world.lookup(person)["verdict"] == "permit"


def test_a_lookup_is_refused_by_shape_before_anything_is_logged(world: World) -> None:
    person = world.unreachable(attempts=7)
    size = world.vault.desk.log.size
    good = world.asked(person)
    for bad in (
        {**good, "about": "neighbour"}, {**good, "account": "no-id"}, {**good, "agent": "姓名"},
        {**good, "purpose": "curiosity"}, {**good, "surplus": 1}, {**good, "idem": {"scope": "s", "key": "k"}},
        {**good, "by": {"role": "agency"}}, {**good, "inbox_ms": -1}, {**good, "blobs": {"x": {}}},
        {name: good[name] for name in good if name != "idem"},
    ):
        with pytest.raises(MalformedError):
            world.call("lookup", **bad)
    assert world.vault.desk.log.size == size
