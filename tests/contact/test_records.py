"""A contact takes what he agreed to with him, in others' formats: from the page, as JSON, and nobody else's."""

from __future__ import annotations

import json

import pytest

from registry.model.times import DAY, HOUR
from tests.contact.mother import invited, opened
from tests.web.world import World


@pytest.fixture(autouse=True)
def by_day(world: World) -> None:
    """Nobody is written to at night: to the next 10:00 in Shanghai."""
    now = world.clock.now()
    world.clock.move_to(now - now % DAY + DAY + 2 * HOUR)


FORMATS = {"27560": "application/ld+json", "kantara": "application/json", "depa": "application/json"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_consents_record_is_a_file_on_the_page_and_an_answer_to_its_lender(world: World, form: str) -> None:
    invitation = invited(world)
    mother = opened(world, invitation, "en")
    path = f"/c/consents/{invitation.consent}"
    assert f"{path}/record/{form}" not in mother.get(path).text
    mother.send(f"{path}/agreement")
    assert f"{path}/record/{form}" in mother.get(path).text
    file = mother.get(f"{path}/record/{form}")
    assert file.headers["Content-Disposition"].startswith(f'attachment; filename="consent-{invitation.consent[:8]}-')
    assert (file.headers["Content-Type"], file.headers["Cache-Control"]) == (FORMATS[form], "no-store")
    mine = json.loads(file.text)
    answer = world.lender.get(f"/v1/consents/{invitation.consent}/record?format={form}")
    assert answer.status_code == 200
    assert set(mine) == set(answer.json)
    for hidden in (invitation.number, invitation.number[1:], "样例"):
        assert hidden not in file.text


def test_there_is_no_other_format_and_no_record_of_anothers_consent(world: World) -> None:
    first, second = invited(world), invited(world)
    mother = opened(world, first, "en")
    assert mother.get(f"/c/consents/{first.consent}/record/pdf").status_code == 404
    assert mother.get(f"/c/consents/{second.consent}/record/27560").status_code == 404
    assert world.lender.get(f"/v1/consents/{'0' * 32}/record?format=27560").status_code == 404
    assert world.lender.get(f"/v1/consents/{first.consent}/record").status_code == 422


def test_what_was_only_asked_has_a_record_in_one_format_alone(world: World) -> None:
    invitation = invited(world)
    asked = world.lender.get(f"/v1/consents/{invitation.consent}/record?format=27560")
    assert asked.json["dpv:hasConsentStatus"][0]["@type"] == "dpv:ConsentRequested"
    refused = world.lender.get(f"/v1/consents/{invitation.consent}/record?format=depa")
    assert (refused.status_code, refused.json["code"]) == (409, "record-not-yet")
