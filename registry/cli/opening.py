"""`open`: a collector opens a release with its own key."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry import opener
from registry.cli.options import EXISTING
from registry.vault.clock import wall_now


@click.command("open")
@click.option("--key", type=EXISTING, required=True, metavar="JWK", help="Your private P-256 JWK.")
@click.option("--vault-keys", type=EXISTING, metavar="JWKS", help="The vault's keys, if the JWK has none pinned.")
@click.option("--expired", is_flag=True, help="Also open a release whose time is over.")
def open_release(key: Path, vault_keys: Path | None, expired: bool) -> None:
    """Open the answer to a lookup on standard input: check the vault's signature, print the number, nothing else."""
    opener.command(key, vault_keys, sys.stdin, sys.stdout, wall_now(), expired=expired)
