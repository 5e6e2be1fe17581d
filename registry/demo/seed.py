"""Builds the demo world: the real vault and courier in one process, with one clock that only moves forward.

Every entry passes the same authority and the same append as in a served world; the courier signs its attempts,
codes are read from its outbox, officers sign with real keys. Imported by `up --demo` before any server starts,
by no server.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import installing, officer
from registry.courier.courier import Courier
from registry.courier.outbox import FileOutbox
from registry.courier.store import Store as CourierStore
from registry.demo import parties
from registry.demo.acts import PROVIDER, Acts
from registry.demo.card import card_of
from registry.demo.people import OFFSET
from registry.demo.plan import founded_at, start_of, timetable
from registry.demo.provider import new_secret
from registry.settings import Settings, write_json
from registry.store.database import open_engine
from registry.store.store import Store
from registry.usecases.ports import Ports
from registry.vault.clock import wall_now
from registry.vault.server import Vault, open_vault
from registry.web.pump import Pump, seal_callback

SECRET_BYTES = 32


class SeedClock:
    """Both clocks at once; stands still until it is moved, and only forward."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        return self._at

    def wall(self) -> int:
        return self._at

    def move_to(self, at: int) -> None:
        """Raises ValueError when `at` is past already."""
        if at < self._at:
            raise ValueError("the seed's clock only moves forward")
        self._at = at


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts of a world while it is being seeded."""

    clock: SeedClock
    ports: Ports
    store: Store
    vault: Vault
    courier: Courier
    pump: Pump
    outbox: FileOutbox

    def settle(self) -> None:
        """Lets courier and pump do all that is due at this moment."""
        while self.pump.callbacks():
            pass
        self.courier.deliver_due(self.store.blobs)
        while self.pump.entries():
            pass


def seed(
    folder: Path, final: Path, origin: str, url: str, progress: Callable[[int, int], None], **databases: str | None,
) -> None:
    """Makes the world in `folder`, to be moved to `final`. `progress(done, total)` counts steps.

    `databases`: members of Settings, of empty databases.
    demo.json is written last but for consentry.json, without which nothing counts as installed.
    """
    start = start_of(wall_now())
    steps = timetable(start)
    settings = Settings(folder, origin, True, folder / "demo" / "key-encryption.key", url, **databases)
    keys = parties.Keys.in_folder(folder / "demo")
    keys.make(os.urandom)
    clock = SeedClock(founded_at(start))
    installing.found(settings, [keys.public(path) for path in keys.officers], os.urandom, clock)
    secret = new_secret(os.urandom(SECRET_BYTES))
    with opened(settings, clock, url) as bench:
        for path in (keys.collector, keys.rival):
            parties.new_jwk(path, bench.vault.call("keys", {})["jwks"])
        made = parties.register(bench.ports, keys, secret, clock.now())
        acts = Acts(
            bench.ports, parties.actors_of(made, secret), clock.now, OFFSET, _sealer(bench), bench.settle,
            bench.outbox.messages, lambda draft: officer.sign(draft, keys.officers[0]), start,
        )
        for done, step in enumerate(steps, start=1):
            clock.move_to(step.at)
            acts.do(step)
            bench.settle()
            progress(done, len(steps))
        tokens = parties.issue_tokens(bench.ports, made, bench.store, wall_now())
        status = bench.courier.provider_status(PROVIDER)
        write_json(settings.demo_file, card_of(
            url, made, acts.people, tokens=tokens, keys=_keys(bench, keys, folder, final),
            provider={"secret": secret, "next_seq": status["next_seq"]},
        ))
    Settings(folder, origin, True, final / "demo" / "key-encryption.key", url, **databases).save()


@contextmanager
def opened(settings: Settings, clock: SeedClock, url: str) -> Iterator[Bench]:
    """The real vault, courier, store and pump over one clock."""
    engine = open_engine(settings.web_url)
    courier_store = CourierStore.open(settings.courier)
    vault = open_vault(settings.vault, settings.key_file, clock, os.urandom, demo=True,
                       database=settings.vault_database)
    try:
        outbox = FileOutbox(settings.outbox)
        courier = Courier(vault, courier_store, outbox, clock, os.urandom, url)
        store = Store(engine)
        ports = Ports(vault, courier, store, os.urandom, clock.wall, url)
        yield Bench(clock, ports, store, vault, courier, Pump(store, vault, courier), outbox)
    finally:
        vault.close()
        courier_store.close()
        engine.dispose()


def _keys(bench: Bench, keys: parties.Keys, folder: Path, final: Path) -> dict[str, Any]:
    """The card's keys, with paths as they will be once the world has its final place."""
    known = bench.vault.call("keys", {})

    def placed(path: Path) -> str:
        return str(final / path.relative_to(folder))

    return {
        "officers": [{"id": keys.public(path)["officer"], "key": placed(path)} for path in keys.officers],
        "collector_jwk": placed(keys.collector), "vault_jwks": known["jwks"],
        "log": {"origin": bench.vault.call("status", {})["origin"], "vkey": known["log_vkey"]},
    }


def _sealer(bench: Bench) -> Callable[[dict[str, str], bytes], str]:
    courier_enc = bench.vault.call("keys", {})["courier_enc"]
    return lambda headers, body: seal_callback(courier_enc, headers, body)
