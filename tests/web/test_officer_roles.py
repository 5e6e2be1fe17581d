"""Officers' roles over HTTP: who could approve a visit together can be read."""

from __future__ import annotations

from typing import Any

from registry.model.times import DAY, stamp
from tests.web.world import World


def roles(world: World) -> dict[str, dict[str, Any]]:
    """Officer -> what the list says of them."""
    return {one.pop("officer"): one for one in world.officer.get("/v1/officers/roles").json["officers"]}


def test_every_officer_is_listed_with_the_role_in_force_and_the_one_that_comes(world: World) -> None:
    first, second = roles(world)
    assert [one["role"] for one in roles(world).values()] == ["compliance", "compliance"]
    assert world.done("/v1/officers/roles", {"officer": second, "role": "legal"}).status_code == 201
    given = world.clock.now()
    told = roles(world)[second]
    assert (told["role"], told["coming"]["role"]) == ("compliance", "legal")
    assert stamp(given) <= told["coming"]["from"] <= stamp(given + DAY)
    world.clock.move_to(given + DAY)
    assert {name: one["role"] for name, one in roles(world).items()} == {first: "compliance", second: "legal"}
    assert "coming" not in roles(world)[second]
    for officers, role in ((1, "legal"), (2, "operations")):  # the second is in force first, and stands
        asked = {"officer": first, "role": role}
        assert world.done("/v1/officers/roles", asked, officers=officers).status_code == 201
    assert roles(world)[first] == {"role": "operations"}


def test_only_officers_read_the_list(world: World) -> None:
    assert {one.get("/v1/officers/roles").status_code for one in (world.collector, world.lender)} == {403}
