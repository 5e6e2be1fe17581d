"""P6: of a lender who seals everything, no number, name or address is ever in the web tier's memory."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from registry import jose
from registry.demo.http import Client
from registry.model.times import DAY
from registry.settings import Settings
from registry.store.database import open_engine
from registry.store.store import Store
from registry.usecases import tokens
from registry.vault.clock import wall_now
from tests.databases import given
from tests.promises.housed import HousedWorld, furnish
from tests.promises.memory import MemoryScanner, regions, why_unreadable
from tests.promises.saved import Ready, Saved
from tests.system.world import Served, children_of, registry, served, until
from tests.world import PURPOSE

SEALED_NUMBERS = tuple(f"+861000000{n}" for n in range(7411, 7423))
SEALED_TEXTS = ("Kanarienvogelin", "金丝雀鸣叫", "sealed.canary@demo.invalid")
CLEAR_NUMBER, CLEAR_NAME, CLEAR_MAIL = "+8610000008533", "Singdrosselina", "clear.canary@demo.invalid"
CLEAR = MemoryScanner([CLEAR_NUMBER], [CLEAR_NAME, CLEAR_MAIL])


@dataclass(slots=True)
class House:
    """A served registry and the lender's client."""

    up: Served
    lender: Client
    ready: Ready

    def web(self) -> list[int]:
        """The process that serves HTTP, its workers, and the pump beside them."""
        parent = self.up.child("web")
        return [] if parent is None else [parent, *children_of(parent)]

    def workers(self) -> list[int]:
        """Those who read requests: granian's."""
        return [pid for pid in self.web()[1:] if b"pump" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def found(processes: list[int], scanner: MemoryScanner) -> list[str]:
    """What is in the memory of these processes, and in which."""
    return [f"{pid}: {hit}" for pid in processes for _, data in regions(pid) for hit in scanner.hits(data)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("memory")
    ready = Saved.make(folder / "saved", people=1, kind=HousedWorld).restore(folder / "world")
    data = furnish(ready)
    engine = open_engine(Settings(data, "", True, data, "", **given(data)).web_url)
    lender, wall = ready.world.lender.id, wall_now()
    assert lender is not None
    token = tokens.issue(Store(engine), os.urandom, "lender", lender, expires_at=wall + DAY, at=wall)
    engine.dispose()
    with served(data) as up:
        until(up.ready, "the three processes")
        made = House(up, Client(f"http://127.0.0.1:{up.port}", token), ready)
        reasons = {why for pid in made.web() if (why := why_unreadable(pid)) is not None}
        if reasons:
            pytest.skip("; ".join(reasons))
        yield made


def borrower(place: int, *numbers: str) -> dict[str, Any]:
    return {
        "ref": f"memory-{place}", "name": {"given": SEALED_TEXTS[place % 2], "family": SEALED_TEXTS[0]},
        "residence": "CN", "languages": ["zh-CN"], "channels": [
            *({"medium": "voice", "value": number, "use": "personal"} for number in numbers),
            {"medium": "email", "value": SEALED_TEXTS[2], "use": "personal"},
        ],
    }


def sealed(house: House, *records: dict[str, Any]) -> list[bytes]:
    """The lines that `registry seal` makes of these, on the lender's machine."""
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    done = registry("seal", "--vault-keys", f"http://127.0.0.1:{house.up.port}/v1/keys", stdin=text)
    assert done.returncode == 0, done.stderr
    return done.stdout.encode().splitlines()


def posted(house: House, path: str, line: bytes) -> dict[str, Any]:
    answer = house.lender.send("POST", path, line, {})
    assert answer.status == 201, answer.text
    return answer.value


def test_a_lender_who_seals_never_shows_a_value_to_the_web_tier(house: House) -> None:
    half = len(SEALED_NUMBERS) // 2
    lines = sealed(
        house, *(borrower(place, number) for place, number in enumerate(SEALED_NUMBERS[:half])),
        *({"ref": f"memory-contact-{place}", "name": SEALED_TEXTS[place % 2], "relation": "sibling", "number": number,
           "languages": ["zh-CN"], "rank": 1} for place, number in enumerate(SEALED_NUMBERS[half:])),
        *[{"medium": "email", "value": SEALED_TEXTS[2], "use": "work"}] * half)
    for person, contact, channel in zip(lines[:half], lines[half:2 * half], lines[2 * half:], strict=True):
        made = posted(house, "/v1/borrowers", person)["borrower"]
        posted(house, f"/v1/borrowers/{made}/contacts", contact)
        posted(house, f"/v1/borrowers/{made}/channels", channel)
    number = released(house)
    person = house.ready.people[0]
    scanner = MemoryScanner([*SEALED_NUMBERS, number, person.number], SEALED_TEXTS)
    assert len(house.web()) >= 4, "one that listens, two workers, a pump"
    assert found(house.web(), scanner) == []


def released(house: House) -> str:
    """A number that went out through the web tier: what the collector's key opens."""
    world, person = house.ready.world, house.ready.people[0]
    answer = house.up.client("collector").post("/v1/lookups", {
        "account": person.account, "about": "contact", "purpose": PURPOSE, "mode": "number", "agent": "agent-17"})
    assert answer.value["verdict"] == "permit", answer.text
    assert world.agency.id is not None
    signed = jose.decrypt(answer.value["release"]["jwe"], world.jwks[world.agency.id]).decode()
    number = json.loads(jose.from_b64url(signed.split(".")[1]))["number"]
    assert number == person.contact_number
    return str(number)


def test_what_comes_in_clear_is_found_until_the_web_tier_is_restarted(house: House) -> None:
    """The control: this scanner does find a value in this memory. Python does not wipe what it frees."""
    for place in range(20, 26):
        body = borrower(place, CLEAR_NUMBER) | {"name": {"given": CLEAR_NAME}}
        body["channels"][1]["value"] = CLEAR_MAIL
        posted(house, "/v1/borrowers", json.dumps(body).encode())
    hits = found(house.workers(), CLEAR)
    assert {secret for secret in (CLEAR_NUMBER, CLEAR_NAME, CLEAR_MAIL) if secret in " ".join(hits)} == {
        CLEAR_NUMBER, CLEAR_NAME, CLEAR_MAIL}, (hits, house.workers())
    before = house.web()
    os.kill(before[0], signal.SIGTERM)
    until(lambda: not set(before) & set(house.web()) and len(house.web()) >= 4 and house.up.ready(), "another web")
    assert len(house.workers()) == 2
    assert found(house.workers(), CLEAR) == []
