"""A message relayed, from the permit to the answer, and the borrower's own channels: as a stranger sees them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract import story
from tests.contract.client import Answer, World, run, served, until
from tests.seeded import seeded_world
from tests.system.world import copy

Step = dict[str, Any]
LINK = re.compile(r"/r/([0-9a-f]{32})")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own: its clock is moved on, its courier held up."""
    with served(copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("relayed") / "data")) as up:
        yield up


@contextlib.contextmanager
def courier_held(world: World) -> Iterator[None]:
    """Nothing is sent within the block, and a lookup within its first seconds is not refused for that."""
    found = [
        int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()
        and str(world.data).encode() in (words := _words(place)) and b"courier" in words
    ]
    assert len(found) == 1, "the one courier of this world"
    os.kill(found[0], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(found[0], signal.SIGCONT)


def _words(place: Path) -> list[bytes]:
    try:
        return (place / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def message(world: World, name: str, key: str | bool = True) -> Answer:
    return world.look(name, key=key, mode="message")


def approved(world: World, name: str) -> None:
    """An officer approves a message to this borrower's contact."""
    asked = message(world, name).json
    assert asked["state"] == "approval-needed", asked
    body = {"approval": asked["approval"], "verdict": "approve"}
    draft = world.ask("POST", "/v1/approvals?draft=1", body, who="officer").json
    signed = {**body, "auth": [story.sign(world, 0, draft["to_sign"])]}
    done = world.ask("POST", "/v1/approvals", signed, who="officer")
    assert done.status == 201, done.body


def status(world: World, lookup: str) -> Step:
    return dict(world.ask("GET", f"/v1/lookups/{lookup}", who="collector").json["message"])


def relayed(world: World, name: str) -> list[Step]:
    sent = world.outbox(world.people[name]["contact_number"])
    return [one for one in sent if one["template"] == "relayed-message"]


def press(world: World, text: str, word: str) -> Answer:
    found = LINK.search(text)
    assert found is not None
    return world.ask("POST", f"/r/{found.group(1)}", {"answer": word})


@pytest.fixture(scope="module")
def first(world: World) -> Step:
    """The message to the contact of `unreachable`, permitted and sent."""
    approved(world, "unreachable")
    asked = time.monotonic()
    permit = message(world, "unreachable", key="the-message").json
    (sent,) = until(lambda: relayed(world, "unreachable"), "the message in the outbox")
    return {"permit": permit, "sent": sent, "took": time.monotonic() - asked}


@pytest.fixture(scope="module")
def later(world: World, first: Step) -> World:
    """A week on: `notice-running` and `attempts-missing` lack nothing but an approval."""
    story.attempt(world)
    world.ask("POST", f"/v1/accounts/{world.people[story.NAME]['account']}/notices", {}, who="collector", key=True)
    until(lambda: world.look(story.NAME).json["state"] == "notice-running", "the notice to run")
    world.ask("POST", "/v1/demo/clock", {"advance": "P7D"}, who="officer")
    world.feed()
    story.attempt(world)
    approved(world, "notice-running")
    approved(world, story.NAME)
    return world


def test_a_permitted_message_has_no_release_and_is_in_the_outbox_within_a_minute(world: World, first: Step) -> None:
    permit, sent = first["permit"], first["sent"]
    assert set(permit) == {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "message"}
    assert permit["message"] == {"id": permit["lookup"], "state": "queued"}
    assert set(permit["obligations"]) == {"call_between", "time_zone", "script", "script_sha256"}
    script = permit["obligations"]["script"]
    assert hashlib.sha256(script.encode()).hexdigest() == permit["obligations"]["script_sha256"]
    assert first["took"] < 60
    words = re.split(r"\{[a-z_]+\}", script)
    assert all(part in sent["text"] for part in words)
    assert status(world, permit["lookup"])["state"] in ("sent", "delivered")
    assert message(world, "unreachable", key="the-message").json == permit
    assert len(relayed(world, "unreachable")) == 1


def test_no_number_leaves_with_it(world: World, first: Step) -> None:
    digits = world.people["unreachable"]["contact_number"].removeprefix("+86")
    assert digits not in json.dumps(first["permit"])
    opened = run("open", "--key", world.card["collector_jwk"], stdin=json.dumps(first["permit"]))
    assert (opened.returncode, opened.stdout) == (1, "")


def test_the_link_is_answered_and_the_collector_sees_the_answer(world: World, first: Step) -> None:
    lookup = first["permit"]["lookup"]
    done = press(world, first["sent"]["text"], "will-relay")
    assert (done.status, done.json["act"], done.json["answer"]) == (200, "answered", "will-relay")
    assert status(world, lookup) == {"id": lookup, "state": "answered", "answer": "will-relay"}
    page = world.ask("GET", "/r/" + str(LINK.findall(first["sent"]["text"])[0]))
    assert page.body.count(b"<button") == 4


def test_not_me_stops_it_for_numbers_and_messages(world: World, first: Step) -> None:
    assert press(world, first["sent"]["text"], "not-me").status == 200
    for mode in ("number", "message"):
        denied = world.look("unreachable", mode=mode).json
        assert "contact-wrong-person" in world.reasons(denied["lookup"])


def test_no_outcome_is_taken_of_a_message(world: World, first: Step) -> None:
    refused = story.report(world, first["permit"]["lookup"], "relayed")
    assert (refused.status, refused.code) == (409, "outcome-not-due")


def test_a_withdrawal_before_it_is_sent_sends_nothing_and_gives_the_use_back(later: World) -> None:
    borrower = later.people["notice-running"]["borrower"]
    given = later.ask("GET", f"/v1/consents?borrower={borrower}&state=given", who="lender").json["items"]
    consent = next(one["consent"] for one in given if one["giver"] == "contact")
    with courier_held(later):
        permit = message(later, "notice-running").json
        assert permit["verdict"] == "permit", permit
        gone = later.ask("POST", f"/v1/consents/{consent}/withdrawal", {}, who="lender")
        assert gone.status in (200, 201), gone.body
    until(lambda: _refused(later, permit["lookup"]), "the message to be refused")
    assert status(later, permit["lookup"]) == {"id": permit["lookup"], "state": "withheld"}
    assert relayed(later, "notice-running") == []
    reasons = later.reasons(message(later, "notice-running").json["lookup"])
    assert "line-message-cap" not in reasons
    assert "contact-consent-withdrawn" in reasons


def _refused(world: World, lookup: str) -> bool:
    found = [row["entry"] for row in world.entries() if row["entry"]["kind"] == "opening-refused/1"]
    return lookup in [one["body"]["lookup"] for one in found]


def test_outside_the_hours_it_waits_for_the_next_lawful_minute_and_never_is_for_ever(later: World) -> None:
    name = story.NAME
    with courier_held(later):
        permit = message(later, name).json
        assert permit["verdict"] == "permit", permit
        assert permit["obligations"]["call_between"][1] == "20:00"
        later.ask("POST", "/v1/demo/clock", {"advance": f"PT{_until_local(later, 20, 5)}M"}, who="officer")
    time.sleep(3)
    assert relayed(later, name) == []
    assert status(later, permit["lookup"])["state"] == "queued"
    later.ask("POST", "/v1/demo/clock", {"advance": f"PT{_until_local(later, 8, 1)}M"}, who="officer")
    (sent,) = until(lambda: relayed(later, name), "the message at eight in the morning")
    assert press(later, sent["text"], "never").json["act"] == "objected"
    assert status(later, permit["lookup"])["answer"] == "cannot", "nobody learns of an objection"
    assert "contact-objected" in later.reasons(later.look(name).json["lookup"])


def _until_local(world: World, hour: int, minute: int) -> int:
    """Minutes until it is that time in Shanghai."""
    now = world.now()
    local = (now.hour * 60 + now.minute + 480) % 1440
    return (hour * 60 + minute - local) % 1440


def own(world: World, name: str, **other: Any) -> Answer:
    return world.look(name, about="borrower", purpose="contact-borrower", **other)


def test_the_borrowers_own_channels_are_printed_one_a_line(world: World) -> None:
    person = world.people["reachable"]
    answer = own(world, "reachable").json
    assert answer["verdict"] == "permit", answer
    done = run("open", "--key", world.card["collector_jwk"], stdin=json.dumps(answer))
    assert done.returncode == 0, done.stderr
    wanted = [f"{one['medium']} {one['address']}" for one in person["channels"]]
    assert sorted(done.stdout.splitlines()) == sorted(wanted)
    for one in person["channels"]:
        assert one["address"] not in json.dumps(answer)
    assert story.report(world, answer["lookup"], "relayed").code == "outcome-not-due"


def test_on_hold_they_stay_closed_and_unknown_is_like_another_agencys(world: World) -> None:
    held = own(world, "on-hold").json
    assert (held["verdict"], held["state"]) == ("deny", "paused")
    told = [
        {name: one for name, one in answer.json.items() if name not in ("lookup", "log_index", "proof")}
        for answer in (own(world, "on-hold", account="0" * 32), own(world, "not-placed"))
    ]
    assert told[0] == told[1]


def test_the_whole_log_replays(later: World) -> None:
    log = ["--log", f"{later.url}/log", "--key", later.key, "--token", later.card["tokens"]["auditor"]]
    done = run("audit", "replay", *log)
    assert done.returncode == 0, done.stdout + done.stderr
