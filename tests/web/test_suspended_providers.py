"""A provider is suspended by one officer: its sender is told, nothing waits because of it, and lists say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry.demo.provider import Attempt, signed
from registry.model.times import DAY, HOUR, SECOND, parse_stamp, stamp
from tests.web.world import World

NAMES = iter(f"leaky-{n}" for n in range(100))


@pytest.fixture
def name(world: World) -> Iterator[str]:
    """A provider of its own; nothing of it is left waiting."""
    made = next(NAMES)
    body = {"name": made, "kind": "neutral", "owner": "neutral", "secret": world.secret}
    assert world.done("/v1/providers", body).status_code == 201
    yield made
    world.settle()


def report(world: World, name: str, seq: int, to: str = "+8610000008888", status: str = "rang-out") -> object:
    attempt = Attempt(f"{name}-{seq}", seq, "voice", to, {"status": status}, world.clock.now() - 40 * SECOND, 30)
    headers, data = signed(attempt.event(), world.secret, f"{name}-msg-{seq}", world.clock.wall())
    answer = world.app.test_client().post(f"/v1/attempts/{name}", data=data, headers=headers)
    assert answer.status_code == 202
    return answer.json


def suspend(world: World, name: str, **body: str) -> None:
    done = world.done(f"/v1/providers/{name}/suspension", body)
    assert (done.status_code, done.json["name"], done.json["state"]) == (201, name, "suspended"), done.text


def test_its_sender_is_told_that_nothing_counts_and_its_status_says_what_was_refused(world: World, name: str) -> None:
    assert report(world, name, 1) == {}
    world.settle()
    suspend(world, name)
    world.settle()
    assert report(world, name, 2) == {"counts": False, "why": "provider-suspended"}
    assert world.bench.store.offered("0" * 32, "contact")[1] is None, "what it posts holds no opening up"
    world.settle()
    status = world.lender.get(f"/v1/providers/{name}").json
    assert (status["next_seq"], status["waiting"]) == (2, 0)
    assert status["refused"] == [{"webhook_id": f"{name}-msg-2", "why": "provider-suspended"}]


def test_that_somebody_answered_is_an_entry_all_the_same(world: World, name: str) -> None:
    body = world.borrower()
    world.lender.post("/v1/borrowers", body)
    suspend(world, name)
    size = world.bench.vault.call("status", {})["size"]
    report(world, name, 1, body["channels"][0]["value"], "answered-person")
    world.settle()
    told = world.bench.vault.call("entry", {"index": size})["entry"]
    assert (told["kind"], told["body"]["class"]) == ("attempt-recorded/2", "reached-person")


def test_lists_and_status_say_since_when_it_is_not_believed_and_until_when(world: World, name: str) -> None:
    since = stamp(world.clock.now() - DAY)
    assert world.officer.get(f"/v1/providers/{name}").json["state"] == "active"
    suspend(world, name, since=since, note="its webhook secret was found in a repository")
    told = world.lender.get(f"/v1/providers/{name}").json
    assert (told["state"], told["suspension"]["since"], "until" in told["suspension"]) == ("suspended", since, False)
    (row,) = [one for one in world.officer.get("/v1/providers?limit=200").json["items"] if one["name"] == name]
    assert row["suspension"] == told["suspension"]
    earlier = stamp(world.clock.now() - 2 * DAY)
    suspend(world, name, since=earlier)
    suspend(world, name, since=stamp(world.clock.now() - HOUR))
    told = world.officer.get(f"/v1/providers/{name}").json["suspension"]
    assert told["since"] == earlier, "the earlier moment holds"
    done = world.done(f"/v1/providers/{name}/resume", {"note": "nobody but us had it"})
    assert (done.status_code, done.json["state"]) == (201, "active"), done.text
    again = world.officer.get(f"/v1/providers/{name}").json
    assert (again["state"], again["suspension"]["since"]) == ("active", earlier)
    assert parse_stamp(again["suspension"]["until"]) >= parse_stamp(told["at"])
    assert report(world, name, 1) == {}


@pytest.mark.parametrize(("what", "body", "code"), [
    ("suspension", {"since": "2099-01-01T00:00:00Z"}, "time-out-of-range"),
    ("suspension", {"since": "yesterday"}, "malformed"),
    ("suspension", {"until": "2026-01-01T00:00:00Z"}, "malformed"),
    ("resume", {}, "provider-not-suspended"),
])
def test_what_cannot_be_is_refused_before_anybody_signs(
    world: World, name: str, what: str, body: dict[str, str], code: str,
) -> None:
    answer = world.officer.post(f"/v1/providers/{name}/{what}?draft=1", body)
    assert answer.json["code"] == code, answer.text
    unknown = world.officer.post(f"/v1/providers/nobodys-account/{what}?draft=1", {})
    assert unknown.status_code == 404


def test_without_an_officers_signature_nobody_is_suspended_or_taken_up(world: World, name: str) -> None:
    for what in ("suspension", "resume"):
        path = f"/v1/providers/{name}/{what}"
        assert world.officer.post(path, {}).status_code == 403
        for who in ("lender", "collector", "auditor"):
            assert world.using(who).post(f"{path}?draft=1", {}).status_code == 403
    assert world.officer.get(f"/v1/providers/{name}").json["state"] == "active"
