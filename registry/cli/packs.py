"""`packs list|show|check`: the rules' numbers in words, where each comes from, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from registry.cli.options import json_option
from registry.cli.pack_check import contradictions, problems, without_primary_source
from registry.cli.pack_compare import compare
from registry.cli.pack_in_log import known as in_which
from registry.cli.pack_in_log import which_log
from registry.errors import MalformedError, NotFoundError
from registry.policy.merging import Effective, merge, shown, without_effect
from registry.policy.pack import FLOOR, Pack, read_pack
from registry.policy.parameters import BY_NAME
from registry.shipped import shipped_packs
from registry.texts.pack_explained import as_text, beside, sections
from registry.texts.pack_rows import merged_rows, own_rows, value_of
from registry.texts.pack_words import IDLE, LANGUAGES, UNBACKED, sentence


@click.group()
def packs() -> None:
    """The packs shipped with this version."""


@packs.command("list")
@click.option("--unverified", is_flag=True, help="Every parameter that no primary legal text backs, with its source.")
@json_option
def list_packs(unverified: bool, as_json: bool) -> None:
    """Every pack with its regions and digest."""
    if unverified:
        _list_unverified(as_json)
        return
    rows = [
        {"pack": one.id.name, "version": one.id.version, "regions": list(one.regions), "title": one.title,
         "sha256": one.id.sha256}
        for one in (shipped.pack for shipped in shipped_packs().values())
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        regions, name = " ".join(row["regions"]) or "everywhere", f"{row['pack']}@{row['version']}"
        click.echo(f"{name:<10} {regions:<12} {row['sha256']}  {row['title']}")


def _list_unverified(as_json: bool) -> None:
    rows = [
        {"pack": one.id.name, "version": one.id.version, "parameter": name, "grade": one.settings[name].grade,
         "source": one.settings[name].source}
        for one in (shipped.pack for shipped in shipped_packs().values()) for name in without_primary_source(one)
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['pack']}@{row['version']} {row['parameter']} {row['grade']}: {row['source']}")


@packs.command()
@click.argument("name")
@click.option("--explain", is_flag=True, help="Every rule as a numbered sentence with its source.")
@click.option("--effective", is_flag=True, help="Merged with the floor, and which pack each value comes from.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the sentences.")
@which_log
@json_option
def show(name: str, explain: bool, effective: bool, language: str, as_json: bool, **which: Any) -> None:
    """One pack's parameters in words, each with its value, source and grade."""
    found = in_which(name, which)
    known, pack = found.packs, found.packs[name]
    if explain:
        _explain(pack, known, language, as_json)
        return
    idle = list(without_effect(pack, known[FLOOR]))
    chosen = beside(pack, known)
    merged = merge(chosen, pack, found.derogations)
    unbacked = without_primary_source(pack)
    if as_json:
        rows = _effective(merged, language) if effective else _own(pack, language)
        click.echo(json.dumps({
            "pack": name, "parameters": rows, "without_effect": idle, "without_primary_source": unbacked,
            "scripts": pack.scripts, "messages": pack.messages,
            **({"derogations": found.granted()} if effective and found.derogations else {}),
        }, ensure_ascii=False))
        return
    click.echo(f"{pack.id.name}@{pack.id.version} {pack.title} ({' '.join(pack.regions) or '*'})\n{pack.id.sha256}\n")
    for row in merged_rows(merged, chosen, language) if effective else own_rows(pack, language):
        click.echo(row.sentence)
        mark = f"  ({IDLE[language]})" if row.name in idle and not effective else ""
        click.echo(f"    {row.name} = {row.value}{mark}")
        for source in row.sources:
            click.echo(f"    {source}")
    for line in found.in_words(language) if effective else ():
        click.echo(line)
    for what, texts in (("scripts", pack.scripts), ("messages", pack.messages)):
        for purpose, said in texts.items():
            for tongue, text in said.items():
                click.echo(f"\n{what}.{purpose}.{tongue}\n    {text}")
    if idle and effective:
        click.echo(f"\n{IDLE[language]}: {', '.join(idle)}")
    if unbacked:
        click.echo(f"\n{UNBACKED[language]}: {', '.join(unbacked)}")


def _explain(pack: Pack, known: dict[str, Pack], language: str, as_json: bool) -> None:
    if not as_json:
        for line in as_text(pack, known, language):
            click.echo(line)
        return
    click.echo(json.dumps({"pack": pack.id.name, "version": pack.id.version, "sha256": pack.id.sha256, "sections": [
        {"title": one.title, "rules": [asdict(rule) for rule in one.rules]} for one in sections(pack, known, language)
    ]}, ensure_ascii=False))


@packs.command()
@click.argument("what", nargs=-1, metavar="[FILE|NAME]…")
@json_option
@click.pass_context
def check(context: click.Context, what: tuple[str, ...], as_json: bool) -> None:
    """Read packs as the vault will, and say what is wrong. Without arguments: every shipped one."""
    shipped = {name: one.pack for name, one in shipped_packs().items()}
    read: list[tuple[str, Pack, str]] = []
    found: list[str] = []
    for one in what or tuple(shipped):
        try:
            text = _text(one)
            read.append((one, read_pack(text), text))
        except MalformedError as error:
            found.append(f"{one}: {error.detail}")
    # What is checked stands in the place of the shipped pack of its name; a floor also meets the one in force.
    given = {pack.id.name: pack for _, pack, _ in read}
    others = [*{**shipped, **given}.values(), *([shipped[FLOOR]] if FLOOR in given else [])]
    for _, pack, text in read:
        found += problems(pack, text, others)
    apart = [line for _, pack, _ in read for line in contradictions(pack, others)]
    if as_json:
        click.echo(json.dumps({"packs": [{
            **pack.id.value(), "from": one, "without_primary_source": without_primary_source(pack),
        } for one, pack, _ in read], "problems": found, "contradictions": apart}, ensure_ascii=False))
    else:
        for line in (*_good(read, found), *(f"note {one}" for one in apart), *found):
            click.echo(line)
    if found:
        context.exit(1)


def _text(what: str) -> str:
    """The text of a file, or of the shipped pack of that name. Raises NotFoundError, MalformedError."""
    path = Path(what)
    if path.is_file():
        try:
            return path.read_text("utf-8")
        except ValueError as error:
            raise MalformedError("not text in UTF-8") from error
    shipped = shipped_packs().get(what)
    if shipped is None:
        raise NotFoundError(f"{what} is neither a file nor a shipped pack: there are {', '.join(shipped_packs())}")
    return shipped.text


def _good(read: list[tuple[str, Pack, str]], found: list[str]) -> Iterator[str]:
    for _, pack, _ in read:
        name = f"{pack.id.name}@{pack.id.version}"
        if not any(line.startswith(f"{name}: ") for line in found):
            unbacked = without_primary_source(pack)
            yield f"ok {name} {pack.id.sha256}"
            yield f"   {len(unbacked)} of {len(pack.settings)} without a primary source: {', '.join(unbacked)}"


def _own(pack: Pack, language: str) -> list[dict[str, Any]]:
    return [
        {"parameter": name, "value": BY_NAME[name].show(one.value), "unit": BY_NAME[name].unit, "grade": one.grade,
         "source": one.source, "sentence": sentence(name, one.value, language)}
        for name, one in pack.settings.items()
    ]


def _effective(merged: Effective, language: str) -> list[dict[str, Any]]:
    return [
        {**row, "sentence": sentence(str(row["parameter"]), value_of(merged, str(row["parameter"])), language)}
        for row in shown(merged)
    ]


packs.add_command(compare)
