"""What is reported of a visit or a brokered call that was permitted before: it restricts what is asked for next."""

from __future__ import annotations

import os
from typing import Any

from registry.model.ids import new_id
from registry.model.times import stamp
from tests.world import Person, World

HOME = "18 Example Road, Example Town"
VISITORS = ["agent-17", "agent-18"]
CALLER = "+8610000007777"


def visited(world: World, person: Person, lookup: str) -> tuple[str, dict[str, Any]]:
    """Another account of the same borrower is late; two visitors were let go there, and now they have met him."""
    other = Person(person.borrower, person.contact, person.number, "", person.mail, person.channels)
    world.account(other, past_due=120)
    world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="post", value=HOME,
               use="personal")
    first, second = world.officers
    world.sign("officer-role-set/1", {"officer": second.id, "role": "operations"}, officers=2)
    visit = _asked(world, other)
    for world.officers in ((second, first), (first, second)):
        world.sign("approval-given/1", {"approval": visit["approval"], "borrower": person.borrower})
    visit = _asked(world, other)
    assert visit["verdict"] == "permit", world.codes(visit)
    return "outcome", {"by": world.agency.value(), "lookup": visit["lookup"], "outcome": "met", "agent": VISITORS[0],
                       "at": stamp(world.clock.at)}


def _asked(world: World, person: Person) -> dict[str, Any]:
    world.alive()
    asked = world.asked(person, about="borrower", purpose="contact-borrower")
    return world.call("lookup", **asked | {"about": "visit", "visitors": VISITORS})


def stopped(world: World, person: Person, lookup: str) -> tuple[str, dict[str, Any]]:
    """The contact was connected, and nobody was spoken with; now the record comes: never again."""
    call = _connected(world, person)
    if call["verdict"] == "deny":
        world.sign("approval-given/1", {"approval": call["approval"], "borrower": person.borrower})
        call = _connected(world, person)
    assert call["verdict"] == "permit", world.codes(call)
    decided = world.entry(call["lookup"])
    (one,) = [found for found in world.vault.call("deliveries", {"index": decided.index})["deliveries"]
              if found["template"] == "brokered-call"]
    found = world.call("open-for-delivery", **world.open_args(decided.index, one))
    ids = {name: decided.body[name] for name in ("lookup", "borrower", "contact", "line")}
    world.vouch("call-bound/1", {**ids, "opened": found["opened"], "expires_at": found["call"]["expires_at"],
                                 "max_calls": found["call"]["max_calls"]})
    world.vouch("call-unbound/1", {**ids, "why": "used"})
    body = {**ids, "call": new_id(os.urandom), "began_at": stamp(world.clock.at), "talk_seconds": 0,
            "outcome": "no-answer", "stop": True}
    return "call-record", {"entry": world.vouched("call-recorded/1", body)}


def _connected(world: World, person: Person) -> dict[str, Any]:
    world.vault.call("follow", {"after": world.cursor, "limit": 1, "courier": True, "bridge": True})
    asked = world.asked(person, mode="call", caller=CALLER, agent=f"agent-{person.account[:8]}")
    return world.call("lookup", **asked)
