"""The eleven borrowers of the demo world, and what a deny tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.client import ID, World, when

Step = dict[str, Any]

TABLE: dict[str, tuple[str, str | None, set[str]]] = {
    "unreachable": ("permit", None, set()),
    "attempts-missing": ("deny", "trying", {"attempts-too-few", "notice-missing", "approval-missing"}),
    "notice-running": ("deny", "notice-running", {"notice-running", "approval-missing"}),
    "no-borrower-consent": ("deny", "not-eligible", {"borrower-consent-absent", "approval-missing"}),
    "no-contact-consent": ("deny", "not-eligible", {"contact-consent-absent", "approval-missing"}),
    "withdrawn": ("deny", "not-eligible", {"borrower-consent-withdrawn"}),
    "contact-objected": ("deny", "not-eligible", {"contact-objected"}),
    "on-hold": ("deny", "paused", {"hold-dispute"}),
    "not-placed": ("deny", "not-eligible", {"account-not-placed", "approval-missing"}),
    "not-overdue": ("deny", "not-eligible", {"account-not-overdue-enough", "approval-missing"}),
}
ACTIONS = {"dial", "send", "wait", "call-borrower", "ask-approval", "ask-lender", "report-outcome", "stop"}
FILLED = {"unavailable", "fix-request", "trying", "notice-needed", "notice-running", "waiting", "approval-needed"}


def test_the_demo_world_has_exactly_the_eleven_borrowers(world: World) -> None:
    assert set(world.people) == {*TABLE, "reachable"}


@pytest.mark.parametrize("name", TABLE)
def test_a_demo_borrower_gets_the_verdict_the_state_and_the_reasons_of_the_table(
    world: World, first_answers: dict[str, Step], name: str
) -> None:
    verdict, state, reasons = TABLE[name]
    answer = first_answers[name]
    assert (answer["verdict"], answer.get("state")) == (verdict, state)
    assert set(world.reasons(answer["lookup"])) == reasons


def test_the_reachable_borrower_is_denied_for_a_sign_of_life_and_what_it_resets(
    world: World, first_answers: dict[str, Step]
) -> None:
    answer = first_answers["reachable"]
    assert (answer["verdict"], answer["state"]) == ("deny", "not-eligible")
    assert {"sign-of-life", "attempts-too-few"} <= set(world.reasons(answer["lookup"]))


def test_a_second_lookup_of_the_unreachable_borrower_is_a_deny(world: World, permit: Step) -> None:
    assert permit["verdict"] == "permit"
    second = world.look("unreachable").json
    assert second["verdict"] == "deny"
    assert second["lookup"] != permit["lookup"]


@pytest.mark.parametrize("name", [name for name in TABLE if name != "unreachable"])
def test_a_deny_has_the_documented_members_and_no_more(first_answers: dict[str, Step], name: str) -> None:
    answer = first_answers[name]
    assert set(answer) == {"lookup", "verdict", "log_index", "proof", "state", "missing", "channels", "next"}
    assert ID.match(answer["lookup"])
    assert answer["next"]["action"] in ACTIONS
    assert set(answer["next"]) <= {"action", "channel", "not_before"}
    for row in answer["missing"]:
        assert {"code"} <= set(row) <= {"code", "have", "need", "not_before"}
    for row in answer["channels"]:
        assert set(row) == {"channel", "medium", "counted", "covered", "flagged", "last_at"}
        if row["last_at"] is not None:
            when(row["last_at"])
    assert bool(answer["missing"]) == (answer["state"] in FILLED)


def test_seven_of_eight_attempts_are_told_as_have_and_need_and_the_next_step_is_to_dial(
    world: World, first_answers: dict[str, Step]
) -> None:
    answer = first_answers["attempts-missing"]
    missing = {row["code"]: row for row in answer["missing"]}
    assert set(missing) == {"attempts-too-few", "notice-missing", "approval-missing"}
    assert (missing["attempts-too-few"]["have"], missing["attempts-too-few"]["need"]) == (7, 8)
    assert answer["next"]["action"] == "dial"
    channels = {row["id"]: row["medium"] for row in world.people["attempts-missing"]["channels"]}
    assert {row["channel"]: row["medium"] for row in answer["channels"]} == channels
    assert channels[answer["next"]["channel"]] == "voice"


def test_a_running_notice_says_until_when_to_wait(first_answers: dict[str, Step]) -> None:
    answer = first_answers["notice-running"]
    codes = {row["code"]: row for row in answer["missing"]}
    assert set(codes) == {"notice-running", "approval-missing"}
    assert answer["next"] == {"action": "wait", "not_before": codes["notice-running"]["not_before"]}


@pytest.mark.parametrize("name", ["reachable", "withdrawn", "on-hold", "not-placed", "not-overdue"])
def test_a_hopeless_or_paused_lookup_says_stop(first_answers: dict[str, Step], name: str) -> None:
    assert first_answers[name]["next"] == {"action": "stop"}
    assert first_answers[name]["missing"] == []


def test_an_unknown_account_and_one_of_another_agency_give_the_same_answer(
    world: World, first_answers: dict[str, Step]
) -> None:
    same = {"verdict", "state", "missing", "channels", "next"}
    others = [
        world.look("on-hold", account="0" * 32).json,
        first_answers["not-placed"],
        world.look("on-hold", who="rival_collector").json,
    ]
    for other in others:
        assert {name: other[name] for name in same} == {
            "verdict": "deny", "state": "not-eligible", "missing": [], "channels": [], "next": {"action": "stop"}}


def test_what_the_law_of_persons_closes_looks_alike_on_accounts_of_equal_effort(
    first_answers: dict[str, Step]
) -> None:
    told = []
    for name in ("no-contact-consent", "withdrawn", "contact-objected"):
        answer = first_answers[name]
        told.append({"verdict": answer["verdict"], "state": answer["state"], "missing": answer["missing"],
                     "next": answer["next"],
                     "channels": [(row["medium"], row["counted"], row["covered"], row["flagged"])
                                  for row in answer["channels"]]})
    assert told[0] == told[1] == told[2]


def test_the_collector_reads_accounts_placed_with_it_and_no_other(world: World) -> None:
    shown = {name: world.ask("GET", f"/v1/accounts/{person['account']}", who="collector")
             for name, person in world.people.items()}
    assert shown["not-placed"].status == 404
    assert shown["on-hold"].json["collection"] == "paused"
    assert shown["unreachable"].json["collection"] == "allowed"
    assert world.ask("GET", f"/v1/accounts/{'0' * 32}", who="collector").json == shown["not-placed"].json
    listed = world.ask("GET", "/v1/accounts?limit=200", who="collector").json
    placed = {person["account"] for name, person in world.people.items() if name != "not-placed"}
    seen = {row["account"] for row in listed["items"]}
    assert placed <= seen
    assert world.people["not-placed"]["account"] not in seen
    assert listed["next"] is None
