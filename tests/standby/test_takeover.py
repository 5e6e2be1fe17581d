"""A standby takes over: nothing acknowledged is lost, nobody sees two histories, who was stopped dies when woken."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests import postgresql
from tests.postgresql import fresh_database, needs_postgresql
from tests.standby.pair import Pair, cut, until

pytestmark = needs_postgresql


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with fresh_database() as url:
        made = Pair(tmp_path, url)
        yield made
        made.close()


def test_a_standby_goes_on_where_a_killed_vault_was_and_the_killed_one_may_stand_by_next(pair: Pair) -> None:
    first = pair.start()
    until(pair.answering, "the first does not answer")
    second = pair.stand_by()
    with pair.asked():
        pair.more()
        first.kill()
        first.ended()
        pair.more()
        third = pair.stand_by("one")  # the same host again: its guard is behind, and is brought up
        pair.more()
        second.kill()
        pair.more()
    assert third.said("standby takes over")
    pair.check()


def test_a_vault_that_was_stopped_and_is_woken_after_a_takeover_dies_and_answers_nothing(pair: Pair) -> None:
    first = pair.start()
    until(pair.answering, "the first does not answer")
    pair.stand_by()
    with pair.asked():
        pair.more()
        first.kill(signal.SIGSTOP)
        pair.more()
        first.kill(signal.SIGCONT)
        assert first.ended() == 3
        pair.more()  # at the socket that the first one listened at before
    assert first.said("another vault has taken over")
    pair.check()


def test_of_two_standbys_one_takes_over_and_the_other_waits_on(pair: Pair) -> None:
    first = pair.start()
    until(pair.answering, "the first does not answer")
    both = [pair.stand_by("two"), pair.stand_by("three")]
    with pair.asked():
        pair.more()
        first.kill()
        pair.more()
        (taken,) = [host for host in both if host.said("standby takes over")]
        (waiting,) = [host for host in both if host is not taken]
        assert waiting.process.poll() is None
        taken.kill(signal.SIGSTOP)
        pair.more()
        taken.kill(signal.SIGCONT)
        assert taken.ended() == 3
    assert waiting.said("standby takes over")
    pair.check()


def test_a_vault_whose_connections_are_cut_connects_again_and_loses_nothing(pair: Pair) -> None:
    vault = pair.start()
    until(pair.answering, "the vault does not answer")
    with pair.asked():
        for _ in range(5):
            pair.more()
            assert cut(pair.url)
        pair.more()
    assert vault.process.poll() is None
    pair.check()


def test_a_second_vault_without_being_told_to_stand_by_is_refused(pair: Pair) -> None:
    pair.start()
    until(pair.answering, "the first does not answer")
    pair.another("two")
    second = pair.start("two")
    assert second.ended() == 1
    assert second.said("log-locked")


def test_a_standby_refuses_a_database_that_is_behind_its_guard(pair: Pair) -> None:
    backup = postgresql.clone(pair.url)
    first = pair.start()
    until(pair.answering, "the first does not answer")
    with pair.asked():
        pair.more()
    first.kill(signal.SIGTERM)
    assert first.ended() == 0
    pair.another("two")  # with a guard that has seen all of it
    postgresql.drop(pair.url)
    postgresql.create_named(str(make_url(pair.url).database), backup)
    postgresql.drop(backup)
    second = pair.start("two", "--standby")
    assert second.ended() == 1
    assert second.said("older copy")
