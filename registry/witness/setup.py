"""What is checked before a witness serves: its folder and lock, its key, the logs it follows, what it remembers."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, parse_checkpoint, parse_size
from registry.tlog.cosignature import verify_cosignatures
from registry.tlog.errors import TlogError
from registry.tlog.note import ED25519, Verifier, decode_base64, parse_note, parse_verifier
from registry.witness.keys import WitnessKey, create_key, load_key
from registry.witness.store import FILE, Held, WitnessStore

KEY_FILE = "witness.key"
LOCK_PATIENCE = 1.0  # seconds: who was killed a moment ago may still be ending
_PIN = re.compile(r"(?P<key>.+?)(?:=(?P<size>[0-9]+):(?P<root>[A-Za-z0-9+/]{43}=))?\Z", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Followed:
    """A log to follow: its key, and the tree to begin with, if it is not the first one that comes."""

    verifier: Verifier
    first: Checkpoint | None


def parse_log(text: str) -> Followed:
    """`VKEY` or `VKEY=SIZE:ROOT`, the root in base64 as in a checkpoint. Raises TlogError."""
    match = _PIN.match(text)
    try:
        verifier = parse_verifier(text if match is None else match["key"])
    except TlogError as error:
        raise TlogError(f"a log is VKEY or VKEY=SIZE:ROOT, the root in base64: {error.detail}") from error
    if match is None or verifier.kind != ED25519:
        raise TlogError("a log's key is Ed25519 (type 01)")
    if match["size"] is None:
        return Followed(verifier, None)
    first = Checkpoint(verifier.name, parse_size(match["size"]), decode_base64(match["root"]))
    return Followed(verifier, parse_checkpoint(first.text))


def keys_of(followed: Sequence[Followed]) -> dict[str, tuple[Verifier, ...]]:
    """The trusted keys of each origin; a log that changes its key has two for a while."""
    found: dict[str, tuple[Verifier, ...]] = {}
    for one in followed:
        keys = found.get(one.verifier.name, ())
        found[one.verifier.name] = keys if one.verifier in keys else (*keys, one.verifier)
    return found


def find_key(folder: Path, path: Path | None, name: str | None, random: Callable[[int], bytes]) -> WitnessKey:
    """The key in the file, made at first start. Raises ConsentryError where one is missing that was there."""
    path = folder / KEY_FILE if path is None else path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        if (folder / FILE).exists():
            raise ConsentryError(
                f"{path} is missing, but {folder / FILE} is not: put the key back, or begin anew in another folder",
                code="settings")
        return create_key(path, name or socket.gethostname(), random)
    key = load_key(path)
    if name is not None and name != key.name:
        raise ConsentryError("the key file has another name than --name: one key has one name", code="settings")
    return key


def lock(folder: Path) -> int:
    """Holds the folder until the process ends. Raises UnavailableError when another witness does."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                os.close(handle)
                raise UnavailableError(f"another witness runs on {folder}: stop it first", code="settings") from error
            time.sleep(0.05)
        else:
            return handle


def prepare(folder: Path, key: WitnessKey, followed: Sequence[Followed]) -> None:
    """Checks what the folder remembers and writes the pins. Raises ConsentryError, sqlite3.Error."""
    store = WitnessStore(folder)
    try:
        for origin in store.origins():
            held = store.held(origin)
            if held is not None and held.note:
                _check(origin, held, key)
        for one in followed:
            if one.first is not None:
                _pin(store, one.first)
    finally:
        store.close()


def _pin(store: WitnessStore, first: Checkpoint) -> None:
    said = first.text
    if store.pin(first.origin, Held(first.size, first.root), said) != said:
        raise ConsentryError(
            f"{first.origin} began otherwise here: start it as it was started first, or begin anew in another folder",
            code="settings")


def _check(origin: str, held: Held, key: WitnessKey) -> None:
    problem = IntegrityError(
        f"what this witness remembers of {origin} is not what its key signed: is it another key, or was the file "
        "changed? Begin anew, with a new key, in another folder", code="witness-inconsistent")
    try:
        checkpoint = parse_checkpoint(parse_note(held.note).text)
        signed = verify_cosignatures(held.note, [key.verifier])
    except TlogError as error:
        raise problem from error
    if checkpoint != Checkpoint(origin, held.size, held.root) or signed != {key.verifier: held.time}:
        raise problem
