"""A pack put in force on a running product, as an officer does it over HTTP."""

from __future__ import annotations

import pytest

from registry.model.times import DAY, stamp
from registry.shipped import shipped_packs
from tests.web.world import World


@pytest.mark.parametrize("name", ["us", "uk"])
def test_a_shipped_pack_is_put_in_force_by_two_officers_and_shown_with_its_digest(world: World, name: str) -> None:
    shipped = shipped_packs()[name]
    body = {"name": name, "version": "1", "text": shipped.text, "effective_from": stamp(world.clock.now())}
    draft = world.officer.post("/v1/packs?draft=1", body)
    assert draft.json["entry"]["body"]["sha256"] == shipped.id.sha256
    done = world.done("/v1/packs", body, officers=2)
    assert (done.status_code, done.json["sha256"]) == (201, shipped.id.sha256)
    world.settle()
    listed = world.officer.get("/v1/packs").json["items"]
    assert {"name": name, "version": "1", "sha256": shipped.id.sha256}.items() <= listed[-1].items()
    directory = world.bench.vault.desk.directory
    region = shipped.pack.regions[0]
    assert directory.pack_for_region(region, world.clock.now()) == shipped.pack


def test_a_pack_that_is_not_exact_or_is_dated_back_is_refused(world: World) -> None:
    shipped = shipped_packs()["uk"]
    body = {"name": "uk", "version": "1", "text": shipped.text, "effective_from": stamp(world.clock.now() - DAY)}
    assert world.done("/v1/packs", body, officers=2).status_code == 422
    broken = {**body, "text": shipped.text.replace('unit = "days"', 'unit = "hours"', 1),
              "effective_from": stamp(world.clock.now())}
    answer = world.done("/v1/packs", broken, officers=2)
    assert (answer.status_code, answer.json["code"]) == (422, "pack-malformed")
