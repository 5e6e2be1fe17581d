"""The lease from inside: who was superseded commits nothing and opens nothing; a lost answer is read, not guessed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from registry.errors import IntegrityError, UnavailableError
from registry.vault import lease as leases
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from registry.vault.lease import Watch, has_ended, myself
from registry.vault.log import Log, fencing
from registry.vault.log.fencing import Fence
from registry.vault.postgresql import Postgresql, hold, take
from tests import postgresql
from tests.postgresql import fresh_database, needs_postgresql
from tests.standby.pair import cut
from tests.standby.proxy import Proxy
from tests.vault_log.witness import WatchedKey, assert_no_fork, assert_whole
from tests.vault_log.world import HandClock, Key, Recorder, an_id, genesis, life

pytestmark = needs_postgresql


class Served:
    """A log on PostgreSQL."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        folder.mkdir()
        self.key, self.observer = WatchedKey(), Recorder()
        self.held = hold(url)
        self.log = Log.create(folder, self.key, HandClock(), self.observer, genesis(), postgresql=self.held)

    def add(self, *numbers: int) -> None:
        with self.log.operation():
            for number in numbers:
                self.log.append(life(number))
        self.log.commit()

    def close(self) -> None:
        self.log.close()
        self.held.close()


@pytest.fixture
def url() -> Iterator[str]:
    with fresh_database() as made:
        yield made


@pytest.fixture
def served(url: str, tmp_path: Path) -> Iterator[Served]:
    made = Served(url, tmp_path / "vault")
    yield made
    made.close()


def supersede(url: str) -> None:
    """What a standby does first."""
    with psycopg.connect(postgresql.libpq(url), autocommit=True) as other:
        fence = fencing.read(other)
        assert fence is not None
        assert fencing.raise_epoch(other, fence, "another") == fence.epoch + 1


def stored(url: str) -> int:
    with psycopg.connect(postgresql.libpq(url)) as other:
        row = other.execute("SELECT count(*) FROM log.leaves").fetchone()
    assert row is not None
    return int(row[0])


def test_who_was_superseded_commits_nothing_and_stops(served: Served) -> None:
    served.add(11)
    supersede(served.url)
    with pytest.raises(IntegrityError) as caught:
        served.add(12)
    assert caught.value.code == "lease-lost"
    assert stored(served.url) == 2
    with pytest.raises(IntegrityError):
        served.add(13)


def test_who_was_superseded_writes_no_key_either(url: str, tmp_path: Path) -> None:
    held = hold(url)
    kek = KeyFile.create(tmp_path / "kek")
    keys = Keyring.create(tmp_path, kek, os.urandom, "demo.invalid/log", postgresql=held)
    keys.new_subject("a0" * 16)
    supersede(url)
    with pytest.raises(IntegrityError) as caught:
        keys.new_subject("b0" * 16)
    assert caught.value.code == "lease-lost"
    assert not keys.has_subject("b0" * 16)
    keys.close()
    held.close()


def test_a_lease_is_good_for_a_while_and_then_asked_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.log.check_lease()
    lease = served.held._lease
    lease._ended.set()  # as while the process is stopped: nobody beats
    lease._thread.join()
    supersede(served.url)
    monkeypatch.setattr(lease, "_clock", lambda: lease._until - 0.001)
    served.log.check_lease()
    monkeypatch.setattr(lease, "_clock", lambda: lease._until)
    with pytest.raises(IntegrityError) as caught:
        served.log.check_lease()
    assert caught.value.code == "lease-lost"
    with pytest.raises(IntegrityError):
        served.log.check_lease()  # for ever


def test_a_lease_that_cannot_be_asked_for_opens_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = served.held._lease
    lease._ended.set()
    lease._thread.join()
    monkeypatch.setattr(lease, "_clock", lambda: lease._until + 1)
    monkeypatch.setattr(leases, "PATIENCE", 0.05)
    with lease._beating, pytest.raises(UnavailableError):  # a beat hangs
        served.log.check_lease()
    served.log.check_lease()


def test_of_many_who_would_take_over_one_does(url: str, tmp_path: Path) -> None:
    served = Served(url, tmp_path / "vault")
    served.close()
    with psycopg.connect(postgresql.libpq(url)) as other:
        fence = fencing.read(other)
    assert fence is not None
    taken: list[Postgresql | None] = []

    def try_it() -> None:
        try:
            taken.append(take(url, fence))
        except UnavailableError:
            taken.append(None)  # the winner ended this connection: a standby looks again

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(taken) == 6
    (winner,) = [one for one in taken if one is not None]
    log = Log.open(served.folder, Key(), HandClock(), Recorder(), postgresql=winner)
    assert log.size == 1
    log.close()
    winner.close()


def test_who_has_beaten_since_is_not_taken_over(served: Served) -> None:
    with psycopg.connect(postgresql.libpq(served.url)) as other:
        seen = fencing.read(other)
    assert seen is not None
    # It was cut off for long, and is back: from this beat on it may open for two seconds without asking.
    lease = served.held._lease
    lease._ended.set()
    lease._thread.join()
    lease.beat()
    assert take(served.url, seen) is None
    served.log.check_lease()
    served.add(11)


def test_a_commit_whose_answer_is_lost_is_in_the_log_once(url: str, tmp_path: Path) -> None:
    proxy = Proxy(tmp_path / "p", Path(str(make_url(url).query["host"])))
    through = postgresql.text(make_url(url).update_query_dict({"host": str(tmp_path / "p")}))
    served = Served(through, tmp_path / "vault")
    served.add(11)
    proxy.armed = True
    with pytest.raises(UnavailableError):
        served.add(12)
    assert proxy.cut == 1
    assert served.log.find(an_id(12)) is not None, "the server did commit it"
    served.add(12, 13)  # asked again, as one does who got no answer
    assert served.log.size == 4
    assert_whole(served.log, served.observer)
    assert_no_fork(served.log, served.key.signed)
    served.close()
    proxy.close()


def test_connections_that_are_cut_between_operations_cost_nothing(served: Served) -> None:
    with served.log.operation():
        served.log.append(life(11))
    assert cut(served.url)
    with served.log.operation():
        assert served.log.find(an_id(11)) is not None
        assert served.log.find(an_id(99)) is None  # read from the database
        served.log.append(life(12))
    served.log.commit()
    assert served.log.published == 3
    assert_whole(served.log, served.observer)


def test_a_key_that_was_made_over_a_connection_that_is_gone_is_not_taken_for_stored(url: str, tmp_path: Path) -> None:
    held = hold(url)
    keys = Keyring.create(tmp_path, KeyFile.create(tmp_path / "kek"), os.urandom, "demo.invalid/log", postgresql=held)

    def lost() -> None:
        with keys.one_commit():
            keys.new_subject("a0" * 16)
            cut(url)
            keys.new_subject("b0" * 16)

    with pytest.raises(UnavailableError):
        lost()
    assert not keys.has_subject("a0" * 16)
    assert not keys.has_subject("b0" * 16)
    keys.new_subject("a0" * 16)
    keys.close()
    held.close()


def test_a_watched_lease_is_over_when_it_ended_was_let_go_of_or_did_not_move() -> None:
    at = [0.0]
    watch = Watch(lambda: at[0])
    assert watch.is_over(Fence(1, myself(), 0))
    beating = Fence(1, "another machine 1 2", 5)
    assert not watch.is_over(beating)
    at[0] = leases.OVER - 0.01
    assert not watch.is_over(beating)
    assert not watch.is_over(Fence(1, "another machine 1 2", 6))
    at[0] += leases.OVER
    assert watch.is_over(Fence(1, "another machine 1 2", 6))
    watch.begin_again()
    assert not watch.is_over(Fence(1, "another machine 1 2", 6))


def test_a_process_of_this_machine_that_ended_is_known_to_have_ended() -> None:
    assert not has_ended(myself())
    assert has_ended(myself().rpartition(" ")[0] + " 1")  # its number is another process's by now
    assert not has_ended("another machine 1 2")
    assert not has_ended("")


def test_a_process_that_is_hidden_from_us_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under ProtectProc=invisible or hidepid, where /proc shows a user's own processes alone."""
    holder, shown = myself(), Path.read_text

    def hidden(path: Path, *args: str) -> str:
        if path == Path(f"/proc/{os.getpid()}/stat"):
            raise FileNotFoundError(path)
        return shown(path, *args)

    monkeypatch.setattr(Path, "read_text", hidden)
    assert not has_ended(holder)


def test_an_idempotency_key_that_only_sqlite_could_store_is_refused_alone(served: Served) -> None:
    with pytest.raises(Exception, match="NUL"), served.log.operation():
        served.log.remember("s", "a\0b", b"", b"", 1)
    assert served.log.remembered("s", "a\0b", 2) is None
    served.add(11)
    assert served.log.published == 2
