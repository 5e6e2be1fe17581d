"""Taking a lookup out as evidence, from an auditor's page of it or an officer's page of a complaint about it."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from typing import Any

import pytest

from registry.web.portal import forms
from tests.portal.visitor import Visitor, by_link, somebody
from tests.web.world import World

KEYS = itertools.count()
WORDS = "They rang my sister, invented words"


@pytest.fixture(scope="module")
def denied(world: World) -> dict[str, Any]:
    """A lookup that was denied, and a complaint about it."""
    person = somebody(world)
    lookup = world.collector.post("/v1/lookups", world.lookup(person.ids["account"]),
                                  idempotency_key=f"taken-{next(KEYS)}").json["lookup"]
    world.settle()
    filed = world.lender.post("/v1/complaints", {"from": "borrower", "borrower": person.ids["borrower"],
                                                 "lookup": lookup, "about": "lookup", "text": WORDS})
    return {"lookup": lookup, "complaint": filed.json["complaint"], "number": person.number,
            "borrower": person.ids["borrower"]}


def told(visitor: Visitor) -> dict[str, Any]:
    assert visitor.status == 200
    assert visitor.answer.content_type == "application/zip"
    assert visitor.answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(visitor.answer.data)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_auditor_downloads_a_lookup_from_its_page(world: World, denied: dict[str, Any], language: str) -> None:
    visitor = by_link(world, "auditor", language=language)
    visitor.get(f"/auditor/lookups/{denied['lookup']}")
    assert ("取出证据" if language == "zh" else "Take it out as evidence") in visitor.page
    visitor.send(f"/auditor/lookups/{denied['lookup']}/case.zip")
    found = told(visitor)
    assert json.loads(found["case.json"])["lookup"] == denied["lookup"]
    assert WORDS not in found["case.en.html"], "nothing sealed was opened: nobody ticked that"
    assert denied["number"] not in "".join(found.values())


def test_an_officer_downloads_the_lookup_that_a_complaint_names_with_its_words(
    world: World, denied: dict[str, Any],
) -> None:
    visitor = by_link(world, "officer", language="en")
    visitor.get(f"/officer/complaints/{denied['complaint']}")
    visitor.send(f"/auditor/lookups/{denied['lookup']}/case.zip", open="complaints")
    assert WORDS in told(visitor)["case.zh.html"]


def test_a_form_of_somebody_else_takes_nothing_out(world: World, denied: dict[str, Any]) -> None:
    visitor = by_link(world, "auditor")
    path = f"/auditor/lookups/{denied['lookup']}/case.zip"
    assert visitor.post(path, {"open": "complaints"}, sec_fetch_site="cross-site").status_code == 403
    assert visitor.post(path, {forms.MEMBER: "0" * 64}, sec_fetch_site="same-origin").status_code == 403
    assert visitor.get(path).status_code == 405
    borrower = by_link(world, "borrower", denied["borrower"])
    assert borrower.post(path, {}, sec_fetch_site="same-origin").status_code == 403


def test_a_complaint_about_no_lookup_has_nothing_to_take_out(world: World) -> None:
    person = somebody(world)
    filed = world.lender.post("/v1/complaints", {"from": "borrower", "borrower": person.ids["borrower"],
                                                 "about": "registry", "text": WORDS}).json["complaint"]
    visitor = by_link(world, "officer", language="en")
    visitor.get(f"/officer/complaints/{filed}")
    assert "case.zip" not in visitor.page
