"""Each kind of provider has its own outcome table: vault and auditor map with that one and refuse another's."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from registry.audit.replay import replay
from registry.errors import MalformedError
from registry.model.entries import Entry, leaf
from registry.model.ids import new_id
from registry.shipped import outcome_tables, shipped_outcomes
from tests.world import Person, World

BUSY = {"q850": 17}     # busy in both tables: only the table's name tells them apart


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def telnyx(world: World) -> str:
    ident = new_id(os.urandom)
    world.sign("provider-registered/1", {
        "provider": ident, "name": "telnyx-voice", "adapter": "telnyx", "grade": "A", "owner": "registry",
        "public_key": "A" * 43,
    }, ident=ident)
    return ident


def dialled(world: World) -> Person:
    person = world.borrower()
    world.account(person)
    return person


def test_telnyx_is_not_registered_with_a_secret(world: World) -> None:
    ident = new_id(os.urandom)
    with pytest.raises(MalformedError) as refused:
        world.sign("provider-registered/1", {
            "provider": ident, "name": "t", "adapter": "telnyx", "grade": "B", "owner": "registry",
            "secret_commitment": "0" * 64,
        }, ident=ident)
    assert refused.value.pointer == "/body/secret_commitment"


def test_an_attempt_is_taken_with_the_table_of_its_providers_kind_alone(world: World, telnyx: str) -> None:
    person = dialled(world)
    own = {"provider": telnyx, "grade": "A", "seq": 1}
    with pytest.raises(MalformedError) as refused:
        world.attempt(person, cause=BUSY, **own)
    assert refused.value.code == "table-unknown"
    world.attempt(person, cause=BUSY, table=shipped_outcomes("telnyx").value(), **own)
    with pytest.raises(MalformedError) as refused:
        world.attempt(person, cause=BUSY, table=shipped_outcomes("telnyx").value())
    assert refused.value.code == "table-unknown"


def test_an_auditor_finds_an_attempt_that_was_mapped_with_another_kinds_table(world: World, telnyx: str) -> None:
    world.attempt(dialled(world), cause=BUSY, table=shipped_outcomes("telnyx").value(), provider=telnyx, grade="A",
                  seq=1)
    entries = world.entries()
    assert replay((leaf(one.draft, one.at) for one in entries), *outcome_tables()).ok
    last = entries[-1]
    assert last.kind == "attempt-recorded/2"
    swapped = replace(last.draft, body={**last.body, "table": shipped_outcomes().value()})
    report = replay((leaf(one.draft, one.at) for one in (*entries[:-1], Entry(last.index, last.at, swapped))),
                    *outcome_tables())
    assert report.failure == "it was mapped with the outcome table of another kind of provider"
    assert report.index == last.index
