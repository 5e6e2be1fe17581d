"""`audit bundle|case`: a period's log, or one lookup, as files that others check without us."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from registry.audit.bundle import make
from registry.audit.case import case_files
from registry.casefile.packing import zip_folder
from registry.cli.log_reading import base_options, demanded, finish, opened, progress, quorum_options
from registry.errors import IntegrityError, MalformedError, NotFoundError
from registry.model.ids import check_id
from registry.model.times import parse_date
from registry.reporting.numbers import period
from registry.settings import SettingsError
from registry.shipped import outcome_tables
from registry.tlog.errors import TlogError
from registry.tlog.note import parse_verifier

OUT = click.Path(path_type=Path)
BROKEN = (TlogError, NotFoundError, IntegrityError)
OPTION: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--out", required=True, type=OUT, metavar="DIR|FILE.zip", help="A folder or zip file that is not there yet.")


@click.command()
@base_options
@click.option("--from", "begin", required=True, metavar="DAY", help="First day of the period (UTC), as 2026-01-31.")
@click.option("--until", "end", required=True, metavar="DAY", help="Last day of the period (UTC).")
@OPTION
@quorum_options
@click.pass_context
def bundle(context: click.Context, /, log: str, key: str, token: str | None, begin: str, end: str, out: Path,
           policy: Path | None, fresh: str | None) -> None:
    """A period of the log, offline: entries from the first on, tiles, checkpoint, keys, packs, manifest, README."""
    origin, demand = parse_verifier(key).name, demanded(policy, fresh)
    over = period(begin, end, parse_date(end))
    try:
        with placed(out) as folder, progress("Copying") as bar, opened(log, token) as reader:
            made = make(reader, key, over, folder, bar, demand=demand)
    except BROKEN as error:
        finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    finish(context, f"ok {origin}: {out}: {made}", ok=True)


@click.command()
@click.argument("lookup")
@base_options
@OPTION
@quorum_options
@click.pass_context
def case(context: click.Context, /, lookup: str, log: str, key: str, token: str | None, out: Path,
         policy: Path | None, fresh: str | None) -> None:
    """The evidence of one LOOKUP from the log alone: the log is verified and replayed on the way. Nothing sealed is
    opened, nothing signed: the registry's own package comes from its portal, or GET /v1/audit/cases/LOOKUP.zip."""
    origin, demand = parse_verifier(key).name, demanded(policy, fresh)
    try:
        check_id(lookup)
    except MalformedError as error:
        raise SettingsError("a lookup is 32 lower-case hex digits") from error
    try:
        with placed(out) as folder, progress("Replaying") as bar, opened(log, token) as reader:
            files, agrees = case_files(reader, key, lookup, outcome_tables(), bar, demand=demand)
            for name, data in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    except BROKEN as error:
        finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    if not agrees:
        finish(context, f"FAILED {origin}: {out}: made again, the decision is not what was logged", ok=False)
        return
    finish(context, f"ok {origin}: {out}: {len(files)} files, the decision made again with the same result", ok=True)


@contextmanager
def placed(out: Path) -> Iterator[Path]:
    """An empty folder that becomes `out`, packed where that ends in .zip, once the block is done; else it goes.

    Raises SettingsError where something is there already.
    """
    if out.exists():
        raise SettingsError(f"{out} is there already: name one that is not")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = out.with_name(f"{out.name}.partial")
    if folder.exists():
        raise SettingsError(f"{folder} was left behind by a run that did not end: remove it")
    folder.mkdir()
    try:
        yield folder
        if out.suffix == ".zip":
            zip_folder(folder, out)
        else:
            folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
