"""`rebuild`: drop what the web tier shows of the log, and make it again from the log."""

from __future__ import annotations

from pathlib import Path

import click

from registry.cli.options import data_option
from registry.cli.party import running_sockets
from registry.clients import VaultClient
from registry.settings import load
from registry.store.database import open_engine
from registry.store.store import Store
from registry.web.pump import Pump


@click.command()
@data_option
def rebuild(data: Path) -> None:
    """Rebuild the projections; the installation must be running, and shows less until it is done."""
    settings = load(data)
    sockets = running_sockets(settings)
    engine = open_engine(settings.web / "web.db")
    try:
        store = Store(engine)
        store.forget_projections()
        pump = Pump(store, VaultClient(sockets / "vault.sock"), VaultClient(sockets / "courier.sock"))
        while pump.entries():
            pass
        click.echo(f"rebuilt from {store.cursor()} entries")
    finally:
        engine.dispose()
