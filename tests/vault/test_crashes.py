"""P1 and P3 at the desk: the process is killed at each point of a lookup; no number left without its entry."""

from __future__ import annotations

import base64
import os
import pickle
import signal
from typing import Any

import pytest

from registry.errors import ConsentryError
from registry.vault.vault import Vault
from tests.world import Person, World

POINTS = ("received", "inside-integrate", "integrated", "signed", "guarded", "published")


def killed_at(world: World, point: str, op: str, args: dict[str, Any]) -> dict[str, Any] | None:
    """Runs one op in a process that dies at a point. Returns what that process was told, if anything."""
    world.vault.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        def die(reached: str) -> None:
            if reached == point:
                os.kill(os.getpid(), signal.SIGKILL)

        vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True, faults=die)
        vault.call("follow", {"after": 0, "limit": 1, "courier": True})
        try:
            told: object = vault.call(op, args)
        except ConsentryError as error:
            told = {"error": error.code}
        os.write(writer, pickle.dumps(told))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(child, 0)
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    assert os.waitstatus_to_exitcode(status) == (0 if data else -signal.SIGKILL)
    return pickle.loads(data) if data else None


def permits(world: World) -> list[str]:
    return [one.id for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"]


@pytest.mark.parametrize("point", POINTS)
def test_a_lookup_killed_anywhere_told_nothing_and_its_repeat_is_one_use(world: World, point: str) -> None:
    person = world.unreachable()
    args = world.asked(person, key="k")
    assert killed_at(world, point, "lookup", args) is None
    logged = permits(world)
    assert len(logged) == (0 if point in ("received", "inside-integrate") else 1)
    world.alive()
    answer = world.vault.call("lookup", args)
    assert world.opened(answer)["number"] == person.contact_number
    assert permits(world) == [answer["lookup"]], "one use, whatever happened"
    assert len(world.entries("lookup-redelivered/1")) == len(logged)


def test_a_lookup_that_was_answered_is_in_the_log(world: World) -> None:
    person = world.unreachable()
    told = killed_at(world, "never", "lookup", world.asked(person))
    assert told is not None
    assert permits(world) == [told["lookup"]]
    assert world.entry(told["lookup"]).index == told["log_index"]


@pytest.mark.parametrize("point", POINTS)
def test_a_withdrawal_killed_anywhere_is_there_or_was_not_acknowledged(world: World, point: str) -> None:
    person: Person = world.unreachable()
    args = {"by": world.lender.value(), "consent": person.consent, "through": "lender"}
    assert killed_at(world, point, "withdraw", args) is None
    there = bool(world.entries("consent-withdrawn/1"))
    assert there == (point not in ("received", "inside-integrate"))
    world.vault.call("withdraw", args)
    assert len(world.entries("consent-withdrawn/1")) == 1
    assert world.lookup(person)["verdict"] == "deny"


@pytest.mark.parametrize("point", POINTS)
def test_a_deposit_killed_anywhere_can_be_repeated(world: World, point: str) -> None:
    args = {
        "by": world.lender.value(), "id": "ab" * 16, "name": {"given": "Ming"}, "residence": "CN",
        "languages": ["zh"], "channels": [{"medium": "sms", "value": "+8610000000042", "use": "personal"}],
        "idem": {"scope": "s", "key": "k", "request": {"ref": "b"}},
    }
    assert killed_at(world, point, "register-borrower", args) is None
    made = world.vault.call("register-borrower", args)
    channel = made["channels"][0]["channel"]
    blob = next(one["blob"] for one in made["blobs"] if one["name"] == channel)
    desk = world.vault.desk
    assert desk.keys.unseal("ab" * 16, channel, base64.b64decode(blob), world.entry(channel).body["blob_sha256"]) == (
        "+8610000000042")


def test_a_second_vault_does_not_open_the_same_folder(world: World) -> None:
    with pytest.raises(ConsentryError):
        Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)


def test_nothing_of_a_lookup_is_in_the_vaults_files_in_clear(world: World) -> None:
    person = world.unreachable()
    world.lookup(person)
    canaries = (person.contact_number, person.number, person.mail, "Li Na")
    for file in (world.folder / "vault").iterdir():
        data = file.read_bytes()
        for canary in canaries:
            for form in (canary, canary.lstrip("+"), canary.removeprefix("+86")):
                assert form.encode() not in data, file.name
                assert form.encode("utf-16-le") not in data, file.name
