"""The vault's command, which kills itself (SIGKILL) where it comes to a point once a file is there.

    python -m tests.crashes.dying POINT FILE vault --data …

Points are those of `registry.vault.log.ports.Faults`, and three around them: `keys-durable` (the keys of a round are
committed, its entries are not), `recorded` (a cosigned note is durable, nobody has seen it), `answering` (before the
answer of something that was written leaves the process).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from registry.peers import Peer
from registry.vault.keys.on_postgresql import PostgresqlKeyStore
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.log.publishing import PublishingLog
from registry.vault.log.stated import Stated
from registry.vault.vault import Vault


class Dying:
    """Ends the process, as nobody can see coming."""

    def __init__(self, point: str, armed: str) -> None:
        self.point, self.armed = point, armed

    def __call__(self, point: str) -> None:
        if point == self.point and os.path.exists(self.armed):
            os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, then: Callable[[Any], None]) -> None:
    """Calls `then` with the object when its method has returned."""
    method = getattr(owner, name)

    def wrapped(self: Any, *arguments: Any, **named: Any) -> Any:
        wrote = getattr(self, "_wrote", True)
        result = method(self, *arguments, **named)
        if wrote:
            then(self)
        return result

    setattr(owner, name, wrapped)


def arm(dying: Dying) -> None:
    """Puts it into the product."""
    opened = Vault.open.__func__  # type: ignore[attr-defined]
    Vault.open = classmethod(  # type: ignore[assignment,method-assign]
        lambda kind, *arguments, **named: opened(kind, *arguments, **named, faults=dying))
    for store in (SqliteKeyStore, PostgresqlKeyStore):
        after(store, "_commit", lambda _: dying("keys-durable"))
    take_in = PublishingLog._take_in

    def taking_in(self: PublishingLog, cosigned: Stated) -> None:
        # Recorded by a commit of its own or by a round's; more lines for what was published before come here too.
        if self.feeder is not None and self.feeder.is_new(cosigned):
            dying("recorded")
        take_in(self, cosigned)

    PublishingLog._take_in = taking_in  # type: ignore[method-assign]
    send = Peer.send

    def sending(self: Peer, ident: Any, outcome: Any) -> None:
        if isinstance(outcome, dict) and "log_index" in outcome:
            dying("answering")
        send(self, ident, outcome)

    Peer.send = sending  # type: ignore[method-assign]


if __name__ == "__main__":
    from registry.cli import main

    arm(Dying(sys.argv[1], sys.argv[2]))
    del sys.argv[1:3]
    main()
