"""The demo world to the letter of CONTRACT section 8, asked of the real vault in one process."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.demo import seed
from registry.demo.people import CASES
from registry.model.entries import Actor
from registry.model.times import MINUTE
from registry.settings import load
from registry.usecases import collecting
from tests.system.world import copy

REASONS: dict[str, tuple[str, str | None, list[str]]] = {
    "unreachable": ("permit", None, []),
    "attempts-missing": ("deny", "trying", ["attempts-too-few", "notice-missing", "approval-missing"]),
    "notice-running": ("deny", "notice-running", ["notice-running", "approval-missing"]),
    "no-borrower-consent": ("deny", "not-eligible", ["borrower-consent-absent", "approval-missing"]),
    "no-contact-consent": ("deny", "not-eligible", ["contact-consent-absent", "approval-missing"]),
    "withdrawn": ("deny", "not-eligible", ["borrower-consent-withdrawn"]),
    "contact-objected": ("deny", "not-eligible", ["contact-objected"]),
    "on-hold": ("deny", "paused", ["hold-dispute"]),
    "not-placed": ("deny", "not-eligible", ["account-not-placed", "approval-missing"]),
    "not-overdue": ("deny", "not-eligible", ["account-not-overdue-enough", "approval-missing"]),
}


@pytest.fixture(scope="module")
def card(seeded: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((seeded / "demo.json").read_text("utf-8"))
    return value


@pytest.fixture(scope="module")
def bench(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[seed.Bench]:
    """The seeded vault a minute after its last entry, with everybody at work."""
    settings = load(copy(seeded, tmp_path_factory.mktemp("asked") / "data"))
    clock = seed.SeedClock(0)
    with seed.opened(settings, clock, "http://127.0.0.1:1") as opened:
        last = opened.vault.desk.log.entry(opened.vault.desk.log.size - 1)
        assert last is not None
        clock.move_to(last.at + MINUTE)
        yield opened


def ask(bench: seed.Bench, card: dict[str, Any], name: str, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The collector's answer, and the entry behind it."""
    bench.settle()
    person = next(one for one in card["borrowers"] if one["name"] == name)
    body = {"account": person["account"], "about": "contact", "purpose": card["purpose"], "mode": "number",
            "agent": card["agent"]}
    agency = Actor("agency", card["parties"]["agency"])
    answer = collecting.look_up(bench.ports, agency, body, {"scope": "test", "key": key, "request": body})
    entry: dict[str, Any] = bench.vault.call("entry", {"id": answer["lookup"]})["entry"]["body"]
    return answer, entry


@pytest.mark.parametrize("name", REASONS)
def test_each_borrower_is_what_the_contract_says(bench: seed.Bench, card: dict[str, Any], name: str) -> None:
    answer, entry = ask(bench, card, name, name)
    assert (answer["verdict"], answer.get("state"), entry["reasons"]) == REASONS[name]
    assert entry["system"] == []


def test_reaching_the_borrower_resets_what_was_counted(bench: seed.Bench, card: dict[str, Any]) -> None:
    answer, entry = ask(bench, card, "reachable", "reachable")
    assert (answer["verdict"], answer["state"]) == ("deny", "not-eligible")
    assert {"sign-of-life", "attempts-too-few", "days-too-few", "dayparts-too-few", "span-too-short",
            "notice-missing"} <= set(entry["reasons"])


def test_a_second_lookup_of_the_unreachable_is_a_deny(bench: seed.Bench, card: dict[str, Any]) -> None:
    ask(bench, card, "unreachable", "unreachable")
    answer, entry = ask(bench, card, "unreachable", "again")
    assert answer["verdict"] == "deny"
    assert "line-cap" in entry["reasons"]


def test_the_card_names_all_that_a_stranger_needs(card: dict[str, Any], seeded: Path) -> None:
    assert set(card) == {"url", "tokens", "agent", "purpose", "parties", "officers", "collector_jwk", "vault_jwks",
                         "provider", "log", "borrowers"}
    assert set(card["tokens"]) == {"lender", "collector", "rival_collector", "officer", "auditor"}
    assert set(card["parties"]) == {"lender", "agency", "rival"}
    assert set(card["provider"]) == {"name", "kind", "owner", "secret", "next_seq"}
    assert card["provider"]["owner"] == "neutral"
    assert len(card["officers"]) == 2
    assert [one["name"] for one in card["borrowers"]] == [case.name for case in CASES]
    for one in card["borrowers"]:
        assert set(one) == {"name", "borrower", "account", "contact", "contact_number", "channels"}
        assert all(set(channel) == {"id", "medium", "address"} for channel in one["channels"])
    for path in (*(one["key"] for one in card["officers"]), card["collector_jwk"]):
        assert Path(path).is_absolute()
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    jwk = json.loads(Path(card["collector_jwk"]).read_text("ascii"))
    assert {"kid", "vault", "d"} <= set(jwk)
    assert stat.S_IMODE((seeded / "demo.json").stat().st_mode) == 0o600


def test_time_never_went_back_and_the_last_entry_is_at_ten_on_a_weekday(bench: seed.Bench, seeded: Path) -> None:
    log = bench.vault.desk.log
    times = []
    for index in range(log.size):
        entry = log.entry(index)
        assert entry is not None
        times.append(entry.at)
    assert times == sorted(times)


def test_only_the_outbox_and_the_card_hold_addresses_in_clear(seeded: Path) -> None:
    clear = [case.line.encode() for case in CASES] + [case.contact_line.encode() for case in CASES]
    clear += [case.mail.encode() for case in CASES]
    for path in seeded.rglob("*"):
        if path.is_file() and path.name != "demo.json" and path.parent.name != "outbox":
            content = path.read_bytes()
            assert not [one for one in clear if one in content], path


def test_the_clock_of_the_seed_only_moves_forward() -> None:
    clock = seed.SeedClock(1_000)
    clock.move_to(1_000)
    clock.move_to(2_000)
    assert (clock.now(), clock.wall()) == (2_000, 2_000)
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(1_999)
