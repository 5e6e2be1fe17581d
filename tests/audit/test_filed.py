"""What a replay remembers is what was added, whether it waits, is in the database, or was decoded again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from registry.audit import filed as module
from registry.audit.filed import Filed
from registry.model.briefs import brief_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Actor, Draft, Entry, leaf, trusted_entry

BORROWERS = [f"{number:032x}" for number in range(0xB0, 0xB6)]
LINES = [f"{number:032x}" for number in range(0x10, 0x13)]
ATTEMPT = {
    "provider": "0" * 32, "attempt": "1" * 32, "direction": "outbound", "medium": "voice",
    "grade": "B", "signed_at": "2026-01-01T00:00:00.000Z",
}


def entries(count: int) -> Iterator[tuple[Entry, bytes]]:
    """Attempts in anybody's and any line's history, a registration now and then, and what is in nobody's."""
    draw = random.Random(7)
    for index in range(count):
        kind = draw.choice(("attempt-recorded/2", "attempt-recorded/2", "borrower-changed/1", "party-registered/1"))
        body: dict[str, Any] = {"borrower": draw.choice(BORROWERS)}
        if kind == "attempt-recorded/2":
            outcome = draw.choice(("busy", "declined"))
            body |= {**ATTEMPT, "line": draw.choice(LINES), "seq": index, "class": outcome}
        data = leaf(Draft(f"{draw.getrandbits(128):032x}", kind, Actor("courier"), body), 1_000 * index)
        yield trusted_entry(index, 1_000 * index, data), data


@pytest.mark.parametrize(("lately", "read", "waiting"), [(1, 0, 1), (3, 5, 2), (7, 40, 16), (1_000, 1_000, 1_000)])
def test_what_was_added_is_found_again_however_little_is_kept_decoded(
    monkeypatch: pytest.MonkeyPatch, lately: int, read: int, waiting: int,
) -> None:
    monkeypatch.setattr(module, "MOST_DECODED", lately)
    monkeypatch.setattr(module, "MOST_KEPT", read)
    monkeypatch.setattr(module, "MOST_WAITING", waiting)
    filed, draw = Filed(), random.Random(8)
    by_id: dict[str, Entry] = {}
    by_subject: dict[str, list[Entry]] = {one: [] for one in (*BORROWERS, *LINES)}
    for entry, data in entries(200):
        assert not filed.knows(entry.id)
        filed.add(entry, data)
        by_id[entry.id] = entry
        for subject in (entry.body["borrower"], entry.body.get("line")):
            answered = entry.body.get("class") != "busy"
            if subject is not None and entry.kind != "party-registered/1" and (answered or subject in BORROWERS):
                by_subject[subject].append(entry)
        asked = draw.sample(list(by_subject), draw.randrange(4))
        assert {one: list(found) for one, found in filed.histories(asked).items()} == {
            one: [entry for entry in by_subject[one] if entry.kind not in ATTEMPTS] for one in asked}
        assert {one: list(found) for one, found in filed.attempts(asked).items()} == {
            one: [brief_of(entry) for entry in by_subject[one] if entry.kind in ATTEMPTS] for one in asked}
        for subject in asked:
            assert filed.whole(subject) == by_subject[subject]
        ident = draw.choice(list(by_id))
        assert filed.knows(ident)
        assert filed.entry(ident) == by_id[ident]
        if entry.index == 100:
            filed = filed.copy()
    assert filed.entry("00" * 16) is None


def test_no_more_is_kept_decoded_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DECODED", 10)
    monkeypatch.setattr(module, "MOST_KEPT", 50)
    monkeypatch.setattr(module, "MOST_WAITING", 5)
    filed = Filed()
    for entry, data in entries(400):
        filed.add(entry, data)
        filed.histories([entry.body["borrower"]])
        assert len(filed._decoded) <= 10
        assert len(filed._leaves) == len(filed._ids) < 5
        kept = sum(len(one) + 1 for one in filed._kept.values())
        assert filed._count == kept
        assert kept <= 50 or len(filed._kept) == 1, "only what was just asked about is kept beyond the limit"


def test_what_is_copied_and_the_copy_go_on_apart() -> None:
    filed = Filed()
    (first, first_leaf), (second, second_leaf) = entries(2)
    filed.add(first, first_leaf)
    filed.use(first.id)
    other = filed.copy()
    filed.add(second, second_leaf)
    filed.end(first.id)
    assert other.knows(first.id)
    assert other.is_used(first.id)
    assert not other.knows(second.id)
    assert not other.is_ended(first.id)
