"""`officer keygen|sign`: an officer's key, and a signature over an act that was said in words first."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from registry import officer as acts
from registry.cli.options import EXISTING, NEW_FILE


@click.group()
def officer() -> None:
    """An officer's key and what it vouches for."""


@officer.command()
@click.argument("path", type=NEW_FILE)
@click.option("--public", type=NEW_FILE, help="Also write the public part here, for `init --officer`.")
@click.option("--for", "whose", metavar="ID", help="Of an auditor: the party's id. An officer gets a new one.")
def keygen(path: Path, public: Path | None, whose: str | None) -> None:
    """Write a new key to PATH (0600) and print its public part."""
    made = acts.keygen(path, officer=whose)
    if public is not None:
        public.write_text(json.dumps(made) + "\n", "ascii")
    click.echo(json.dumps(made))


@officer.command()
@click.option("--key", type=EXISTING, required=True, help="Key file of `officer keygen`, or an Ed25519 key in PEM.")
@click.option("--officer", "whose", metavar="ID", help="Whose key it is, where the file does not say.")
def sign(key: Path, whose: str | None) -> None:
    """Sign the draft on standard input; say it in words, then print the element of `auth`."""
    acts.sign_command(key, sys.stdin, sys.stdout, sys.stderr, whose)
