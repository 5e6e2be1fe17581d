"""What the vault does unasked, between rounds: each chore looks whether it is due and appends what it has to say.

A chore is called about every half second and must be cheap when nothing is due: no read of the log, no write.
"""

from __future__ import annotations

from collections.abc import Callable

from registry.model.entries import Entry
from registry.vault import erasing
from registry.vault.desk import Desk
from registry.vault.watching import WATCHES
from registry.vault.witnessing import watch_witnesses

Chore = Callable[[Desk, int], list[Entry]]
"""Gets the desk and the round's stamp; returns the entries it appended."""

def rotate(desk: Desk, at: int) -> list[Entry]:
    """Goes on with a rotation of keys, where that was ordered."""
    return [] if desk.rotate is None else desk.rotate(desk, at)


CHORES: tuple[Chore, ...] = (*WATCHES, erasing.destroy_due, rotate, watch_witnesses)


def do_chores(desk: Desk, at: int) -> list[Entry]:
    """Every chore, in order."""
    return [entry for chore in CHORES for entry in chore(desk, at)]
