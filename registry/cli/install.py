"""`init`: make a real installation. A demo world is made by `up --demo`."""

from __future__ import annotations

from pathlib import Path

import click

from registry import installing
from registry.cli.options import NEW_FILE, data_option, databases_option


@click.command()
@data_option
@click.option("--origin", required=True, metavar="HOST/PATH", help="Name of the log, without a scheme.")
@click.option("--key-file", type=NEW_FILE, required=True, metavar="OUTSIDE",
              help="Where the key-encryption key lies, or is to be written; never inside the data folder. "
                   "Or a pkcs11: URI of a key in a token.")
@click.option("--officer", "officers", multiple=True, required=True, metavar="PUB",
              help="Public part of `officer keygen` (a file, or OFFICER:KEY); several for several officers.")
@click.option("--public-url", metavar="URL", help="What people and providers reach; https://HOST of the origin.")
@databases_option
def init(data: Path, origin: str, key_file: Path, officers: tuple[str, ...], public_url: str | None,
         web_database: str | None, vault_database: str | None) -> None:
    """Make a new installation: keys, an empty log with its genesis, databases."""
    settings = installing.initialise(
        data, origin, key_file, officers, public_url, web_database=web_database, vault_database=vault_database)
    click.echo(f"installed in {settings.data}; the log is {settings.origin}")
    click.echo(f"next: python -m registry up --data {settings.data} --port 8000")
