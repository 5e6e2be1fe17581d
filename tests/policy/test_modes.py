"""Messages, numbers and the borrower's own channels: the stories that are kept as golden vectors, told once each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.policy.modes import STORIES
from tests.policy.world import Case, World


@pytest.mark.parametrize(("build", "asked", "codes"), [one[1:] for one in STORIES], ids=[one[0] for one in STORIES])
def test_each_story_ends_as_the_rules_say(
    build: Callable[[World], Case], asked: dict[str, str], codes: tuple[str, ...],
) -> None:
    world = World()
    case = build(world)
    decision = world.ask(case, **asked)
    assert decision.codes == codes
    assert (decision.verdict == "permit") == (not codes)
    if asked.get("about") == "borrower":
        assert bool(decision.channels) == (not codes)
        assert decision.contact is None
    else:
        assert decision.channels == ()
