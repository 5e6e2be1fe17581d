"""The form of another provider, sent again and by others than browsers: what a secret's commitment rests on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from registry.demo.provider import Attempt, signed
from registry.errors import ConflictError, UnavailableError
from registry.model.entries import Actor
from registry.officer import load
from registry.usecases import acts
from registry.usecases import providers as accounts
from registry.usecases.ports import Ports, Record
from registry.web.context import EXTENSION
from tests.officer.desk import Officer
from tests.web.world import World

SECRET, OTHER = "whsec_" + "QUJD" * 8, "whsec_" + "REVG" * 8


@pytest.fixture
def officer(world: World) -> Actor:
    return Actor("officer", load(world.keys.officers[0]).officer)


@pytest.fixture
def ports(world: World) -> Ports:
    found: Ports = world.app.extensions[EXTENSION]
    return found


def filled(name: str, secret: str = SECRET) -> Record:
    return {"name": name, "kind": "neutral", "owner": "neutral", "secret": secret}


def commitment(drawn: Record) -> str:
    found: str = drawn["entry"]["body"]["secret_commitment"]
    return found


def pinned(drawn: Record, salt: bytes, secret: str = SECRET) -> bool:
    return commitment(drawn) == hashlib.sha256(salt + secret.encode()).hexdigest()


def test_a_secret_is_pinned_with_32_random_bytes_that_no_browser_knows(ports: Ports, officer: Actor) -> None:
    given = list[bytes]()

    def random(size: int) -> bytes:
        given.append(ports.random(size))
        return given[-1]

    drawn = accounts.draw_up(replace(ports, random=random), officer, filled("salted"), "a" * 22)
    assert any(len(one) == 32 and pinned(drawn, one) for one in given)


def test_the_same_form_leads_to_the_same_draft_within_its_hour_and_to_another_salt_after_it(
    ports: Ports, officer: Actor,
) -> None:
    once = "b" * 22
    first, again = (accounts.draw_up(ports, officer, filled("twice-sent"), once) for _ in range(2))
    assert again == first
    later = replace(ports, wall=lambda: ports.wall() + acts.LIFE)
    assert commitment(accounts.draw_up(later, officer, filled("twice-sent"), once)) != commitment(first)


def test_two_at_one_moment_make_one_draft_and_the_courier_has_the_salt_of_its_entry(
    world: World, ports: Ports, officer: Actor, desk: Officer,
) -> None:
    others = list[Record]()

    def random(size: int) -> bytes:
        if not others:
            others.append(accounts.draw_up(ports, officer, filled("both-at-once"), "f" * 22))
        return ports.random(size)

    drawn = accounts.draw_up(replace(ports, random=random), officer, filled("both-at-once"), "f" * 22)
    assert others == [drawn]
    desk.get(f"/officer/acts/{drawn['entry']['id']}")
    desk.sign()
    believed(world, "both-at-once")


def test_with_another_secret_it_is_refused(ports: Ports, officer: Actor) -> None:
    accounts.draw_up(ports, officer, filled("other-secret"), "c" * 22)
    with pytest.raises(ConflictError) as refused:
        accounts.draw_up(ports, officer, filled("other-secret", OTHER), "c" * 22)
    assert refused.value.code == "idempotency-conflict"


def test_a_courier_that_was_away_is_given_the_secret_when_the_form_comes_again(
    world: World, ports: Ports, officer: Actor, desk: Officer,
) -> None:
    class Away:
        def call(self, op: str, args: Record) -> Record:
            if op == "provider-secret":
                raise UnavailableError("not there")
            return ports.courier.call(op, args)

    with pytest.raises(UnavailableError):
        accounts.draw_up(replace(ports, courier=Away()), officer, filled("brought-late"), "d" * 22)
    drawn = accounts.draw_up(ports, officer, filled("brought-late"), "d" * 22)
    desk.get(f"/officer/acts/{drawn['entry']['id']}")
    desk.sign()
    believed(world, "brought-late")


def test_a_form_that_was_signed_for_brings_the_courier_no_other_secret_after_its_hour(
    world: World, ports: Ports, officer: Actor, desk: Officer,
) -> None:
    drawn = accounts.draw_up(ports, officer, filled("signed-for"), "e" * 22)
    desk.get(f"/officer/acts/{drawn['entry']['id']}")
    desk.sign()
    later = replace(ports, wall=lambda: ports.wall() + acts.LIFE)
    with pytest.raises(ConflictError) as refused:
        accounts.draw_up(later, officer, filled("another-name", OTHER), "e" * 22)
    assert refused.value.code == "idempotency-conflict"
    believed(world, "signed-for")


@pytest.mark.parametrize("once", ["a", "0" * 32, "a" * 21, "a" * 23, "a" * 21 + "é", "a" * 21 + "."])
def test_what_no_form_of_ours_holds_is_refused(desk: Officer, once: str) -> None:
    desk.get("/officer/providers")
    form = desk.form("/officer/providers").members
    assert len(form["once"]) == 22
    desk.post("/officer/providers", {**form, **filled("odd-form"), "once": once}, sec_fetch_site="same-origin")
    assert desk.status == 400


def test_a_page_from_before_forms_held_one_still_works(desk: Officer) -> None:
    desk.get("/officer/providers")
    form = {name: one for name, one in desk.form("/officer/providers").members.items() if name != "once"}
    desk.post("/officer/providers", {**form, **filled("old-page")}, sec_fetch_site="same-origin")
    assert desk.drafted()


def believed(world: World, name: str) -> None:
    """A report signed with the secret is taken for the provider's."""
    attempt = Attempt("at-1", 1, "voice", "+8610000004321", {"q850": 19}, world.clock.now() - 40_000, 30)
    headers, data = signed(attempt.event(), SECRET, "msg_1", world.clock.wall())
    assert world.app.test_client().post(f"/v1/attempts/{name}", data=data, headers=headers).status_code == 202
    world.settle()
    assert json.loads(world.officer.get(f"/v1/providers/{name}").text)["refused"] == []
