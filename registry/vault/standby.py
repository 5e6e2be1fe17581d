"""The standby: waits beside a vault that serves from the same PostgreSQL, and takes over when that one is gone.

Meanwhile it brings its own host's guard up over the checkpoints that the other published, so that a database restored
from an older backup is refused here too.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import structlog

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.growing import GrowingTree
from registry.tlog.note import Verifier, verifier_of
from registry.tlog.tree import root_of
from registry.vault.connecting import Link, check_durable, told
from registry.vault.keys.kek import KeyEncryption
from registry.vault.keys.keyring import Keyring
from registry.vault.keys.on_postgresql import PostgresqlKeyStore
from registry.vault.lease import Watch
from registry.vault.log import fencing, guard
from registry.vault.log.guard import Guard, Guarded
from registry.vault.log.on_postgresql import PostgresqlStore
from registry.vault.log.store import Store
from registry.vault.postgresql import KEYS, LOG, WATCHER, Postgresql, take, watching

LOOK = 0.2  # seconds between two looks at the beat
FOLLOW = 5  # looks from one of the guard's steps to the next


def wait(url: str, folder: Path, kek: KeyEncryption) -> Postgresql:
    """Returns once this process holds the database; `folder` holds this host's guard.

    Raises IntegrityError saying what to do when the database is not what was signed before, or there is no guard.
    """
    log = structlog.get_logger("vault")
    watcher, watch, looks = watching(url), Watch(), 0
    follower = Follower(url, folder, kek)
    try:
        log.info("standby waits")
        while True:
            try:
                with told():
                    fence = fencing.read(watcher.driver())
                if fence is None:
                    raise IntegrityError("there is no log in this database: `python -m registry init` makes one")
                if watch.is_over(fence):
                    follower.step()
                    taken = take(url, fence)
                    if taken is not None:
                        log.warning("standby takes over", epoch=fence.epoch + 1)
                        return taken
                elif looks % FOLLOW == 0:
                    follower.step()
                looks += 1
            except UnavailableError:
                watch.begin_again()  # the holder could not beat either
            time.sleep(LOOK)
    finally:
        follower.close()
        watcher.close()


class Follower:
    """Moves a guard along over what is published in the database. The keys are opened to know the log's own."""

    def __init__(self, url: str, folder: Path, kek: KeyEncryption) -> None:
        self._verifier = _verifier(url, folder, kek)
        self._guard = Guard(folder / guard.FILE, self._verifier)
        self._guarded = self._guard.read()
        self._store = PostgresqlStore(Link(url, LOG, WATCHER, check_durable), 0, _never)

    def step(self) -> None:
        """One look. Raises IntegrityError when the database is behind the guard or has another history."""
        with self._store.snapshot():
            self._guarded = follow(self._store, self._guard, self._guarded, self._verifier)

    def close(self) -> None:
        """Lets go of the guard, which the vault takes next."""
        self._store.close()
        self._guard.close()


def follow(store: Store, held: Guard, guarded: Guarded, verifier: Verifier) -> Guarded:
    """Moves a guard to the checkpoint that the database says was published, if it is ours and its tree goes on from
    the guarded one. Raises IntegrityError if it does not."""
    head = store.head()
    if head is None:
        return guarded
    size, root, note = head
    try:
        published = open_checkpoint(note, verifier)
    except TlogError as error:
        raise IntegrityError("the checkpoint in the database is not by our key: it is of another log") from error
    tree = GrowingTree(store.tile_hashes, size)
    if guarded.checkpoint.size > size:
        raise IntegrityError(
            f"a checkpoint of size {guarded.checkpoint.size} was signed, but the database ends at {size}: it is an "
            "older copy, or a replica that lacked the last commits; restore the newest one")
    for checkpoint in (guarded.checkpoint, published):
        if checkpoint.size > size or root_of(tree.node, checkpoint.size) != checkpoint.root:
            raise IntegrityError(
                f"the first {checkpoint.size} entries in the database are not those that were signed: keep both "
                "copies, and restore the newest")
    if tree.root() != root:
        raise IntegrityError("the tree in the database is not that of its head: restore the newest copy")
    return held.advance(guarded, note, published) if published.size > guarded.checkpoint.size else guarded


def _verifier(url: str, folder: Path, kek: KeyEncryption) -> Verifier:
    while True:
        try:
            keys = Keyring.open(folder, kek, os.urandom, postgresql=_Reading(url))
        except UnavailableError:
            time.sleep(LOOK)
            continue
        try:
            return verifier_of(keys.log_signer)
        finally:
            keys.close()


class _Reading:
    """The keys for somebody who holds nothing: no write of his would be committed."""

    def __init__(self, url: str) -> None:
        self._url = url

    def key_store(self) -> PostgresqlKeyStore:
        return PostgresqlKeyStore(Link(self._url, KEYS, WATCHER, check_durable), -1)


def _never() -> None:
    raise ConsentryError("a standby opens nothing", code="log-locked")
