"""A served demo world for faults: its real processes, found by name, and a stranger's client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.contract.client import Answer, World
from tests.system.world import Served, registry, served, until

SOON = 45.0  # seconds: for what happens by itself on a machine that does much else
AWAY = (OSError, HTTPException)


class House:
    """One running `up` and its card."""

    def __init__(self, up: Served) -> None:
        self.up = up

    @cached_property
    def world(self) -> World:
        """Reads the card once it is there."""
        return World(self.up.data)

    def pid(self, name: str) -> int:
        """A process, once it is there."""
        return until(lambda: self.up.child(name), name, SOON)

    def settle(self) -> None:
        """Until everybody answers; often enough in a row that it was not one web worker alone."""
        until(lambda: all(self.up.ready() for _ in range(6)), "all three processes", SOON)

    def ask(self, *words: Any, **named: Any) -> Answer | None:
        """A request of the stranger's client; None where the connection ended without an answer."""
        try:
            return self.world.ask(*words, **named)
        except AWAY:
            return None

    def careful(self, *words: Any, **named: Any) -> Answer:
        """What a careful client does: asks again, with the same key, until it is answered. Fails on any answer but a
        result, a 503 that says when to come again, or none."""

        def look() -> Answer | None:
            found = self.ask(*words, **named)
            if found is None:
                return None
            if found.status == 503:
                assert int(found.headers["retry-after"]) >= 1, found.headers
                return None
            assert found.status < 500, found.body
            return found

        return until(look, f"an answer to {words[:2]}", 2 * SOON)

    def entries(self, size: int = 0) -> dict[str, dict[str, Any]]:
        """Entries from an index on, by id. Fails if an id comes twice or an index is missing."""
        every = self.world.entries()
        assert [one["index"] for one in every] == list(range(len(every)))
        found = every[size:]
        by_id = {one["entry"]["id"]: one for one in found}
        assert len(by_id) == len(found)
        return by_id

    def verify(self) -> None:
        """The auditor's own check of the whole log, from its bytes."""
        card = self.world.card
        done = registry("audit", "verify", "--log", f"{self.world.url}/log", "--key", card["log"]["vkey"],
                        "--token", card["tokens"]["auditor"])
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def house(data: Path, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    """`up` on a folder, ready."""
    with served(data, environment=environment) as up:
        found = House(up)
        found.settle()
        yield found


@dataclass
class Crowd:
    """Threads that do one thing again and again until the block ends; what one raises is raised at its end."""

    work: Callable[[int, int], None]  # which thread, which turn
    size: int
    problems: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> Crowd:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(one,)) for one in range(self.size)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        if kind is None and self.problems:
            raise self.problems[0]

    def _run(self, name: int) -> None:
        turn = 0
        try:
            while not self._over.is_set():
                self.work(name, turn)
                turn += 1
        except BaseException as error:
            self.problems.append(error)
