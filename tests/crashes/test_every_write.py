"""Every write of a vault is broken, one after the other: it failed; it failed and was persisted; it failed and took
its transaction along. Whatever was acknowledged stays, whatever was not can be asked again, and there is one log.

The same acts each time, with ids of their own, in one process that goes on; every few times it dies instead.
CONSENTRY_FAULTS=all lets it die after every one (`make faults`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConsentryError, IntegrityError
from registry.model.ids import new_id
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.note import parse_verifier
from tests.crashes.broken import HOW, Breaker, unclassified
from tests.promises.saved import Ready, Saved
from tests.quorum import Quorum
from tests.tlog.naive import mth
from tests.vault_engine import POSTGRESQL
from tests.world import Person, World

Request = tuple[str, dict[str, Any]]
DIES = 1 if os.environ.get("CONSENTRY_FAULTS") == "all" else 6  # every so many-th time


class Watched:
    """A vault under three played witnesses, and everything that anybody was told."""

    def __init__(self, ready: Ready) -> None:
        self.world, self.people = ready.world, ready.people
        self.quorum = Quorum(self.world.vault.desk.keys.vkey, self.world.clock.wall)
        self.acked: list[tuple[Request, dict[str, Any]]] = []
        self.notes: list[str] = []
        self._meet()

    def _meet(self) -> None:
        self.world.vault.meet(self.quorum.feeder(), self.quorum.text)
        self.world.alive()

    def restart(self) -> None:
        """The process ends as if killed: nothing is asked of the vault first."""
        self.world.reopen()
        self._meet()

    def ask(self, requests: list[Request]) -> list[dict[str, Any] | ConsentryError]:
        """One round. Keeps what was acknowledged."""
        outcomes = self.world.vault.round(requests)
        for request, outcome in zip(requests, outcomes, strict=True):
            if not isinstance(outcome, ConsentryError):
                self.acked.append((request, outcome))
        return outcomes

    def check(self, last: int = 1) -> None:
        """Against the log alone: everything acknowledged is at its place, and whatever anybody cosigned, or the
        `last` checkpoints that were served, are prefixes of it."""
        log = self.world.vault.desk.log
        leaves = [data for _, data in log.leaves(0, log.size)]
        assert len(leaves) == log.size == log.signed
        for (op, args), answer in self.acked:
            entry = log.entry(answer["log_index"])
            assert entry is not None
            assert entry.id == {"append": args.get("entry", {}).get("id"), "register-borrower": args.get("id"),
                                "lookup": answer.get("lookup")}[op]
            if op == "register-borrower":
                assert self.world.vault.desk.keys.has_subject(args["id"])
        verifier = parse_verifier(self.world.vault.desk.keys.vkey)
        known = {open_checkpoint(note, verifier) for note in (*self.notes[-last:], log.checkpoint())}
        cosigned = {held for one in self.quorum.witnesses for held in one.memory.kept.values()}
        for one in (*known, *cosigned):
            assert mth(leaves[:one.size]) == one.root, "somebody holds another history"
        self.notes.append(log.checkpoint())


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved.make(tmp_path_factory.mktemp("every-write") / "world", people=2)


@pytest.fixture
def watched(saved: Saved, tmp_path: Path) -> Iterator[Watched]:
    found = Watched(saved.restore(tmp_path / "data"))
    yield found
    found.world.vault.close()


def acts(world: World, person: Person, permit: dict[str, Any]) -> list[list[Request]]:
    """Rounds: a borrower with keys and lines and a sign of life; a number again; a hold. None was asked before."""
    borrower, ref = new_id(os.urandom), new_id(os.urandom)
    deposit = {
        "by": world.lender.value(), "id": borrower, "name": {"given": "Ming"}, "residence": "CN",
        "languages": ["zh-CN"], "channels": [{"medium": "email", "value": f"{ref}@demo.invalid", "use": "personal"}],
        "idem": {"scope": "deposit", "key": ref, "request": ref},
    }
    life = world.draft("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}, world.lender).value()
    hold = new_id(os.urandom)
    held = world.draft("hold-placed/1", {"hold": hold, "borrower": borrower, "type": "dispute"}, world.lender, hold)
    return [
        [("register-borrower", deposit), ("append", {"entry": life})],
        [("lookup", permit)],
        [("append", {"entry": held.value(), "idem": {"scope": "hold", "key": ref, "request": ref}})],
    ]


def broken(watched: Watched, rounds: list[list[Request]], n: int, how: str, dies: bool) -> Breaker:
    """Plays the acts with the n-th write broken, then asks again whatever was not acknowledged."""
    with Breaker(watched.world.vault, n, how) as breaker:
        for requests in rounds:
            try:
                watched.ask(requests)
            except IntegrityError:  # the vault would end itself: only then is it started again
                dies = True
                break
    if dies:
        watched.restart()
    done = {id(request[1]) for request, _ in watched.acked}
    for requests in rounds:
        left = [request for request in requests if id(request[1]) not in done]
        for request, outcome in zip(left, watched.ask(left), strict=True):
            assert not isinstance(outcome, ConsentryError), (n, how, breaker.hit, request[0], outcome)
    return breaker


def test_it_is_known_which_methods_of_the_store_write() -> None:
    assert unclassified() == set()


@pytest.mark.parametrize("how", HOW)
def test_whichever_write_breaks_nothing_acknowledged_is_lost_and_there_is_one_log(watched: Watched, how: str) -> None:
    world, (person, other) = watched.world, watched.people
    permit = world.asked(other, key="k")
    world.alive()
    watched.ask([("lookup", permit)])
    hits: list[str] = []
    while True:
        n = len(hits) + 1
        breaker = broken(watched, acts(world, person, permit), n, how, dies=n % DIES == 0)
        watched.check()
        if not breaker.hit:
            break
        hits.append(breaker.hit)
    of_sqlite = set() if POSTGRESQL else {"log put_head", "log add_leaf", "log put_tile", "log remember"}
    assert {"log commit", "guard write", "guard sync", "keys INSERT", "keys COMMIT"} | of_sqlite <= set(hits)
    permits = [one for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"]
    assert len(permits) == 1, "one use"
    watched.restart()
    watched.check(last=len(hits))
