"""A pack put in force on a running product, as officers do it over HTTP: now, later, and one in another's place."""

from __future__ import annotations

import pytest

from registry.model.times import DAY, HOUR, stamp
from registry.shipped import shipped_packs
from tests.web.world import World


def activation(name: str, at: int, text: str | None = None, version: str | None = None) -> dict[str, str]:
    shipped = shipped_packs()[name]
    return {"name": name, "version": version or shipped.id.version, "text": text or shipped.text,
            "effective_from": stamp(at)}


def stricter(attempts: int, version: str) -> str:
    """China's pack with other numbers of attempts."""
    shipped = shipped_packs()["cn"]
    return shipped.text.replace(f'version = "{shipped.id.version}"', f'version = "{version}"').replace(
        'value = 8\nunit = "attempts"', f'value = {attempts}\nunit = "attempts"')


def in_force(world: World, name: str = "cn") -> tuple[str, list[str]]:
    """The version in force as officers are told, and those that are coming."""
    packs = world.officer.get("/v1/packs/in-force").json["packs"]
    (found,) = [one for one in packs if one["name"] == name]
    return found["version"], [one["version"] for one in found["coming"]]


@pytest.mark.parametrize("name", [one for one in shipped_packs() if one not in ("floor", "cn")])
def test_a_shipped_pack_is_put_in_force_by_two_officers_and_shown_with_its_digest(world: World, name: str) -> None:
    shipped = shipped_packs()[name]
    body = activation(name, world.clock.now())
    draft = world.officer.post("/v1/packs?draft=1", body)
    assert draft.json["entry"]["body"]["sha256"] == shipped.id.sha256
    done = world.done("/v1/packs", body, officers=2)
    assert (done.status_code, done.json["sha256"]) == (201, shipped.id.sha256)
    world.settle()
    listed = world.officer.get("/v1/packs").json["items"]
    assert {"name": name, "version": shipped.id.version, "sha256": shipped.id.sha256}.items() <= listed[-1].items()
    directory = world.bench.vault.desk.directory
    region = shipped.pack.regions[0]
    assert directory.pack_for_region(region, world.clock.now()) == shipped.pack


def test_a_pack_that_is_not_exact_or_is_dated_back_is_refused(world: World) -> None:
    shipped = shipped_packs()["uk"]
    assert world.done("/v1/packs", activation("uk", world.clock.now() - DAY), officers=2).status_code == 422
    broken = activation("uk", world.clock.now(), shipped.text.replace('unit = "days"', 'unit = "hours"', 1))
    answer = world.done("/v1/packs", broken, officers=2)
    assert (answer.status_code, answer.json["code"]) == (422, "pack-malformed")


def test_a_pack_that_says_what_it_forbids_itself_is_refused(world: World) -> None:
    text = shipped_packs()["us"].text.replace('"delinquen*"', '"location*"')
    answer = world.done("/v1/packs", activation("us", world.clock.now(), text), officers=2)
    assert (answer.status_code, answer.json["code"]) == (422, "pack-unspeakable")
    assert "scripts.location-information.en" in answer.json["detail"]


# One world serves the whole file: each test takes versions of its own, and its clock goes on.
@pytest.mark.parametrize(("officers", "version"), [(1, "11"), (2, "12")])
def test_a_version_announced_for_later_is_listed_as_coming_and_judges_from_its_moment(
    world: World, officers: int, version: str,
) -> None:
    at = world.clock.now()
    before, _ = in_force(world)
    body = activation("cn", at + 3 * DAY, stricter(40, version), version)
    assert world.done("/v1/packs", body, officers=officers).status_code == 201
    assert in_force(world) == (before, [version])
    world.clock.move_to(at + 3 * DAY - HOUR)
    assert in_force(world) == (before, [version])
    world.clock.move_to(at + 3 * DAY)
    assert in_force(world) == (version, [])


def test_by_one_officer_even_now_is_a_day_later(world: World) -> None:
    at = world.clock.now()
    before, _ = in_force(world)
    assert world.done("/v1/packs", activation("cn", at, stricter(40, "13"), "13"), officers=1).status_code == 201
    assert in_force(world) == (before, ["13"])
    world.clock.move_to(at + DAY + HOUR)
    assert in_force(world) == ("13", [])


def test_what_is_put_in_force_later_overtakes_what_was_announced_before(world: World) -> None:
    at = world.clock.now()
    before, _ = in_force(world)
    for version, days in (("14", 5), ("15", 1)):
        body = activation("cn", at + days * DAY, stricter(40, version), version)
        assert world.done("/v1/packs", body, officers=2).status_code == 201
    assert in_force(world) == (before, ["15"])      # 14 will never come into force
    world.clock.move_to(at + 6 * DAY)
    assert in_force(world) == ("15", [])
