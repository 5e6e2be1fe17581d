"""People at a world's portal: signed in by the codes that were sent to them, with the arguments of what they do."""

from __future__ import annotations

from typing import Any

from registry.model.times import DAY, stamp
from tests.world import PURPOSE, Person, World


def seasoned(world: World) -> Person:
    """Somebody without any account: his telephone, for calls and SMS, and his mail have been known for a week."""
    found = world.borrower()
    world.deliver(found)
    world.clock.at += 8 * DAY
    return found


def signed_in(world: World, role: str, address: str, medium: str = "sms") -> str:
    """The token of a session opened by a code that the courier brought to this address."""
    asked = world.call("ask-code", role=role, address=address, medium=medium)
    (message,) = [one for one in world.deliver() if one["template"] == "sign-in-code"]
    assert message["to"] == address
    session: str = world.call("enter-code", request=asked["request"], code=message["params"]["code"])["session"]
    return session


def by_link(world: World, person: Person) -> str:
    """The token of a session opened by a link from the lender."""
    made = world.call("make-link", by=world.lender.value(), role="borrower", subject=person.borrower)
    session: str = world.call("open-link", token=made["token"])["session"]
    return session


def terms(world: World, person: Person, giver: str = "borrower", **changes: Any) -> dict[str, Any]:
    """The arguments of `give-consent` but for the session; None leaves a member out."""
    said = {
        "giver": giver, "borrower": person.borrower, "method": "portal", "separate": True,
        "contact": person.contact if giver == "contact" else None,
        "channel": person.channels["sms"] if giver == "borrower" else None,
        "scope": {
            "purposes": [PURPOSE, "relay-message"], "modes": ["number", "call", "message"], "data": ["phone"],
            "grantee": {"role": "entrusted"}, "max_uses": 3,
        },
        "notice": {"id": "borrower-consent", "version": "1", "language": "zh-CN", "sha256": "1" * 64},
        "expires_at": stamp(world.clock.at + 360 * DAY), **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def code_of(world: World, template: str, to: str) -> str:
    """The code in the message of this template that goes out now, to this address alone."""
    (message,) = [one for one in world.deliver() if one["template"] == template]
    assert message["to"] == to
    code: str = message["params"]["code"]
    return code


def blobs(world: World, *subjects: str) -> dict[str, dict[str, str]]:
    """All sealed values of these, as the web tier finds them."""
    found: dict[str, dict[str, str]] = {}
    for (subject, name), blob in world.blobs.items():
        if subject in subjects:
            found.setdefault(subject, {})[name] = blob
    return found
