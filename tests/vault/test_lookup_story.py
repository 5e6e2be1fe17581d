from __future__ import annotations

from tests.world import World


def test_a_permit_opens_only_for_the_collectors_key(world: World) -> None:
    person = world.unreachable()
    answer = world.lookup(person)
    assert answer["verdict"] == "permit", world.codes(answer)
    claims = world.opened(answer)
    assert claims["number"] == person.contact_number
