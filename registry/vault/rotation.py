"""Rotating the key-encryption key while the vault serves: an order in its folder, carried out by a chore.

The order is a file, not an op: whoever may write the vault's folder is the vault's own user or root, and nobody who
reaches its socket (the web tier and the courier do) can make it wrap its keys by a key of his own. The vault stays
the only writer of its keys, so that no lock and no lease needs a second holder.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.durable import make_file
from registry.errors import ConsentryError, IntegrityError
from registry.model.entries import Entry
from registry.settings import write_json
from registry.vault.desk import Desk
from registry.vault.keys.kek import Epochs, KeyEncryption

ORDER, STATE = "rotation.json", "rotation.state"
AT_ONCE = 1_000  # keys of one chore: about 15 ms, twice a second

OpenKey = Callable[[str], KeyEncryption]


@dataclass(frozen=True, slots=True)
class Order:
    """`old` and `new` say where the two keys are: files, or PKCS#11 URIs. `entry`: the id of the entry it ends in."""

    old: str
    new: str
    old_id: str
    new_id: str
    entry: str


@dataclass(frozen=True, slots=True)
class State:
    """What the vault tells of it. `state`: rewrapping, rewrapped or refused (`why`); `done` of `total` keys."""

    new_id: str
    state: str
    done: int = 0
    total: int = 0
    why: str = ""


def read_order(folder: Path) -> Order | None:
    """The order in a vault's folder. Raises IntegrityError for one that cannot be read."""
    try:
        value: dict[str, Any] = json.loads((folder / ORDER).read_text("utf-8"))
        return Order(**value)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise IntegrityError(f"{folder / ORDER} cannot be read: run rotate-keys again, or remove it if no rotation "
                             "was begun", code="rotation-order") from error


def write_order(folder: Path, order: Order) -> None:
    """Durable, whole or not at all. Raises FileExistsError where there is one."""
    make_file(folder / ORDER, json.dumps(asdict(order), indent=2).encode())


def read_state(folder: Path) -> State | None:
    """What the vault told last, None before it has said anything."""
    try:
        return State(**json.loads((folder / STATE).read_text("utf-8")))
    except FileNotFoundError:
        return None


def keys_of(folder: Path, configured: str, open_key: OpenKey) -> KeyEncryption:
    """The key-encryption key of a vault that starts; with an order in its folder both keys, as far as needed.

    Raises ConsentryError naming the key that cannot be opened.
    """
    order = read_order(folder)
    if order is None:
        return open_key(configured)
    try:
        new = open_key(order.new)
    except ConsentryError as error:
        raise ConsentryError(
            f"a rotation to {order.new} was begun, and keys may be wrapped by it already: {error.detail}; only where "
            f"rotate-keys said that nothing was re-wrapped, remove {folder / ORDER}", code=error.code) from error
    # Once the settings name the new key, everything is wrapped by it, and the old one may be gone.
    return Epochs(new) if configured == order.new else Epochs(new, open_key(configured))


class Rotation:
    """The chore's memory. A new one, after a start, finds in the database how far it is."""

    def __init__(self, folder: Path, open_key: OpenKey) -> None:
        self._folder = folder
        self._open_key = open_key
        self._order: Order | None = None
        self._done = self._total = 0
        self._over = False  # rewrapped, or refused

    def step(self, desk: Desk, at: int) -> list[Entry]:
        """Re-wraps some keys if that was ordered; the last time, says so in the log."""
        order = self._ordered(desk)
        if order is None or self._over:
            return []
        rewrapping = desk.keys.rewrapping
        done = rewrapping.step(AT_ONCE)
        self._done += done
        if done == AT_ONCE or not rewrapping.finished():
            self._tell(State(order.new_id, "rewrapping", self._done, max(self._done, self._total)))
            return []
        said = desk.log.find(order.entry)
        if said is not None and (done or said.index >= desk.log.signed):
            return []  # of this very round, in which chores can be asked for twice: it may yet be lost
        if said is None:
            # Whoever waits is told at the next chore: then this is durable, and the keys were before it.
            return [desk.make("keys-rotated/1", {
                "from": order.old_id, "to": order.new_id, "subjects": self._done,
            }, at, ident=order.entry)]
        rewrapping.end()
        self._over = True
        self._tell(State(order.new_id, "rewrapped", self._done, self._done))
        return []

    def _ordered(self, desk: Desk) -> Order | None:
        """The order, begun; None where there is none, or it cannot be begun."""
        if not (self._folder / ORDER).exists():
            if self._order is not None:
                (self._folder / STATE).unlink(missing_ok=True)
                self._order, self._over = None, False
            return None
        if self._order is None or self._over:
            # The next one may have come before it was seen that the last was gone: orders are told apart by what
            # they say, not by the file.
            ordered = read_order(self._folder)
            if ordered != self._order:
                self._order, self._over = ordered, False
                if ordered is not None:
                    self._begin(desk, ordered)
        return self._order

    def _begin(self, desk: Desk, order: Order) -> None:
        try:
            key = self._open_key(order.new)
            if key.key_id != order.new_id:
                raise ConsentryError("this is not the key that was named: run rotate-keys again", code="key-file")
        except ConsentryError as error:
            # It goes on with the key that it has; the operator is told, and can name another.
            self._over = True
            self._tell(State(order.new_id, "refused", why=error.detail))
            return
        desk.keys.rewrapping.begin(key)
        self._done, self._total = 0, desk.keys.rewrapping.left()

    def _tell(self, state: State) -> None:
        write_json(self._folder / STATE, asdict(state))
