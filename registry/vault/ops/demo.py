"""Only on a demo log: its clock can be moved forward, and every move is an entry."""

from __future__ import annotations

from registry.errors import NotFoundError
from registry.model.shapes import integer
from registry.model.times import DAY, SECOND, stamp
from registry.vault.arguments import BY_PARTY, Args
from registry.vault.clock import Advancing
from registry.vault.desk import Answer, Desk
from registry.vault.ops.table import IDEMPOTENT, Op

MOST = 366 * DAY // SECOND


def move(desk: Desk, args: Args) -> None:
    """Moves the clock, ahead of the round's stamp. Raises NotFoundError on a real log."""
    if not desk.directory.demo or not isinstance(desk.clock, Advancing):
        raise NotFoundError("only a demo's clock can be moved", code="op-unknown")
    desk.clock.advance(args["seconds"])


def advance(desk: Desk, args: Args, at: int) -> Answer:
    """Logs the move that `move` made."""
    entry = desk.make("demo-clock-advanced/1", {"seconds": args["seconds"]}, at)
    return desk.answer([entry], now=stamp(at))


DEMO = {
    "clock-advance": Op({"by": BY_PARTY, "seconds": integer(1, MOST), **IDEMPOTENT}, write=advance, before=move),
}
