"""The packs and derogations that a log has in force, for `packs show --log`: verified, then folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import click

from registry.audit.verify import verified_leaves
from registry.cli.log_reading import opened, progress
from registry.errors import NotFoundError
from registry.model.entries import entry_of
from registry.policy import Directory, Pack
from registry.policy.derogations import Derogation, in_force
from registry.policy.pack import FLOOR
from registry.shipped import shipped_packs

OPTIONS = (
    click.option("--log", metavar="URL|DIR", help="As in force in this log, derogations too, not as shipped."),
    click.option("--key", metavar="VKEY", help="That log's verifier key."),
    click.option("--token", metavar="T", envvar="CONSENTRY_TOKEN", show_envvar=True,
                 help="For the entries of a served log (scope entries:read)."),
    click.option("--lender", metavar="ID", help="Whose derogations hold, beside those for the pack."),
)


@dataclass(frozen=True, slots=True)
class Known:
    """Packs by name, and the derogations in force beside the one that is shown."""

    packs: dict[str, Pack]
    derogations: tuple[Derogation, ...] = ()


def which_log(command: Callable[..., None]) -> Callable[..., None]:
    """Which log, where it is one; handed on as `log`, `key`, `token` and `lender`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def known(name: str, options: dict[str, Any]) -> Known:
    """What is shipped, or what is in force at the end of a log. Raises NotFoundError for a pack that is not there,
    TlogError for a log that does not verify."""
    if options["log"] is None:
        found = Known({one.id.name: one.pack for one in shipped_packs().values()})
    else:
        if options["key"] is None:
            raise click.UsageError("--log is read with its --key")
        with progress("Reading") as bar, opened(options["log"], options["token"]) as reader:
            found = _of_log(verified_leaves(reader, options["key"], None, bar), name, options["lender"])
    if name not in found.packs:
        raise NotFoundError(f"no such pack: there are {', '.join(sorted(found.packs))}")
    return found


def _of_log(leaves: Iterable[bytes], name: str, lender: str | None) -> Known:
    directory, at = Directory(), 0
    for index, leaf in enumerate(leaves):
        entry = entry_of(index, leaf)
        directory.fold(entry)
        at = entry.at
    packs = {one: pack for one in directory.packs if (pack := directory.pack_at(one, at)) is not None}
    floor = packs.get(FLOOR)
    return Known(packs, () if floor is None else in_force(directory.derogations, at, floor, lender, (name,)))
