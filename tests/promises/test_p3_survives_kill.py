"""P3: what a real vault process acknowledged survives kill -9 at any moment, once, at its place; and no fork.

Several clients write and ask over real sockets while the process is killed again and again. A careful client repeats
what was not answered, with the same key or the same entry id, until it is.
"""

from __future__ import annotations

import base64
import itertools
import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConsentryError
from registry.model.ids import new_id
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.note import Verifier, parse_verifier
from registry.tlog.proof import parse_proof, verify_proof
from registry.tlog.tiles import node_reader, split_hashes
from registry.tlog.tree import consistency_proof, verify_consistency
from tests.promises.covered import assert_covered, number_left, permits
from tests.promises.processes import PATIENCE, Running, at_once, vault_process
from tests.promises.saved import Ready, Saved
from tests.system.world import until
from tests.world import Person, World

CLIENTS = 4
KILLS = 5
Acked = tuple[str, dict[str, Any], dict[str, Any]]  # op, arguments, answer


@dataclass(slots=True)
class Client:
    """One client: its acknowledged writes, the numbers it was given, the checkpoints it kept."""

    world: World
    running: Running
    people: list[Person]
    stopped: threading.Event
    name: int
    acked: list[Acked] = field(default_factory=list)
    numbers: list[tuple[Person, dict[str, Any]]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        try:
            for turn in itertools.count():
                for op, args in self._writes(turn):
                    if self.stopped.is_set():
                        return
                    self._write(op, args)
                self._look_up(self.people[turn % len(self.people)], f"key-{self.name}-{turn}")
                note = self.running.until_answered("checkpoint", {}, self.stopped.is_set)
                self.kept += [] if note is None else [note["text"]]
        except BaseException as error:
            self.problems.append(error)

    def _writes(self, turn: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """A borrower, whose data key is durable too; a hold; a sign of life by its id alone; an unknown account."""
        world, lender = self.world, self.world.lender
        borrower = new_id(os.urandom)
        yield "register-borrower", self._keyed("borrower", turn, {
            "by": lender.value(), "id": borrower, "name": {"given": "Ming"}, "residence": "CN",
            "languages": ["zh-CN"], "channels": [{"medium": "email", "value": "x@demo.invalid", "use": "personal"}],
        })
        hold = new_id(os.urandom)
        body = {"hold": hold, "borrower": borrower, "type": "dispute"}
        yield "append", self._keyed("hold", turn, {
            "entry": world.draft("hold-placed/1", body, lender, hold).value()})
        yield "append", {"entry": world.draft(
            "sign-of-life/1", {"borrower": borrower, "source": "payment"}, lender).value()}
        yield "lookup", {**world.asked(self.people[0], account=borrower), "idem": {
            "scope": "unknown", "key": f"unknown-{self.name}-{turn}", "request": borrower}}

    def _keyed(self, what: str, turn: int, args: dict[str, Any]) -> dict[str, Any]:
        return {**args, "idem": {"scope": what, "key": f"{self.name}-{turn}", "request": turn}}

    def _write(self, op: str, args: dict[str, Any]) -> None:
        answer = self.running.until_answered(op, args, self.stopped.is_set)
        if answer is not None:
            self.acked.append((op, args, answer))

    def _look_up(self, person: Person, key: str) -> None:
        """Asks for a number; later turns ask with the key that gave it."""
        known = [answer["idem"] for one, answer in self.numbers if one is person]
        asked = self.world.asked(person, key=key, agent=f"agent-{self.name}")
        asked |= {"idem": known[0]} if known else {}
        self.running.until_answered("follow", {"after": 0, "limit": 1, "courier": True}, self.stopped.is_set)
        answer = self.running.until_answered("lookup", asked, self.stopped.is_set)
        if number_left(answer):
            self.numbers.append((person, {**answer, "idem": asked["idem"]}))


def failed(clients: list[Client]) -> list[BaseException]:
    return [problem for one in clients for problem in one.problems]


def without_proof(answer: dict[str, Any]) -> dict[str, Any]:
    """A repeated answer is proved by a newer checkpoint, and a repeated entry is not fresh."""
    return {name: value for name, value in answer.items() if name not in ("proof", "fresh")}


def assert_prefixes(world: World, notes: list[str]) -> None:
    """Every checkpoint that anybody kept is a prefix of the log, by proofs from its tiles alone."""
    log = world.vault.desk.log
    verifier = parse_verifier(world.vault.desk.keys.vkey)
    now = open_checkpoint(log.checkpoint(), verifier)

    def tile(level: int, n: int) -> list[bytes]:
        width = min(256, (now.size >> 8 * level) - 256 * n)
        data = log.tile(level, n, width)
        assert data is not None
        return split_hashes(data, width)

    for old in kept_by(notes, verifier):
        proof = consistency_proof(node_reader(tile), old.size, now.size)
        verify_consistency(old.size, old.root, now.size, now.root, proof)


def kept_by(notes: list[str], verifier: Verifier) -> set[Checkpoint]:
    return {open_checkpoint(note, verifier) for note in notes}


def test_everything_acknowledged_under_kills_is_there_once_at_its_place(crowd: Saved, tmp_path: Path) -> None:
    ready = crowd.restore(tmp_path / "data")
    chance, stopped = random.Random(3), threading.Event()
    with vault_process(ready.world) as running:
        clients = [Client(ready.world, running, ready.people[one::CLIENTS], stopped, one) for one in range(CLIENTS)]
        threads = [threading.Thread(target=one.run) for one in clients]
        for thread in threads:
            thread.start()
        try:
            for _ in range(KILLS):
                before = sum(len(one.acked) for one in clients)
                until(lambda before=before: sum(len(one.acked) for one in clients) > before or failed(clients),
                      "an answer", PATIENCE)
                time.sleep(chance.uniform(0, 0.3))
                running.kill()
                running.start()
            running.alive()
        finally:
            stopped.set()
            for thread in threads:
                thread.join()
        assert failed(clients) == [], running.said()
        acked = [each for one in clients for each in one.acked]
        for op, args, answer in acked:
            assert without_proof(running.client.call(op, args)) == without_proof(answer)
    assert len(acked) > 5 * KILLS
    check_entries(ready.world, acked)
    check_numbers(ready, clients)
    proofs = [parse_proof(answer["proof"]).checkpoint for _, _, answer in acked]
    assert_prefixes(ready.world, [note for one in clients for note in one.kept] + proofs)


def check_entries(world: World, acked: list[Acked]) -> None:
    """Each is in the log at its index, proved; a repeated request made no second entry; its keys are durable too."""
    log, verifier = world.vault.desk.log, parse_verifier(world.vault.desk.keys.vkey)
    for op, args, answer in acked:
        ((_, leaf),) = log.leaves(answer["log_index"], 1)
        assert verify_proof(answer["proof"], leaf, verifier).size > answer["log_index"]
        entry = log.entry(answer["log_index"])
        assert entry is not None
        assert entry.id == {"append": args.get("entry", {}).get("id"), "register-borrower": args.get("id"),
                            "lookup": answer.get("lookup")}[op]
        for blob in answer.get("blobs", ()):
            world.vault.desk.keys.unseal(blob["subject"], blob["name"], base64.b64decode(blob["blob"]))
    asked = [one.body["account"] for one in world.entries("lookup-decided/1")]
    for op, args, _ in acked:
        assert op != "lookup" or asked.count(args["account"]) == 1, "a repeated lookup was decided twice"


def check_numbers(ready: Ready, clients: list[Client]) -> None:
    """One permit a person, whatever was killed in between; each number that left is covered, each repeat logged."""
    world = ready.world
    repeats = [one.body["lookup"] for one in world.entries("lookup-redelivered/1")]
    numbers = [each for one in clients for each in one.numbers]
    for person in ready.people:
        answers = [answer for one, answer in numbers if one is person]
        made = permits(world, person)
        assert len(made) <= 1
        assert {answer["lookup"] for answer in answers} <= set(made)
        assert len(answers) <= 1 + sum(one in made for one in repeats)
        for answer in answers:
            assert_covered(world, person, answer)
    assert numbers


def test_32_lookups_at_once_for_one_line_give_one_number_before_and_after_a_kill(
    tmp_path: Path, one_line: Saved
) -> None:
    ready = one_line.restore(tmp_path / "data")
    world = ready.world
    asked = [world.asked(person, agent=f"agent-{number}") for number in range(8) for person in ready.people]
    assert len(asked) == 32
    with vault_process(world) as running:
        answers = at_once([partial(running.client.call, "lookup", one) for one in asked])
        (place,) = [place for place, answer in enumerate(answers) if number_left(answer)]
        running.kill()
        running.start()
        running.alive()
        again = at_once([partial(running.client.call, "lookup", one) for one in asked])
        assert [place for place, answer in enumerate(again) if number_left(answer)] == [place]
    assert again[place]["lookup"] == answers[place]["lookup"]
    assert sum(len(permits(world, person)) for person in ready.people) == 1
    assert_covered(world, ready.people[place % 4], answers[place])


class OneLine(World):
    """Everybody lists the same contact's number."""

    def unreachables(self, count: int, *args: Any, **named: Any) -> list[Person]:
        return super().unreachables(count, *args, **{**named, "contact_number": "+8610000009999"})


@pytest.fixture
def one_line(tmp_path: Path) -> Saved:
    return Saved.make(tmp_path / "one-line", people=4, kind=OneLine)


def test_a_second_process_on_the_same_folder_is_refused_while_the_first_lives(crowd: Saved, tmp_path: Path) -> None:
    ready = crowd.restore(tmp_path / "data")
    with vault_process(ready.world) as running:
        with pytest.raises(ConsentryError) as caught:
            ready.world.reopen()
        assert caught.value.code == "log-locked"
        assert running.client.call("status", {})["published"] > 0
