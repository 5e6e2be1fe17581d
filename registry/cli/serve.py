"""`up` and `demo`: run the three processes, or play the story against them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from registry import up as running
from registry.children import no_core_dumps
from registry.cli.options import data_option, databases_option, witness_policy_option
from registry.clients import VaultClient
from registry.demo import card, links
from registry.settings import FILE, SettingsError, check_databases, check_demo, load


@click.command()
@data_option
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--demo", is_flag=True, help="Serve a demo world; seeds it into a new folder first.")
@witness_policy_option
@databases_option
def up(data: Path, port: int, host: str, demo: bool, witness_policy: Path | None, web_database: str | None,
       vault_database: str | None) -> None:
    """Run web, vault and courier in the foreground; restart one that dies."""
    no_core_dumps()
    running.check_port(host, port)
    databases = check_databases(web_database, vault_database)
    if demo and not (data / FILE).exists():
        # Here and not above: no server's process and no `up` of a whole world ever holds the code that seeds.
        from registry.demo import world  # noqa: PLC0415

        world.make(data, running.local_url(host, port), **databases)
    settings = load(data)
    for name, url in databases.items():
        if url is not None and url != getattr(settings, name):
            raise SettingsError(f"{data} was made with another {name}: leave the option out, it is for a new world")
    check_demo(settings, demo=demo)
    if not demo:
        running.run(settings, host, port, running.say, witness_policy=witness_policy)
        return
    found: dict[str, Any] = {}
    running.run(
        settings, host, port, running.say, witness_policy=witness_policy,
        first=lambda: found.update(card.point_at(settings, running.local_url(host, port))),
        once_ready=lambda sockets: links.lines(found, VaultClient(sockets / "vault.sock"), settings.outbox),
    )


@click.command()
@click.option("--keep", is_flag=True, help="Leave the temporary folder for a look.")
def demo(keep: bool) -> None:
    """Play the whole story against real processes in a temporary folder."""
    from registry.demo import story  # noqa: PLC0415 - it brings an HTTP client that `up` has no use for

    story.play(keep=keep)
