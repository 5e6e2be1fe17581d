"""`seal`: a lender's file with every personal value sealed to the vault, ready to be posted."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from registry import jose
from registry.cli.options import NEW_FILE
from registry.errors import ConsentryError
from registry.sealer import vault_key
from registry.sealer.record import Sealer
from registry.sealer.run import FORMS, SHOWN_FAULTS, Fault, Job, Report, form_of

SOURCE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
PEEK = 64  # bytes
STEP = 64 * 1024  # bytes between two looks at the bar


@click.command()
@click.argument("file", type=SOURCE, default="-")
@click.option("--vault-keys", "keys", required=True, metavar="JWKS|URL",
              help="The vault's keys: a file, or https://HOST/v1/keys.")
@click.option("--kid", metavar="THUMBPRINT", help="The one encryption key to take; any other is refused.")
@click.option("--region", metavar="REGION", help="Where a record names no residence: how national numbers are read.")
@click.option("--from", "form", type=click.Choice(FORMS), help="What FILE is, if its name or beginning does not say.")
@click.option("--to", type=click.Choice(FORMS), help="What to write; as it came. CSV can become NDJSON.")
@click.option("--delimiter", default=",", show_default=True, help="Between the columns of CSV.")
@click.option("--keep", multiple=True, metavar="MEMBER", help="A member of your own that stays in clear.")
@click.option("--skip-bad", type=NEW_FILE, metavar="FILE",
              help="Leave bad lines out and list them there (line, member, code); else one bad line stops all.")
@click.option("--out", type=NEW_FILE, metavar="FILE", help="Written whole or not at all. Else standard output.")
def seal(file: Path, keys: str, kid: str | None, region: str | None, form: str | None, to: str | None,
         delimiter: str, keep: tuple[str, ...], skip_bad: Path | None, out: Path | None) -> None:
    """Seal the personal values of FILE (CSV with a header, or NDJSON; - is standard input) to the vault.

    `value`, `number` and `name` become JWEs that only the vault opens; every other member must be one that the API
    takes. Numbers, addresses and names are checked first; errors name line and member, never a value.
    """
    key = vault_key.load(keys, kid)
    if kid is None:
        _say(f"sealing to {key.kid}: compare it with what the operator told you, and give it with --kid")
    if len(delimiter) != 1:
        raise click.UsageError("a delimiter is one character")
    with _opened(file) as source:
        came = form or form_of(file.name, source.peek(PEEK))
        job = Job(Sealer(partial(jose.encrypt, recipient=key.jwk), region, keep), came, to or came, delimiter, keep)
        with _bar(file) as read, _faults(skip_bad) as fault, _written(out, whole=skip_bad is None) as stream:
            report = job.run(source, stream, fault, read)
            if report.bad and skip_bad is None:
                raise ConsentryError(f"{report.bad} of {report.lines} lines cannot be sealed: nothing was written",
                                     code="seal-refused")
    _summary(report, skip_bad)


@contextmanager
def _opened(file: Path) -> Iterator[io.BufferedReader]:
    if str(file) == "-":
        came = sys.stdin.buffer
        yield came if isinstance(came, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, came))
        return
    with file.open("rb") as stream:
        yield stream


@contextmanager
def _written(out: Path | None, *, whole: bool) -> Iterator[TextIO]:
    """Where the sealed lines go. They reach their place only once all of them are there, unless it is a stream that
    may be `whole` or not; what is laid aside meanwhile holds no personal value."""
    if out is not None:
        part = out.with_name(out.name + ".part")
        try:
            with part.open("w", encoding="utf-8", newline="") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    elif whole:
        with tempfile.TemporaryFile("w+b") as aside:
            with _text(aside) as stream:
                yield stream
            aside.seek(0)
            shutil.copyfileobj(aside, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    else:
        with _text(sys.stdout.buffer) as stream:
            yield stream


@contextmanager
def _text(stream: BinaryIO) -> Iterator[TextIO]:
    wrapped = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        yield wrapped
    finally:
        wrapped.flush()
        wrapped.detach()


@contextmanager
def _faults(skip_bad: Path | None) -> Iterator[Callable[[Fault], bool]]:
    """What to do with a bad line: list it and go on, or show it (the first ones) and write no more."""
    if skip_bad is not None:
        with skip_bad.open("w", encoding="utf-8") as listed:
            def note(fault: Fault) -> bool:
                listed.write(f"{fault.line}\t{fault.member}\t{fault.code}\n")
                return True
            yield note
        return
    shown = 0

    def show(fault: Fault) -> bool:
        nonlocal shown
        shown += 1
        if shown <= SHOWN_FAULTS:
            _say(str(fault))
        if shown == SHOWN_FAULTS + 1:
            _say("… and more")
        return False
    yield show


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal, in bytes read; nothing where there is none."""
    total = None if str(file) == "-" else file.stat().st_size
    console = Console(stderr=True)
    columns = (TextColumn("Sealing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task, waiting = bar.add_task("Sealing", total=total), 0

        def read(size: int) -> None:
            nonlocal waiting
            waiting += size
            if waiting > STEP:
                bar.advance(task, waiting)
                waiting = 0
        yield read


def _summary(report: Report, skip_bad: Path | None) -> None:
    left = f"; {report.bad} left out, listed in {skip_bad}" if skip_bad is not None and report.bad else ""
    _say(f"sealed {report.sealed} of {report.lines} records{left}")


def _say(line: str) -> None:
    click.echo(f"seal: {line}", err=True)
