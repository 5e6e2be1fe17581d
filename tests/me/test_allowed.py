"""What somebody can agree to follows the packs in force where he lives."""

from __future__ import annotations

import os
from typing import Any, cast

import pytest

from registry.usecases.me import allowed
from registry.usecases.ports import Ports, Store


class Vault:
    """Says what packs say, as the vault's `packs-in-words`."""

    def __init__(self, **packs: tuple[list[str], str, str]) -> None:
        self.packs = packs

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        assert op == "packs-in-words"
        return {"packs": [
            {"name": name, "regions": regions, "rows": [
                {"parameter": "purposes", "value": purposes}, {"parameter": "release_modes", "value": modes},
                {"parameter": "consent.max_age_days", "value": "365 days"}]}
            for name, (regions, purposes, modes) in self.packs.items()
        ]}


def ports(**packs: tuple[list[str], str, str]) -> Ports:
    vault = Vault(floor=([], "restore-contact, relay-message", "message, number"), **packs)
    return Ports(vault, vault, cast(Store, None), os.urandom, lambda: 0, "http://localhost")


US = (["US"], "location-information", "number")


@pytest.mark.parametrize(("residences", "purposes", "modes"), [
    (["US"], {"location-information"}, {"number"}),
    (["US-MA"], {"location-information"}, {"number"}),
    (["FR"], {"restore-contact", "relay-message"}, {"message", "number"}),
    (["US", "FR"], {"location-information", "restore-contact", "relay-message"}, {"message", "number"}),
])
def test_the_pack_of_the_residence_its_country_or_the_floor_says(
    residences: list[str], purposes: set[str], modes: set[str]
) -> None:
    assert allowed.anywhere(ports(us=US), residences) == {"purposes": purposes, "modes": modes}


def test_a_pack_of_the_very_state_comes_before_its_country() -> None:
    found = allowed.anywhere(ports(us=US, ma=(["US-MA"], "", "")), ["US-MA"])
    assert found == {"purposes": set(), "modes": set()}
