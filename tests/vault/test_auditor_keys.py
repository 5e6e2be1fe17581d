"""An auditor's key file: given by officers, good for resolutions alone, verified offline like everybody's."""

from __future__ import annotations

import os
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.errors import ConflictError, MalformedError, UnauthorizedError
from registry.model.entries import Actor, Draft
from registry.model.ids import new_id
from registry.model.times import DAY
from tests.world import Signing, World


@pytest.fixture
def auditor(world: World) -> Signing:
    """A registered auditor's key, not known to the log yet."""
    return Signing(world.staff("auditor").id)


def give(world: World, key: Signing, officers: int = 2) -> None:
    world.sign("auditor-key-added/1", {"party": key.id, "key": key.public}, officers=officers)


def resolution(world: World, resolution: str | None = None, complaint: str | None = None) -> dict[str, Any]:
    if complaint is None:
        complaint, person = new_id(os.urandom), world.borrower()
        world.append("complaint-filed/1", {
            "complaint": complaint, "from": "borrower", "borrower": person.borrower, "about": "lender"},
            world.lender, complaint)
    return {"resolution": resolution or new_id(os.urandom), "complaint": complaint, "address": "3" * 64}


def sign(world: World, key: Signing, kind: str, body: dict[str, Any], role: str = "auditor") -> None:
    draft = Draft(new_id(os.urandom), kind, Actor(role, key.id), body)
    auth = (key.officer(draft.to_sign()),)
    world.call("append", entry=Draft(draft.id, kind, draft.by, body, auth).value())


def test_two_auditors_with_key_files_resolve_and_the_log_replays(world: World, auditor: Signing) -> None:
    second = Signing(world.staff("auditor").id)
    for key in (auditor, second):
        give(world, key)
    body = resolution(world)
    for key in (auditor, second):
        sign(world, key, "resolution-approved/1", body)
    log = world.vault.desk.log
    report = replay(data for _, data in log.leaves(0, log.size))
    assert report.ok, report


def test_the_key_of_one_officers_giving_is_good_after_a_day(world: World, auditor: Signing) -> None:
    give(world, auditor, officers=1)
    with pytest.raises(UnauthorizedError):
        sign(world, auditor, "resolution-approved/1", resolution(world))
    world.clock.at += DAY
    sign(world, auditor, "resolution-approved/1", resolution(world))


def test_it_signs_nothing_but_resolutions(world: World, auditor: Signing) -> None:
    give(world, auditor)
    world.append("releases-stopped/1", {}, world.lender)
    for role in ("auditor", "officer"):
        with pytest.raises(UnauthorizedError):
            sign(world, auditor, "releases-resumed/1", {}, role)


def test_a_suspended_auditor_signs_nothing(world: World, auditor: Signing) -> None:
    give(world, auditor)
    world.append("party-suspended/1", {"party": auditor.id}, Actor("officer", world.officers[0].id))
    with pytest.raises(UnauthorizedError):
        sign(world, auditor, "resolution-approved/1", resolution(world))


def test_a_new_key_takes_the_place_of_the_old_and_needs_two_officers(world: World, auditor: Signing) -> None:
    give(world, auditor, officers=1)
    newer = Signing(auditor.id)
    with pytest.raises(UnauthorizedError):
        give(world, newer, officers=1)
    give(world, newer)
    with pytest.raises(UnauthorizedError):
        sign(world, auditor, "resolution-approved/1", resolution(world))
    sign(world, newer, "resolution-approved/1", resolution(world))


def test_a_key_is_one_auditors_and_a_key_at_all(world: World, auditor: Signing) -> None:
    give(world, auditor)
    other = world.staff("auditor").id
    for taken in (auditor.public, world.officers[0].public):
        with pytest.raises(ConflictError) as caught:
            world.sign("auditor-key-added/1", {"party": other, "key": taken})
        assert caught.value.code == "key-known"
    with pytest.raises(MalformedError) as malformed:
        world.sign("auditor-key-added/1", {"party": other, "key": "AAAA"})
    assert malformed.value.code == "key-malformed"
    for stranger in (world.staff("officer").id, new_id(os.urandom), world.lender.id):
        with pytest.raises(MalformedError) as unknown:
            world.sign("auditor-key-added/1", {"party": stranger, "key": Signing().public})
        assert unknown.value.code == "party-unknown"
