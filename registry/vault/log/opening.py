"""Creates and opens a log's folder: database and guard, compared with each other before anything is believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from registry.errors import ConflictError, IntegrityError, MalformedError
from registry.model.entries import Draft
from registry.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.growing import GrowingTree
from registry.tlog.note import Verifier, verifier_of
from registry.tlog.tree import EMPTY_ROOT
from registry.vault.log import database, guard
from registry.vault.log.guard import Guard, Guarded
from registry.vault.log.memory import Memory
from registry.vault.log.ports import Signer
from registry.vault.log.shelves import RESTORE
from registry.vault.log.sqlite import SqliteStore
from registry.vault.log.startup import fold_all, prove, resume
from registry.vault.log.stated import Stated
from registry.vault.log.store import Store

GENESIS = "genesis/1"


class Elsewhere(Protocol):
    """A database that is no file in the log's folder, held by this process (`registry.vault.postgresql`)."""

    def log_store(self) -> Store: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that was found sound: its tree, what the guard holds, what was folded from its entries.

    `recorded`: what was published last as far as the database knows, with its cosignatures. `unread`: of how many of
    its first entries only tiles and state were compared (`startup.py`).
    """

    store: Store
    guard: Guard
    guarded: Guarded
    recorded: Stated
    tree: GrowingTree
    memory: Memory
    unread: int = 0


def create_log(
    folder: Path, signer: Signer, genesis: Draft, memory: Memory, elsewhere: Elsewhere | None = None,
) -> Opened:
    """An empty log with its guard at size 0. Raises ConflictError when there are entries already."""
    if genesis.kind != GENESIS or genesis.body.get("origin") != signer.name:
        raise MalformedError("a log begins with a genesis whose origin is its key's name")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = _store(folder, elsewhere)
    try:
        if store.by_index(0) is not None:
            raise ConflictError(f"there is a log in {folder} already: open it, or choose another folder")
        empty = sign_checkpoint(Checkpoint(signer.name, 0, EMPTY_ROOT), signer)
        Guard.begin(folder / guard.FILE, empty)
        held = Guard(folder / guard.FILE, verifier_of(signer))
    except BaseException:
        store.close()
        raise
    guarded = held.read()
    return Opened(store, held, guarded, Stated(empty, guarded.checkpoint), GrowingTree(store.tile_hashes), memory)


def open_log(
    folder: Path, signer: Signer, memory: Memory, elsewhere: Elsewhere | None = None
) -> Opened:
    """The log in `folder`, or that of which `folder` holds the guard, proved and folded. Raises IntegrityError saying
    what to do."""
    if elsewhere is None and not (folder / database.FILE).exists():
        raise IntegrityError(f"there is no log in {folder}: `python -m registry init` makes one")
    held = Guard(folder / guard.FILE, verifier_of(signer))
    store = None
    try:
        store = _store(folder, elsewhere)
        return _sound(store, held, signer, memory, one_guard=elsewhere is None)
    except BaseException:
        if store is not None:
            store.close()
        held.close()
        raise


def _store(folder: Path, elsewhere: Elsewhere | None) -> Store:
    return SqliteStore(database.connect(folder)) if elsewhere is None else elsewhere.log_store()


def _sound(store: Store, held: Guard, signer: Signer, memory: Memory, *, one_guard: bool) -> Opened:
    head = store.head()
    if head is None:
        raise IntegrityError("the log has no genesis: its creation was cut short, create it again")
    size, root, note = head
    published = _recorded(note, verifier_of(signer))
    guarded = held.read()
    stated = (published.size, guarded.checkpoint.size)
    proved = resume(store, memory, size, root, stated) or prove(store, stated)
    if (proved.tree.size, proved.tree.root()) != (size, root):
        raise IntegrityError(f"the entries do not have the size and root in the log's head: {RESTORE}")
    if guarded.checkpoint.size > size:
        raise IntegrityError(
            f"a checkpoint of size {guarded.checkpoint.size} was signed, but the database ends at {size}: it is an "
            "older copy; restore the newest one, or retire this origin and begin another log"
        )
    if one_guard and guarded.checkpoint.size < published.size:
        raise IntegrityError(
            f"the guard stands at {guarded.checkpoint.size}, but {published.size} was published: the guard file is "
            "an older copy; put the newest one back"
        )
    for checkpoint in (guarded.checkpoint, published):
        if proved.roots[checkpoint.size] != checkpoint.root:
            raise IntegrityError(
                f"the first {checkpoint.size} entries are not those that were signed: {RESTORE}, and keep both copies"
            )
    if guarded.checkpoint.size < published.size:
        guarded = held.advance(guarded, note, published)  # another host's vault went on; its history is ours, proved
    if not proved.unread:
        fold_all(store, memory)
        memory.forget(store)  # there is none, or none to be believed
    return Opened(store, held, guarded, Stated(note, published), proved.tree, memory, proved.unread)


def _recorded(note: str, verifier: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(note, verifier)
    except TlogError as error:
        raise IntegrityError(
            "the checkpoint recorded in the log's database is not by our key: this key is of another log"
        ) from error
