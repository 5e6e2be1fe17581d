"""demo.json: everything a stranger needs to try the demo world (CONTRACT section 8). Mode 0600, written last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from registry.demo.acts import AGENT, PROVIDER, PURPOSE, Person
from registry.demo.people import CASES, Case
from registry.model.entries import Actor
from registry.settings import Settings, write_json


def card_of(
    url: str, made: Mapping[str, Actor], people: Mapping[str, Person], *, tokens: Mapping[str, str],
    keys: Mapping[str, Any], provider: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole card. `keys` holds officers, collector_jwk, vault_jwks and log, paths as in the final place."""
    return {
        "url": url, "tokens": dict(tokens), "agent": AGENT, "purpose": PURPOSE,
        "parties": {name: made[name].id for name in ("lender", "agency", "rival")},
        **keys, "provider": {"name": PROVIDER, "kind": "neutral", "owner": "neutral", **provider},
        "borrowers": [_borrower(case, people[case.name]) for case in CASES],
    }


def _borrower(case: Case, person: Person) -> dict[str, Any]:
    addresses = {"voice": case.line, "sms": case.line, "email": case.mail}
    return {
        "name": case.name, "borrower": person.borrower, "account": person.account, "contact": person.contact,
        "contact_number": case.contact_line,
        "channels": [
            {"id": one["channel"], "medium": one["medium"], "address": addresses[one["medium"]]}
            for one in person.channels
        ],
    }


def point_at(settings: Settings, url: str) -> dict[str, Any]:
    """Makes demo.json say where the world is served now. The card."""
    card: dict[str, Any] = json.loads(settings.demo_file.read_text("utf-8"))
    if card["url"] != url:
        card["url"] = url
        write_json(settings.demo_file, card)
    return card
