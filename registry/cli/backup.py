"""`backup` and `restore`: a copy of everything but the key-encryption key, and an installation from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from registry.cli.audit import progress
from registry.cli.options import EXISTING, FOLDER, NEW_FILE, data_option, json_option
from registry.keeping.backup import back_up
from registry.keeping.restore import Into, Restored, restore
from registry.settings import load
from registry.vault.clock import wall_now


@click.command()
@data_option
@click.option("--to", type=FOLDER, required=True, metavar="FOLDER", help="A new folder; better on another disk.")
@json_option
def backup(data: Path, to: Path, as_json: bool) -> None:
    """Copy the databases of web tier, courier, log and keys as they are now, while everything serves.

    The key-encryption key is never in it: keep that elsewhere, and never beside this. The folder gets its name when
    the copy is whole and durable.
    """
    with progress("Copying") as bar:
        made = back_up(load(data), to, wall_now(), lambda _, done, total: bar(done, total))
    size = sum(one.bytes for one in made.files)
    if as_json:
        click.echo(json.dumps({
            "folder": str(to.resolve()), "entries": made.size, "files": len(made.files), "bytes": size,
            "key_ids": list(made.key_ids),
        }))
        return
    click.echo(f"backed up {made.size} entries: {len(made.files)} files, {size} bytes in {to}")
    click.echo(f"it opens only with key-encryption key {', '.join(made.key_ids)}; keep that elsewhere, "
               "and this at most 35 days")


@click.command("restore")
@click.option("--from", "source", type=FOLDER, required=True, metavar="FOLDER", help="What `backup` made.")
@click.option("--data", type=FOLDER, required=True, metavar="NEW", help="Folder of the new installation.")
@click.option("--guard", "guards", type=EXISTING, multiple=True, metavar="FILE",
              help="The guard file of the vault that ran last, or a signed checkpoint that a witness or anybody "
                   "kept; several may be given.")
@click.option("--key-file", type=NEW_FILE, metavar="OUTSIDE", help="Where the key-encryption key lies now.")
@click.option("--web-database", metavar="URL", help="An empty database, where the web tier's was on PostgreSQL.")
@click.option("--vault-database", metavar="URL", help="An empty database, where the vault's was on PostgreSQL.")
@json_option
def restore_command(source: Path, guards: tuple[Path, ...], as_json: bool, **into: Any) -> None:
    """Make an installation from a backup. Refuses one that lacks entries which a guard or checkpoint shows."""
    made = restore(source, Into(**into), guards)
    if as_json:
        click.echo(json.dumps({
            "data": str(made.settings.data), "entries": made.size, "guarded": made.guarded, "erased": made.erased,
            "compared": [str(one) for one in made.compared],
        }))
        return
    for line in _said(made):
        click.echo(line)


def _said(made: Restored) -> list[str]:
    lines = [f"restored {made.size} entries into {made.settings.data}",
             f"keys of erased persons that were in it and are destroyed again: {made.erased}"]
    if made.compared:
        lines.append(f"compared with {', '.join(map(str, made.compared))}: nothing newer was signed")
    else:
        lines.append(
            "compared with nothing: if anything was acknowledged after this backup it is lost, and whoever holds a "
            "newer checkpoint will see a second history; do not start it unless you know that nothing was")
    demo = " --demo" if made.settings.demo else ""
    lines.append(f"next: stop every vault of {made.settings.origin}, then "
                 f"python -m registry up --data {made.settings.data}{demo}")
    return lines
