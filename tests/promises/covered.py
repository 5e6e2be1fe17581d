"""What the promises look for: whether a number left, and whether its permit is durable, signed and in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from registry.tlog.note import parse_verifier
from registry.tlog.proof import verify_proof
from tests import vault_engine
from tests.world import ORIGIN, Person, World


def number_left(outcome: object) -> bool:
    return isinstance(outcome, dict) and "release" in outcome


def permits(world: World, person: Person) -> list[str]:
    """The lookups that were permitted a person's contact's number."""
    return [one.id for one in world.entries("lookup-decided/1")
            if (one.body["verdict"], one.body["mode"], one.body["account"]) == ("permit", "number", person.account)]


def durable(world: World, index: int) -> bool:
    """Whether another process would find the entry on disk, and a signed checkpoint that covers it."""
    entry = vault_engine.ask(world.folder / "vault", f'SELECT 1 FROM leaves WHERE "index" = {index}')
    guard = (world.folder / "vault" / "guard").read_bytes()
    sizes = re.findall(rb"%b\n(\d+)\n" % ORIGIN.encode(), guard)
    return bool(entry) and max(map(int, sizes)) > index


def assert_covered(world: World, person: Person, answer: Mapping[str, Any]) -> None:
    """The number that left is the person's contact's, and its permit is in the log, under a signature."""
    claims = world.opened(answer)
    assert claims["number"] == person.contact_number
    entry = world.entry(answer["lookup"])
    assert (entry.body["verdict"], entry.index) == ("permit", answer["log_index"])
    assert (claims["jti"], claims["log_index"]) == (entry.id, entry.index)
    ((_, leaf),) = world.vault.desk.log.leaves(entry.index, 1)
    verify_proof(answer["proof"], leaf, parse_verifier(world.vault.desk.keys.vkey))
    assert durable(world, entry.index)
