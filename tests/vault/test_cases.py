"""A case from the vault's side: whom it is for, what it waits for, and what witnesses have to do with it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConflictError, NotFoundError
from registry.tlog.cosignature import verify_cosignatures
from registry.vault.ops import cases
from tests.casefile.following import begun, commands, needs_tools, said, unpacked
from tests.quorum import Quorum
from tests.world import Person, World

WHOLE = "in entries/*.json; do included"


@dataclass
class Asked:
    """A permit, and an auditor who takes it out."""

    person: Person
    lookup: str
    by: dict[str, str]


@pytest.fixture
def asked(world: World) -> Asked:
    person = world.unreachable()
    world.alive()
    return Asked(person, world.lookup(person)["lookup"], world.staff("auditor").value())


def taken(world: World, asked: Asked, folder: Path) -> Path:
    return unpacked(base64.b64decode(world.call("case", by=asked.by, lookup=asked.lookup)["zip"]), folder)


@needs_tools
def test_under_witnesses_it_carries_the_quorums_lines_and_keys(world: World, asked: Asked, tmp_path: Path) -> None:
    quorum = Quorum(world.vault.desk.keys.vkey, world.clock.wall)
    world.vault.meet(quorum.feeder(), quorum.text)
    world.lookup(asked.person, purpose="relay-message", mode="message")  # something new to cosign
    world.alive()
    folder = taken(world, asked, tmp_path / "case")
    found: dict[str, Any] = json.loads((folder / "case.json").read_text("utf-8"))
    at = found["checkpoint"]
    policy = quorum.feeder().policy
    assert at["witnesses"] == {"quorum": str(policy), "policy": policy.digest}
    times = verify_cosignatures((folder / "checkpoint").read_text("utf-8"), policy.verifiers)
    assert policy.satisfied({one.public for one in times})
    assert sorted(at["cosigned_by"]) == sorted(one.name for one in times)
    script = commands(folder).replace(WHOLE, WHOLE.replace("*", str(found["index"])))
    held, printed = said(begun(folder, script))
    assert held, printed
    assert printed.count("cosigned by ") == len(times)
    assert "witnesses: none" not in (folder / "README.en.md").read_text("utf-8")


@needs_tools
def test_a_permit_is_taken_out_with_what_it_rests_on_and_what_came_of_it(
    world: World, asked: Asked, tmp_path: Path,
) -> None:
    world.deliver()
    folder = taken(world, asked, tmp_path / "case")
    found = json.loads((folder / "case.json").read_text("utf-8"))
    kinds = {one["kind"] for one in found["entries"]}
    assert {"consent-given/1", "approval-given/1", "attempt-recorded/2", "notice-sent/1", "use-told/1"} <= kinds
    assert {one["counts"] for one in found["attempts"]} <= {"counted", "covers"}
    assert (found["verdict"], found["replay"]["agrees"], found["replay"]["verdict"]) == ("permit", True, "permit")
    held, printed = said(begun(folder, commands(folder).replace(WHOLE, WHOLE.replace("*", str(found["index"])))))
    assert held, printed
    assert "signed by the courier" in printed
    everything = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
    assert b"+861000000" not in everything, "no number of anybody"
    assert b"@demo.invalid" not in everything


def test_it_is_for_registered_staff_alone(world: World, asked: Asked) -> None:
    size = world.call("status")["size"]
    for by in (world.agency.value(), world.lender.value(), {"role": "auditor", "id": "0" * 32},
               {**asked.by, "role": "officer"}):
        with pytest.raises(NotFoundError):
            world.call("case", by=by, lookup=asked.lookup)
    assert world.call("status")["size"] == size


def test_nobody_without_an_id_and_no_other_entry_is_a_case(world: World, asked: Asked) -> None:
    with pytest.raises(NotFoundError):
        world.call("case", by=asked.by, lookup=asked.person.borrower)


def test_what_is_too_large_to_send_is_said_with_what_to_do(
    world: World, asked: Asked, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit in ("MOST_ENTRIES", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(cases, limit, 3)
            with pytest.raises(ConflictError, match="registry audit case") as refused:
                world.call("case", by=asked.by, lookup=asked.lookup)
        assert refused.value.code == "case-too-large"


def test_what_came_after_is_looked_through_as_far_as_it_says(
    world: World, asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    world.deliver()
    monkeypatch.setattr(cases, "LOOKED_THROUGH", 1)
    found = json.loads((taken(world, asked, tmp_path / "case") / "case.json").read_text("utf-8"))
    assert found["read_through"] == found["index"] + 2
    later = {one["kind"] for one in found["entries"] if one["index"] >= found["read_through"]}
    assert "address-opened/1" not in later
