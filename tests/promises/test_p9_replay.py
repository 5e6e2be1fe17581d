"""P9: whoever holds the log makes every decision again, anywhere, and finds the first one that was touched."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from registry.audit.reader import FolderReader
from registry.audit.replay import Memory, replay
from registry.audit.verify import verify
from registry.errors import ConsentryError
from registry.model import canonical
from registry.shipped import shipped_outcomes
from tests.audit.served import MemoryLog
from tests.promises.past import Lying, Past, flips, lived
from tests.promises.saved import Saved
from tests.vault_log.world import Key

TABLE = shipped_outcomes()
# What somebody asked, or what the vault was told: no entry before it says so. Only the tree keeps these.
ASKED = {"account", "client", "agent", "about", "purpose", "mode", "system"}


@pytest.fixture(scope="session")
def past(saved: Saved, tmp_path_factory: pytest.TempPathFactory) -> Past:
    return lived(saved, tmp_path_factory.mktemp("past"))


def test_replay_and_verify_agree_with_every_decision_of_a_long_mixed_history(past: Past) -> None:
    decisions = [canonical.decode(past.leaves[place])["body"] for place in past.of("lookup-decided/1")]
    report = replay(past.leaves, TABLE)
    assert str(report).startswith("ok "), report
    assert (report.size, report.decisions) == (len(past.leaves), len(decisions))
    checked = verify(FolderReader(past.folder), past.vkey, past.kept)
    assert str(checked).startswith("ok "), checked
    assert checked.size == len(past.leaves)
    # The history is as mixed as it should be.
    assert sum(one["verdict"] == "permit" for one in decisions) >= 3
    assert len({code for one in decisions for code in one["reasons"]}) >= 15
    assert {tuple(one["system"]) for one in decisions} >= {(), ("courier-unavailable",), ("inbox-waiting",)}
    assert past.of("opening-refused/1")
    assert past.of("lookup-redelivered/1")


def test_the_vault_agrees_with_itself_on_every_decision(past: Past) -> None:
    assert len(past.agreed) == len(past.of("lookup-decided/1"))
    assert all(past.agreed)


@pytest.mark.parametrize(("zone", "seed", "locale"), [
    ("Pacific/Kiritimati", "1", "C"), ("America/St_Johns", "4242", "tr_TR.UTF-8"), ("<odd>-13:37", "0", "POSIX"),
])
def test_any_machine_comes_to_the_same(past: Past, zone: str, seed: str, locale: str) -> None:
    """Another time zone, another order of sets, another language, no time-zone database of the system's."""
    done = subprocess.run(
        [sys.executable, "-m", "registry", "audit", "replay", "--log", str(past.folder), "--key", past.vkey],
        env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": locale, "PYTHONTZPATH": ""},
        capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == str(replay(past.leaves, TABLE)), done.stderr
    assert done.returncode == 0


# Touched


def sample(past: Past, kind: str, most: int) -> list[int]:
    """Some of a kind, spread over the log; of decisions also every permit."""
    places = past.of(kind)
    chosen = set(places[::max(1, len(places) // most)])
    return sorted(chosen | {place for place in places if b'"verdict":"permit"' in past.leaves[place]})


@pytest.mark.parametrize("kind", ["lookup-decided/1", "attempt-recorded/2"])
def test_verify_finds_any_member_of_a_decision_or_an_attempt_changed(past: Past, kind: str) -> None:
    reader = FolderReader(past.folder)
    for place in sample(past, kind, 3)[:5]:
        for name, leaf in flips(past.leaves[place]):
            assert not verify(Lying(reader, place, leaf), past.vkey).ok, (place, name)


@pytest.mark.parametrize("kind", ["lookup-decided/1", "attempt-recorded/2"])
def test_replay_finds_what_the_entries_before_it_or_a_signature_contradict(past: Past, kind: str) -> None:
    """Even where whoever keeps the log signs a new tree over the lie."""
    places, missed, memory = sample(past, kind, 6), [], Memory((TABLE,))
    for place, leaf in enumerate(past.leaves[:places[-1] + 1]):
        for name, changed in flips(leaf) if place in places else ():
            if kind != "lookup-decided/1" or name not in ASKED:
                missed += [changed] if taken(memory, place, changed) else []
        assert taken(memory, place, leaf)
    assert missed == []


def taken(memory: Memory, place: int, leaf: bytes) -> bool:
    """Whether replay takes this leaf as the next one. One that it refuses leaves nothing behind."""
    try:
        memory.take(place, leaf)
    except (ConsentryError, KeyError):
        return False
    return True


def rewritten(past: Past, place: int, **changes: Any) -> list[bytes]:
    value = canonical.decode(past.leaves[place])
    body = {**value["body"], **changes}
    return [*past.leaves[:place], canonical.encode({**value, "body": body}), *past.leaves[place + 1:]]


def test_what_only_the_tree_keeps_is_found_by_whoever_kept_a_checkpoint(past: Past) -> None:
    key = Key()
    vkey = str(key.verifier)
    place = past.of("lookup-decided/1")[0]
    honest, told = MemoryLog(past.leaves[:place + 1], key), MemoryLog(rewritten(past, place, agent="somebody"), key)
    assert replay(told.entries, TABLE).ok, "who asked is nobody's to contradict"
    assert verify(told, vkey).ok
    assert not verify(told, vkey, honest.checkpoint().decode()).ok


# Uses given back or taken again


def forged(past: Past, kind: str, place: int, after: int, **body: Any) -> list[bytes]:
    """An entry of the vault's own right after entry `after`, about the permit at `place`."""
    permit = canonical.decode(past.leaves[place])["body"]
    known = {"lookup": permit["lookup"], "borrower": permit["borrower"]} | body
    leaf = canonical.encode({
        "v": 1, "id": "ab" * 16, "kind": kind, "by": {"role": "vault"}, "body": known,
        "logged_at": canonical.decode(past.leaves[after])["logged_at"],
    })
    return [*past.leaves[:after + 1], leaf]


def opened(past: Past) -> list[int]:
    """Permits that were opened."""
    closed = {canonical.decode(past.leaves[one])["body"]["lookup"] for one in past.of("opening-refused/1")}
    return [one for one in past.of("lookup-decided/1") if b'"verdict":"permit"' in past.leaves[one]
            and canonical.decode(past.leaves[one])["id"] not in closed]


def test_a_use_that_took_place_cannot_be_given_back(past: Past) -> None:
    for place in opened(past):
        permit = canonical.decode(past.leaves[place])["body"]
        body = {"line": permit["line"], "agency": permit["client"], "reasons": ["internal"]}
        report = replay(forged(past, "opening-refused/1", place, place, **body), TABLE)
        assert (report.ok, report.index) == (False, place + 1), report
    closed = past.of("opening-refused/1")[0]
    body = canonical.decode(past.leaves[closed])["body"]
    for wrong in ({"line": "0" * 32}, {"agency": "0" * 32}, {"lookup": "0" * 32}, {"borrower": "0" * 32}):
        assert not replay(rewritten(past, closed, **wrong)[:closed + 1], TABLE).ok
    again = forged(past, "opening-refused/1", opened(past)[0], closed, **body)
    assert not replay(again, TABLE).ok, "the same use twice"


def test_a_permit_cannot_have_been_opened_again_after_it_ended(past: Past) -> None:
    last = len(past.leaves) - 1
    for place in opened(past):
        assert replay(forged(past, "lookup-redelivered/1", place, place), TABLE).ok
        assert not replay(forged(past, "lookup-redelivered/1", place, last), TABLE).ok
