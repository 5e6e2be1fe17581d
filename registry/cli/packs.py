"""`packs list|show`: the rules' numbers, where each comes from, and what they become when merged."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from registry.cli.options import json_option
from registry.errors import NotFoundError
from registry.policy.merging import merge, shown, without_effect
from registry.policy.pack import FLOOR, Pack
from registry.policy.parameters import BY_NAME
from registry.shipped import shipped_packs


@click.group()
def packs() -> None:
    """The packs shipped with this version."""


@packs.command("list")
@json_option
def list_packs(as_json: bool) -> None:
    """Every pack with its regions and digest."""
    rows = [
        {"pack": one.id.name, "version": one.id.version, "regions": list(one.regions), "title": one.title,
         "sha256": one.id.sha256}
        for one in (shipped.pack for shipped in shipped_packs().values())
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("pack", "version", "regions", "title", "sha256", box=None)
    for row in rows:
        regions = " ".join(row["regions"]) or "everywhere"
        table.add_row(str(row["pack"]), str(row["version"]), regions, str(row["title"]), str(row["sha256"])[:16])
    Console().print(table)


@packs.command()
@click.argument("name")
@click.option("--effective", is_flag=True, help="Merged with the floor, and which pack each value comes from.")
@json_option
def show(name: str, effective: bool, as_json: bool) -> None:
    """One pack's parameters with their sources."""
    known = {one.id.name: one.pack for one in shipped_packs().values()}
    pack = known.get(name)
    if pack is None:
        raise NotFoundError(f"no such pack: there are {', '.join(sorted(known))}")
    rows = _effective(known[FLOOR], pack) if effective else _own(pack)
    idle = list(without_effect(pack, known[FLOOR]))
    if as_json:
        click.echo(json.dumps({"pack": name, "parameters": rows, "without_effect": idle}, ensure_ascii=False))
        return
    heads = list(rows[0])
    table = Table(*heads, box=None)
    for row in rows:
        table.add_row(*(_cell(row[head]) for head in heads), style="dim" if row["parameter"] in idle else None)
    Console().print(table)
    if idle:
        click.echo(f"never takes effect beside the floor: {', '.join(idle)}")


def _own(pack: Pack) -> list[dict[str, Any]]:
    return [
        {"parameter": name, "value": BY_NAME[name].show(one.value), "unit": BY_NAME[name].unit, "grade": one.grade,
         "source": one.source}
        for name, one in pack.settings.items()
    ]


def _effective(floor: Pack, pack: Pack) -> list[dict[str, Any]]:
    chosen = (floor,) if pack.id.name == FLOOR else (floor, pack)
    return [dict(row) for row in shown(merge(chosen, chosen[-1]))]


def _cell(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(str(one) for one in value)
    return str(value)
