"""P7 for evidence of grade C: a callback that nobody signed never counts by itself; what restricts needs no more.

A real vault and a real courier; the provider's record is answered in memory (over TLS: tests/courier/test_pulls.py).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from registry.courier.provider_book import commitment_of
from registry.courier.providers.event import Callback
from registry.courier.providers.members import CHINA
from registry.courier.pull_book import GIVE_UP
from registry.model.ids import new_id
from registry.model.times import HOUR, MINUTE, SECOND, stamp
from registry.policy.pack import read_pack
from registry.shipped import shipped_outcomes, shipped_packs
from tests.courier.providers.desk import TOKEN, Answers, body_of
from tests.courier.world import SALT
from tests.policy.test_packs import changed
from tests.promises.office import Office
from tests.promises.test_p7_evidence import BASE
from tests.world import Person

NAME = "cloud-voice"
SECRET = json.dumps({"token": TOKEN, "access_key_id": "demo-key-id", "access_key_secret": "demo-key-secret",
                     "prod_id": "11000000300006"})
WANTS_A = changed(
    changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"'),
    '[parameters."evidence.min_grade"]\nvalue = "B"', '[parameters."evidence.min_grade"]\nvalue = "A"')
SWITCHED_OFF, RANG_OUT, DECLINED, ANSWERED = "200010", "200003", "200111", "200000"


@dataclass(slots=True)
class Cloud:
    """An account of Alibaba Cloud VMS (grade C), and the server that has its records."""

    office: Office
    owner: str = "neutral"
    provider: str = field(default_factory=lambda: new_id(os.urandom))
    calls: int = 0

    def __post_init__(self) -> None:
        self.office.world.sign("provider-registered/1", {
            "provider": self.provider, "name": NAME, "adapter": "aliyun-vms", "grade": "C", "owner": self.owner,
            "secret_commitment": commitment_of(SECRET, SALT)}, ident=self.provider)
        self.office.courier.keep_secret(NAME, SECRET, SALT, "aliyun-vms")
        self.answers(None)

    def answers(self, record: dict[str, Any] | None) -> None:
        """What the provider's server says from now on; None: it has no such record yet."""
        told = "" if record is None else json.dumps(record)
        self.office.courier._pulls._http = Answers({"Code": "OK", "Data": told})

    def report(self, person: Person, code: str = SWITCHED_OFF, **changes: Any) -> None:
        """A callback about a call that began a minute ago, which the provider ends 10 seconds ago."""
        self.calls += 1
        body = body_of([{
            "call_id": f"call-{self.calls}", "originate_time": self._ago(60), "ring_time": self._ago(50),
            "start_time": "", "end_time": self._ago(10), "callee": person.number.removeprefix("+"),
            "status_code": code, "voice_type": "voice"} | changes])
        url = f"https://demo.invalid/v1/attempts/{NAME}?token={TOKEN}"
        now = self.office.world.clock.now()
        assert self.office.courier.receive(NAME, now, Callback({}, body, url)) == "recorded"

    def record(self, person: Person, code: str = SWITCHED_OFF) -> dict[str, Any]:
        """The call a minute ago, as the provider itself has it."""
        return {"callee": person.number.removeprefix("+"), "state": code, "gmtCreate": self._ago(60),
                "aRingTime": self._ago(50), "endDate": self._ago(10), "duration": "0"}

    def confirmed(self, person: Person, code: str = SWITCHED_OFF, after: int = 0) -> None:
        """Reports a call; the provider's record of it is there so many milliseconds later."""
        self.report(person, code)
        self.answers(self.record(person, code))
        self.office.world.clock.at += after
        assert self.office.courier.ask_provider()

    def _ago(self, seconds: int) -> str:
        moment = datetime.fromtimestamp(self.office.world.clock.now() // SECOND - seconds, tz=UTC)
        return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

    def entries(self) -> list[dict[str, Any]]:
        """Bodies of this account's entries."""
        bodies = (one.body for one in self.office.world.entries("attempt-recorded/2"))
        return [body for body in bodies if body["provider"] == self.provider]


@pytest.fixture
def cloud(office: Office) -> Cloud:
    return Cloud(office)


def test_until_the_provider_was_asked_there_is_no_entry_and_nothing_counts(office: Office, cloud: Cloud) -> None:
    cloud.report(office.tried)
    assert office.courier.ask_provider()
    assert (cloud.entries(), office.counted(office.tried)) == ([], BASE)
    assert office.courier.provider_status(NAME)["waiting"] == 1


def test_what_no_record_ever_confirmed_is_logged_and_never_counts(office: Office, cloud: Cloud) -> None:
    cloud.report(office.tried)
    office.world.clock.at += GIVE_UP
    assert office.courier.ask_provider()
    office.later(1)
    [body] = cloud.entries()
    assert (body["class"], body["borrower"], "confirmed" in body) == ("not-alerted", office.tried.borrower, False)
    assert office.counted(office.tried) == BASE


@pytest.mark.parametrize("code", [SWITCHED_OFF, RANG_OUT])
def test_confirmed_it_counts_as_one_of_grade_b_does(office: Office, cloud: Cloud, code: str) -> None:
    cloud.confirmed(office.tried, code)
    assert "confirmed" in cloud.entries()[0]
    assert office.counted(office.tried) == BASE + 1


@pytest.mark.parametrize("owner", ["agency", "lender"])
def test_confirmed_it_counts_for_nothing_where_b_does_not_either(office: Office, owner: str) -> None:
    """Whoever holds the account's key holds what the record is asked with."""
    cloud = Cloud(office, owner)
    cloud.confirmed(office.tried)
    assert "confirmed" in cloud.entries()[0]
    assert office.counted(office.tried) == BASE


def test_a_pack_that_wants_grade_a_takes_neither_b_nor_a_confirmed_c(office: Office, cloud: Cloud) -> None:
    cloud.confirmed(office.tried)
    assert office.counted(office.tried) == BASE + 1
    pack = read_pack(WANTS_A)
    office.world.sign("pack-activated/1", {
        **pack.id.value(), "text": WANTS_A, "effective_from": stamp(office.world.clock.now() + SECOND)}, officers=2)
    office.world.clock.at += MINUTE
    assert office.counted(office.tried) == 0


@pytest.mark.parametrize(("code", "changes", "meant"), [
    (DECLINED, {}, "declined"), (ANSWERED, {"start_time": "2026-11-25 09:59:30"}, "reached-person"),
])
@pytest.mark.parametrize("owner", ["neutral", "agency"])
def test_a_reach_resets_at_once_and_nobody_is_asked(
    office: Office, owner: str, code: str, changes: dict[str, Any], meant: str,
) -> None:
    cloud = Cloud(office, owner)
    assert office.codes_now(office.ready) == []
    cloud.report(office.ready, code, **changes)
    assert [body["class"] for body in cloud.entries()] == [meant]
    assert "attempts-too-few" in office.codes_now(office.ready)
    assert not office.courier.ask_provider()


def test_a_record_that_says_somebody_was_reached_resets_whatever_the_callback_said(
    office: Office, cloud: Cloud,
) -> None:
    cloud.report(office.ready)
    assert office.codes_now(office.ready) == []
    cloud.answers(cloud.record(office.ready, ANSWERED) | {"duration": "7"})
    assert office.courier.ask_provider()
    assert [body["class"] for body in cloud.entries()] == ["reached-person"]
    assert "attempts-too-few" in office.codes_now(office.ready)


@pytest.mark.parametrize(("after", "counted"), [(14 * MINUTE, BASE + 1), (14 * MINUTE + SECOND, BASE)])
def test_a_record_that_comes_late_confirms_what_counts_no_more(
    office: Office, cloud: Cloud, after: int, counted: int,
) -> None:
    """The call began a minute before its callback; the entry counts if it is 15 minutes younger at most."""
    cloud.confirmed(office.tried, after=after)
    assert "confirmed" in cloud.entries()[0]
    assert office.counted(office.tried) == counted


@pytest.mark.parametrize(("ticket", "confirmed", "counted"), [
    (True, True, BASE + 1), (False, True, BASE), (True, False, BASE),
])
def test_late_it_counts_with_the_ticket_of_a_dial_check_and_only_confirmed(
    office: Office, cloud: Cloud, ticket: bool, confirmed: bool, counted: int,
) -> None:
    world, person = office.world, office.tried
    answer = world.may_dial(person)
    began = world.clock.now() + MINUTE
    world.clock.at += HOUR
    table = shipped_outcomes("aliyun-vms").value()
    told = {"ticket": answer["ticket"]} if ticket else {}
    if confirmed:
        told["confirmed"] = stamp(world.clock.now())
    world.attempt(person, provider=cloud.provider, seq=1, grade="C", table=table, began_at=began, **told)
    assert office.counted(person) == counted
