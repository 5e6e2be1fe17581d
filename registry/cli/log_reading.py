"""What the commands that read a log share: their options, an open reader, a bar, and the last line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry.audit import reader as reading
from registry.audit.quorum import Demand
from registry.cli.options import EXISTING, Decorator
from registry.tlog.witness_policy import parse_policy

FAILED = 1
BASE: tuple[Decorator, ...] = (
    click.option("--log", required=True, metavar="URL|DIR", help="http(s)://…/log, or a folder in C2SP layout."),
    click.option("--key", required=True, metavar="VKEY", help="The log's verifier key, NAME+HASH+BASE64."),
    click.option("--token", metavar="T", envvar="CONSENTRY_TOKEN", show_envvar=True,
                 help="For the entries of a served log (scope entries:read)."),
)
SINCE = click.option("--since", type=EXISTING, metavar="CHECKPOINT", help="A checkpoint you kept: is it in there?")
POLICY = click.option("--witness-policy", "policy", type=EXISTING, metavar="FILE",
                      help="Whose cosignatures the checkpoint must have (C2SP tlog-policy).")
FRESH = click.option("--fresh", metavar="TIME", help="Count only cosignatures this young: 90s, 30m, 1h, 2d.")
_TIME = re.compile(r"(?P<count>[1-9][0-9]{0,5})(?P<unit>[smhd])\Z", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def base_options(command: Callable[..., None]) -> Callable[..., None]:
    """Which log, by which key."""
    for option in reversed(BASE):
        command = option(command)
    return command


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """The same, and what is compared with a checkpoint kept."""
    wrapped: Callable[..., None] = SINCE(command)
    return base_options(wrapped)


def quorum_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--witness-policy` and `--fresh`, handed on as `policy` and `fresh` for `demanded`."""
    wrapped: Callable[..., None] = POLICY(FRESH(command))
    return wrapped


def demanded(policy: Path | None, fresh: str | None) -> Demand | None:
    """What witnesses must have done, as of now. Raises TlogError for a policy file that is none."""
    if policy is None:
        if fresh is not None:
            raise click.UsageError("--fresh is about cosignatures: name a --witness-policy, too")
        return None
    return Demand(parse_policy(policy.read_bytes()), int(time.time()), seconds(fresh, "--fresh"))


def seconds(text: str | None, option: str) -> int | None:
    """A time as 90s or 1h. Raises BadParameter."""
    match = None if text is None else _TIME.match(text)
    if text is not None and match is None:
        raise click.BadParameter("a number and s, m, h or d, as 90s or 1h", param_hint=option)
    return None if match is None else int(match["count"]) * _SECONDS[match["unit"]]


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


def kept(path: Path | None) -> str | None:
    """The checkpoint in a file, if one is named."""
    return None if path is None else path.read_text("utf-8")


def finish(context: click.Context, line: str, *, ok: bool) -> None:
    """The last line, and exit 1 behind a bad one."""
    click.echo(line)
    if not ok:
        context.exit(FAILED)
