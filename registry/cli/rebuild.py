"""`rebuild`: drop what the web tier shows of the log, and make it again from the log."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import click

from registry.cli.audit import progress
from registry.cli.options import FOLDER, data_option, json_option
from registry.cli.party import running_sockets
from registry.clients import Caller, VaultClient
from registry.errors import UnavailableError
from registry.model.entries import Entry
from registry.settings import Settings, SettingsError, load
from registry.store import schema
from registry.store.database import open_engine
from registry.store.rebuilding import rebuild as rebuilt
from registry.usecases.writing import FOLLOW_BATCH, entry_of


@click.command()
@data_option
@click.option("--sockets", type=FOLDER, metavar="DIR",
              help="Where the vault listens, if it was not started by `up`.")
@json_option
def rebuild(data: Path, sockets: Path | None, as_json: bool) -> None:
    """Drop the projections of the web database and make them again from the log.

    While the product runs: the vault must answer, the web tier may serve or not. Nobody reads less meanwhile; killed
    halfway, nothing has changed. Sealed values, tokens, drafts, notes and waiting callbacks are never touched.
    """
    settings = load(data)
    vault = VaultClient((sockets or running_sockets(settings)) / "vault.sock")
    began = time.monotonic()
    size = _size(settings, vault)
    path = settings.web / "web.db"
    if settings.web_database is None and not path.exists():
        raise SettingsError(f"{path} is not there: restore it from your backup; what is sealed in it is nowhere else")
    engine = open_engine(settings.web_url)
    try:
        schema.check(engine)
        with progress("Rebuilding") as bar:
            rows = rebuilt(
                engine, settings.web, lambda after: entries_from(vault, after), lambda done: bar(done, size))
    finally:
        engine.dispose()
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps({"entries": size, "rows": rows, "seconds": round(seconds, 3)}))
    else:
        click.echo(f"rebuilt from {size} entries: {sum(rows.values())} rows in {seconds:.1f} s")


def _size(settings: Settings, vault: Caller) -> int:
    """How many entries the log has. Raises SettingsError where no vault answers: nothing has been touched."""
    try:
        return int(vault.call("status", {})["size"])
    except UnavailableError as error:
        raise SettingsError(f"the vault of {settings.data} does not answer: projections are made from its log, so "
                            "start it (`python -m registry up`) and run this again; nothing was changed") from error


def entries_from(vault: Caller, after: int) -> Sequence[Entry]:
    """The next entries of the log from an index on, none at its end. Raises UnavailableError."""
    return [entry_of(one) for one in vault.call("follow", {"after": after, "limit": FOLLOW_BATCH})["entries"]]
