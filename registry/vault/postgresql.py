"""A vault's PostgreSQL, held by this process alone: schema `log` for the log, `keys` for the keys, one lease."""

from __future__ import annotations

import os
import time

import psycopg

from registry.databases import is_postgresql
from registry.errors import ConsentryError, UnavailableError
from registry.vault.connecting import Driver, Link, check_durable, lease_lost, told, upgrade
from registry.vault.keys.on_postgresql import PostgresqlKeyStore
from registry.vault.keys.store import MIGRATIONS as OF_KEYS
from registry.vault.lease import Lease, Watch, myself
from registry.vault.log import fencing
from registry.vault.log.database import MIGRATIONS as OF_LOG
from registry.vault.log.fencing import Fence
from registry.vault.log.on_postgresql import PostgresqlStore

LOG, KEYS = "log", "keys"
WATCHER = "consentry-standby"
PATIENCE = 5.0  # seconds for a connection that was ended to let go of the lock
PAUSE = 0.05


class Postgresql:
    """Made by `hold`, or by a standby whose hour has come. Gives one store of each kind."""

    def __init__(self, url: str, name: str, lease: Lease) -> None:
        self._url, self._name, self._lease = url, name, lease

    def log_store(self) -> PostgresqlStore:
        """The log's tables, brought up to date. Raises UnavailableError, IntegrityError `lease-lost`."""
        link = Link(self._url, LOG, self._name, self._lock)
        upgrade(link, LOG, str(OF_LOG))
        return PostgresqlStore(link, self._lease.epoch, self._lease.check)

    def key_store(self) -> PostgresqlKeyStore:
        """The keys' tables, brought up to date. Raises UnavailableError."""
        link = Link(self._url, KEYS, self._name, check_durable)
        upgrade(link, KEYS, str(OF_KEYS))
        return PostgresqlKeyStore(link, self._lease.epoch)

    def close(self) -> None:
        """Lets the next one in. The stores are closed before."""
        self._lease.end()

    def _lock(self, driver: Driver) -> None:
        """A new connection writes only once the one before, ours or another's, has ended with what it had begun."""
        check_durable(driver)
        deadline = time.monotonic() + PATIENCE
        while True:
            fence = fencing.read(driver)
            if fence is None or fence.epoch != self._lease.epoch:
                raise lease_lost()
            if fencing.try_lock(driver):
                return
            if time.monotonic() > deadline:
                raise UnavailableError("an earlier connection still holds the vault's database; try again",
                                       code="log-unavailable")
            fencing.end_others(driver, self._name)
            time.sleep(PAUSE)


def hold(url: str) -> Postgresql:
    """Takes the database for this process.

    Raises UnavailableError `log-locked` when another vault serves from it, ConsentryError `database-unsafe`.
    """
    watcher = watching(url)
    watch = Watch()
    try:
        while True:
            with told():
                fence = fencing.read(watcher.driver())
                locked = fencing.is_locked(watcher.driver())
            if fence is None:
                _found(watcher)
                continue
            over = watch.is_over(fence)
            if locked and not over:
                raise UnavailableError("another vault is running on this database: stop it first, or start this one "
                                       "with --standby", code="log-locked")
            taken = take(url, fence) if over else None
            if taken is not None:
                return taken
            time.sleep(PAUSE)
    finally:
        watcher.close()


def watching(url: str) -> Link:
    """A connection that only looks. Raises ConsentryError `settings` for a URL of another kind."""
    if not is_postgresql(url):
        raise ConsentryError("vault_database begins with postgresql+psycopg://; leave it out for SQLite",
                             code="settings")
    return Link(url, LOG, WATCHER, check_durable)


def take(url: str, seen: Fence) -> Postgresql | None:
    """Raises the epoch, ends what the holder before left behind, holds the database; None when another was faster, or
    the holder has beaten since it was `seen`: then it may open without asking for a while.

    Raises UnavailableError. From the raised epoch on nothing that the holder before sends is committed.
    """
    name = f"consentry-vault:{os.urandom(8).hex()}"
    link = Link(url, LOG, name, _for_beats)
    try:
        with told():
            epoch = _raise(link.driver(), seen, name)
        if epoch is None:
            link.close()
            return None
        lease = Lease(link, epoch)
        lease.keep()
        with told():
            fencing.end_others(link.driver(), name)
    except BaseException:
        link.close()
        raise
    return Postgresql(url, name, lease)


def _raise(driver: Driver, seen: Fence, name: str) -> int | None:
    driver.execute("SET lock_timeout = '500ms'")
    driver.execute("SET synchronous_commit = on")
    try:
        return fencing.raise_epoch(driver, seen, myself())
    except psycopg.errors.LockNotAvailable:
        # Somebody stopped in the middle of a transaction: he has locked the row, and will not go on with it.
        fencing.end_others(driver, name)
        time.sleep(PAUSE)
        return fencing.raise_epoch(driver, seen, myself())
    finally:
        if not driver.closed:
            _for_beats(driver)


def _for_beats(driver: Driver) -> None:
    check_durable(driver)
    # A beat need not survive a crash of the server: after one, nobody holds anything until he has beaten again.
    driver.execute("SET synchronous_commit = off")


def _found(link: Link) -> None:
    """A database in which there never was a log."""
    upgrade(link, LOG, str(OF_LOG))
    with told():
        fencing.make(link.driver())
