"""P3: web, courier or vault are killed at each step of a lookup and of its messages; `up` heals, nothing is lost.

A step is held still by stopping (SIGSTOP) the process that would take the next one. Either no number left, or its
entry is there; the same key gives the number afterwards, once; and everybody is told of the use, in the end.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from registry.clients import VaultClient
from registry.courier.follow import entry_of
from registry.demo.http import Answer
from registry.model.entries import Entry
from tests.promises.housed import furnish
from tests.promises.processes import at_once, stopped
from tests.promises.saved import Saved
from tests.system.world import Served, children_of, served, until
from tests.world import PURPOSE, Person

ON_ITS_WAY = 1.0  # seconds for a request to get as far as it can, also on a busy machine
SOON = 20.0


@dataclass(slots=True)
class House:
    """One running `up`, and people of whom each takes part in one test."""

    up: Served
    people: list[Person]
    vault: VaultClient
    start: int  # size of the log before

    def entries(self, kind: str, member: str, value: str) -> list[Entry]:
        """Entries of a kind with this member, as anybody on the socket sees them."""
        found, after = [], self.start
        while batch := self.vault.call("follow", {"after": after, "limit": 500})["entries"]:
            found += [entry_of(one["index"], one["entry"]) for one in batch]
            after += len(batch)
        return [one for one in found if one.kind == kind and one.body.get(member) == value]

    def permits(self, person: Person) -> list[Entry]:
        found = self.entries("lookup-decided/1", "account", person.account)
        return [one for one in found if one.body["verdict"] == "permit"]

    def ask(self, person: Person, key: str = "") -> Answer | None:
        """One HTTP request; None where the connection ended without an answer."""
        body = {"account": person.account, "about": "contact", "purpose": PURPOSE, "mode": "number",
                "agent": f"agent-{person.account[:8]}"}
        try:
            return self.up.client("collector").send(
                "POST", "/v1/lookups", json.dumps(body).encode(), {"Idempotency-Key": key or person.account})
        except (OSError, HTTPException):
            return None

    def number(self, person: Person) -> dict[str, Any]:
        """Asks with the same key until the number comes."""
        def look() -> dict[str, Any] | None:
            answer = self.ask(person)
            return answer.value if answer is not None and "release" in answer.value else None
        self.settle()
        return until(look, "the number")

    def settle(self) -> None:
        """Until everybody answers; often enough in a row that it was not one web worker alone."""
        until(lambda: all(self.up.ready() for _ in range(10)), "all three processes")

    def pid(self, name: str) -> int:
        """A process, once it is there: vault, courier, web or its pump."""
        if name != "pump":
            return until(lambda: self.up.child(name), name)
        return until(lambda: next(iter(set(children_of(self.pid("web"))) - set(self.workers())), None), "the pump")

    def workers(self) -> list[int]:
        """The two processes that answer HTTP."""
        return [pid for pid in children_of(self.pid("web"))
                if b" pump " not in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")]

    def messages(self, person: Person) -> list[tuple[str, str]]:
        """(template, to) of what went out about uses."""
        sent = [json.loads(path.read_text("utf-8")) for path in (self.up.data / "outbox").glob("*.json")]
        addresses = (person.number, person.mail, person.contact_number)
        return sorted((one["template"], one["to"]) for one in sent if one["to"] in addresses)


@pytest.fixture(scope="module")
def house(crowd: Saved, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    ready = crowd.restore(tmp_path_factory.mktemp("house") / "data")
    with served(furnish(ready)) as up:
        until(up.ready, "the three processes")
        sockets = Path(json.loads((up.data / "run.json").read_text("utf-8"))["sockets"])
        vault = VaultClient(sockets / "vault.sock")
        yield House(up, ready.people, vault, vault.call("status", {})["published"])
        assert up.stop() == 0


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def before_the_vault_was_asked(house: House, person: Person, asking: Callable[[], None]) -> None:
    workers = house.workers()
    with stopped(*workers):
        asking()
        kill(*workers)
    assert house.permits(person) == []


def while_the_vault_was_asked(house: House, person: Person, asking: Callable[[], None]) -> None:
    with stopped(house.pid("vault")):
        asking()
        kill(*house.workers())
    until(lambda: house.permits(person), "the permit that nobody was told of", SOON)


def after_the_vault_answered(house: House, person: Person, asking: Callable[[], None]) -> None:
    workers = house.workers()
    with stopped(house.pid("vault")):
        asking()
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: house.permits(person), "the permit that was not relayed", SOON)
    finally:
        kill(*workers)


def with_all_of_the_web_tier(house: House, person: Person, asking: Callable[[], None]) -> None:
    with stopped(house.pid("vault")):
        asking()
        kill(*house.workers(), house.pid("web"))


def when_the_vault_itself_is_killed(house: House, person: Person, asking: Callable[[], None]) -> None:
    with stopped(house.pid("vault")):
        asking()
        kill(house.pid("vault"))


STEPS = (before_the_vault_was_asked, while_the_vault_was_asked, after_the_vault_answered, with_all_of_the_web_tier,
         when_the_vault_itself_is_killed)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_a_lookup_killed(house: House, step: Callable[[House, Person, Callable[[], None]], None]) -> None:
    person = house.people[STEPS.index(step)]
    house.settle()
    with ThreadPoolExecutor(1) as pool:
        asked: list[Future[Answer | None]] = []

        def asking() -> None:
            asked.append(pool.submit(house.ask, person))
            time.sleep(ON_ITS_WAY)

        step(house, person, asking)
        answer = asked[0].result()
    assert answer is None or answer.status >= 500, "whoever was killed told nobody a number"
    assert house.number(person)["lookup"] == house.permits(person)[0].id
    assert len(house.permits(person)) == 1


def before_the_courier_followed(house: House, person: Person) -> None:
    courier = house.pid("courier")
    with stopped(courier):
        house.number(person)
        kill(courier)


def before_the_sealed_address_came(house: House, person: Person) -> None:
    with stopped(house.pid("pump")):
        house.number(person)
        time.sleep(ON_ITS_WAY)  # the courier knows what to send
        kill(house.pid("courier"))


def when_an_address_was_opened(house: House, person: Person) -> None:
    courier = house.pid("courier")
    lookup = house.number(person)["lookup"]
    at_the_moment(lambda: house.entries("address-opened/1", "about", lookup), courier)


def when_a_message_was_out(house: House, person: Person) -> None:
    courier = house.pid("courier")
    house.number(person)
    at_the_moment(lambda: house.messages(person), courier)


def at_the_moment(look: Callable[[], object], pid: int) -> None:
    while not look():
        time.sleep(0.001)
    kill(pid)


COURIER_STEPS = (
    before_the_courier_followed, before_the_sealed_address_came, when_an_address_was_opened, when_a_message_was_out)


@pytest.mark.parametrize("step", COURIER_STEPS, ids=lambda step: step.__name__)
def test_people_are_told_of_a_use_though_the_courier_was_killed(
    house: House, step: Callable[[House, Person], None]
) -> None:
    person = house.people[len(STEPS) + COURIER_STEPS.index(step)]
    house.settle()
    step(house, person)
    (permit,) = house.permits(person)

    def told() -> list[str]:
        return sorted(one.body["to"] for one in house.entries("use-told/1", "lookup", permit.id))

    until(lambda: len(told()) >= 3, "the entries that say who was told")
    assert told() == ["borrower", "borrower", "contact"]
    # Sent again, a message replaces itself: it has the same id.
    assert house.messages(person) == sorted([
        ("use-borrower", person.number), ("use-borrower", person.mail), ("use-contact", person.contact_number)])


def test_32_requests_at_once_over_http_give_one_number(house: House) -> None:
    person = house.people[-1]
    house.settle()
    answers = at_once([partial(house.ask, person, f"key-{number}") for number in range(32)])
    assert all(one is not None and one.status == 201 for one in answers)
    assert sum("release" in one.value for one in answers) == len(house.permits(person)) == 1
