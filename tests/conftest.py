"""For every test: properties are judged by what they find, never by how long a busy machine takes."""

from __future__ import annotations

import compileall
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from registry.garbage import collect_rarely
from registry.model import value

value.at_run_time = True  # ahead of every module that defines one

from registry.policy import pack_book  # noqa: E402
from tests import databases, deep, folders, migrated, order, postgresql  # noqa: E402

# Each worker imports every test: compiled once, also where the environment asks for no compiled files (as containers
# do). They lie in __pycache__, which git ignores. The processes that a run starts by the hundred find theirs there
# and write none: some are held short of room, and what one of these cut off would stop all the others.
sys.dont_write_bytecode = False
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

# Fifteen thousand tests are there to stay: looked through for garbage as they come, that takes a third of the time.
gc.disable()

# Nearly every world begins with the same tables and the same two packs.
migrated.once_a_process()
pack_book.read_pack = lru_cache(maxsize=None)(pack_book.read_pack)  # type: ignore[attr-defined]

for profile, most in {"deep": deep.USUAL, "consentry": deep.examples(deep.USUAL)}.items():
    settings.register_profile(
        profile, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=most)
settings.load_profile("deep" if deep.DEEP else "consentry")


def pytest_configure(config: pytest.Config) -> None:
    """Before there are workers: all of them share one PostgreSQL server, if any needs one, and what is compiled."""
    if not hasattr(config, "workerinput"):
        for folder in ("registry", "migrations", "tests"):
            compileall.compile_dir(config.rootpath / folder, quiet=2)
    postgresql.announce()
    if folders.in_memory(config):
        config.pluginmanager.register(folders.InMemory())
    config.pluginmanager.register(Lasting())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """On PostgreSQL the whole suite leaves out what is about no database."""
    return True if order.is_left_out(collection_path) and order.leaves_out(config.args) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda one: order.place(one.nodeid))


def pytest_collection_finish() -> None:
    gc.enable()
    collect_rarely()  # as each process of the product does once it has started


class Lasting:
    """Databases that a run or a folder shares last as long as the run.

    A plugin: pytest asks no conftest about a whole session.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        with postgresql.lasting() if fixturedef.scope in {"session", "package"} else nullcontext():
            return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """All others end with the file of tests that asked for them: the server of a run keeps them in memory."""
    yield
    if nextitem is None or nextitem.path != item.path:
        databases.drop_passing()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if order.leaves_out(config.args):
        for line in order.said():
            terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With -n: a file runs in one worker, so that what its tests share is made once; tests/browser is as one file."""
    if config.getoption("dist") != "load":
        return None  # somebody asked for another way
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # it would put files of few tests last

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return order.BROWSER if nodeid.startswith(order.BROWSER) else nodeid.split("::", 1)[0]

    return ByFile(config, log)
