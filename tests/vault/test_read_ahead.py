"""Who has been approved is read before anybody asks, and judged anew when somebody does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import structlog

from registry.errors import IntegrityError, UnavailableError
from registry.vault import ledger, read_ahead
from registry.vault.desk import Desk
from registry.vault.judging import judge
from registry.vault.log.checked import Checked
from tests.world import World


def rest(world: World) -> None:
    """All that the vault does between two rounds."""
    world.vault.tend(lambda: False)


@contextmanager
def histories_read() -> Iterator[list[list[bytes]]]:
    """The subjects of every read of histories from the database."""
    read: list[list[bytes]] = []
    histories = Checked.histories

    def noted(self: Checked, subjects: list[bytes]) -> Iterator[tuple[bytes, int, int, bytes]]:
        read.append(subjects)
        return histories(self, subjects)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checked, "histories", noted)
        yield read


def test_a_permit_of_somebody_read_ahead_reads_no_history(world: World) -> None:
    person, cold = world.unreachables(2)
    world.reopen()
    del world.vault.desk.ledger.approved[cold.approval]
    size = world.vault.desk.log.size
    rest(world)
    assert world.vault.desk.log.size == size
    with histories_read() as read:
        assert world.lookup(person)["verdict"] == "permit"
        assert read == []
        assert world.lookup(cold)["verdict"] == "permit"
        assert read


def test_what_is_logged_after_the_reading_counts(world: World) -> None:
    person = world.unreachable()
    rest(world)
    world.append("sign-of-life/1", {"borrower": person.borrower, "source": "login"}, world.lender)
    answer = world.lookup(person)
    assert answer["verdict"] == "deny"
    assert "sign-of-life" in world.entry(answer["lookup"]).body["reasons"]


def test_whoever_is_judged_ahead_is_judged_as_if_nobody_had(world: World) -> None:
    person = world.unreachable()
    asked = {**world.asked(person)["idem"]["request"], "lookup": "0" * 32, "client": world.agency.id}
    cold = judge(world.vault.desk, asked, world.clock.at)
    world.reopen()
    rest(world)
    warm = judge(world.vault.desk, asked, world.clock.at)
    assert (warm.facts, warm.packs, warm.decision) == (cold.facts, cold.packs, cold.decision)


def test_an_approval_is_waited_for_until_it_is_used_or_refused(world: World) -> None:
    used, refused, left = world.unreachables(3)
    approved = world.vault.desk.ledger.approved
    assert [*approved] == [used.approval, refused.approval, left.approval]
    world.lookup(left, by=world.rival)  # refused: it has no approval of its own
    world.lookup(used)
    world.sign("approval-refused/1", {"approval": refused.approval, "borrower": refused.borrower})
    assert [*approved] == [left.approval]
    world.reopen()
    assert [*world.vault.desk.ledger.approved] == [left.approval]


def test_the_latest_approvals_are_remembered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "KEPT_APPROVALS", 2)
    people = world.unreachables(3)
    assert [*world.vault.desk.ledger.approved] == [one.approval for one in people[1:]]


def test_reading_ahead_ends_in_time_and_goes_on_later(world: World) -> None:
    people = world.unreachables(3)
    with judged() as approvals:
        for _ in people:
            world.vault.tend(iter((False, True, True)).__next__)
    assert approvals == [one.approval for one in people]


def test_nobody_is_read_ahead_twice(world: World) -> None:
    world.unreachable()
    rest(world)
    with judged() as approvals:
        rest(world)
    assert approvals == []


def test_who_cannot_be_judged_keeps_nobody_else_waiting(world: World) -> None:
    first, second = world.unreachables(2)
    with judged(failing=ValueError("no such thing")) as approvals, structlog.testing.capture_logs() as logs:
        rest(world)
    assert approvals == [first.approval, second.approval]
    assert [(one["event"], one["error"]) for one in logs] == [("not read ahead", "ValueError")] * 2


def test_a_log_that_was_changed_ends_the_reading(world: World) -> None:
    world.unreachable()
    with judged(failing=IntegrityError("not what was signed")), pytest.raises(IntegrityError):
        rest(world)


@pytest.mark.parametrize("failures", range(8))
def test_nothing_is_read_ahead_of_a_log_that_storage_has_not_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch, failures: int,
) -> None:
    person = world.unreachable()
    left = iter(range(failures))

    def failing(method: Callable[..., Any]) -> Callable[..., Any]:
        def tried(*args: Any) -> Any:
            if next(left, None) is not None:
                raise sqlite3.OperationalError("disk I/O error")
            return method(*args)
        return tried

    store = type(world.vault.desk.log._store)
    for name in ("commit", "size_and_root"):
        monkeypatch.setattr(store, name, failing(getattr(store, name)))
    with suppress(UnavailableError):
        world.append("sign-of-life/1", {"borrower": person.borrower, "source": "login"}, world.lender)
    for _ in range(failures):
        with suppress(UnavailableError):
            rest(world)
    assert next(left, None) is None
    assert world.lookup(person)["verdict"] == ("permit" if failures else "deny")


@contextmanager
def judged(failing: Exception | None = None) -> Iterator[list[str]]:
    """Whose approvals are judged ahead."""
    approvals: list[str] = []

    def noted(desk: Desk, asked: Mapping[str, Any], at: int) -> None:
        approvals.append(asked["approval"])
        if failing is not None:
            raise failing
        judge(desk, asked, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_ahead, "judge", noted)
        yield approvals
