"""An act in words, before anybody signs it: one sentence, then every member of the entry, hiding nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from registry.model.entries import Draft

SENTENCES: Mapping[str, str] = MappingProxyType({
    "provider-registered/1": "Believe the provider {name} (owner: {owner}) about attempts and receipts.",
    "provider-gap-accepted/1": "Accept that the provider's reports {from_seq} to {through_seq} will never arrive.",
    "party-registered/1": "Register {name} as {role}.",
    "party-key-changed/1": "Encrypt releases to another key of party {party} from now on.",
    "agency-approved/1": "Approve agency {agency} as {role} for lender {lender} until {until}.",
    "pack-activated/1": "Put the rules {name} version {version} in force from {effective_from}.",
    "releases-resumed/1": "Let numbers be released again.",
    "releases-stopped/1": "Stop every release.",
    "hold-lifted/1": "Lift hold {hold} on borrower {borrower}.",
    "erasure-cancelled/1": "Cancel the erasure of {role} {subject}.",
    "approval-given/1": "Approve {approval}: once, a number may be released or a message sent, as it asks, "
                        "about one contact of borrower {borrower}.",
    "approval-refused/1": "Refuse approval {approval} for a contact of borrower {borrower}.",
    "party-suspended/1": "Suspend party {party}.",
})


def in_words(draft: Draft) -> str:
    """The act as lines of plain text. Characters that a terminal would obey or reorder are shown escaped."""
    sentence = SENTENCES.get(draft.kind, "Vouch for an entry of kind {kind}.")
    values = {"kind": draft.kind, **{name: _shown(value) for name, value in draft.body.items()}}
    by = draft.by.role if draft.by.id is None else f"{draft.by.role} {draft.by.id}"
    lines = [sentence.format_map(values), f"  kind: {draft.kind}", f"  by: {by}", f"  id: {draft.id}"]
    lines += [f"  {name}: {_shown(value)}" for name, value in sorted(draft.body.items())]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return "".join(_mark(mark) for mark in value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in sorted(value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mark(mark: str) -> str:
    if mark == "\n":
        return "\n    "
    return mark if mark.isprintable() else f"\\u{ord(mark):04x}"
