"""A provider's side of the courier: an account registered in the small world, and what it posts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry.courier.provider_book import commitment_of
from registry.courier.providers.event import Callback, Event, RefusedEvent
from registry.courier.providers.pull import Reply
from registry.policy.outcomes import OutcomeTable
from registry.shipped import shipped_outcomes
from tests.courier.world import PROVIDER, SALT, World

NAME = "their-account"
TOKEN = "t" * 43
URL = f"https://demo.invalid/v1/attempts/{NAME}?token={TOKEN}"


class Desk:
    """One account of a kind. Its clock and the log's are the same: providers write wall-clock times."""

    def __init__(self, folder: Path, kind: str, grade: str, **credential: str) -> None:
        self.world = World(folder)
        self.world.clock.real = self.world.clock.log
        body = {"provider": PROVIDER, "name": NAME, "adapter": kind, "grade": grade, "owner": "registry"}
        if "secret" in credential:
            body["secret_commitment"] = commitment_of(credential["secret"], SALT)
        else:
            body["public_key"] = credential["public_key"]
        self.world.vault.put("provider-registered/1", body)
        if "secret" in credential:
            self.world.courier.keep_secret(NAME, credential["secret"], SALT, kind)

    @property
    def now(self) -> int:
        """Wall-clock milliseconds."""
        return self.world.clock.wall()

    def post(self, callback: Callback) -> str:
        """What became of a callback."""
        return self.world.courier.receive(NAME, self.now, callback)

    def attempts(self) -> list[tuple[str, str]]:
        """Class and grade of each attempt in the log."""
        return [(one["class"], one["grade"]) for one in self.world.vault.bodies("attempt-recorded/2")]

    def refused(self) -> list[str]:
        return [one["why"] for one in self.world.courier.provider_status(NAME)["refused"]]


def body_of(value: object) -> bytes:
    """JSON as a provider posts it."""
    return json.dumps(value, ensure_ascii=False).encode()


def code_of(work: Any) -> str:
    """The code with which a piece of work is refused."""
    with pytest.raises(RefusedEvent) as refused:
        work()
    return str(refused.value.code)


def class_of(event: object, table: OutcomeTable) -> str:
    """What an event means by a table."""
    assert isinstance(event, Event), event
    return table.classify(event.cause, event.ring_seconds, str(event.direction))


def meanings(kind: str) -> dict[str, str]:
    """What each word of a kind's table means, where it rang for long enough."""
    table = shipped_outcomes(kind)
    return {word: table.classify(said.cause, table.min_ring_seconds) for word, said in table.said.items()}


class Answers:
    """A server that gives one answer, and remembers what it was asked."""

    def __init__(self, body: object, status: int = 200) -> None:
        self.reply = Reply(status, body if isinstance(body, bytes) else body_of(body))
        self.asked: list[str] = []

    def get(self, url: str, headers: Any) -> Reply:
        self.asked.append(url)
        return self.reply

    def post(self, url: str, body: bytes, headers: Any) -> Reply:
        self.asked.append(url)
        return self.reply
