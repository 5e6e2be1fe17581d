"""The open log: checkpoint, tiles, entries; and the commands that check it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.contract import proofs
from tests.contract.client import World, run, when


def _save(world: World, folder: Path) -> int:
    """A copy of the log in C2SP layout; its size."""
    note = world.ask("GET", "/log/checkpoint").body
    _, size, _ = proofs.checkpoint(note.decode(), world.key)
    folder.mkdir()
    (folder / "checkpoint").write_bytes(note)
    for place in _places(size):
        for kind in (f"0/{place}", f"entries/{place}"):
            tile = world.ask("GET", f"/log/tile/{kind}", who="auditor")
            assert tile.status == 200, kind
            target = folder / "tile" / kind
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(tile.body)
    if size >= 256:
        target = folder / "tile/1" / f"000.p/{size // 256}"
        target.parent.mkdir(parents=True)
        target.write_bytes(world.ask("GET", f"/log/tile/1/000.p/{size // 256}").body)
    return size


def _places(size: int) -> list[str]:
    full, rest = divmod(size, 256)
    return [f"{index:03d}" for index in range(full)] + ([f"{full:03d}.p/{rest}"] if rest else [])


def test_readyz_says_that_there_are_no_witnesses(world: World) -> None:
    ready = world.ask("GET", "/readyz")
    assert ready.status == 200
    assert ready.json["witnesses"] == "none"
    assert world.ask("GET", "/healthz").status == 200


def test_the_checkpoint_is_a_signed_note_of_the_log_named_in_demo_json(world: World) -> None:
    answer = world.ask("GET", "/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    origin, size, _ = proofs.checkpoint(answer.body.decode(), world.key)
    assert origin == world.card["log"]["origin"]
    assert size > 300


def test_the_root_is_the_tree_of_the_entries_and_every_entry_is_canonical(world: World) -> None:
    _, size, want = proofs.checkpoint(world.ask("GET", "/log/checkpoint").body.decode(), world.key)
    leaves: list[bytes] = []
    for place in _places(size):
        entries = proofs.bundle(world.ask("GET", f"/log/tile/entries/{place}", who="auditor").body)
        for data in entries:
            value = json.loads(data)
            assert proofs.canonical(value) == data
            assert {"v", "id", "kind", "by", "body", "logged_at"} <= set(value) <= {
                "v", "id", "kind", "by", "body", "auth", "logged_at"}
        leaves += [proofs.leaf(data) for data in entries]
        tile = world.ask("GET", f"/log/tile/0/{place}").body
        assert tile == b"".join(leaves[-len(entries):])
    assert len(leaves) == size
    assert proofs.root(leaves) == want


def test_entries_are_listed_with_their_index_and_their_time_never_goes_back(world: World) -> None:
    rows = world.entries()
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert rows[0]["entry"]["kind"] == "genesis/1"
    times = [when(row["entry"]["logged_at"]) for row in rows]
    assert times == sorted(times)
    idents = [row["entry"]["id"] for row in rows]
    assert len(set(idents)) == len(idents)


@pytest.mark.parametrize("place", [
    "0/0", "0/00", "00/000", "0/x000/000", "0/x000/x000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "64/000",
    "-1/000", "0/000/", "0/999", "0/000.p/", "5/000", "0/+00", "0/٠٠٠",
])
def test_a_tile_of_another_grammar_is_404(world: World, place: str) -> None:
    assert world.ask("GET", f"/log/tile/{quote(place)}", who="auditor").status == 404


def test_tiles_are_open_and_immutable_and_entries_need_their_scope(world: World) -> None:
    tile = world.ask("GET", "/log/tile/0/000")
    assert (tile.status, len(tile.body)) == (200, 8192)
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]
    assert world.ask("GET", "/log/tile/entries/000").status == 401
    assert world.ask("GET", "/log/tile/entries/000", who="lender").code == "scope-missing"


@pytest.mark.parametrize("verb", ["verify", "replay"])
def test_the_served_log_passes_and_says_so_in_the_last_line(world: World, verb: str) -> None:
    done = run("audit", verb, "--log", f"{world.url}/log", "--key", world.key, "--token",
               world.card["tokens"]["auditor"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().splitlines()[-1].startswith("ok ")


def test_a_saved_copy_passes_and_a_tampered_one_fails(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    _save(world, folder)
    arguments = ("--log", str(folder), "--key", world.key)
    assert run("audit", "verify", *arguments).returncode == 0
    assert run("audit", "replay", *arguments).returncode == 0
    kept = tmp_path / "kept"
    kept.write_bytes((folder / "checkpoint").read_bytes())
    world.look("on-hold")
    grown = tmp_path / "grown"
    _save(world, grown)
    since = run("audit", "verify", "--log", str(grown), "--key", world.key, "--since", str(kept))
    assert since.returncode == 0, since.stdout
    entries = folder / "tile/entries/000"
    entries.write_bytes(entries.read_bytes().replace(b'"grade":"B"', b'"grade":"A"', 1))
    for verb in ("verify", "replay"):
        failed = run("audit", verb, *arguments)
        assert failed.returncode == 1
        assert failed.stdout.strip().splitlines()[-1].startswith("FAILED ")


def test_another_logs_key_and_a_missing_token_fail_with_one_line(world: World) -> None:
    arguments = ("audit", "verify", "--log", f"{world.url}/log")
    other = world.key.split("+")[0] + "+00000000+" + world.key.split("+", 2)[2]
    for extra in (("--key", other), ("--key", world.key), ("--key", "nonsense")):
        failed = run(*arguments, *extra)
        assert failed.returncode == 1
        said = (failed.stdout + failed.stderr).strip().splitlines()
        assert len([line for line in said if line.strip()]) == 1, said


def test_the_openapi_document_has_every_route_of_this_version(world: World) -> None:
    document = world.ask("GET", "/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    have = {(method.upper(), path.split("{")[0] + "|".join("" for _ in path.split("{")))
            for path, methods in document["paths"].items() for method in methods}
    flat = {(method, path.replace("|", "")) for method, path in have}
    for method, path in (
        ("POST", "/v1/lookups"), ("GET", "/v1/lookups/"), ("POST", "/v1/lookups/"), ("GET", "/v1/accounts"),
        ("POST", "/v1/accounts/"), ("POST", "/v1/consents"), ("POST", "/v1/borrowers"), ("GET", "/v1/borrowers"),
        ("POST", "/v1/borrowers/"), ("POST", "/v1/accounts"), ("PATCH", "/v1/accounts/"),
        ("DELETE", "/v1/accounts/"), ("PUT", "/v1/feeds/"), ("POST", "/v1/providers"), ("GET", "/v1/providers/"),
        ("POST", "/v1/attempts/"), ("GET", "/v1/approvals"), ("POST", "/v1/approvals"), ("GET", "/v1/audit/lookups"),
        ("GET", "/v1/audit/lookups/"), ("GET", "/v1/audit/entries"), ("GET", "/log/checkpoint"), ("GET", "/v1/keys"),
        ("GET", "/r/"), ("POST", "/r/"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/v1/demo/clock"),
        ("POST", "/v1/demo/clock"), ("POST", "/v1/demo/attempts"), ("GET", "/v1/demo/outbox"),
    ):
        assert (method, path) in flat, (method, path)


def test_the_documentation_page_loads_nothing_from_elsewhere(world: World) -> None:
    with urllib.request.urlopen(f"{world.url}/docs") as page:
        text = page.read().decode()
    for foreign in ('src="http', "src='http", "@import", '<link rel="stylesheet" href="http'):
        assert foreign not in text
