"""The database goes away under a vault that serves: in order, as in a crash, and with settings that lose commits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import needs_postgresql
from tests.standby.own_server import OwnServer, own_server
from tests.standby.pair import Pair, until

pytestmark = needs_postgresql


@pytest.fixture
def server() -> Iterator[OwnServer]:
    with own_server() as made:
        yield made


@pytest.fixture
def pair(server: OwnServer, tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path, server.url)
    yield made
    made.close()


def test_a_vault_lives_through_restarts_and_crashes_of_its_database_and_no_standby_takes_over(
    pair: Pair, server: OwnServer,
) -> None:
    vault = pair.start()
    until(pair.answering, "the vault does not answer")
    standby = pair.stand_by()
    with pair.asked():
        for number in (signal.SIGINT, signal.SIGQUIT):
            pair.more()
            server.restart(number)
        pair.more()
        assert vault.process.poll() is None
        assert not standby.said("takes over")
    pair.check()


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_a_database_that_may_lose_commits_is_refused_at_start(pair: Pair, server: OwnServer, setting: str) -> None:
    server.restart(signal.SIGINT, **{setting: "off"})
    vault = pair.start()
    assert vault.ended() == 1
    assert vault.said("database-unsafe")
    assert vault.said(setting)
