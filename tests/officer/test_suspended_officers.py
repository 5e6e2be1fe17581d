"""Any officer is suspended at once and for good, also one whom `init` named and nobody registered since."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry import officer
from registry.errors import ConflictError
from registry.model.ids import new_id
from tests.officer.desk import Officer, kinds, size
from tests.web.world import World, make_world


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One of each test's own: nothing brings an officer back."""
    with make_world(tmp_path_factory.mktemp("suspended")) as made:
        yield made


def second(world: World) -> str:
    """The officer of genesis who was never registered as a party."""
    ident = officer.load(world.keys.officers[1]).officer
    assert ident not in {one["party"] for one in world.officer.get("/v1/parties?limit=200").json["items"]}
    return ident


def test_an_officer_suspends_another_of_init_on_the_page_of_roles(world: World) -> None:
    gone = second(world)
    desk, other = (Officer(world, key, language="en") for key in world.keys.officers[:2])
    desk.get("/officer/roles")
    assert gone in desk.page
    assert f"/officer/roles/{world.made['officer'].id}/suspension" not in desk.page, "nobody himself"
    before = size(world)
    desk.send(f"/officer/roles/{gone}/suspension")
    assert kinds(world, before) == ["party-suspended/1"]
    assert "Suspended, with effect at once and for good." in desk.page
    desk.get("/officer/roles")
    assert '<mark data-tone="bad">suspended</mark>' in desk.page
    assert f'<option value="{gone}"' not in desk.page
    assert f"/officer/roles/{gone}/suspension" not in desk.page
    other.get("/officer")
    assert other.path.startswith("/sign-in"), "whoever is signed in is signed out"
    listed = world.officer.get("/v1/officers/roles").json["officers"]
    assert {one["officer"]: one.get("suspended") for one in listed} == {gone: True, world.made["officer"].id: None}


def test_by_the_api_he_is_suspended_as_a_party_is_and_signs_nothing_any_more(world: World) -> None:
    gone = second(world)
    assert world.officer.post(f"/v1/parties/{gone}/suspension").json["party"] == gone
    draft = world.officer.post("/v1/releases/resume?draft=1").json
    signed = officer.sign(draft, world.keys.officers[1])
    refused = world.officer.post("/v1/releases/resume", {"auth": [signed]})
    assert (refused.status_code, refused.json["code"]) == (403, "signature-invalid")
    assert world.officer.post(f"/v1/parties/{'0' * 32}/suspension").status_code == 404


def test_registering_him_afterwards_does_not_bring_him_back(world: World) -> None:
    gone = second(world)
    world.officer.post(f"/v1/parties/{gone}/suspension")
    entry = {"v": 1, "id": gone, "kind": "party-registered/1", "by": world.made["officer"].value(),
             "body": {"party": gone, "role": "officer", "name": "示例合规"}}
    auth = [officer.sign({"entry": entry}, world.keys.officers[0])]
    with pytest.raises(ConflictError) as refused:
        world.bench.vault.call("append", {"entry": {**entry, "auth": auth}})
    assert refused.value.code == "officer-suspended"
    fresh = new_id(world.bench.ports.random)
    entry |= {"id": fresh, "body": {**entry["body"], "party": fresh}}
    auth = [officer.sign({"entry": entry}, world.keys.officers[0])]
    world.bench.vault.call("append", {"entry": {**entry, "auth": auth}})


def test_a_party_is_suspended_although_the_projections_have_not_seen_it_yet(world: World) -> None:
    fresh = new_id(world.bench.ports.random)
    entry = {"v": 1, "id": fresh, "kind": "party-registered/1", "by": world.made["officer"].value(),
             "body": {"party": fresh, "role": "agency", "name": "示例催收四部"}}
    auth = [officer.sign({"entry": entry}, world.keys.officers[0])]
    world.bench.vault.call("append", {"entry": {**entry, "auth": auth}})
    assert world.bench.store.record("parties", fresh) is None
    assert world.officer.post(f"/v1/parties/{fresh}/suspension").status_code == 201
    shown = {one["party"]: one["state"] for one in world.officer.get("/v1/parties?limit=200").json["items"]}
    assert shown[fresh] == "suspended"


def test_the_last_officer_who_can_sign_is_not_suspended_by_anybody(world: World) -> None:
    gone, last = second(world), world.made["officer"].id
    assert world.officer.post(f"/v1/parties/{gone}/suspension").status_code == 201
    refused = world.officer.post(f"/v1/parties/{last}/suspension")
    assert (refused.status_code, refused.json["code"]) == (409, "last-officer")
    with pytest.raises(ConflictError) as caught:
        world.bench.vault.call("append", {"entry": {
            "v": 1, "id": new_id(world.bench.ports.random), "kind": "party-suspended/1", "by": {"role": "web"},
            "body": {"party": last}}})
    assert caught.value.code == "last-officer"
    assert world.done("/v1/releases/resume", {}).status_code == 201, "he still signs"
    agency = world.made["rival"].id
    assert world.officer.post(f"/v1/parties/{agency}/suspension").status_code == 201
