"""How many requests may be under way at once: the numbers of several modules, which must fit each other."""

from __future__ import annotations

from registry.cli.run_web import WORKERS
from registry.peers import Limits
from registry.store.database import POOL_SIZE
from registry.web.bodies_first import THREADS, TURNS
from registry.web.factory import COURIER_CALLS, VAULT_CALLS

CLIENTS = 64  # of whom each may wait for a number under witnesses


def test_64_permits_may_wait_for_the_witnesses_at_once() -> None:
    assert WORKERS * VAULT_CALLS >= CLIENTS


def test_neighbours_that_hang_leave_turns_for_requests_that_need_none() -> None:
    assert VAULT_CALLS + COURIER_CALLS < TURNS


def test_the_connections_of_all_threads_fit_into_what_the_vault_accepts() -> None:
    assert Limits().peers > WORKERS * THREADS


def test_every_request_at_work_finds_a_connection_to_the_database() -> None:
    assert TURNS <= POOL_SIZE
