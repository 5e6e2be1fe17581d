"""`vault`: the one writer, the one decider, the only one that opens."""

from __future__ import annotations

import os
from pathlib import Path

import click

from registry.children import no_core_dumps
from registry.cli.options import allow_option, data_option, sockets_option, witness_policy_option
from registry.logs import configure_logs, hide_traces, level_of
from registry.settings import SettingsError, check_demo, load
from registry.vault import server


@click.command()
@data_option
@sockets_option
@allow_option
@click.option("--url", help="What people reach, if it is not what consentry.json says.")
@click.option("--standby", is_flag=True, help="Wait, and take over when the vault that serves the database is gone.")
@witness_policy_option
@click.option("--demo", is_flag=True, help="Serve a demo log, whose clock can be advanced.")
def vault(data: Path, sockets: Path, allowed: tuple[int, ...], url: str | None, standby: bool,
          witness_policy: Path | None, demo: bool) -> None:
    """Order, decide, log, open."""
    no_core_dumps()
    configure_logs("vault", level_of(os.environ))
    hide_traces()
    settings = load(data)
    check_demo(settings, demo=demo)
    if standby and settings.vault_database is None:
        raise SettingsError("a standby needs the vault's log on PostgreSQL: `vault_database` in consentry.json")
    server.run(server.ServerSettings(
        folder=settings.vault, key_file=settings.key_file, socket=sockets / "vault.sock", demo=demo,
        allowed_uids=allowed or (os.getuid(),), public_url=url or settings.public_url,
        database=settings.vault_database, standby=standby, witness_policy=witness_policy,
    ))
