"""`courier`: all provider traffic, in and out."""

from __future__ import annotations

import os
from pathlib import Path

import click

from registry.children import no_core_dumps
from registry.cli.options import allow_option, data_option, sockets_option
from registry.courier import server
from registry.logs import configure_logs, hide_traces, level_of
from registry.settings import check_demo, load


@click.command()
@data_option
@sockets_option
@allow_option
@click.option("--url", help="What people reach, if it is not what consentry.json says.")
@click.option("--demo", is_flag=True, help="Serve a demo log; without it a demo log is refused.")
def courier(data: Path, sockets: Path, allowed: tuple[int, ...], url: str | None, demo: bool) -> None:
    """Verify callbacks, deliver messages, follow the log."""
    no_core_dumps()
    configure_logs("courier", level_of(os.environ))
    hide_traces()
    settings = load(data)
    check_demo(settings, demo=demo)
    server.run(server.CourierSettings(
        folder=settings.courier, socket=sockets / "courier.sock", vault_socket=sockets / "vault.sock",
        outbox=settings.outbox, public_url=url or settings.public_url, allowed_uids=allowed or (os.getuid(),),
        demo=demo,
    ))
