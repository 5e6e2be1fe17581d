"""A served vault under two real witnesses kills itself (SIGKILL) at every point of a round, one after the other, with
clients waiting. Whatever was acknowledged is there afterwards, once, no number lacks its entry, and the witnesses,
and everybody who kept a checkpoint, see one log. Each next start serves by itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from registry.errors import UnavailableError
from registry.model.ids import new_id
from registry.up import socket_folder
from tests.architecture.imports import ROOT
from tests.promises.covered import assert_covered, number_left, permits
from tests.promises.housed import HousedWorld
from tests.promises.processes import Running, at_once, install, take_back
from tests.promises.saved import Ready, Saved
from tests.promises.test_p3_survives_kill import assert_prefixes
from tests.witness.served import Served, serve
from tests.world import ORIGIN, Person

POINTS = ("received", "keys-durable", "inside-integrate", "integrated", "signed", "guarded", "feeding", "cosigned",
          "recorded", "published", "answering")
Request = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Mortal(Running):
    """A vault process that dies at a point as soon as the file `armed` is there."""

    policy: Path = field(kw_only=True)
    point: str = "never"

    def start(self) -> None:
        self.armed.unlink(missing_ok=True)
        with (self.data / "vault.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.crashes.dying", self.point, str(self.armed), "vault",
                 "--data", str(self.data), "--sockets", str(self.sockets), "--demo",
                 "--witness-policy", str(self.policy)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT,
            )

    @property
    def armed(self) -> Path:
        return self.data / "armed"

    def ask(self, request: Request) -> dict[str, Any] | None:
        """The answer; None where the connection ended without one, or a quorum was not there in time."""
        with suppress(UnavailableError):
            return self.client.call(*request)
        return None


@pytest.fixture
def ready(tmp_path: Path) -> Ready:
    return Saved.make(tmp_path / "saved", people=len(POINTS) + 1, kind=HousedWorld).restore(tmp_path / "data")


@pytest.fixture
def witnesses(ready: Ready, tmp_path: Path) -> Iterator[list[Served]]:
    key = ready.world.vault.desk.keys.vkey
    with ExitStack() as both:
        yield [both.enter_context(serve(tmp_path / name, [key], "--name", f"{name}.invalid")) for name in "ab"]


def acts(ready: Ready, person: Person) -> list[Request]:
    """A deposit, with keys of its own; a sign of life by its id alone; a number."""
    world, ref = ready.world, new_id(os.urandom)
    deposit = {
        "by": world.lender.value(), "id": ref, "name": {"given": "Ming"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": "email", "value": f"{ref}@demo.invalid", "use": "personal"}],
        "idem": {"scope": "deposit", "key": ref, "request": ref},
    }
    alive = ready.people[-1].borrower  # nobody asks for this one
    life = world.draft("sign-of-life/1", {"borrower": alive, "source": "payment"}, world.lender)
    return [("register-borrower", deposit), ("append", {"entry": life.value()}),
            ("lookup", world.asked(person, key=ref))]


def test_killed_at_every_point_of_a_round_nothing_acknowledged_is_lost_and_there_is_one_log(
    ready: Ready, witnesses: list[Served], tmp_path: Path
) -> None:
    key, policy = ready.world.vault.desk.keys.vkey, tmp_path / "policy"
    policy.write_text("".join((f"log {key}\n", *(f"witness {one.verifier.name[0]} {one.verifier} {one.url}\n"
                                                 for one in witnesses), "group both all a b\nquorum both\n")))
    acked: list[tuple[Request, dict[str, Any]]] = []
    notes: list[str] = []
    install(ready.world)
    with socket_folder() as sockets:
        running = Mortal(ready.world.folder, sockets, policy=policy)
        open_acts: list[Request] = []
        try:
            for point, person in zip((*POINTS, "never"), ready.people, strict=True):
                running.point = point
                running.start()
                running.alive()
                for request in open_acts:  # what nobody was told is asked again, as it was
                    acked.append((request, running.until_answered(*request)))
                notes += [running.client.call("checkpoint", {})["text"]]
                notes += [one.latest(ORIGIN).text for one in witnesses]
                if point == "never":
                    break
                running.armed.touch()
                requests = acts(ready, person)
                answers = at_once([partial(running.ask, one) for one in requests])
                assert running.process is not None
                assert running.process.wait(20) == -signal.SIGKILL, running.said()
                acked += [(one, answer) for one, answer in zip(requests, answers, strict=True) if answer is not None]
                open_acts = [one for one, answer in zip(requests, answers, strict=True) if answer is None]
                assert open_acts, f"killed at {point}, and everybody had been answered"
        finally:
            running.kill()
    take_back(ready.world)
    check(ready, acked)
    assert_prefixes(ready.world, notes)


def check(ready: Ready, acked: list[tuple[Request, dict[str, Any]]]) -> None:
    """Against the log: every acknowledged entry at its place, with its keys; one use a person, each entered."""
    world = ready.world
    assert len(acked) == 3 * len(POINTS)
    for (op, args), answer in acked:
        entry = world.vault.desk.log.entry(answer["log_index"])
        assert entry is not None
        assert entry.id == {"append": args.get("entry", {}).get("id"), "register-borrower": args.get("id"),
                            "lookup": answer.get("lookup")}[op]
        if op == "register-borrower":
            assert world.vault.desk.keys.has_subject(args["id"])
    numbers = [answer for _, answer in acked if number_left(answer)]
    assert len(numbers) == len(POINTS)
    for person in ready.people[:-1]:
        (permit,) = permits(world, person)
        (answer,) = (one for one in numbers if one["lookup"] == permit)
        assert_covered(world, person, answer)
