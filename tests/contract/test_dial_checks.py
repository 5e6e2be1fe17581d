"""What a dialler asks before it dials, over HTTP, and what becomes of a dial with and against the answer."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest

from tests.contract import proofs
from tests.contract.client import ID, Answer, World, later, until, when

Told = dict[str, Any]
NAME = "reachable"
SHANGHAI = timezone(timedelta(hours=8))
NOBODY = "0" * 32
BARE = {"may_dial": False, "state": "not-eligible", "missing": [], "next": {"action": "stop"}}


@pytest.fixture(scope="module")
def dialled(moving: World, told: Told) -> Told:
    """One dialler, after the story: asks, dials, asks again, dials against the answer, and asks at night."""
    del told  # Only that it is over: nothing moves the clock after it but this.
    done: Told = {"may": ask(moving, NAME)}
    done["attempt"] = dial(moving, NAME, ticket=done["may"].json["ticket"])
    done["logged"] = last(moving, "attempt-recorded/2")
    done["account"] = moving.ask("GET", f"/v1/accounts/{moving.people[NAME]['account']}", who="collector").json
    done["too close"] = ask(moving, NAME)
    done["alarms before"] = alarms(moving)
    done["against it"] = dial(moving, NAME, account=moving.people[NAME]["account"])
    done["flagged"] = last(moving, "attempt-recorded/2")
    night = moving.now().astimezone(SHANGHAI).replace(hour=22, minute=30)
    seconds = int((night - moving.now()).total_seconds())
    assert moving.ask("POST", "/v1/demo/clock", {"advance": f"PT{seconds}S"}, who="officer").status == 200
    done["night"] = ask(moving, "notice-running")
    done["morning"] = later(night.replace(hour=8, minute=0, second=0, microsecond=0), days=1)
    return done


def channel(world: World, name: str, medium: str = "voice") -> str:
    return str(next(row["id"] for row in world.people[name]["channels"] if row["medium"] == medium))


def ask(world: World, name: str, who: str = "collector", **changes: str) -> Answer:
    body = {"account": world.people[name]["account"], "channel": channel(world, name), **changes}
    return world.ask("POST", "/v1/dial-checks", body, who=who)


def dial(world: World, name: str, **other: str) -> Answer:
    """It rings out."""
    body = {"channel": channel(world, name), "cause": {"q850": 19}, "ring_seconds": 30, **other}
    return world.ask("POST", "/v1/demo/attempts", body, who="collector")


def last(world: World, kind: str) -> Told:
    return dict(next(row["entry"] for row in reversed(world.entries()) if row["entry"]["kind"] == kind))


def alarms(world: World) -> list[Told]:
    """Open alarms about dials."""
    rows = world.ask("GET", "/v1/alarms?state=open", who="officer").json["items"]
    return [row for row in rows if row["alarm"] == "attempt-unlawful"]


def said(answer: Answer) -> Told:
    """What was answered, without what names this one record."""
    assert answer.status == 201, answer.body
    assert ID.match(answer.json["check"])
    assert set(answer.json) >= {"check", "log_index", "proof"}
    return {name: value for name, value in answer.json.items() if name not in ("check", "log_index", "proof")}


def test_who_may_dial_gets_a_ticket_signed_by_the_vault_and_the_time_it_ends(moving: World, dialled: Told) -> None:
    answer = dialled["may"].json
    assert set(said(dialled["may"])) == {"may_dial", "ticket", "valid_until"}
    header, claims = proofs.jws(answer["ticket"], moving.ask("GET", "/v1/keys").json["keys"])
    assert header["typ"] == "consentry-dial+jwt"
    person = moving.people[NAME]
    assert (claims["jti"], claims["sub"], claims["channel"], claims["log_index"]) == (
        answer["check"], person["account"], channel(moving, NAME), answer["log_index"])
    assert claims["aud"] == moving.card["parties"]["agency"]
    assert claims["exp"] == int(when(answer["valid_until"]).timestamp())
    assert timedelta(0) < when(answer["valid_until"]) - when(dialled["logged"]["body"]["began_at"]) <= timedelta(
        minutes=15)


def test_every_answer_is_an_entry_at_the_place_it_names(moving: World, dialled: Told) -> None:
    entries = {row["index"]: row["entry"] for row in moving.entries()}
    for name in ("may", "too close", "night"):
        answer = dialled[name].json
        entry = entries[answer["log_index"]]
        assert (entry["kind"], entry["id"]) == ("dial-checked/1", answer["check"])
        assert entry["body"]["may_dial"] is answer["may_dial"]


def test_the_attempt_repeats_the_ticket_and_is_logged_with_its_check(moving: World, dialled: Told) -> None:
    assert dialled["attempt"].status == 202, dialled["attempt"].body
    body = dialled["logged"]["body"]
    assert (body["ticket"], body["account"], body["class"]) == (
        dialled["may"].json["check"], moving.people[NAME]["account"], "no-answer")
    row = next(row for row in dialled["account"]["effort"]["channels"] if row["channel"] == body["channel"])
    assert (row["last_at"], row["flagged"]) == (dialled["logged"]["logged_at"], 0)


def test_too_soon_after_it_the_dialler_is_told_when(dialled: Told) -> None:
    began = when(dialled["logged"]["body"]["began_at"])
    told = said(dialled["too close"])
    assert when(told.pop("not_before")) == began + timedelta(hours=2)
    assert told == {"may_dial": False, "state": "waiting", "missing": [{"code": "attempt-too-close"}],
                    "next": {"action": "wait"}}


def test_a_dial_against_the_answer_is_flagged_and_an_alarm_against_the_agency(moving: World, dialled: Told) -> None:
    attempt = dialled["flagged"]
    assert attempt["id"] != dialled["logged"]["id"]
    assert "ticket" not in attempt["body"]
    alarm = until(lambda: [row for row in alarms(moving) if row["about"] == attempt["id"]], "the alarm")[0]
    assert alarm["agency"] == moving.card["parties"]["agency"]
    assert alarm not in dialled["alarms before"]
    asked = f"/v1/events?after={dialled['too close'].json['log_index']}"
    events = moving.ask("GET", asked, who="officer").json["items"]
    assert ("alarm-raised/3", alarm["id"]) in [(row["kind"], row["id"]) for row in events]


def test_in_the_night_it_is_refused_until_the_morning(dialled: Told) -> None:
    told = said(dialled["night"])
    assert when(told.pop("not_before")) == when(dialled["morning"])
    assert told == {"may_dial": False, "state": "waiting", "missing": [{"code": "outside-hours"}],
                    "next": {"action": "wait"}}


def test_nobody_learns_from_a_refusal_whether_an_account_is_there(world: World) -> None:
    answers = [
        ask(world, NAME, account=NOBODY), ask(world, NAME, channel=NOBODY), ask(world, "not-placed"),
        ask(world, NAME, who="rival_collector"), ask(world, NAME, channel=channel(world, "on-hold")),
        ask(world, NAME, channel=world.people[NAME]["account"]),
    ]
    assert [said(one) for one in answers] == [BARE] * len(answers)


def test_a_hold_is_told_as_a_lookup_tells_it(world: World) -> None:
    looked = world.look("on-hold").json
    told = said(ask(world, "on-hold"))
    assert told == {"may_dial": False, **{name: looked[name] for name in ("state", "missing", "next")}}
    assert told["state"] == "paused"


def test_an_ill_question_is_no_entry(world: World) -> None:
    before = world.ask("GET", "/readyz").json["size"]
    for member, value in (("channel", "x"), ("account", "A" * 32), ("more", "1")):
        answer = ask(world, NAME, **{member: value})
        assert answer.status == 422
        assert [row["pointer"] for row in answer.json["errors"]] == [f"/{member}"]
    assert world.ask("GET", "/readyz").json["size"] == before
