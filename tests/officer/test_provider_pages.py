"""Providers and officers' roles in the portal: read, drawn up, signed and in force as through the API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from registry.demo.provider import Attempt, signed
from registry.model.providers import KINDS, OWNERS
from registry.policy.parties import grade_counts
from registry.texts.pages import known, text
from registry.web.portal.officer_providers import counting
from tests.officer.desk import Officer, kinds, size
from tests.web.world import World

SECRET = "whsec_" + "QUJD" * 8
KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # RFC 8037, A.2: an Ed25519 public key


def add(desk: Officer, **typed: Any) -> None:
    """Fills in the form of another provider."""
    desk.get("/officer/providers")
    desk.send("/officer/providers", **{"kind": "neutral", "owner": "neutral", "owner_party": "", "public_key": "",
                                      "secret": "", **typed})


def test_a_provider_with_a_secret_is_drawn_up_signed_and_believed(world: World, desk: Officer) -> None:
    before = size(world)
    add(desk, name="page-dialler", secret=SECRET)
    draft = desk.drafted()
    assert SECRET not in desk.page
    assert "provider-registered/1" not in kinds(world, before)
    desk.sign()
    assert "provider-registered/1" in kinds(world, before)
    assert desk.path == "/officer/providers", draft
    assert "page-dialler" in desk.page
    # Its word is verified with the secret that was typed: the entry's commitment and the courier's copy agree.
    attempt = Attempt("at-1", 1, "voice", "+8610000004321", {"q850": 19}, world.clock.now() - 40_000, 30)
    headers, data = signed(attempt.event(), SECRET, "msg_1", world.clock.wall())
    assert world.app.test_client().post("/v1/attempts/page-dialler", data=data, headers=headers).status_code == 202
    world.settle()
    status = json.loads(world.officer.get("/v1/providers/page-dialler").text)
    assert status["refused"] == []
    assert status["next_seq"] == 2


@pytest.mark.parametrize("given", [{"secret": SECRET}, {"public_key": KEY}])
def test_a_form_that_is_sent_twice_makes_one_draft(world: World, desk: Officer, given: dict[str, str]) -> None:
    before = size(world)
    desk.get("/officer/providers")
    filled = {**desk.form("/officer/providers").members, "name": f"twice-{next(iter(given))[0]}",
              "kind": "neutral", "owner": "neutral", **given}
    drafts = []
    for _ in range(2):
        desk.post("/officer/providers", filled, sec_fetch_site="same-origin")
        drafts.append(desk.drafted())
    desk.sign()
    desk.post("/officer/providers", filled, sec_fetch_site="same-origin")
    drafts.append(desk.drafted())
    assert len(set(drafts)) == 1
    assert kinds(world, before).count("provider-registered/1") == 1, "and one that is signed stays signed"
    desk.post("/officer/providers", {**filled, "secret": "whsec_" + "REVG" * 8, "public_key": ""},
              sec_fetch_site="same-origin")
    assert desk.status == 409, "the page was gone back to, and another secret typed"
    assert SECRET not in desk.page


def test_one_with_a_public_key_is_of_grade_a_and_says_why_it_counts(world: World, desk: Officer) -> None:
    add(desk, name="keyed-dialler", public_key=KEY, owner="registry")
    desk.sign()
    page = desk.get("/officer/providers/keyed-dialler").text
    assert "<dd>A</dd>" in page
    assert "signs with a private key of its own" in page


@pytest.mark.parametrize(("typed", "wrong"), [
    ({"name": "Not A Word", "secret": SECRET}, "officer.error.name"),
    ({"name": "twice", "secret": SECRET, "public_key": KEY}, "officer.error.secret"),
    ({"name": "neither"}, "officer.error.secret"),
    ({"name": "wrong-kind", "kind": "telnyx", "secret": SECRET}, "officer.error.public_key"),
    ({"name": "odd-owner", "owner": "nobody", "secret": SECRET}, "officer.error.owner"),
    ({"name": "short", "secret": "whsec_!"}, "officer.error.secret"),
])
def test_what_the_api_refuses_the_form_refuses_in_words_and_sends_no_secret_back(
    world: World, desk: Officer, typed: dict[str, str], wrong: str,
) -> None:
    before = size(world)
    add(desk, **typed)
    assert desk.status == 422
    assert known(wrong)
    assert f'id="{wrong.rsplit(".", 1)[1]}-error"' in desk.page
    assert SECRET not in desk.page
    assert size(world) == before


def test_a_name_that_is_taken_is_refused_before_anybody_signs(desk: Officer) -> None:
    add(desk, name="demo-dialler", secret=SECRET)
    assert (desk.status, 'id="name-error"' in desk.page) == (422, True)


def test_a_draft_of_the_page_is_no_draft_of_the_api(world: World, desk: Officer) -> None:
    """Nobody finishes through the API, with another secret, what was drawn up on the page."""
    add(desk, name="two-ways", secret=SECRET)
    auth = [json.loads(desk.signature())]
    body = {"name": "two-ways", "kind": "neutral", "owner": "neutral", "secret": SECRET, "auth": auth}
    answer = world.officer.post("/v1/providers", body)
    assert (answer.status_code, json.loads(answer.text)["code"]) == (409, "draft-missing")


def test_an_accepted_gap_is_drawn_up_on_the_providers_page(world: World, desk: Officer) -> None:
    attempt = Attempt("at-9", 9, "voice", "+8610000004321", {"q850": 19}, world.clock.now() - 40_000, 30)
    add(desk, name="gappy", secret=SECRET)
    desk.sign()
    headers, data = signed(attempt.event(), SECRET, "msg_9", world.clock.wall())
    world.app.test_client().post("/v1/attempts/gappy", data=data, headers=headers)
    world.settle()
    assert "1 – 8" in desk.get("/officer/providers/gappy").text
    desk.send("/officer/providers/gappy/gaps", from_seq="8", through_seq="1")
    assert (desk.status, 'id="through_seq-error"' in desk.page) == (422, True)
    desk.send("/officer/providers/gappy/gaps", from_seq="1", through_seq="8" * 5_000)
    assert (desk.status, 'id="through_seq-error"' in desk.page) == (422, True)
    desk.send("/officer/providers/gappy/gaps", from_seq="1", through_seq="8")
    desk.sign()
    world.settle()
    assert "1 – 8" not in desk.get("/officer/providers/gappy").text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owner", OWNERS)
def test_whether_it_counts_and_why_is_said_of_every_kind_in_everybodys_hands(kind: str, owner: str) -> None:
    for grade in filter(None, (KINDS[kind].secret, KINDS[kind].public_key)):
        said = counting({"owner": owner, "grade": grade, "adapter": kind})
        # As the rules count it; grade C as what it becomes once confirmed, where that can be.
        best = "B" if grade == "C" and KINDS[kind].pull else grade
        assert (said in ("pulled", "signed", "shared")) is grade_counts(best, owner)
        assert known(f"officer.providers.counts.{said}")
        assert known(f"officer.providers.why.{said}")


def test_every_kind_is_called_in_chinese_on_a_chinese_page_and_as_the_api_calls_it_on_an_english_one(
    world: World,
) -> None:
    for language in ("zh", "en"):
        desk = Officer(world, world.keys.officers[0], language=language)
        desk.get("/officer/providers")
        for name, kind in KINDS.items():
            said = text(f"officer.provider-kind.{name}", language, {})
            assert f'<option value="{name}">{said}</option>' in desk.page
            assert said == kind.title if language == "en" else re.search("[\u4e00-\u9fff]", said), name


def test_roles_are_read_and_another_is_given_in_a_day_or_at_once(world: World, desk: Officer) -> None:
    first, second = (json.loads(path.read_text("utf-8"))["officer"] for path in world.keys.officers)
    assert "All officers have one role" in desk.get("/officer/roles").text
    desk.send("/officer/roles", officer=second, role="legal")
    desk.sign()
    assert desk.path == "/officer/roles"
    assert "Coming" in desk.page
    desk.send("/officer/roles", officer=second, role="operations")
    desk.sign("keep")
    desk.get("/officer/acts")
    desk.get(next(one for one in desk.page.split('"') if one.startswith("/officer/acts/")))
    desk.sign(key=Path(world.keys.officers[1]))
    page = desk.get("/officer/roles").text
    assert "All officers have one role" not in page
    assert "<dd>operations</dd>" in page
    desk.send("/officer/roles", officer="0" * 32, role="legal")
    assert (desk.status, 'id="officer-error"' in desk.page) == (422, True)
    assert first in page
