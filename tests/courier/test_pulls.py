"""Evidence of grade C: what waits for the provider's own record, what does not, and what two that differ come to.

The provider's server is a real one on a real socket, with TLS by an authority of the test.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from registry.courier import pull_book
from registry.courier.providers.event import Callback
from registry.courier.providers.members import CHINA
from registry.courier.providers.pull import Https
from registry.errors import UnavailableError
from registry.model.times import HOUR, MINUTE, SECOND, stamp
from tests.courier.carriers import HOST, Authority, authority
from tests.courier.providers.desk import TOKEN, URL, Desk, body_of
from tests.courier.world import PHONE, Killed, World, killed_at

CALL = "100001616500^100001871490"
RANG_OUT, DECLINED, BUSY, SWITCHED_OFF, ANSWERED = "200003", "200111", "200002", "200010", "200000"


@dataclass(slots=True)
class Records:
    """A provider's server. `answer` is the body of each answer, None for no record yet."""

    answer: dict[str, Any] | None = None
    status: int = 200
    location: str = ""
    raw: bytes | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return body_of({"Code": "OK", "Data": "" if self.answer is None else json.dumps(self.answer)})


@contextmanager
def serving(records: Records, trust: Authority) -> Iterator[Records]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            records.asked.append(self.path)
            body = records.body()
            self.send_response(records.status)
            if records.location:
                self.send_header("Location", records.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.socket = trust.context.wrap_socket(server.socket, server_side=True)
    records.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield records
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@dataclass(slots=True)
class Line:
    """An account of Alibaba Cloud VMS whose records the server has."""

    desk: Desk
    records: Records
    trust: Authority

    @property
    def world(self) -> World:
        return self.desk.world

    def live_again(self) -> None:
        """A new life of the courier on the same folder, with the way to the provider."""
        self.world.restart()
        self.reach()

    def reach(self) -> None:
        self.world.courier._pulls._http = Https(self.trust.ca_file)

    def post(self, code: str, **changes: Any) -> str:
        return self.desk.post(Callback({}, body_of([self.report(code) | changes]), URL))

    def report(self, code: str) -> dict[str, Any]:
        """A report of a call that began a minute ago."""
        return {"call_id": CALL, "originate_time": self.at(-60), "ring_time": self.at(-55), "start_time": "",
                "end_time": self.at(-10), "callee": PHONE.removeprefix("+"), "status_code": code,
                "voice_type": "voice"}

    def record(self, code: str, **changes: Any) -> dict[str, Any]:
        """The same call as the provider has it."""
        return {"callee": PHONE.removeprefix("+"), "state": code, "gmtCreate": self.at(-60),
                "aRingTime": self.at(-55), "endDate": self.at(-10), "duration": "0"} | changes

    def at(self, seconds: int) -> str:
        moment = datetime.fromtimestamp(self.desk.now // SECOND + seconds, tz=UTC)
        return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

    def ask(self) -> bool:
        return self.world.courier.ask_provider()

    def bodies(self) -> list[dict[str, Any]]:
        return self.world.vault.bodies("attempt-recorded/2")

    def waiting(self) -> int:
        return int(self.world.courier.provider_status("their-account")["waiting"])


@pytest.fixture
def line(tmp_path: Path, trust: Authority) -> Iterator[Line]:
    with serving(Records(), trust) as records:
        secret = json.dumps({
            "token": TOKEN, "access_key_id": "demo-key-id", "access_key_secret": "demo-key-secret",
            "prod_id": "11000000300006", "endpoint": f"https://{HOST}:{records.port}"})
        found = Line(Desk(tmp_path, "aliyun-vms", "C", secret=secret), records, trust)
        found.reach()
        yield found


# What waits, and for what.


def test_a_call_that_rang_out_counts_once_the_providers_own_record_says_so_too(line: Line) -> None:
    assert line.post(RANG_OUT) == "recorded"
    assert (line.bodies(), line.waiting()) == ([], 1)
    line.records.answer = line.record(RANG_OUT)
    assert line.ask()
    [body] = line.bodies()
    assert (body["class"], body["grade"], body["confirmed"]) == ("no-answer", "C", stamp(line.desk.now))
    assert line.waiting() == 0
    assert not line.ask(), "nothing is asked for twice"
    [asked] = line.records.asked
    assert "QueryCallDetailByCallId" not in asked or PHONE.removeprefix("+") not in asked


@pytest.mark.parametrize(("code", "meant"), [(DECLINED, "declined"), (ANSWERED, "reached-person")])
def test_what_restricts_is_logged_at_once_and_never_asked_about(line: Line, code: str, meant: str) -> None:
    line.records.answer = line.record(RANG_OUT)
    line.post(code, start_time=line.at(-30) if code == ANSWERED else "")
    assert [body["class"] for body in line.bodies()] == [meant]
    assert "confirmed" not in line.bodies()[0]
    assert not line.ask()
    assert line.records.asked == []


@pytest.mark.parametrize(("told", "theirs", "logged", "confirmed"), [
    (RANG_OUT, DECLINED, "declined", True),        # the callback was rewritten: the record is the worse for a release
    (SWITCHED_OFF, ANSWERED, "reached-person", True),
    (SWITCHED_OFF, BUSY, "busy", True),
    (BUSY, SWITCHED_OFF, "busy", False),           # the record would favour a release: what was told stands
    ("999999", RANG_OUT, "unknown", False),
])
def test_of_two_that_differ_the_less_favourable_is_logged(
    line: Line, told: str, theirs: str, logged: str, confirmed: bool,
) -> None:
    line.post(told)
    line.records.answer = line.record(theirs, duration="7" if theirs == ANSWERED else "0")
    assert line.ask()
    [body] = line.bodies()
    assert (body["class"], "confirmed" in body) == (logged, confirmed)


def test_a_record_of_a_call_to_somebody_else_confirms_nothing_and_the_event_is_refused(line: Line) -> None:
    line.post(RANG_OUT)
    line.records.answer = line.record(RANG_OUT, callee="861000000008888")
    assert line.ask()
    assert (line.bodies(), line.waiting(), line.desk.refused()) == ([], 0, ["pull-mismatch"])


def test_a_reach_that_comes_while_an_earlier_failure_waits_stands_and_the_failure_is_dropped(line: Line) -> None:
    line.post(RANG_OUT)
    line.post(DECLINED)
    assert [body["class"] for body in line.bodies()] == ["declined"]
    line.records.answer = line.record(RANG_OUT)
    assert line.ask()
    assert [body["class"] for body in line.bodies()] == ["declined"]
    assert line.waiting() == 0


def test_the_same_report_again_waits_once(line: Line) -> None:
    line.post(RANG_OUT)
    line.post(RANG_OUT, out_id="another body")
    assert line.waiting() == 1
    line.records.answer = line.record(RANG_OUT)
    assert line.ask()
    assert not line.ask()
    line.post(RANG_OUT, out_id="a third body")
    line.ask()
    assert len(line.bodies()) == 1


def test_a_call_to_nobody_we_know_is_not_asked_about(line: Line) -> None:
    line.post(RANG_OUT, callee="861000000007777")
    assert (line.bodies(), line.waiting()) == ([], 0)


# Asking again, and giving up.


@pytest.mark.parametrize("trouble", [
    {"status": 500}, {"status": 302, "location": "https://127.0.0.1:1/elsewhere"}, {"status": 403},
    {"raw": b"{"}, {"raw": b'{"Code": "Throttling.User"}'}, {"raw": b"x" * (1024 * 1024 + 1)}, {},
])
def test_a_server_in_trouble_is_asked_again_later_and_nothing_is_logged(line: Line, trouble: dict[str, Any]) -> None:
    line.post(RANG_OUT)
    for name, value in trouble.items():
        setattr(line.records, name, value)
    assert line.ask()
    assert not line.ask(), "not at once again"
    assert (len(line.records.asked), line.bodies(), line.waiting()) == (1, [], 1)
    line.records.status, line.records.raw, line.records.answer = 200, None, line.record(RANG_OUT)
    line.world.clock.pass_(pull_book.WAITS[0])
    assert line.ask()
    assert "confirmed" in line.bodies()[0]


def test_each_wait_is_longer_than_the_one_before_up_to_an_hour(line: Line) -> None:
    line.post(RANG_OUT)
    waits = []
    while len(waits) < len(pull_book.WAITS) + 2:
        assert line.ask()
        passed = 0
        while not line.ask():
            line.world.clock.pass_(SECOND)
            passed += SECOND
        waits.append(passed)
        line.records.asked.clear()
        with line.world.store.begin() as db:  # it was asked just now: undo that count
            db.exec_driver_sql("UPDATE pulls SET tries = tries - 1, next_at = ?", (line.desk.now,))
    assert waits[:len(pull_book.WAITS)] == list(pull_book.WAITS)
    assert waits[-1] == HOUR


def test_after_23_hours_without_a_record_what_was_told_is_logged_and_does_not_count(line: Line) -> None:
    line.post(RANG_OUT)
    line.world.clock.pass_(23 * HOUR - MINUTE)
    assert line.ask()
    assert line.bodies() == []
    line.world.clock.pass_(HOUR)
    assert line.ask()
    [body] = line.bodies()
    assert (body["class"], "confirmed" in body, line.waiting()) == ("no-answer", False, 0)


def test_an_unknown_authority_or_another_name_is_no_answer(line: Line, tmp_path: Path) -> None:
    line.post(RANG_OUT)
    line.records.answer = line.record(RANG_OUT)
    line.world.courier._pulls._http = Https(authority(tmp_path / "other").ca_file)
    assert line.ask()
    assert (line.records.asked, line.bodies(), line.waiting()) == ([], [], 1)
    with pytest.raises(UnavailableError) as named:
        Https(line.trust.ca_file).get(f"https://localhost:{line.records.port}/", {})
    assert named.value.code == "pull-unavailable"


# Lives of the courier.


def test_what_waits_survives_a_new_life_and_is_sealed_meanwhile(line: Line) -> None:
    line.post(RANG_OUT)
    for path in (line.world.folder / "courier").iterdir():
        held = path.read_bytes()
        assert PHONE.encode() not in held
        assert PHONE.removeprefix("+").encode() not in held
        assert CALL.encode() not in held
    line.live_again()
    line.records.answer = line.record(RANG_OUT)
    assert line.ask()
    assert "confirmed" in line.bodies()[0]


def test_killed_after_the_record_came_and_before_the_vault_had_it_nothing_is_lost(line: Line) -> None:
    line.post(RANG_OUT)
    line.records.answer = line.record(RANG_OUT)
    line.world.vault.before = killed_at("append")
    with pytest.raises(Killed):
        line.ask()
    line.live_again()
    line.world.courier.follow()
    assert ["confirmed" in body for body in line.bodies()] == [True]
    assert not line.ask()


def test_the_vaults_absence_keeps_the_event(line: Line) -> None:
    line.post(RANG_OUT)
    line.records.answer = line.record(RANG_OUT)

    def away(_op: str) -> None:
        raise UnavailableError("away")

    line.world.vault.before = away
    with pytest.raises(UnavailableError):
        line.ask()
    line.world.vault.before = lambda _op: None
    assert line.waiting() == 1
    line.world.clock.pass_(pull_book.WAITS[0])
    assert line.ask()
    assert "confirmed" in line.bodies()[0]
