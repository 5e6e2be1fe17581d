"""What an operator sees of a served world with two workers: sums, refusals by request, and nothing personal."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import structlog

from registry.errors import ConsentryError, NotFoundError
from registry.frames import Request
from registry.logs import LEVELS, answered, configure_logs, hide_traces, level_of, unexpected
from registry.model.alarms import ALARMS
from registry.model.times import SECOND
from registry.web.observing import STATES
from tests.contract.client import ROOT, World, until
from tests.web.world import World as Small

CANARY = "+8610000006666"
PERSONAL = re.compile(r"\+?86100000|@demo\.invalid|cny_|Bearer|/r/|Traceback")
ID = re.compile(r"[0-9a-f]{32}")


def sample(text: str, name: str, **labels: str) -> float:
    """The sum of the series of that name with these labels."""
    return sum(
        float(line.rpartition(" ")[2]) for line in text.splitlines()
        if re.match(rf"{name}(\{{|\s)", line) and all(f'{one}="{value}"' in line for one, value in labels.items())
    )


def scrape(world: World) -> str:
    answer = world.ask("GET", "/metrics")
    assert answer.status == 200
    return answer.body.decode()


def workers(world: World) -> set[int]:
    """Processes that have counted something."""
    return {int(found[1]) for path in (world.data / "web" / "metrics").iterdir()
            if (found := re.fullmatch(r"counter_(\d+)\.db", path.name))}


def test_one_scrape_sees_what_all_workers_counted_also_one_that_died(world: World, log: Path) -> None:
    before = sample(scrape(world), "consentry_web_requests_total", endpoint="keys.keys", status="200")

    def asked() -> set[int]:
        for _ in range(20):
            assert world.ask("GET", "/v1/keys").status == 200
        return workers(world)

    rounds = 1
    while len(asked()) < 2:
        rounds += 1
        assert rounds < 20, "one worker answers everything"
    for _ in range(10):
        text, counted = scrape(world), before + 20 * rounds
        assert sample(text, "consentry_web_requests_total", endpoint="keys.keys", status="200") == counted
        assert sample(text, "consentry_web_request_seconds_count", endpoint="keys.keys") == counted
    alive = [one for one in workers(world) if Path(f"/proc/{one}").exists()]
    os.kill(alive[0], signal.SIGKILL)
    until(lambda: "Unexpected exit" in log.read_text() and world.ask("GET", "/healthz").status == 200, "a successor")
    text = until(lambda: scrape(world), "a scrape")
    assert sample(text, "consentry_web_requests_total", endpoint="keys.keys", status="200") == before + 20 * rounds


def test_lookups_are_counted_by_verdict_and_state_and_the_vaults_calls_are_timed(world: World) -> None:
    before = scrape(world)
    denied = world.look("attempts-missing").json
    after = scrape(world)
    for name, labels in (("consentry_lookups_total", {"verdict": "deny", "state": denied["state"]}),
                         ("consentry_vault_seconds_count", {"op": "lookup", "outcome": "ok"})):
        assert sample(after, name, **labels) == sample(before, name, **labels) + 1
    assert sample(after, "consentry_vault_up") == 1
    assert 0 <= sample(after, "consentry_courier_lag_seconds") < 60
    for name in ("consentry_inbox_waiting", "consentry_inbox_oldest_seconds", "consentry_pump_lag_entries",
                 "consentry_log_entries", "consentry_log_unpublished", "consentry_releases_stopped"):
        assert re.search(rf"^{name} ", after, re.MULTILINE), name


def test_no_metric_holds_a_personal_value_an_id_or_an_open_ended_label(world: World) -> None:
    world.ask("GET", f"/r/{'ab' * 16}")
    world.ask("POST", f"/r/{'ab' * 16}", {"answer": "object"})
    world.ask("GET", f"/v1/accounts?ref={CANARY}", who="lender")
    world.ask("GET", f"/v1/{CANARY}", who="lender")
    world.ask(f"X{CANARY[1:]}", "/healthz")
    world.look("attempts-missing", agent="agent-canary")
    text = scrape(world)
    assert not PERSONAL.search(text)
    assert not ID.search(text)
    assert CANARY[1:] not in text
    assert "agent-" not in text
    values: dict[str, set[str]] = {}
    for name, value in re.findall(r'(\w+)="([^"]*)"', text):
        values.setdefault(name, set()).add(value)
    assert values.pop("may_dial", set()) <= {"yes", "no"}  # there once anybody asked before a dial
    assert set(values) == {
        "endpoint", "method", "status", "problem", "verdict", "state", "op", "outcome", "le", "alarm"}
    assert values["alarm"] == set(ALARMS)
    assert values["verdict"] <= {"permit", "deny"}
    assert values["state"] <= STATES
    assert values["outcome"] <= {"ok", "refused", "unavailable"}
    assert values["method"] <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "(other)"}


def lines(log: Path) -> list[dict[str, Any]]:
    """The JSON lines; what else there is are the sentences of `up` to the person at the terminal."""
    found = []
    for line in log.read_text("utf-8").splitlines():
        if line.startswith("{"):
            found.append(json.loads(line))
        else:
            assert not line or line.startswith("registry: "), line
    return found


def test_a_refusal_is_found_at_both_ends_by_the_requests_id(world: World, log: Path) -> None:
    answer = world.ask("GET", f"/v1/lookups/{'0' * 32}", who="collector")
    ident = answer.headers["x-request-id"]
    found = until(lambda: [one for one in lines(log) if str(one.get("request", "")).startswith(ident)][1:] and [
        one for one in lines(log) if str(one.get("request", "")).startswith(ident)], "both lines")
    web, vault = (next(one for one in found if one["process"] == name) for name in ("web", "vault"))
    assert (web["event"], web["status"], web["problem"]) == ("request", 404, "not-found")
    assert (vault["event"], vault["op"], vault["code"]) == ("refused", "lookup-status", "not-found")
    assert re.fullmatch(rf"{ident}\.\d+", vault["request"])


def test_the_log_of_a_served_world_is_json_with_nothing_personal(world: World, log: Path) -> None:
    world.ask("GET", f"/r/{'cd' * 16}")
    world.ask("POST", "/v1/borrowers", {CANARY: CANARY}, who="lender")
    world.look("reachable")
    for person in world.people.values():
        world.ask("GET", f"/v1/accounts?ref={person['name']}", who="lender")
    found = lines(log)
    assert {one["process"] for one in found} >= {"web"}
    for one in found:
        assert list(one)[:4] == ["timestamp", "level", "process", "event"], one
        assert one["level"] in LEVELS
    text = log.read_text("utf-8")
    assert not PERSONAL.search(text)
    assert CANARY[1:] not in text
    assert "cdcdcdcd" not in text
    addresses = {channel["address"] for one in world.people.values() for channel in one["channels"]}
    for secret in (*addresses, *world.card["tokens"].values(), world.card["provider"]["secret"]):
        assert secret not in text
    assert not [one for one in found if one["event"] == "unexpected"]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Any:
    """Everything logged so far, as objects."""
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()


def test_an_unforeseen_error_is_logged_by_type_and_place_without_its_words(logged: Any) -> None:
    configure_logs("vault")
    try:
        int(CANARY + "x")
    except ValueError as error:
        unexpected("vault", error, op="lookup")
    [line] = logged()
    assert (line["level"], line["error"], line["op"]) == ("error", "ValueError", "lookup")
    assert line["frames"][-1].startswith("test_an_unforeseen_error")
    assert "6666" not in json.dumps(line)


def test_what_nobody_caught_is_logged_the_same_way(logged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import threading

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    configure_logs("pump")
    hide_traces()
    thread = threading.Thread(target=lambda: int(CANARY + "x"))
    thread.start()
    thread.join()
    try:
        int(CANARY + "y")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    found = logged()
    assert [(one["event"], one["error"]) for one in found] == [("unexpected", "ValueError")] * 2
    assert "6666" not in json.dumps(found)


def test_lower_levels_are_left_out_and_a_word_that_is_none_is_refused(logged: Any) -> None:
    configure_logs("web", level_of({"CONSENTRY_LOG_LEVEL": "warning"}))
    structlog.get_logger("web").info("request")
    structlog.get_logger("web").warning("waiting")
    assert [one["event"] for one in logged()] == ["waiting"]
    assert level_of({}) == "info"
    with pytest.raises(ConsentryError):
        level_of({"CONSENTRY_LOG_LEVEL": "loud"})


def test_the_http_library_says_nothing_of_the_addresses_that_it_asks(
    logged: Any, caplog: pytest.LogCaptureFixture,
) -> None:
    configure_logs("courier", "debug")
    for part in ("connection", "connectionpool"):
        logging.getLogger(f"urllib3.{part}").warning("Failed to parse headers (url=%s)", CANARY)
        logging.getLogger(f"urllib3.{part}").debug("GET /%s", CANARY)
    assert (logged(), caplog.records) == ([], [])


def test_what_was_answered_well_is_a_line_only_for_those_who_look_closely(logged: Any) -> None:
    requests = [Request("ab12.1", "lookup", {"number": CANARY}), Request("ab12.2", "append", {})]
    outcomes: list[dict[str, Any] | ConsentryError] = [{"number": CANARY}, NotFoundError(CANARY)]
    for level, events in (("info", ["refused"]), ("debug", ["answered", "refused"])):
        configure_logs("vault", level)
        answered("vault", requests, outcomes)
        found = logged()
        assert [one["event"] for one in found] == events
        assert found[-1]["request"] == "ab12.2"
        assert "6666" not in json.dumps(found)


def test_an_id_that_is_none_of_ours_is_not_repeated_in_a_line(logged: Any) -> None:
    configure_logs("vault", "debug")
    for ident in (CANARY, f"ab12.{CANARY}", "Invented Person", "a" * 64, 10**12):
        answered("vault", [Request(ident, "append", {})], [NotFoundError("no")])
    assert [one["request"] for one in logged()] == ["unknown"] * 5


def test_a_callback_that_waits_shows_in_a_scrape(small: Small) -> None:
    small.app.test_client().post("/v1/attempts/demo-dialler", data=b"{}", headers={"webhook-id": "m"})
    waiting = small.nobody.get("/metrics").text
    assert sample(waiting, "consentry_inbox_waiting") == 1
    small.clock.move_to(small.clock.now() + 3 * SECOND)
    assert sample(small.nobody.get("/metrics").text, "consentry_inbox_oldest_seconds") == 3
    small.settle()
    assert sample(small.nobody.get("/metrics").text, "consentry_inbox_waiting") == 0


def test_every_metric_is_in_the_operators_page(world: World) -> None:
    page = (ROOT / "docs" / "operating" / "watching.md").read_text("utf-8")
    metrics = set(re.findall(r"^# TYPE (\w+) ", scrape(world), re.MULTILINE))
    assert len(metrics) > 8
    assert {name for name in metrics if f"`{name}`" not in page} == set()
