"""`packs compare`: what a draft of a pack would have changed, from the log alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from registry.audit import reader as reading
from registry.audit.comparing import compare as compare_packs
from registry.audit.verify import verified_leaves
from registry.cli.log_reading import finish, kept, log_options, opened, progress
from registry.cli.options import EXISTING, json_option
from registry.errors import MalformedError, NotFoundError
from registry.model.times import parse_date
from registry.policy import Pack, read_pack
from registry.tlog.errors import TlogError
from registry.tlog.note import parse_verifier

SHOWN = 12  # reasons, and examples, that are printed


@click.command()
@log_options
@click.option("--pack", "draft", required=True, type=EXISTING, metavar="FILE", help="The draft: a pack's whole text.")
@click.option("--from", "begin", metavar="DAY", help="First day (UTC), as 2026-01-31; the log's first if not given.")
@click.option("--until", "end", metavar="DAY", help="Last day (UTC); the log's last if not given.")
@click.option("--processes", type=click.IntRange(1, 256), help="At most so many at once; one a core if not given.")
@json_option
@click.pass_context
def compare(
    context: click.Context, /, log: str, key: str, token: str | None, since: Path | None, **options: Any
) -> None:
    """Verify a log, decide every lookup of a period again with a draft in the place of the pack of its name, and say
    what would be different. Changes nothing."""
    origin, draft = parse_verifier(key).name, _draft(options["draft"])
    days = tuple(None if one is None else parse_date(one) for one in (options["begin"], options["end"]))
    try:
        with progress("Comparing") as bar, opened(log, token) as reader:
            pinned = reading.Pinned(reader)
            size = reading.unverified_checkpoint(pinned).size
            leaves = verified_leaves(pinned, key, kept(since))
            found = compare_packs(leaves, draft, (days[0], days[1]), processes=options["processes"],
                                  progress=lambda done, total: bar(done, total or 2 * size)).value()
    except (TlogError, NotFoundError) as error:
        finish(context, f"FAILED {origin}: {error.detail}", ok=False)
        return
    if options["as_json"]:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for line in _lines(found):
        click.echo(line)
    finish(context, f"ok {origin}: {found['log']['size']} entries read, {found['decisions']} decisions compared, "
                    f"{found['changed']} would change", ok=True)


def _draft(path: Path) -> Pack:
    try:
        text = path.read_text("utf-8")
    except ValueError as error:
        raise MalformedError(f"{path} is not text in UTF-8") from error
    return read_pack(text)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    draft, old, changes = found["draft"], found.get("replaces"), found["changes"]
    place = "beside the packs in force" if old is None else f"in the place of {old['name']}@{old['version']}"
    yield (f"{draft['name']}@{draft['version']} {place}, {found['period']['from']} to {found['period']['until']} "
           f"(UTC): {found['decisions']} decisions, {found['changed']} different")
    yield f"  {changes['permit-deny']:>8}  permits would be denials"
    yield f"  {changes['deny-permit']:>8}  denials would be permits"
    yield f"  {changes['reasons']:>8}  would be denied for other reasons"
    for one in found["agencies"]:
        yield (f"  {one['name'] or one['agency'][:8]}: {one['permit-deny']} no longer permitted, "
               f"{one['deny-permit']} newly permitted, {one['newly_unlawful']} attempts newly unlawful")
    reasons = sorted(found["reasons"], key=lambda one: (-one["count"], one["reason"]))
    for one in reasons[:SHOWN]:
        sign = "+" if one["effect"] == "added" else "-"
        yield f"  {one['count']:>8}  {sign}{one['reason']} ({one['change']})"
    if len(reasons) > SHOWN:
        yield f"            and {len(reasons) - SHOWN} more: see --json"
    attempts = found["attempts"]
    yield (f"attempts: {attempts['judged']} judged, {attempts['unlawful']} unlawful as it was, "
           f"{attempts['newly_unlawful']} newly unlawful, {attempts['no_longer_unlawful']} no longer")
    yield from _waits(found["waits"])


def _waits(waits: dict[str, Any]) -> Iterator[str]:
    if not waits["releases"]:
        return
    yield f"releases that would have waited: {waits['releases']}"
    yield f"  {waits['by_log']:>8}  until a time that the log itself shows"
    yield f"  {waits['at_least']:>8}  at least as long as what is missing takes; how long, nobody can know"
    yield f"  {waits['not_by_waiting']:>8}  for ever: something is missing that no time brings"
    if "median_days" in waits:
        yield (f"  days, where they can be told: median {waits['median_days']}, nine in ten within "
               f"{waits['nine_in_ten_days']}, at most {waits['most_days']}")
