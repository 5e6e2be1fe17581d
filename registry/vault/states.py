"""Seals what the vault folded from its log, and brings it back: the directory, the ledger, and the log's own part.

It is written as Python's pickle, and read only after the vault's own key has opened it: nobody else can have sealed
it. What another version of the code folded is not believed, for it may have folded otherwise.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from registry.errors import MalformedError
from registry.policy import Directory
from registry.vault.keys.keyring import Keyring
from registry.vault.ledger import Ledger
from registry.vault.log.memory import Folded

USE = b"consentry-state/1"
KEY_BYTES = 32
DIGEST_BYTES = 32
_PACKAGE = Path(__file__).parents[1]
# All the code of ours that runs in a fold, and what it reads.
CODE = (
    "errors.py", "model", "policy", "vault/ledger.py", "vault/erasures.py", "vault/open_alarms.py", "vault/states.py",
    "vault/log/memory.py", "vault/log/shelves.py", "vault/log/filing.py",
)
# Where the classes of a kept state are defined.
_OURS = ("registry.model.", "registry.policy.", "registry.vault.ledger", "registry.vault.erasures",
         "registry.vault.open_alarms", "registry.vault.log.memory")
_PLAIN = {("collections", "OrderedDict"), ("collections", "Counter"), ("collections", "deque"), ("builtins", "set"),
          ("builtins", "frozenset")}


class States:
    """The keeper of one vault's log."""

    def __init__(self, directory: Directory, ledger: Ledger, keys: Keyring, random: Callable[[int], bytes]) -> None:
        self._folded = (directory, ledger)
        self._keys, self._random = keys, random

    def new_key(self) -> bytes:
        return self._random(KEY_BYTES)

    def seal(self, folded: Folded) -> bytes:
        state = (folded, *(vars(one) for one in self._folded))
        return self._keys.seal_own(code_digest() + pickle.dumps(state, protocol=5), USE)

    def open(self, sealed: bytes) -> Folded | None:
        try:
            data = self._keys.open_own(sealed, USE)
        except MalformedError:
            return None
        if data[:DIGEST_BYTES] != code_digest():
            return None
        folded, *states = _Reader(io.BytesIO(data[DIGEST_BYTES:])).load()
        assert isinstance(folded, Folded)
        for one, state in zip(self._folded, states, strict=True):
            vars(one).update(state)
        return folded


class _Reader(pickle.Unpickler):
    """Makes values of our own and plain containers, nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(_OURS) or (module, name) in _PLAIN:
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"no state holds a {module}.{name}")


@cache
def code_digest() -> bytes:
    """SHA-256 over the files of `CODE` and this Python's version."""
    whole = hashlib.sha256(sys.version.encode())
    for name in CODE:
        found = [_PACKAGE / name] if name.endswith(".py") else sorted((_PACKAGE / name).rglob("*"))
        for path in found:
            if path.is_file() and path.suffix != ".pyc":
                whole.update(b"%b\0%b" % (str(path.relative_to(_PACKAGE)).encode(),
                                         hashlib.sha256(path.read_bytes()).digest()))
    return whole.digest()
