"""The vault is killed at each point of a lookup that waits for its witnesses: no fork, no number without its entry,
one use, and what was published stays published."""

from __future__ import annotations

import os
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConsentryError
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.note import parse_verifier
from registry.tlog.tree import root_of
from registry.vault.vault import Vault
from tests.quorum import Memory, Quorum
from tests.world import World

POINTS = ("received", "inside-integrate", "integrated", "signed", "guarded", "feeding", "cosigned", "published")
KILLED = -signal.SIGKILL


class Kept(Memory):
    """What a witness cosigned, in a file: it outlives the process that was killed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        if path.exists():
            self.kept = pickle.loads(path.read_bytes())

    def advance(self, origin: str, held: Any, to: Any) -> bool:
        super().advance(origin, held, to)
        self.path.write_bytes(pickle.dumps(self.kept))
        return True


def quorum_of(world: World) -> Quorum:
    quorum = Quorum(world.vault.desk.keys.vkey, world.clock.wall)
    for one in quorum.witnesses:
        one.memory = Kept(world.folder / one.key.name.rpartition("/")[2])
        one.__post_init__()
    return quorum


def reopened(world: World, quorum: Quorum, faults: Any = None) -> Vault:
    more = {} if faults is None else {"faults": faults}
    vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True, **more)
    vault.meet(quorum.feeder(), quorum.text)
    vault.call("follow", {"after": 0, "limit": 1, "courier": True})
    return vault


def killed_at(world: World, point: str, args: dict[str, Any], times: int) -> dict[str, Any] | None:
    """Asks in a process that dies the n-th time at a point once it has begun. What it was told, if anything."""
    world.vault.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        left, armed = times, False

        def die(reached: str) -> None:
            nonlocal left
            left -= armed and reached == point
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        vault = reopened(world, quorum_of(world), die)
        armed = True
        try:
            told: object = vault.call("lookup", args)
        except ConsentryError as error:
            told = {"error": error.code}
        os.write(writer, pickle.dumps(told))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == (0 if data else KILLED)
    return pickle.loads(data) if data else None


@pytest.mark.parametrize("point", POINTS)
def test_a_vault_killed_while_witnesses_are_asked_gives_no_number_and_its_successor_one(
    world: World, point: str
) -> None:
    person = world.unreachable()
    quorum = quorum_of(world)
    world.vault.meet(quorum.feeder(), quorum.text)
    world.alive()
    world.vault.late()
    note, vkey = world.vault.desk.log.checkpoint(), parse_verifier(world.vault.desk.keys.vkey)
    args = world.asked(person, key="k")
    assert killed_at(world, point, args, 1) is None
    quorum = quorum_of(world)
    known = [one.memory.kept[vkey.name] for one in quorum.witnesses]
    world.vault = reopened(world, quorum)
    log = world.vault.desk.log
    before, after = open_checkpoint(note, vkey), open_checkpoint(log.checkpoint(), vkey)
    assert after.size >= before.size, "what was published stays published"
    for one in (before, *known):
        assert root_of(log._tree.node, one.size) == one.root, "what anybody signed or cosigned is our history"
    permits = [one.id for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"]
    assert len(permits) == (0 if point in ("received", "inside-integrate") else 1)
    answer = world.vault.call("lookup", args)
    assert world.opened(answer)["number"] == person.contact_number
    assert [one.id for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"] == [
        answer["lookup"]
    ]
    assert len(world.entries("lookup-redelivered/1")) == len(permits)


def test_a_number_that_left_is_under_what_was_published_before_the_kill(world: World) -> None:
    person = world.unreachable()
    quorum = quorum_of(world)
    world.vault.meet(quorum.feeder(), quorum.text)
    told = killed_at(world, "never", world.asked(person, key="k"), 1)
    assert told is not None
    quorum = quorum_of(world)
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    quorum.all("dead")
    world.vault.meet(quorum.feeder(), quorum.text)
    assert world.vault.desk.log.published > told["log_index"], "recorded before it was published"
