"""P3, for signing in: tries, used links, closed and open sessions survive kill -9 of a real vault process."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import ConsentryError
from tests.authenticator import Authenticator
from tests.promises.processes import Running, vault_process
from tests.world import Person, World


@pytest.fixture
def person(world: World) -> Person:
    made = world.borrower()
    world.deliver()
    return made


def killed(running: Running) -> None:
    running.kill()
    running.start()
    running.alive()


def refused(running: Running, op: str, **args: Any) -> str:
    with pytest.raises(ConsentryError) as caught:
        running.client.call(op, args)
    return caught.value.code


def test_tries_and_what_was_used_or_closed_or_opened_are_the_same_after_a_kill(world: World, person: Person) -> None:
    asked, code = world.ask_code(person.number)
    other, right = world.ask_code(person.mail, medium="email")
    consent = world.call("consent", **world.terms(person, "contact"))["consent"]
    world.deliver(person)
    device, lender = Authenticator(), world.lender.value()

    def guess(times: range) -> None:
        for request, known in ((asked, code), (consent, person.code)):
            for number in times:
                wrong = f"{(int(known) + 1 + number) % 10**6:06d}"
                assert refused(running, "enter-code", request=request, code=wrong) == "code-refused"

    with vault_process(world) as running:
        ask = running.client.call
        guess(range(3))
        link = ask("make-link", {"by": lender, "role": "borrower", "subject": person.borrower})["token"]
        linked = ask("open-link", {"token": link})["session"]
        coded = ask("enter-code", {"request": other, "code": right})["session"]
        ask("close-session", {"token": coded})
        answered = device.get(ask("passkey-challenge", {})["challenge"])
        assert refused(running, "open-passkey", assertion=answered) == "passkey-refused"
        killed(running)
        assert refused(running, "open-link", token=link) == "not-found"
        assert refused(running, "enter-code", request=other, code=right) == "code-refused"
        assert ask("session", {"token": linked})["strength"] == "link"
        assert refused(running, "session", token=coded) == "session-unknown"
        guess(range(3, 5))
        killed(running)
        for request, known in ((asked, code), (consent, person.code)):
            assert refused(running, "enter-code", request=request, code=known) == "code-refused"
    assert [one.body["strength"] for one in world.entries("signed-in/1")] == ["link", "code"]
    assert world.vault.desk.keys._store.read("SELECT count(*) FROM challenges", ()) == (0,)
