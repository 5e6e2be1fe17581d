"""What officers read of the vault: packs in words, deadlines, the case behind a request, why attempts count."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest

from registry.errors import ConflictError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.model.times import DAY, SECOND, stamp
from registry.policy.parameters import PARAMETERS
from registry.shipped import shipped_packs
from tests.world import NO_ANSWER, Person, World


def asked(world: World, person: Person) -> str:
    """The request for approval of a lookup that lacks nothing else."""
    world.alive()
    approval: str = world.lookup(person)["approval"]
    return approval


def case(world: World, approval: str) -> dict[str, Any]:
    return world.call("approval-case", by={"role": "officer", "id": world.officers[0].id}, approval=approval)


def timeline(world: World, **about: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("timeline", by=world.auditor.value(), **about)["attempts"]
    return found


def test_every_pack_in_force_is_said_in_words_with_every_parameter_and_its_source(world: World) -> None:
    said = {language: world.call("packs-in-words", language=language)["packs"] for language in ("zh", "en")}
    assert [one["name"] for one in said["zh"]] == ["floor", "cn"]
    for language, packs in said.items():
        for pack in packs:
            assert [row["parameter"] for row in pack["rows"]] == [one.name for one in PARAMETERS]
            assert all(row["sentence"] and row["sources"] for row in pack["rows"]), (language, pack["name"])
    assert said["zh"][0]["rows"][0]["sentence"] != said["en"][0]["rows"][0]["sentence"]
    (cn,) = [one for one in said["en"] if one["name"] == "cn"]
    assert cn["scripts"] == shipped_packs()["cn"].pack.scripts
    (few,) = [row for row in cn["rows"] if row["parameter"] == "unreachable.min_attempts"]
    assert few["value"] == "8 attempts"
    assert [one.split(",")[0] for one in few["sources"]] == ["cn"]


def test_a_pack_to_come_is_announced_and_not_yet_said(world: World) -> None:
    text = shipped_packs()["cn"].text.replace('version = "2"', 'version = "3"').replace(
        'value = 15\nunit = "days"\nmerge = "min"', 'value = 10\nunit = "days"\nmerge = "min"')
    body = {"name": "cn", "version": "3", "text": text, "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "effective_from": stamp(world.clock.at)}
    world.sign("pack-activated/1", body, officers=1)
    (cn,) = [one for one in world.call("packs-in-words", language="en")["packs"] if one["name"] == "cn"]
    assert (cn["version"], [one["version"] for one in cn["coming"]]) == ("2", ["3"])
    world.clock.at += DAY + SECOND
    (cn,) = [one for one in world.call("packs-in-words", language="en")["packs"] if one["name"] == "cn"]
    assert (cn["version"], cn["coming"]) == ("3", [])


def test_a_complaint_is_answered_within_the_days_of_the_pack_at_the_borrowers_residence(world: World) -> None:
    person, ident = world.borrower(), new_id(os.urandom)
    world.append("complaint-filed/1", {
        "complaint": ident, "from": "borrower", "borrower": person.borrower, "about": "lender",
    }, world.lender, ident)
    filed = world.clock.at
    found = world.call("complaint-deadlines", complaints=[ident])
    assert found == {"deadlines": {ident: stamp(filed + 15 * DAY)}, "at": stamp(world.clock.at)}
    with pytest.raises(NotFoundError):
        world.call("complaint-deadlines", complaints=["0" * 32])


def test_an_officer_reads_the_whole_case_and_never_a_number(world: World) -> None:
    person = world.unreachable(approve=False)
    found = case(world, asked(world, person))
    assert found["reasons"] == []
    assert found["effort"]["attempts"] == {"have": 9, "need": 8}
    assert not found["effort"]["waived"]
    assert found["script"]["written"] is False
    assert found["script"]["pack"] == "cn"
    assert found["script"]["text"] == shipped_packs()["cn"].pack.scripts["restore-contact"]["zh"]
    text = json.dumps(found)
    assert person.contact_number not in text
    assert person.number not in text


def test_what_else_stands_against_a_request_is_said(world: World) -> None:
    person = world.unreachable(approve=False)
    approval, hold = asked(world, person), new_id(os.urandom)
    world.append("hold-placed/1", {"hold": hold, "borrower": person.borrower, "type": "dispute"}, world.lender, hold)
    assert case(world, approval)["reasons"] == ["hold-dispute"]


def test_each_attempt_says_whether_it_counts(world: World) -> None:
    person = world.unreachable(approve=False)
    approval = asked(world, person)
    voice = [one for one in timeline(world, approval=approval) if one["medium"] == "voice"]
    texts = [one for one in timeline(world, approval=approval) if one["medium"] != "voice"]
    assert {(one["class"], one["counts"]) for one in voice} == {("not-alerted", "counted")}
    assert {(one["class"], one["counts"]) for one in texts} == {("delivered", "covers")}
    world.clock.at += 3 * 3600 * SECOND
    world.attempt(person, cause=NO_ANSWER, ring_seconds=5)
    world.clock.at += 60 * SECOND
    world.attempt(person)
    *_, short, close = timeline(world, approval=approval)
    assert (short["class"], short["counts"], short["why"]) == ("unknown", "no", "proves-nothing")
    assert (close["counts"], close["why"]) == ("no", "attempt-too-close")


def test_after_a_sign_of_life_nothing_before_it_counts_but_a_decision_made_before_keeps_its_count(
    world: World,
) -> None:
    person = world.unreachable()
    permit = world.lookup(person)["lookup"]
    world.append("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}, world.lender)
    later = world.lookup(person)["lookup"]
    assert {one["counts"] for one in timeline(world, lookup=permit)} == {"counted", "covers"}
    assert {one.get("why") for one in timeline(world, lookup=later)} == {"before-sign-of-life"}
    with pytest.raises(MalformedError):
        timeline(world)


def test_a_signature_is_checked_before_a_second_officer_is_asked_for_his(world: World) -> None:
    first, second = world.officers
    draft = Draft(new_id(os.urandom), "releases-resumed/1", Actor("officer", first.id), {})
    one, two = (signing.officer(draft.to_sign()) for signing in (first, second))
    both = world.call("act-signers", entry={**draft.value(), "auth": [one, two]})
    assert both == {"signers": sorted([first.id, second.id])}
    with pytest.raises(UnauthorizedError, match="does not hold"):
        world.call("act-signers", entry={**draft.value(), "auth": [{**one, "sig": two["sig"]}]})


def test_nobody_settles_a_request_of_his_own_even_with_an_officers_key(world: World) -> None:
    own = world._party("agency", "An Officer's Agency", world.officers[0].id)
    world.sign("agency-approved/1", {
        "agency": own.id, "lender": world.lender.id, "role": "entrusted", "until": stamp(world.clock.at + 300 * DAY)})
    world.agency = own
    person = world.unreachable(approve=False)
    body = {"approval": asked(world, person), "borrower": person.borrower}
    for kind in ("approval-given/1", "approval-refused/1"):
        with pytest.raises(UnauthorizedError) as refused:
            world.sign(kind, body)
        assert refused.value.code == "own-request"
    first, second = world.officers
    world.officers = (second, first)
    world.sign("approval-given/1", body)
    assert world.lookup(person)["verdict"] == "permit"


def test_an_officer_approves_a_request_once_and_another_beside_him(world: World) -> None:
    person = world.unreachable(approve=False)
    body = {"approval": asked(world, person), "borrower": person.borrower}
    world.sign("approval-given/1", body)
    with pytest.raises(ConflictError) as again:
        world.sign("approval-given/1", body)
    assert again.value.code == "approval-closed"
    world.officers = world.officers[::-1]
    world.sign("approval-given/1", body)
    assert len(world.entries("approval-given/1")) == 2
