"""The log as static bytes: exact path grammar, immutable caching, ETag, gzip."""

from __future__ import annotations

import gzip

import pytest

from registry.tlog.tiles import split_bundle
from tests.web.world import As, World


def size_of(world: World) -> int:
    published: int = world.bench.vault.call("status", {})["published"]
    return published


def test_the_checkpoint_is_the_signed_note_and_is_asked_for_again_each_time(world: World) -> None:
    answer = world.nobody.get("/log/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    origin, size, _root, empty, signature, _end = answer.text.split("\n")
    assert (origin, int(size), empty) == ("demo.invalid/web-tests", size_of(world), "")
    assert signature.startswith("— demo.invalid/web-tests ")
    again = world.app.test_client().get("/log/checkpoint", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_partial_tile_of_the_published_size_is_served_for_ever(world: World) -> None:
    width = size_of(world) % 256
    answer = world.nobody.get(f"/log/tile/0/{size_of(world) // 256:03d}.p/{width}")
    assert answer.status_code == 200
    assert len(answer.data) == 32 * width
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    narrower = world.nobody.get(f"/log/tile/0/{size_of(world) // 256:03d}.p/{width - 1}")
    assert answer.data.startswith(narrower.data)


@pytest.mark.parametrize("place", [
    "0/0", "0/00", "0/0000", "0/x000/000", "0/001/000", "00/000", "64/000", "-1/000", "0/000.p/0", "0/000.p/01",
    "0/000.p/256", "0/000.p/999", "0/000/", "0//000", "0/000.p", "0/000.p/", "0/000.p/1/", "a/000", "0/x0a", "0/+01",
    "data/000", "8/0/000", "0/000.p/1%20", "0/٠٠٠", "0/000.P/1", "0/..", "entries", "",
])
def test_any_other_spelling_of_a_tile_is_404(world: World, place: str) -> None:
    assert world.nobody.get(f"/log/tile/{place}").status_code == 404


def test_a_tile_beyond_the_published_size_is_404(world: World) -> None:
    size = size_of(world)
    assert world.nobody.get(f"/log/tile/0/{size // 256:03d}.p/{min(255, size % 256 + 1)}").status_code == 404
    assert world.nobody.get("/log/tile/0/x001/x234/067").status_code == 404
    assert world.nobody.get("/log/tile/5/000").status_code == 404


def test_a_bundle_longer_than_one_answer_of_the_vault_is_served_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    width = size_of(world) % 256
    path = f"/log/tile/entries/{size_of(world) // 256:03d}.p/{width}"
    whole = world.auditor.get(path).data
    monkeypatch.setattr("registry.vault.ops.reading.PART", 1_000)
    assert len(whole) > 2_000
    assert world.auditor.get(path).data == whole


def test_entries_need_their_scope_and_come_packed_where_it_helps(world: World) -> None:
    width = size_of(world) % 256
    path = f"/log/tile/entries/{size_of(world) // 256:03d}.p/{width}"
    assert world.nobody.get(path).status_code == 401
    assert world.collector.get(path).status_code == 403
    plain = world.auditor.get(path)
    assert (plain.status_code, plain.headers["Cache-Control"]) == (200, "private, max-age=31536000, immutable")
    assert len(split_bundle(plain.data, width)) == width
    packed = world.auditor.get(path, accept_encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert world.auditor.get(path, accept_encoding="gzip;q=0").data == plain.data
    known = As(world.app.test_client(), world.issued["auditor"]).get(path, if_none_match=plain.headers["ETag"])
    assert known.status_code == 304
    beyond = f"{size_of(world) // 256 + 1:03d}.p/1"
    for wrong in ("0", "000.p/0", "000.p/256", beyond, "x000/000"):
        assert world.auditor.get(f"/log/tile/entries/{wrong}").status_code == 404, wrong
