"""A log of any size from a small world: each of its people again and again, under ids of his own.

At the same moments, with signatures by the same keys, the provider's numbers counted on: histories are mixed as they
would be, and the log verifies and replays. Written in bulk, beside the vault: what reopening it checks.
"""

from __future__ import annotations

import itertools
import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from registry.model.entries import Entry, trusted_entry
from registry.tlog.tree import leaf_hash
from registry.vault.log import Log
from registry.vault.log.filing import account_filed, rows_of
from tests.world import World, WorldClock

PEOPLE = 40
CHUNK = 100_000  # entries in a transaction
ID = re.compile(rb'(?<=")[0-9a-f]{32}(?=")')
COUNTED = re.compile(rb'(?<="seq":)\d+|(?<="as_of":)\d+')
Sign = Callable[[bytes], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Template:
    """An entry of the small world, to be written again for others.

    `personal`: some id in it is a person's; `shared`: the ids that are everybody's.
    """

    at: int
    logged_at: str
    unsigned: bytes
    signer: Sign | None
    personal: bool
    shared: frozenset[bytes]


def grow(folder: Path, size: int) -> list[str]:
    """A vault of about `size` entries in `folder`/vault; the accounts that may be asked about."""
    (folder / "world").mkdir()
    world = World(folder / "world")
    world.unreachables(PEOPLE)
    log = world.vault.desk.log
    rows = list(log._store.everything())
    templates = _templates(world, [(at, leaf) for _, _, at, leaf in rows])
    personal = sum(one.personal for one in templates)
    copies = max(1, (size - len(templates) + personal) // personal)
    (folder / "vault").mkdir(mode=0o700)
    shutil.copy(folder / "world" / "vault" / "keys.db", folder / "vault")
    genesis = trusted_entry(0, rows[0][2], rows[0][3])
    fresh = Log.create(
        folder / "vault", world.vault.desk.keys.log_signer, WorldClock(genesis.at), _Nobody(), genesis.draft,
    )
    accounts: list[str] = []
    try:
        _write(fresh, _entries(templates[1:], copies), accounts)
    finally:
        fresh.close()
        world.vault.close()
    return accounts


class _Nobody:
    """Follows the log and remembers nothing: reopening folds it again."""

    def reset(self) -> None:
        """Nothing to forget."""

    def fold(self, entry: Entry) -> None:
        """Nothing to remember."""


def _templates(world: World, rows: Sequence[tuple[int, bytes]]) -> list[Template]:
    """Every entry of the small world. Ids of before the first borrower are everybody's."""
    begun, shared = False, set[bytes]()
    found = []
    for at, leaf in rows:
        value: dict[str, Any] = orjson.loads(leaf)
        begun = begun or value["kind"] == "borrower-registered/1"
        ids = set(ID.findall(orjson.dumps({**value, "id": ""})))  # what it says, not what it is called
        if not begun:
            shared |= ids | {value["id"].encode()}
        logged_at, auth = value.pop("logged_at"), value.pop("auth", [])
        signer = None if not auth or not begun else (
            world.courier.courier if "by" in auth[0] else world.officers[0].officer
        )
        if not begun:
            value["auth"] = auth
        unsigned = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        found.append(Template(at, logged_at, unsigned, signer, begun and bool(ids - shared), frozenset(shared)))
    return found


def _entries(templates: Sequence[Template], copies: int) -> Iterator[tuple[int, bytes]]:
    """(at, leaf) of the whole log but its genesis, each person's entries written `copies` times."""
    draw = random.Random(0)  # noqa: S311 - ids of a measurement
    ids: list[dict[bytes, bytes]] = [{} for _ in range(copies)]
    seq, index = 0, 1
    for one in templates:
        parts, counted = ID.split(one.unsigned), b'"seq":' in one.unsigned
        named = ID.findall(one.unsigned)
        for own in ids if one.personal else ids[:1]:
            data = parts[0]
            for name, part in zip(named, parts[1:], strict=True):
                new = name if name in one.shared else own.get(name)
                if new is None:
                    new = own[name] = b"%032x" % draw.getrandbits(128)
                data += new + part
            seq += counted
            data = COUNTED.sub(b"%d" % (seq if counted else index), data)
            yield one.at, _whole(one, data)
            index += 1


def _whole(one: Template, unsigned: bytes) -> bytes:
    """The leaf: signed again where it was signed, stamped as it was. Members stay in canonical order."""
    value = orjson.loads(unsigned)
    value["logged_at"] = one.logged_at
    if one.signer is not None:
        value["auth"] = [one.signer(unsigned)]
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _write(log: Log, entries: Iterator[tuple[int, bytes]], accounts: list[str]) -> None:
    """Appends in bulk what is right already, with the log's own statements, tree and checkpoint."""
    log._store._driver.execute("PRAGMA synchronous=OFF")  # nobody is promised anything yet
    while chunk := list(itertools.islice(entries, CHUNK)):
        log._store.begin()
        for at, leaf in chunk:
            entry = trusted_entry(log.size, at, leaf)
            log._store.add_leaf(entry.index, bytes.fromhex(entry.id), at, leaf, rows_of(entry, leaf))
            filed = account_filed(entry)
            if filed is not None:
                log._store.add_account(*filed)
                accounts.append(filed[0].hex())
            log._waiting.append(leaf_hash(leaf))
            log.size += 1
        log.commit()
