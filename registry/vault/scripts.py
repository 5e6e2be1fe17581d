"""What a relayed message and a brokered call are, and which texts one may say: those that its permit's packs know."""

from __future__ import annotations

from registry.model.entries import Entry
from registry.policy import Directory, pack_digest


def is_message(lookup: Entry) -> bool:
    """Whether a decision permits a message."""
    body = lookup.body
    return (body["verdict"], body["about"], body["mode"]) == ("permit", "contact", "message")


def is_call(lookup: Entry) -> bool:
    """Whether a decision permits a brokered call."""
    body = lookup.body
    return (body["verdict"], body["about"], body["mode"]) == ("permit", "contact", "call")


def approved(directory: Directory, permit: Entry) -> frozenset[str]:
    """Digests of the texts that the packs named by a permit know for its purpose."""
    named = {(pack["name"], pack["sha256"]) for pack in permit.body["packs"]}
    return frozenset(
        pack_digest(text)
        for name, versions in directory.packs.items() for _, pack in versions if (name, pack.id.sha256) in named
        for text in pack.messages.get(permit.body["purpose"], {}).values()
    )
