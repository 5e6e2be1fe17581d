"""The operator's pages: every block is run or says why not, every setting and option is there, and no other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click

from registry.cli import registry
from registry.settings import Settings
from registry.web.settings import WebSettings
from tests.docs.manual import INTEGRATING, PAGES, ROOT, all_blocks, blocks_of

SETTINGS = (ROOT / "docs/operating/settings.md").read_text("utf-8")
FETCHED = re.compile(r"\b(?:block\(|documented\(|operate\(\s*world, )\"([a-z-]+)\"")
OURS_FOR_TESTS = re.compile(r"CONSENTRY_(TEST|FAULTS)")


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that help shows, by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        if not found.hidden:
            yield from commands(found, (*path, name))


def documented() -> dict[str, list[str]]:
    """Options by command, as the page's tables say them."""
    tables = SETTINGS.split("## Options of the commands\n")[1]
    parts = re.split(r"^\*\*`([a-z -]+)[^`]*`\*\*", tables, flags=re.MULTILINE)
    return {name.strip(): sorted(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))
            for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_block_is_run_by_a_test_or_says_why_not() -> None:
    assert [(one.page, one.text[:60]) for one in all_blocks() if not one.name and not one.why] == []


def test_a_block_without_a_mark_is_found() -> None:
    page = "Do\n<!-- run: this -->\n```\na\n```\nand\n```\nb\n```\n<!-- not run: -->\n```sh\nc\n```\n"
    assert [(one.name, one.why) for one in blocks_of(page)] == [("this", None), (None, None), (None, None)]


def test_every_fence_is_seen() -> None:
    for page in (*PAGES, INTEGRATING):
        text = page.read_text("utf-8")
        assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(blocks_of(text)), page.name


def test_the_tests_fetch_every_named_block_and_no_other() -> None:
    named = Counter(one.name for one in all_blocks() if one.name)
    fetched = {name for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts
               for name in FETCHED.findall(path.read_text("utf-8"))}
    assert set(named) == fetched
    assert set(named.values()) == {1}


def test_every_option_of_every_command_is_in_its_table_and_no_other() -> None:
    real = {
        name: sorted(max(one.opts, key=len) for one in command.params
                     if isinstance(one, click.Option) and not one.hidden)
        for name, command in commands(registry)
    }
    assert {"--witness-policy", "--standby", "--allow-uid"} <= set(real["vault"])
    assert documented() == real


def test_every_setting_is_in_its_table_and_no_other() -> None:
    members = SETTINGS.split("consentry.json\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", members, re.MULTILINE)) == {
        "v", *(one.name for one in fields(Settings) if one.name != "data")}
    source = "".join(path.read_text("utf-8") for path in (ROOT / "registry").rglob("*.py"))
    variables = set(re.findall(r"CONSENTRY_[A-Z]+(?:_[A-Z]+)*\b(?!_)", source)) | set(
        WebSettings(Path("/a"), Path("/b"), Path("/c"), "http://localhost").environment())
    variables = {one for one in variables if OURS_FOR_TESTS.match(one) is None}
    shown = set(re.findall(r"^\| `((?:CONSENTRY|PROMETHEUS)_[A-Z_]+)` \|", SETTINGS, re.MULTILINE))
    assert shown - {"PROMETHEUS_MULTIPROC_DIR"} == variables


def test_no_paragraph_stands_twice() -> None:
    texts = [page.read_text("utf-8").split("\n## Options of the commands")[0] for page in PAGES]
    lines = Counter(line for text in texts for line in text.splitlines() if len(line) > 60)
    assert [line for line, count in lines.items() if count > 1] == []


def test_the_contents_lead_to_every_page() -> None:
    contents = PAGES[0].read_text("utf-8")
    assert sorted(re.findall(r"\]\(operating/([a-z]+\.md)\)", contents)) == sorted(page.name for page in PAGES[1:])
