"""`audit verify|replay|report|monitor|bundle|case`: check a log offline, trusting nobody who serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from registry.audit.replay import replay as replay_log
from registry.audit.reporting import report_files
from registry.audit.verify import verified_leaves
from registry.audit.verify import verify as verify_log
from registry.cli.evidence import bundle, case
from registry.cli.log_reading import demanded, finish, kept, log_options, opened, progress, quorum_options
from registry.cli.monitor import monitor
from registry.cli.options import FOLDER
from registry.errors import NotFoundError
from registry.garbage import collect_rarely
from registry.model.times import parse_date
from registry.reporting.numbers import period
from registry.settings import SettingsError
from registry.shipped import outcome_tables
from registry.tlog.errors import TlogError
from registry.tlog.note import parse_verifier

__all__ = ["audit", "progress"]


@click.group()
def audit() -> None:
    """Check a log offline."""


@audit.command()
@log_options
@quorum_options
@click.pass_context
def verify(context: click.Context, /, log: str, key: str, token: str | None, since: Path | None,
           policy: Path | None, fresh: str | None) -> None:
    """Signature, cosignatures, tiles, root, every entry's inclusion, and that nothing changed since a checkpoint."""
    demand = demanded(policy, fresh)
    with progress("Verifying") as bar, opened(log, token) as reader:
        report = verify_log(reader, key, kept(since), bar, demand)
    finish(context, str(report), ok=report.ok)


@audit.command()
@log_options
@quorum_options
@click.pass_context
def replay(context: click.Context, /, log: str, key: str, token: str | None, since: Path | None,
           policy: Path | None, fresh: str | None) -> None:
    """Verify, and make every decision again from the entries alone; stops at the first lie."""
    origin, demand = parse_verifier(key).name, demanded(policy, fresh)
    collect_rarely()
    try:
        with progress("Replaying") as bar, opened(log, token) as reader:
            # One pass: who verified first and read again could be shown two different logs.
            leaves = verified_leaves(reader, key, kept(since), bar, demand)
            report = replay_log(leaves, *outcome_tables())
    except (TlogError, NotFoundError) as error:
        finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    finish(context, str(report), ok=report.ok)


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
            leaves = verified_leaves(reader, key, kept(since), bar)
            made = report_files(leaves, over, options["language"])
    except (TlogError, NotFoundError) as error:
        finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    out.mkdir(parents=True)
    for name, text in made.items():
        (out / name).write_text(text, "utf-8")
    finish(context, f"ok {origin}: {out / 'report.html'}", ok=True)


audit.add_command(bundle)
audit.add_command(case)
audit.add_command(monitor)
