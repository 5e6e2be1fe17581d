"""`audit monitor`: each checkpoint of a log must continue the last one seen; what is new is told."""

from __future__ import annotations

import time
from pathlib import Path

import click

from registry.audit import monitor as monitoring
from registry.audit.monitor import ContradictionError
from registry.audit.reader import Reader
from registry.cli.log_reading import base_options, demanded, finish, opened, quorum_options, seconds
from registry.cli.options import NEW_FILE
from registry.durable import make_file, sync
from registry.errors import MalformedError, NotFoundError, UnavailableError
from registry.tlog.errors import TlogError


@click.command()
@base_options
@quorum_options
@click.option("--kept", required=True, type=NEW_FILE, metavar="CHECKPOINT",
              help="Where the last checkpoint seen is kept; made at the first look.")
@click.option("--every", metavar="TIME", help="Look again and again: 90s, 30m, 1h, 2d. Otherwise once.")
@click.pass_context
def monitor(
    context: click.Context, /, log: str, key: str, token: str | None, policy: Path | None, fresh: str | None,
    kept: Path, every: str | None,
) -> None:
    """The log's checkpoint continues the one kept, which it then replaces. With a token, what is new is read, and
    officers' acts and alarms are told."""
    pause = seconds(every, "--every")
    while True:
        try:
            with opened(log, token) as reader:
                found = monitoring.look(reader, key, kept.read_bytes() if kept.exists() else None,
                                        demanded(policy, fresh))
                if token is not None or "://" not in log:
                    _tell(reader, found)
            _keep(kept, found.note)
            finish(context, str(found), ok=True)
        except ContradictionError as error:
            beside = kept.with_name(f"{kept.name}.contradicts")
            beside.unlink(missing_ok=True)
            make_file(beside, error.note)
            finish(context, f"FAILED {error.detail}: keep {kept} and {beside}, and ask the operator", ok=False)
        except (TlogError, NotFoundError, MalformedError) as error:
            finish(context, f"FAILED {error.detail}", ok=False)
        except UnavailableError as error:
            if pause is None:
                raise
            click.echo(f"{error.detail}: trying again", err=True)
        if pause is None:
            return
        time.sleep(pause)


def _tell(reader: Reader, found: monitoring.Look) -> None:
    """Nothing is told that was not bound to the signed root."""
    lines = [line for entry in monitoring.new_entries(reader, found) if (line := monitoring.told(entry)) is not None]
    for line in lines:
        click.echo(line)


def _keep(path: Path, note: bytes) -> None:
    """The old checkpoint or the new one, never half of it, also after a power cut."""
    fresh = path.with_name(f"{path.name}.next")
    fresh.unlink(missing_ok=True)
    make_file(fresh, note)
    fresh.replace(path)
    sync(path.parent)
