"""The vault without web, sockets or courier: rounds of eight questions, as they come when sixteen clients ask.

Denials and dial checks one at a time too, as they come from one client.
"""

from __future__ import annotations

import itertools
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from bench.people import Prepared
from registry.garbage import collect_rarely
from registry.model.entries import Actor
from registry.model.times import HOUR, MINUTE
from registry.settings import load
from registry.store.database import open_engine
from registry.store.store import Store
from registry.usecases import collecting, dialling
from registry.usecases.ports import Idem, Ports
from registry.vault.ops.dials import ASKED_AGAIN
from registry.vault.server import Vault, open_vault
from tests.world import TODAY, WorldClock

PERMITS = 40
DENIALS = 400
DIALS = 10          # dial checks of each channel, each in a time of its own, or it would be the same check again
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
    """Prints CPU and time of a denial, of a dial check that permits, and of a permit, cold and read ahead."""
    settings = load(prepared.data)
    clock = WorldClock(TODAY + HOUR)
    vault = open_vault(settings.vault, settings.key_file, clock, os.urandom, demo=True)
    try:
        agency = agency_of(vault)
        collect_rarely()
        vault.call("follow", {"after": 0, "limit": 1, "courier": True})
        denied = list(itertools.islice(itertools.cycle(prepared.refused), DENIALS))
        print("\nvault alone, rounds of 8      µs CPU   µs elapsed (median)")
        _show("denial", _run(vault, list(questions(prepared, denied, agency)), "deny"))
        half = len(ready) // 2
        _show("permit, cold", _run(vault, list(questions(prepared, ready[:half], agency)), "permit"))
        _show("reading one ahead", _ahead(vault))
        _show("permit, read ahead", _run(vault, list(questions(prepared, ready[half:], agency)), "permit"))
        _show("dial check", _dials(vault, clock, prepared, agency, BATCH))
        print("one at a time")
        _show("denial", _run(vault, list(questions(prepared, denied, agency, 1)), "deny"))
        _show("dial check", _dials(vault, clock, prepared, agency, 1))
    finally:
        vault.close()


def agency_of(vault: Vault) -> str:
    return next(party for party, known in vault.desk.directory.parties.items() if known.name == "Example Agency")


def questions(
    prepared: Prepared, accounts: Sequence[str], agency: str, batch: int = BATCH,
) -> Iterator[list[Question]]:
    engine = open_engine(prepared.data / "web" / "web.db")
    recorder = _Recorder()
    ports = Ports(recorder, recorder, Store(engine), os.urandom, lambda: 0, "")
    for number, account in enumerate(accounts):
        body = {"account": account, "about": "contact", "purpose": prepared.purpose, "mode": "number",
                "agent": f"alone-{number % 40}"}
        idem: Idem = {"scope": "bench", "key": secrets.token_hex(16), "request": body}
        collecting.look_up(ports, Actor("agency", agency), body, idem)
    engine.dispose()
    yield from _batches(recorder.asked, batch)


def _dials(vault: Vault, clock: WorldClock, prepared: Prepared, agency: str, batch: int) -> tuple[float, float]:
    """CPU and elapsed microseconds of a check that permits, of the channels of those whose lookups are refused."""
    recorder, spent = _Recorder(), []
    engine = open_engine(prepared.data / "web" / "web.db")
    ports = Ports(recorder, recorder, Store(engine), os.urandom, lambda: 0, "")
    for account in prepared.refused:
        for channel in prepared.channels[account]:
            dialling.check(ports, Actor("agency", agency), {"account": account, "channel": channel}, None)
    engine.dispose()
    for _ in range(DIALS):
        clock.at += ASKED_AGAIN + MINUTE
        size = vault.desk.log.size
        spent.append(_run(vault, list(_batches(recorder.asked, batch)), True))
        if vault.desk.log.size != size + len(recorder.asked):
            raise RuntimeError("a dial check was no entry of its own")
    return median(cpu for cpu, _ in spent), median(elapsed for _, elapsed in spent)


def _ahead(vault: Vault) -> tuple[float, float]:
    """CPU and elapsed microseconds for each of those whose approval nobody has used."""
    count, cpu, begun = len(vault.desk.ledger.approved), time.process_time(), time.perf_counter()
    vault.tend(lambda: False)
    return (time.process_time() - cpu) / count * 1e6, (time.perf_counter() - begun) / count * 1e6


def _batches(asked: Sequence[Question], batch: int) -> Iterator[list[Question]]:
    for start in range(0, len(asked), batch):
        yield list(asked[start:start + batch])


def _run(vault: Vault, waiting: Sequence[list[Question]], expected: str | bool) -> tuple[float, float]:
    """CPU microseconds a question, and the median of what a round took for each of its own."""
    answers, took, cpu = [], [], time.process_time()
    for batch in waiting:
        begun = time.perf_counter()
        answers += vault.round(batch)
        took.append((time.perf_counter() - begun) / len(batch))
    spent = time.process_time() - cpu
    said = [one.get("verdict", one.get("may_dial")) if isinstance(one, dict) else one for one in answers]
    wrong = [one for one in said if one != expected]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(answers)} are not {expected}: {wrong[0]}")
    return spent / len(answers) * 1e6, median(took) * 1e6


def _show(name: str, spent: tuple[float, float]) -> None:
    print(f"{name:<27} {spent[0]:>8.0f}   {spent[1]:>10.0f}")
