"""A served demo's clock and outbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.demo.served import messages, seconds_of
from registry.errors import MalformedError, NotFoundError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P7D", 604_800), ("PT1S", 1), ("PT12H", 43_200), ("P1DT2H3M4S", 93_784), ("P366D", 366 * 86_400),
     ("PT90M", 5_400)],
)
def test_a_duration_is_so_many_seconds(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P0D", "P367D", "P366DT1S", "-P1D", "P1W", "P1M", "1D", "P1.5D", "P٣D", "P1D ", "p1d", "7"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        seconds_of(text)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A demo.json beside an outbox of three messages."""
    (tmp_path / "outbox").mkdir()
    for number, to in ((1, "+1"), (2, "+2"), (3, "+1")):
        value = {"id": f"{number:032x}", "at": f"2026-11-23T02:00:0{number}.000Z", "to": to}
        (tmp_path / "outbox" / f"{number}.json").write_text(json.dumps(value))
    return tmp_path / "demo.json"


def ids(found: dict[str, list[dict[str, str]]]) -> list[int]:
    return [int(one["id"], 16) for one in found["items"]]


def test_messages_come_oldest_first_to_one_address_and_after_a_place(card: Path) -> None:
    assert ids(messages(card, None, None)) == [1, 2, 3]
    assert ids(messages(card, "+1", None)) == [1, 3]
    assert ids(messages(card, None, f"{2:032x}")) == [3]
    assert ids(messages(card, None, "2026-11-23T10:00:01+08:00")) == [2, 3]
    with pytest.raises(NotFoundError):
        messages(card, None, "f" * 32)
    with pytest.raises(MalformedError):
        messages(card, None, "yesterday")
