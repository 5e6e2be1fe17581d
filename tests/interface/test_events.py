"""GET /v1/events: each client hears of its own business, kinds and ids, and no list tells an objection (P10)."""

from __future__ import annotations

from typing import Any

import pytest

from registry.store.events import AGENCY
from registry.usecases.events import AGENCY as AGENCY_READS
from tests.web.demo import Demo, make_demo
from tests.web.world import As, World

Event = dict[str, Any]


def events(who: As, **query: Any) -> list[Event]:
    """Every page behind `after`, joined."""
    found: list[Event] = []
    after = query.pop("after", None)
    while True:
        words = "&".join(f"{name}={value}" for name, value in {"after": after, **query}.items() if value is not None)
        page = who.get(f"/v1/events?{words}").json
        found += page["items"]
        after = page["next"]
        if after is None:
            return found


def last(world: World) -> int:
    """The log's newest index."""
    return events(world.auditor)[-1]["index"]


def look(world: World, account: str, key: str, who: str = "collector") -> dict[str, Any]:
    answer = world.using(who).post("/v1/lookups", world.lookup(account), idempotency_key=key)
    assert answer.status_code == 201
    return dict(answer.json)


def alike(found: list[Event]) -> list[tuple[str, tuple[str, ...]]]:
    """What of events is left without ids, indexes and times."""
    return [(one["kind"], tuple(one["about"])) for one in found]


def agreed(world: World, person: dict[str, str]) -> str:
    """Asks the contact for consent, whose code comes by message; returns the link of that message."""
    borrower, contact = person["borrower"], person["contact"]
    world.lender.post("/v1/consents", world.consent("borrower", borrower), idempotency_key=borrower)
    asked = world.lender.post("/v1/consents", world.consent("contact", borrower, contact), idempotency_key=contact)
    assert asked.status_code == 201, asked.text
    return str(asked.json["withdraw_url"]).partition("8000")[2]


def test_an_agency_hears_of_its_placements_its_lookups_and_what_it_did(small: World) -> None:
    start = last(small)
    person = small.someone()
    denied = look(small, person["account"], "e-1")
    notice = small.collector.post(f"/v1/accounts/{person['account']}/notices", idempotency_key="e-2").json["notice"]
    small.settle()
    small.lender.delete(f"/v1/accounts/{person['account']}/placements/{person['placement']}")
    found = events(small.collector, after=start)
    kinds = [one["kind"] for one in found]
    assert kinds[:3] == ["placed/1", "lookup-decided/1", "notice-requested/1"]
    assert set(kinds[3:-1]) == {"notice-sent/1"}, "each channel it went to"
    assert kinds[-1] == "recalled/1"
    assert found[1]["about"] == {"account": person["account"], "lookup": denied["lookup"]}
    assert {one["about"]["notice"] for one in found if one["kind"].startswith("notice")} == {notice}
    assert found[0]["id"] == found[-1]["about"]["placement"] == person["placement"]
    for one in found:
        assert set(one) == {"index", "kind", "id", "at", "about"}
        assert one["kind"] in AGENCY
        assert set(one["about"]) <= set(AGENCY_READS)
        assert person["borrower"] not in str(one)
        assert person["contact"] not in str(one)


def test_another_agency_hears_nothing_of_it_but_of_its_own_lookups(small: World) -> None:
    start = last(small)
    person = small.someone()
    look(small, person["account"], "r-1")
    theirs = look(small, person["account"], "r-2", "rival_collector")
    [one] = events(small.using("rival_collector"), after=start)
    assert one["id"] == theirs["lookup"]
    unknown = look(small, "f" * 32, "r-3", "rival_collector")
    *_, other = events(small.using("rival_collector"), after=start)
    assert other["id"] == unknown["lookup"]
    assert alike([one]) == alike([other]), "an account of somebody else's and none at all look the same"


@pytest.mark.parametrize("answer", ["object", "refuse", "withdraw", None])
def test_accounts_that_differ_only_in_what_a_contact_said_give_equal_lists(small: World, answer: str | None) -> None:
    """None: the contact says nothing, so consent is missing."""
    lists = []
    for word in (None, answer):
        start = last(small)
        person = small.someone()
        link = agreed(small, person)
        small.settle()
        if word is not None:
            assert small.nobody.post(link, {"answer": word}).status_code == 200
        small.collector.post(f"/v1/accounts/{person['account']}/notices", idempotency_key=f"{person['account'][:20]}")
        small.settle()
        look(small, person["account"], person["account"])
        lists.append(alike(events(small.collector, after=start)))
    assert lists[0] == lists[1]
    assert len(lists[0]) >= 3


def test_holds_signs_of_life_and_erasures_are_nothing_to_an_agency(small: World) -> None:
    person = small.someone()
    start = last(small)
    borrower = f"/v1/borrowers/{person['borrower']}"
    assert small.lender.post(f"{borrower}/holds", {"type": "insolvency"}).status_code == 201
    assert small.lender.post(f"{borrower}/signs-of-life", {"source": "payment"}).status_code == 201
    assert small.lender.post(f"/v1/contacts/{person['contact']}/erasure").status_code == 201
    assert small.lender.post(f"{borrower}/erasure").status_code == 201
    assert events(small.collector, after=start) == []
    assert [one["kind"] for one in events(small.lender, after=start)] == [
        "hold-placed/1", "sign-of-life/1", "erasure-requested/1", "erasure-requested/1"]


def test_a_lender_hears_of_its_people_but_not_that_a_contact_objected(small: World) -> None:
    start = last(small)
    person = small.someone()
    link = agreed(small, person)
    small.settle()
    small.nobody.post(link, {"answer": "object"})
    look(small, person["account"], person["account"])
    kinds = [one["kind"] for one in events(small.lender, after=start)]
    assert {"borrower-registered/1", "channel-added/1", "contact-registered/1", "account-opened/1", "placed/1",
            "consent-given/1", "consent-requested/1", "lookup-decided/1"} <= set(kinds)
    assert not {"objected/1", "code-sent/1", "contact-informed/1", "address-opened/1"} & set(kinds)
    assert "objected/1" in {one["kind"] for one in events(small.auditor, after=start)}


def test_officers_and_auditors_hear_everything_by_kind_and_no_line(small: World) -> None:
    person = small.someone()
    small.settle()
    everything = events(small.auditor)
    entries = small.auditor.get("/v1/audit/entries?limit=200").json["items"]
    assert [(one["index"], one["kind"], one["id"]) for one in everything[:len(entries)]] == [
        (one["index"], one["entry"]["kind"], one["entry"]["id"]) for one in entries]
    placed = events(small.officer, kind="placed/1")
    assert placed[-1]["about"] == {"placement": person["placement"], "account": person["account"],
                                   "borrower": person["borrower"], "lender": small.made["lender"].id,
                                   "agency": small.made["agency"].id}
    assert {one["kind"] for one in placed} == {"placed/1"}
    assert not [one for one in everything if {"line", "opened"} & set(one["about"])]


def test_pages_join_without_a_gap_and_stay_while_the_log_grows(small: World) -> None:
    small.someone()
    whole = events(small.lender)
    first = small.lender.get("/v1/events?limit=3").json
    small.someone()
    assert first["items"] == whole[:3]
    assert first["next"] == whole[2]["index"]
    assert events(small.lender, limit=3)[:len(whole)] == whole
    assert small.lender.get(f"/v1/events?after={last(small)}").json == {"items": [], "next": None}


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999999999", "limit=0", "limit=201",
                                   "kind=placed", "kind=Placed/1", "cursor=x", "after="])
def test_a_query_that_is_wrong_is_422(small: World, query: str) -> None:
    assert small.lender.get(f"/v1/events?{query}").status_code == 422


def test_a_rebuild_gives_the_same_lists(small: World) -> None:
    names = ("collector", "rival_collector", "lender", "officer", "auditor")
    before = {name: events(small.using(name)) for name in names}
    small.bench.store.forget_projections()
    assert {name: events(small.using(name)) for name in names} == before


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with make_demo(tmp_path_factory.mktemp("demo-events")) as made:
        yield made


def test_an_approval_is_told_to_the_agency_that_asked(demo: Demo) -> None:
    found = events(demo.using("collector"))
    asked = [one for one in found if one["kind"] == "approval-requested/1"]
    given = [one for one in found if one["kind"] == "approval-given/1"]
    assert asked
    assert {one["about"]["approval"] for one in given} <= {one["about"]["approval"] for one in asked}
    for one in given:
        assert set(one["about"]) == {"account", "lookup", "approval"}


def test_in_the_demo_objected_and_consent_missing_read_alike(demo: Demo) -> None:
    start = events(demo.using("auditor"))[-1]["index"]
    for name in ("contact-objected", "no-contact-consent", "no-borrower-consent", "withdrawn"):
        demo.using("collector").post("/v1/lookups", demo.lookup(name), idempotency_key=name)
    found = events(demo.using("collector"), after=start)
    assert alike(found) == [("lookup-decided/1", ("account", "lookup"))] * 4
    assert len({one["about"]["account"] for one in found}) == 4
