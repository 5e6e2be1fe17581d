"""The vault without web, sockets or courier: rounds of eight lookups, as they come when sixteen clients ask."""

from __future__ import annotations

import itertools
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench.people import Prepared
from registry.garbage import collect_rarely
from registry.model.entries import Actor
from registry.model.times import HOUR
from registry.settings import load
from registry.store.database import open_engine
from registry.store.store import Store
from registry.usecases import collecting
from registry.usecases.ports import Idem, Ports
from registry.vault.server import Vault, open_vault
from tests.world import TODAY, WorldClock

PERMITS = 40
DENIALS = 400
BATCH = 8
Question = tuple[str, dict[str, Any]]


class _Recorder:
    """In place of the vault: keeps what the web tier would ask it."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((op, args))
        return {}


def measure(prepared: Prepared, ready: Sequence[str]) -> None:
    """Prints CPU and time of a permit and of a denial, beside a bare SHA-256 of an entry's length."""
    settings = load(prepared.data)
    clock = WorldClock(TODAY + HOUR)
    vault = open_vault(settings.vault, settings.key_file, clock, os.urandom, demo=True)
    try:
        agency = agency_of(vault)
        collect_rarely()
        print("\nvault alone, rounds of 8      µs CPU   µs elapsed")
        for name, accounts in (
            ("denial", list(itertools.islice(itertools.cycle(prepared.refused), DENIALS))), ("permit", list(ready)),
        ):
            cpu, elapsed = _run(vault, questions(prepared, accounts, agency), name)
            print(f"{name:<27} {cpu:>8.0f}   {elapsed:>10.0f}")
    finally:
        vault.close()


def agency_of(vault: Vault) -> str:
    return next(party for party, known in vault.desk.directory.parties.items() if known.name == "Example Agency")


def questions(prepared: Prepared, accounts: Sequence[str], agency: str) -> Iterator[list[Question]]:
    engine = open_engine(prepared.data / "web" / "web.db")
    recorder = _Recorder()
    ports = Ports(recorder, recorder, Store(engine), os.urandom, lambda: 0, "")
    for number, account in enumerate(accounts):
        body = {"account": account, "about": "contact", "purpose": prepared.purpose, "mode": "number",
                "agent": f"alone-{number % 40}"}
        idem: Idem = {"scope": "bench", "key": secrets.token_hex(16), "request": body}
        collecting.look_up(ports, Actor("agency", agency), body, idem)
    engine.dispose()
    for start in range(0, len(recorder.asked), BATCH):
        yield recorder.asked[start:start + BATCH]


def _run(vault: Vault, batches: Iterator[list[Question]], expected: str) -> tuple[float, float]:
    """CPU and elapsed microseconds a lookup."""
    waiting = list(batches)
    vault.call("follow", {"after": 0, "limit": 1, "courier": True})
    cpu, begun = time.process_time(), time.perf_counter()
    answers = [answer for batch in waiting for answer in vault.round(batch)]
    spent = (time.process_time() - cpu, time.perf_counter() - begun)
    wrong = [one for one in answers if not isinstance(one, dict) or not expected.startswith(one["verdict"][:3])]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(answers)} are no {expected}: {wrong[0]}")
    return spent[0] / len(answers) * 1e6, spent[1] / len(answers) * 1e6
