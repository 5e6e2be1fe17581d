"""P2 for relayed messages: hours may lie between permit and sending, and whatever restricts in between wins.

`PR` is permit and restriction in one round, `P|R` in two. The courier asks for the address only then; nobody gets it,
the use is given back, and the log replays.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.errors import ConflictError, NotFoundError
from registry.shipped import shipped_outcomes
from tests.promises.saved import Ready, Saved
from tests.promises.test_p2_withdrawal_wins import HARMLESS, RESTRICTIONS
from tests.world import Person, World


def _meets_a_message(name: str) -> bool:
    """Not what is reported of a number that left, nor what answers another message: a line gets only one."""
    make = {**RESTRICTIONS, **HARMLESS}[name]
    return not make.__qualname__.startswith(("outcome", "use")) and " message" not in name


BETWEEN = sorted(filter(_meets_a_message, RESTRICTIONS))
HARMLESS_BETWEEN = sorted(filter(_meets_a_message, HARMLESS))


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A world in which one message is approved and not yet asked for."""
    saved = Saved.make(tmp_path_factory.mktemp("message") / "world", people=1, unapproved=1)
    ready = saved.restore(tmp_path_factory.mktemp("approved") / "world")
    world, person = ready.world, ready.people[0]
    world.deliver(person)
    asked = world.lookup(person, mode="message")
    world.sign("approval-given/1", {"approval": asked["approval"], "borrower": person.borrower})
    world.vault.close()
    return Saved(world, ready.people)


@pytest.fixture
def ready(approved: Saved, tmp_path: Path) -> Iterator[Ready]:
    made = approved.restore(tmp_path / "world")
    yield made
    made.world.vault.close()


def between(world: World, person: Person, make: Any, *, one_round: bool) -> str:
    """A permit for a message, and then that; the permit's lookup."""
    world.alive()
    asked = ("lookup", world.asked(person, mode="message"))
    request = make(world, person, "0" * 32)
    rounds = [[asked, request]] if one_round else [[asked], [request]]
    done = [answer for part in rounds for answer in world.vault.round(part)]
    assert all(isinstance(one, dict) for one in done), done
    permit = done[0]
    assert isinstance(permit, dict)
    assert (permit["verdict"], permit["message"]["state"]) == ("permit", "queued")
    return str(permit["lookup"])


def opening(world: World, lookup: str) -> dict[str, Any]:
    """What the courier sends to open the address of the message."""
    index = world.entry(lookup).index
    (one,) = [found for found in world.vault.call("deliveries", {"index": index})["deliveries"]
              if found["template"] == "relayed-message"]
    return world.open_args(index, one)


def check_log(world: World) -> None:
    report = replay((data for _, data in world.vault.desk.log.leaves(0, world.vault.desk.log.size)),
                    shipped_outcomes())
    assert report.ok, report


@pytest.mark.parametrize("one_round", [True, False], ids=["PR", "P|R"])
@pytest.mark.parametrize("name", BETWEEN)
def test_whatever_restricts_before_it_is_sent_wins(ready: Ready, name: str, one_round: bool) -> None:
    world, person = ready.world, ready.people[0]
    lookup = between(world, person, RESTRICTIONS[name], one_round=one_round)
    with pytest.raises(ConflictError) as caught:
        world.vault.call("open-for-delivery", opening(world, lookup))
    assert caught.value.code == "message-withheld"
    assert [one.body["lookup"] for one in world.entries("opening-refused/1")] == [lookup]
    assert "relayed-message" not in [one.body["template"] for one in world.entries("address-opened/1")]
    check_log(world)


@pytest.mark.parametrize("name", BETWEEN)
def test_what_restricts_in_the_very_round_in_which_it_is_opened_keeps_the_address_here(
    ready: Ready, name: str,
) -> None:
    world, person = ready.world, ready.people[0]
    restricts = RESTRICTIONS[name](world, person, "0" * 32)
    world.alive()
    permit = world.call("lookup", **world.asked(person, mode="message"))
    refused, _ = world.vault.round([("open-for-delivery", opening(world, permit["lookup"])), restricts])
    assert isinstance(refused, NotFoundError), "nobody asks for it any more"
    # Its entry stands, and the use is not given back.
    assert len([one for one in world.entries("address-opened/1") if one.body["about"] == permit["lookup"]]) == 1
    assert world.entries("opening-refused/1") == []


@pytest.mark.parametrize("name", HARMLESS_BETWEEN)
def test_what_restricts_nothing_lets_it_go_out(ready: Ready, name: str) -> None:
    world, person = ready.world, ready.people[0]
    lookup = between(world, person, HARMLESS[name], one_round=False)
    assert world.vault.call("open-for-delivery", opening(world, lookup))["to"] == person.contact_number
    check_log(world)
