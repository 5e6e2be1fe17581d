"""What a dialler's team sees, step by step, on its way from a deny to a permit."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.contract import proofs, story
from tests.contract.client import ID, World, run, when

Told = dict[str, Any]


def _codes(answer: Told) -> set[str]:
    return {row["code"] for row in answer["missing"]}


def test_it_begins_with_a_deny_that_says_to_dial(told: Told) -> None:
    assert told["start"]["state"] == "trying"
    assert told["start"]["next"]["action"] == "dial"


def test_a_demo_attempt_is_answered_once_it_is_logged(told: Told) -> None:
    assert told["attempt"].status == 202
    assert set(told["attempt"].json) == {"attempt_id", "seq"}
    assert told["eighth"]["state"] == "notice-needed"
    assert told["eighth"]["next"]["action"] == "send"
    assert _codes(told["eighth"]) == {"notice-missing", "approval-missing"}


def test_a_notice_is_taken_once_a_day(told: Told) -> None:
    assert told["notice"].status == 201
    assert set(told["notice"].json) >= {"notice", "log_index"}
    assert told["same day"].status == 409


def test_the_notice_reaches_the_outbox_and_then_it_runs(told: Told) -> None:
    message = told["sent"][-1]
    assert {"id", "at", "medium", "to", "template", "language", "text"} <= set(message)
    assert told["running"]["next"]["action"] == "wait"
    assert when(told["running"]["next"]["not_before"]) > told["before"]


def test_the_clock_moves_by_what_was_asked_and_the_log_says_so(moving: World, told: Told) -> None:
    assert told["clock"].status == 200
    assert set(told["clock"].json) == {"now", "log_index"}
    assert timedelta(days=7) <= when(told["clock"].json["now"]) - told["before"] < timedelta(days=7, minutes=1)
    entry = next(row["entry"] for row in moving.entries() if row["index"] == told["clock"].json["log_index"])
    assert entry["kind"] == "demo-clock-advanced/1"


def test_after_the_jump_the_feeds_are_stale_and_the_lender_is_asked(told: Told) -> None:
    assert told["stale"]["state"] == "unavailable"
    assert _codes(told["stale"]) == {"feed-stale"}
    assert told["stale"]["next"] == {"action": "ask-lender"}


def test_with_fresh_feeds_the_week_of_grace_is_over(told: Told) -> None:
    assert told["a week on"]["state"] == "approval-needed"
    assert told["complete"]["approval"] == told["a week on"]["approval"]


def test_then_only_the_approval_is_missing_and_one_request_is_open(told: Told) -> None:
    assert told["complete"]["state"] == "approval-needed"
    assert told["complete"]["next"]["action"] == "ask-approval"
    assert _codes(told["complete"]) == {"approval-missing"}
    assert ID.match(told["complete"]["approval"])
    assert told["asked twice"]["approval"] == told["complete"]["approval"]
    mine = [row for row in told["open"]["items"] if row["approval"] == told["complete"]["approval"]]
    assert len(mine) == 1


def test_the_officer_sees_facts_and_never_the_number(moving: World, told: Told) -> None:
    shown = json.dumps(told["open"])
    assert moving.people[story.NAME]["contact_number"].lstrip("+") not in shown
    assert moving.people[story.NAME]["account"] in shown


def test_a_draft_holds_the_unsigned_entry_and_its_canonical_bytes(told: Told) -> None:
    assert told["draft"].status == 200
    draft = told["draft"].json
    entry = {name: value for name, value in draft["entry"].items() if name not in ("auth", "logged_at")}
    assert proofs.unbase64url(draft["to_sign"]) == proofs.canonical(entry)
    assert "=" not in draft["to_sign"]


def test_what_is_open_can_be_signed_as_listed(told: Told) -> None:
    assert told["approved as listed"].status == 201
    assert told["second permit"]["verdict"] == "permit"


def test_the_command_says_the_act_in_words_and_prints_the_same_signature(told: Told) -> None:
    done = told["by the command"]
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == told["by hand"]
    assert "approve" in done.stderr.lower()


def test_an_approval_without_the_officers_own_signature_is_refused(told: Told) -> None:
    assert told["unsigned"].status in (403, 422)
    assert told["forged"].status == 403
    assert told["approved"].status == 201, told["approved"].body
    assert told["complete"]["approval"] not in [row["approval"] for row in told["still open"]["items"]]


def test_the_approval_opens_one_permit_and_no_second(told: Told) -> None:
    assert told["permit"]["verdict"] == "permit"
    assert told["spent"]["verdict"] == "deny"


def test_a_permit_without_an_outcome_makes_the_next_lookup_ask_for_it(told: Told) -> None:
    assert told["overdue"]["state"] == "fix-request"
    assert "outcome-overdue" in _codes(told["overdue"])
    assert told["overdue"]["next"]["action"] == "report-outcome"


def test_a_contact_who_refused_is_never_asked_again(told: Told) -> None:
    assert told["refused"].status == 201
    assert told["reported"]["state"] == "not-eligible"
    assert "contact-objected" in told["why"]


def test_a_permit_withdrawn_in_the_meantime_is_not_given_again(moving: World, told: Told) -> None:
    past = told["withdrawn"]
    assert past["permit"].json["verdict"] == "permit"
    assert past["withdrawal"].status == 201
    assert past["again"].status == 201
    assert past["again"].json["verdict"] == "deny"
    assert "release" not in past["again"].json
    keys = moving.ask("GET", "/v1/keys").json["keys"]
    header, claims = proofs.jws(past["withdrawal"].json["receipt"], keys)
    assert header["typ"] == "consentry-receipt+jwt"
    assert (claims["act"], claims["consent"]) == ("withdrawn", past["consent"])


def test_the_whole_story_replays_from_the_log_alone(moving: World, told: Told) -> None:
    assert told["permit"]["verdict"] == "permit"
    done = run("audit", "replay", "--log", f"{moving.url}/log", "--key", moving.key, "--token",
               moving.card["tokens"]["auditor"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().splitlines()[-1].startswith("ok ")
