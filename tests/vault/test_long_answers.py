"""However long entries are, whoever follows the log or checks it gets them: an answer always fits a frame."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import frames
from registry.model.entries import leaf
from registry.model.times import stamp
from registry.policy.pack import digest
from registry.shipped import shipped_packs
from registry.tlog.tiles import split_bundle
from tests.world import World

LONG = 40_000


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A log whose first 256 entries are several frames long."""
    folder: Path = tmp_path_factory.mktemp("long")
    world = World(folder)
    shipped = shipped_packs()["cn"].text.replace('pack = "cn"', 'pack = "zz"').replace('regions = ["CN"]',
                                                                                        'regions = ["ZZ"]')
    for number in range(60):
        text = f"{shipped}\n# {number} ".ljust(LONG, "x")
        world.sign("pack-activated/1", {
            "name": "zz", "version": "2", "sha256": digest(text), "text": text,
            "effective_from": stamp(world.clock.at),
        }, officers=2)
    yield world
    world.vault.close()


def test_whoever_follows_is_never_stuck(long_log: World) -> None:
    seen = 0
    while True:
        found = long_log.vault.call("follow", {"after": seen, "limit": 500})
        assert "ok" in frames.decode(frames.answer(1, found)[frames.HEADER.size:]), "too long for a frame"
        if not found["entries"]:
            break
        assert [one["index"] for one in found["entries"]] == list(range(seen, seen + len(found["entries"])))
        seen += len(found["entries"])
    assert seen == long_log.vault.desk.log.published


def test_a_long_bundle_comes_in_parts(long_log: World) -> None:
    size, data = long_log.vault.desk.log.published, b""
    while True:
        found = long_log.vault.call("entries-bundle", {"n": 0, "width": size, "from": len(data)})
        assert "ok" in frames.decode(frames.answer(1, found)[frames.HEADER.size:]), "too long for a frame"
        data += base64.b64decode(found["data"])
        if len(data) >= found["total"]:
            break
    assert split_bundle(data, size) == [leaf(entry.draft, entry.at) for entry in long_log.entries()]
