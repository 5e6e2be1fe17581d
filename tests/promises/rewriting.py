"""Rewrites a vault's log behind its back, so well that only what was signed before can tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from registry.audit.reader import save
from registry.model.entries import trusted_entry
from registry.model.times import parse_stamp
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.growing import GrowingTree
from registry.tlog.note import NoteSigner
from registry.tlog.tiles import ENTRIES, Tile
from registry.tlog.tree import leaf_hash
from registry.vault.log.filing import account_filed, id_bytes, rows_of
from registry.vault.log.guard import FILE, Guard
from registry.vault.log.store import Store
from tests import vault_engine
from tests.world import World

TABLES = ("leaves", "history", "tiles", "accounts", "head")
Leaves = list[bytes]


def leaves_of(folder: Path) -> Leaves:
    """Every leaf in a closed vault's folder."""
    with vault_engine.log_store(folder) as store:
        return [leaf for _, _, _, leaf in store.everything()]


def rewrite(folder: Path, leaves: Sequence[bytes], signer: NoteSigner | None = None) -> None:
    """Makes the database hold other leaves, everything filed and hashed anew.

    With the log's key the checkpoint and the guard are made anew as well; without it they stay as they were.
    """
    with vault_engine.log_store(folder) as store:
        head = store.head()
    assert head is not None
    for table in TABLES:
        vault_engine.edit(folder, f"DELETE FROM {table}")
    with vault_engine.log_store(folder) as store:
        store.begin()
        _fill(folder, store, leaves, head[2], signer)
        store.commit()


def _fill(folder: Path, store: Store, leaves: Sequence[bytes], note: str, signer: NoteSigner | None) -> None:
    tree = GrowingTree(store.tile_hashes)
    for index, leaf in enumerate(leaves):
        entry = trusted_entry(index, 0, leaf)
        at = parse_stamp(leaf.rsplit(b'"logged_at":"', 1)[1][:24].decode())
        store.add_leaf(index, id_bytes(entry.id), at, leaf, rows_of(entry, leaf))
        filed = account_filed(entry)
        if filed is not None:
            store.add_account(*filed)
        tree.append(leaf_hash(leaf))
    for level, n, hashes in tree.edge(0):
        store.put_tile(level, n, hashes)
    if signer is not None:
        note = sign_checkpoint(Checkpoint(signer.name, tree.size, tree.root()), signer)
        Guard.begin(folder / FILE, note)
    store.put_head(tree.size, tree.root(), note)


class LogReader:
    """A vault's log as it is served."""

    def __init__(self, world: World) -> None:
        self._log = world.vault.desk.log

    def checkpoint(self) -> bytes:
        return self._log.checkpoint().encode()

    def tile(self, tile: Tile) -> bytes:
        data = (
            self._log.entry_bundle(tile.n, tile.width) if tile.level == ENTRIES
            else self._log.tile(tile.level, tile.n, tile.width)
        )
        assert data is not None
        return data


def saved_log(world: World, folder: Path) -> Path:
    """The log as an auditor copies it."""
    save(LogReader(world), folder)
    return folder


# By somebody who can write the database, but does not know how it hangs together; `{w}` is the withdrawal's place.

CLUMSY = {
    "a word of it is changed":
        'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = {w}',
    "its time is moved": 'UPDATE leaves SET at = at - 1 WHERE "index" = {w}',
    "it gets another id": 'UPDATE leaves SET id = randomblob(16) WHERE "index" = {w}',
    "it is taken out": 'DELETE FROM leaves WHERE "index" = {w}',
    "all that follows is cut off": 'DELETE FROM leaves WHERE "index" > {w}',
    "it changes places with the next":
        'UPDATE leaves SET "index" = -1 WHERE "index" = {w};'
        'UPDATE leaves SET "index" = {w} WHERE "index" = {w} + 1;'
        'UPDATE leaves SET "index" = {w} + 1 WHERE "index" = -1',
    "it is hidden from decisions": 'DELETE FROM history WHERE "index" = {w}',
    "it is filed under somebody else": 'UPDATE history SET subject = randomblob(16) WHERE "index" = {w}',
    "decisions are shown another one":
        'UPDATE history SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = {w}',
    "an account becomes somebody else's":
        "UPDATE accounts SET borrower = (SELECT borrower FROM accounts ORDER BY borrower DESC LIMIT 1) "
        "WHERE borrower < (SELECT borrower FROM accounts ORDER BY borrower DESC LIMIT 1)",
    "its hash is changed in its tile": "UPDATE tiles SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB)",
    "the size is rolled back": "UPDATE head SET size = {w}",
    "the root is another": "UPDATE head SET root = randomblob(32)",
    "the published checkpoint is forged": "UPDATE head SET published = replace(published, 'demo', 'dem0')",
}
