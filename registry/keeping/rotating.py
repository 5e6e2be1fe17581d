"""`rotate-keys`: orders a rotation, waits for the vault to carry it out, then destroys the old key.

Each step can be done again: killed anywhere, the same command goes on. The old key is destroyed only once the vault
has said, by a durable entry, that nothing is wrapped by it any more, and the settings name the new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from registry.durable import sync
from registry.errors import ConsentryError
from registry.model.ids import new_id
from registry.settings import Settings, load
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.opening import is_token, open_key, placed
from registry.vault.rotation import ORDER, STATE, Order, State, read_order, read_state, write_order

Random = Callable[[int], bytes]


class RotationError(ConsentryError):
    """The rotation cannot be begun or go on; the detail says what to do."""

    code = "rotation"


@dataclass(frozen=True, slots=True)
class Rotated:
    """`kept`: what of the old key was not destroyed here, and must be by other means; None for a file."""

    old_id: str
    new_id: str
    keys: int
    kept: str | None


def begin(settings: Settings, new: str, random: Random) -> Order:
    """Gives the order, or finds the one that is under way. Makes the new key where it names a file that is not there.

    Raises RotationError when another rotation is under way; ConsentryError `key-file` for a key that cannot be used.
    """
    if settings.vault.stat().st_uid != os.geteuid():
        raise RotationError(f"run this as the user who owns {settings.vault}: the vault must be able to read the "
                            "new key")
    new = str(placed(new, settings.data))
    known = read_order(settings.vault)
    if known is not None:
        if known.new != new:
            raise RotationError(f"a rotation to {known.new} is under way: name that until it has ended")
        return known
    if not is_token(new) and not Path(new).exists():
        KeyFile.create(Path(new), random)
    old = str(settings.key_file)
    order = Order(old, new, open_key(old, random).key_id, open_key(new, random).key_id, new_id(random))
    if order.old_id == order.new_id:
        raise RotationError("this is the key that is in use: name another, or a file that is not there yet")
    (settings.vault / STATE).unlink(missing_ok=True)
    try:
        write_order(settings.vault, order)  # from here on it goes on by itself
    except FileExistsError as error:
        raise RotationError("another rotation was ordered at this very moment, and this one was not begun: run this "
                            "command again when that has ended") from error
    return order


def told(settings: Settings, order: Order) -> State | None:
    """How far the vault is, None while it has said nothing of this order. Raises RotationError when it refused, and
    when another run of the command has ended the rotation, or given another order since."""
    if read_order(settings.vault) != order:
        if str(load(settings.data).key_file) == order.new:
            raise RotationError(f"another run of this command has ended this rotation: the settings name {order.new}")
        raise RotationError("the order is gone, and another run of this command may have another under way: look at "
                            "`key_file` in consentry.json, and run this again if it does not name the new key")
    state = read_state(settings.vault)
    if state is None or state.new_id != order.new_id:
        return None
    if state.state == "refused":
        (settings.vault / ORDER).unlink()
        raise RotationError(f"the vault could not use the new key: {state.why}; nothing was re-wrapped")
    return state


def finish(settings: Settings, order: Order, keys: int, random: Random) -> Rotated:
    """After the vault's word: the settings name the new key, then the old one is destroyed."""
    replace(settings, key_file=Path(order.new)).save()
    kept = order.old if is_token(order.old) else None
    if kept is None:
        destroy(Path(order.old), random)
    (settings.vault / ORDER).unlink(missing_ok=True)
    sync(settings.vault)
    return Rotated(order.old_id, order.new_id, keys, kept)


def destroy(path: Path, random: Random) -> None:
    """Overwrites a key file in place and removes it. One that is gone already is no error.

    What a disk or file system keeps of earlier blocks, and every copy and backup of the file, are out of its reach.
    """
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        os.pwrite(handle, random(os.fstat(handle).st_size), 0)
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink()
    sync(path.parent)
