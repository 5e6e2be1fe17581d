"""`audit verify|replay|report`: check a log offline, trusting nobody who serves it. Ends in `ok …` or `FAILED …`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry.audit import reader as reading
from registry.audit.replay import replay as replay_log
from registry.audit.reporting import report_files
from registry.audit.verify import verified_leaves
from registry.audit.verify import verify as verify_log
from registry.cli.options import EXISTING, FOLDER, Decorator
from registry.errors import NotFoundError
from registry.model.times import parse_date
from registry.reporting.numbers import period
from registry.settings import SettingsError
from registry.shipped import outcome_tables
from registry.tlog.errors import TlogError
from registry.tlog.note import parse_verifier

FAILED = 1


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """What all these commands take."""
    options: list[Decorator] = [
        click.option("--log", required=True, metavar="URL|DIR", help="http(s)://…/log, or a folder in C2SP layout."),
        click.option("--key", required=True, metavar="VKEY", help="The log's verifier key, NAME+HASH+BASE64."),
        click.option("--token", metavar="T", envvar="CONSENTRY_TOKEN", show_envvar=True,
                     help="For the entries of a served log (scope entries:read)."),
        click.option("--since", type=EXISTING, metavar="CHECKPOINT", help="A checkpoint you kept: is it in there?"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def audit() -> None:
    """Check a log offline."""


@audit.command()
@log_options
@click.pass_context
def verify(context: click.Context, log: str, key: str, token: str | None, since: Path | None) -> None:
    """Signature, tiles, root, every entry's inclusion, and that nothing changed since a checkpoint."""
    with progress("Verifying") as bar, opened(log, token) as reader:
        report = verify_log(reader, key, _text(since), bar)
    _finish(context, str(report), ok=report.ok)


@audit.command()
@log_options
@click.pass_context
def replay(context: click.Context, log: str, key: str, token: str | None, since: Path | None) -> None:
    """Verify, and make every decision again from the entries alone; stops at the first lie."""
    origin = parse_verifier(key).name
    try:
        with progress("Replaying") as bar, opened(log, token) as reader:
            # One pass: who verified first and read again could be shown two different logs.
            leaves = verified_leaves(reader, key, _text(since), bar)
            report = replay_log(leaves, *outcome_tables())
    except (TlogError, NotFoundError) as error:
        _finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    _finish(context, str(report), ok=report.ok)


@audit.command()
@log_options
@click.option("--from", "begin", required=True, metavar="DAY", help="First day of the period (UTC), as 2026-01-31.")
@click.option("--until", "end", required=True, metavar="DAY", help="Last day of the period (UTC).")
@click.option("--out", required=True, type=FOLDER, metavar="DIR", help="A folder that is not there yet.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.pass_context
def report(
    context: click.Context, /, log: str, key: str, token: str | None, since: Path | None, **options: Any
) -> None:
    """Verify, and count a period: report.html, charts (SVG), tables (CSV). Nothing but the log is needed."""
    origin = parse_verifier(key).name
    over = period(options["begin"], options["end"], parse_date(options["end"]))
    out: Path = options["out"]
    if out.exists():
        raise SettingsError(f"{out} is there already: name a folder that is not")
    try:
        with progress("Counting") as bar, opened(log, token) as reader:
            leaves = verified_leaves(reader, key, _text(since), bar)
            made = report_files(leaves, over, options["language"])
    except (TlogError, NotFoundError) as error:
        _finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    out.mkdir(parents=True)
    for name, text in made.items():
        (out / name).write_text(text, "utf-8")
    _finish(context, f"ok {origin}: {out / 'report.html'}", ok=True)


@contextmanager
def opened(log: str, token: str | None) -> Iterator[reading.Reader]:
    """A reader of the log, its connection closed afterwards."""
    reader = reading.open_reader(log, token)
    try:
        yield reader
    finally:
        if isinstance(reader, reading.HttpReader):
            reader.close()


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, nothing where there is none."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _text(path: Path | None) -> str | None:
    return None if path is None else path.read_text("utf-8")


def _finish(context: click.Context, line: str, *, ok: bool) -> None:
    click.echo(line)
    if not ok:
        context.exit(FAILED)
